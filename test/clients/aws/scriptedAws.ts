import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';

/** A request of the query protocol, as the test sees it. */
export interface AwsRequest {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly accessKeyId: string;
}
/** A result to be written as XML, AWS' error, or nothing at all, for ever. */
export type AwsReply =
  | { readonly result: XmlValue }
  | { readonly error: string; readonly message: string; readonly status?: number }
  | 'say nothing';
export type XmlValue = string | number | readonly XmlValue[] | { readonly [name: string]: XmlValue };

const inXml = (text: string) => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);

function xml(value: XmlValue): string {
  if (typeof value === 'string' || typeof value === 'number') return inXml(String(value));
  if (Array.isArray(value)) return value.map((item) => `<member>${xml(item)}</member>`).join('');
  return Object.entries(value)
    .map(([name, item]) => `<${name}>${xml(item)}</${name}>`)
    .join('');
}

async function read(request: IncomingMessage): Promise<AwsRequest> {
  let body = '';
  for await (const piece of request) body += String(piece);
  const fields = Object.fromEntries(new URLSearchParams(body));
  return {
    action: fields.Action ?? '',
    fields,
    accessKeyId: /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '',
  };
}

/** An endpoint that says what the test tells it to, for what neither AWS nor the embedded world does when asked. */
export async function scriptedAws(
  answer: (request: AwsRequest) => AwsReply,
): Promise<{ readonly endpoint: string; readonly asked: readonly AwsRequest[] }> {
  const asked: AwsRequest[] = [];
  const server = createServer((request, response) => {
    void read(request).then((one) => {
      asked.push(one);
      const reply = answer(one);
      if (reply === 'say nothing') return;
      if ('result' in reply)
        response.end(
          `<${one.action}Response><${one.action}Result>${xml(reply.result)}</${one.action}Result></${one.action}Response>`,
        );
      else
        response
          .writeHead(reply.status ?? 400)
          .end(
            `<ErrorResponse><Error><Type>Sender</Type>${xml({ Code: reply.error, Message: reply.message })}</Error></ErrorResponse>`,
          );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { endpoint: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, asked };
}
