import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** One way in to the public site, on a loopback port of its own. */
export interface Front {
  /** `127.0.0.1:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Who answers at a front. */
export type Answers = (request: IncomingMessage, response: ServerResponse) => void;

/** A text by which the maintenance page is known. */
export const MAINTENANCE_MARKER = 'Down for Maintenance';

const MAINTENANCE_PAGE = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>theboss.io</title></head>
<body>
<h1>${MAINTENANCE_MARKER}</h1>
<p>The BOSS is being updated and will be back soon.</p>
</body>
</html>
`;

const hostOf = (request: IncomingMessage): string => (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
const pathOf = (request: IncomingMessage): string => (request.url ?? '/').replace(/[?#].*$/, '');

function send(
  response: ServerResponse,
  status: number,
  type: 'text/html' | 'application/json',
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/**
 * The API behind its load balancer: 503 of the balancer while no endpoint is behind it, and the host's check of Django
 * (ALLOWED_HOSTS) before anything else.
 */
export function apiAnswers(options: { readonly host: string; readonly hasHealthyTargets: () => boolean }): Answers {
  return (request, response) => {
    if (!options.hasHealthyTargets())
      return send(
        response,
        503,
        'text/html',
        '<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>',
        {
          server: 'awselb/2.0',
        },
      );
    if (hostOf(request) !== options.host) return send(response, 400, 'text/html', '<h1>Bad Request (400)</h1>');
    const path = pathOf(request);
    if (path === '/ping/') return send(response, 200, 'text/html', 'pong');
    if (path.startsWith('/latest/') || /^\/v\d+\//.test(path))
      return send(
        response,
        401,
        'application/json',
        JSON.stringify({ detail: 'Authentication credentials were not provided.' }),
        { 'www-authenticate': 'Bearer realm="api"' },
      );
    if (path === '/') return send(response, 200, 'text/html', '<h1>The BOSS</h1>');
    return send(response, 404, 'text/html', '<h1>Not Found</h1>');
  };
}

/** The distribution with the maintenance page: the page itself at the root, and in place of S3's error everywhere else. */
export function maintenanceAnswers(options: { readonly aliases: readonly string[] }): Answers {
  return (request, response) => {
    if (!options.aliases.includes(hostOf(request)))
      return send(response, 403, 'text/html', '<h1>403 ERROR</h1><p>The request could not be satisfied.</p>', {
        server: 'CloudFront',
      });
    const isRoot = ['/', '/index.html'].includes(pathOf(request));
    send(response, isRoot ? 200 : 503, 'text/html', MAINTENANCE_PAGE, {
      server: 'AmazonS3',
      'x-cache': isRoot ? 'Hit from cloudfront' : 'Error from cloudfront',
    });
  };
}

/** Serves one front until it is closed. */
export async function startFront(answers: Answers): Promise<Front> {
  const server: Server = createServer(answers);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The embedded site does not listen on a port.');
  return {
    address: `127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
