import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send } from 'node:http';

/** One request that went by: `cloudformation ListStacks`. */
export interface SeenRequest {
  /** As its calls are signed: `cloudformation`, `sns`, `route53`. */
  readonly service: string;
  readonly operation: string;
  /** Path and body: all that tells one question from another. */
  readonly asked: string;
}

/** Stands before an AWS endpoint and writes down which operations are asked of it. */
export interface RecordingProxy {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/** `mend` gives the answer's body as it goes on; absent: nothing is changed on the way. */
export async function recordingProxy(
  target: string,
  mend?: (operation: string, body: string) => string,
): Promise<RecordingProxy> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const asked = operationOf(request, body.toString('latin1'));
      seen.push(asked);
      const onward = send(
        new URL(request.url ?? '/', target),
        { method: request.method, headers: request.headers },
        (answer) => {
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
  return { service: isSecond ? 'elasticloadbalancing-v2' : scope, operation, asked: `${request.url} ${body}` };
}
