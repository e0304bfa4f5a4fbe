import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send } from 'node:http';

/** One request that went by: `cloudformation ListStacks`. */
export interface SeenRequest {
  /** As its calls are signed: `cloudformation`, `sns`, `route53`. */
  readonly service: string;
  readonly operation: string;
  /** The service speaks JSON; the others XML. */
  readonly isJson: boolean;
  /** Path and body: all that tells one question from another. */
  readonly asked: string;
}

/** What may happen to a request on its way, other than that it is answered. */
export type Trouble =
  /** It is answered with this, and goes no further. */
  | { readonly is: 'answered'; readonly statusCode: number; readonly contentType: string; readonly body: string }
  /** The connection breaks before it is heard. */
  | { readonly is: 'reset' }
  /** It is heard, and done; the connection breaks before the answer. */
  | { readonly is: 'lostAnswer' }
  /** Nothing is ever said. */
  | { readonly is: 'hangs' };

/** Stands before an AWS endpoint and writes down which operations are asked of it. */
export interface RecordingProxy {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/**
 * `mend` gives the answer's body as it goes on; absent: nothing is changed on the way. `troubleOf` says what befalls a
 * request instead.
 */
export async function recordingProxy(
  target: string,
  mend?: (operation: string, body: string) => string,
  troubleOf?: (asked: SeenRequest) => Trouble | undefined,
): Promise<RecordingProxy> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const asked = operationOf(request, body.toString('latin1'));
      seen.push(asked);
      const trouble = troubleOf?.(asked);
      if (trouble?.is === 'hangs') return;
      if (trouble?.is === 'reset') return response.destroy();
      if (trouble?.is === 'answered') {
        response.writeHead(trouble.statusCode, { 'content-type': trouble.contentType }).end(trouble.body);
        return;
      }
      const onward = send(
        new URL(request.url ?? '/', target),
        { method: request.method, headers: request.headers },
        (answer) => {
          if (trouble?.is === 'lostAnswer') {
            answer.resume().on('end', () => response.destroy());
            return;
          }
          if (mend === undefined) {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(response);
            return;
          }
          void bodyOf(answer).then((bytes) => {
            const mended = Buffer.from(mend(asked.operation, bytes.toString('utf8')));
            const { 'content-length': _, 'transfer-encoding': __, ...headers } = answer.headers;
            response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': mended.length });
            response.end(mended);
          });
        },
      );
      onward.on('error', () => response.destroy());
      onward.end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** The operations of the services that name none in their requests; whatever is not here is named by method and path. */
const REST_OPERATIONS: readonly (readonly [operation: string, service: string, method: string, path: RegExp])[] = [
  ['ListHostedZonesByName', 'route53', 'GET', /^\/2013-04-01\/hostedzonesbyname$/],
  ['GetHostedZone', 'route53', 'GET', /^\/2013-04-01\/hostedzone\/[^/]+$/],
  ['ListResourceRecordSets', 'route53', 'GET', /^\/2013-04-01\/hostedzone\/[^/]+\/rrset$/],
  ['ListDistributions', 'cloudfront', 'GET', /^\/2020-05-31\/distribution$/],
  ['GetObject', 's3', 'GET', /^\/[^/]+\/./],
  ['PutObject', 's3', 'PUT', /^\/[^/]+\/./],
];

function operationOf(request: IncomingMessage, body: string): SeenRequest {
  const [, scope = 'unsigned'] =
    /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '') ?? [];
  const { pathname } = new URL(request.url ?? '/', 'http://aws');
  const target = request.headers['x-amz-target'];
  const rest = REST_OPERATIONS.find(
    ([, service, method, path]) => service === scope && method === request.method && path.test(pathname),
  );
  const operation =
    (typeof target === 'string' ? target.split('.').at(-1) : new URLSearchParams(body).get('Action')) ??
    rest?.[0] ??
    `${request.method} ${pathname}`;
  // Both generations of load balancers are signed alike; the version in the call tells them apart.
  const isSecond = scope === 'elasticloadbalancing' && body.includes('Version=2015-12-01');
  return {
    service: isSecond ? 'elasticloadbalancing-v2' : scope,
    operation,
    isJson: target !== undefined,
    asked: `${request.url} ${body}`,
  };
}
