/**
 * The Redis protocol, versions 2 and 3. Strings are byte strings throughout: one character (U+0000 to U+00FF) for each
 * byte, so that binary keys and values survive.
 */
export type RedisReply =
  | null
  | number
  /** A bulk string. */
  | string
  | readonly RedisReply[]
  | { readonly is: 'status'; readonly text: string }
  | { readonly is: 'error'; readonly text: string }
  /** A text for people: a verbatim string in version 3. */
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'map'; readonly entries: readonly (readonly [RedisReply, RedisReply])[] };

export type Protocol = 2 | 3;

export const OK: RedisReply = { is: 'status', text: 'OK' };
export const failure = (text: string): RedisReply => ({ is: 'error', text });

/** A string of ours as the bytes of its UTF-8. */
export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

const isList = (reply: RedisReply): reply is readonly RedisReply[] => Array.isArray(reply);

/** The bytes of a reply as a byte string. */
export function encodeReply(reply: RedisReply, protocol: Protocol): string {
  if (reply === null) return protocol === 3 ? '_\r\n' : '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return bulk(reply);
  if (isList(reply)) {
    let text = `*${reply.length}\r\n`;
    for (const item of reply) text += encodeReply(item, protocol);
    return text;
  }
  switch (reply.is) {
    case 'status':
      return `+${reply.text}\r\n`;
    case 'error':
      return `-${reply.text}\r\n`;
    case 'text':
      return protocol === 3 ? `=${reply.text.length + 4}\r\ntxt:${reply.text}\r\n` : bulk(reply.text);
    case 'map': {
      const head = protocol === 3 ? `%${reply.entries.length}` : `*${reply.entries.length * 2}`;
      return `${head}\r\n${reply.entries
        .flat()
        .map((item) => encodeReply(item, protocol))
        .join('')}`;
    }
  }
}

/** What a client sent wrongly; the connection ends after it has been told. */
export class ProtocolError extends Error {}

const LARGEST_REQUEST_BYTES = 64 * 1024 * 1024;
const LARGEST_INLINE_BYTES = 64 * 1024;
const MOST_ARGUMENTS = 1024 * 1024;

const integerOf = (text: string): number => (/^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN);

/** One request from the start of `text`: its arguments and where the next one begins; undefined while it is incomplete. */
function requestAt(
  text: string,
  start: number,
): { readonly args: readonly string[]; readonly end: number } | undefined {
  const lineEnd = text.indexOf('\r\n', start);
  if (text[start] !== '*') return inlineAt(text, start);
  if (lineEnd < 0) return undefined;
  const count = integerOf(text.slice(start + 1, lineEnd));
  if (Number.isNaN(count) || count > MOST_ARGUMENTS) throw new ProtocolError('invalid multibulk length');
  const args: string[] = [];
  let at = lineEnd + 2;
  for (let index = 0; index < count; index++) {
    const headEnd = text.indexOf('\r\n', at);
    if (at < text.length && text[at] !== '$') throw new ProtocolError(`expected '$', got '${text[at]}'`);
    if (headEnd < 0) return undefined;
    const length = integerOf(text.slice(at + 1, headEnd));
    if (Number.isNaN(length) || length < 0) throw new ProtocolError('invalid bulk length');
    const bodyEnd = headEnd + 2 + length;
    if (text.length < bodyEnd + 2) return undefined;
    args.push(text.slice(headEnd + 2, bodyEnd));
    at = bodyEnd + 2;
  }
  return { args, end: at };
}

/** A request as a person types it into telnet: words on a line. */
function inlineAt(text: string, start: number): { readonly args: readonly string[]; readonly end: number } | undefined {
  const lineEnd = text.indexOf('\n', start);
  if (lineEnd < 0) {
    if (text.length - start > LARGEST_INLINE_BYTES) throw new ProtocolError('too big inline request');
    return undefined;
  }
  return { args: text.slice(start, lineEnd).split(/\s+/).filter(Boolean), end: lineEnd + 1 };
}

/** Collects the bytes of one connection and gives its requests as they become complete. Throws {@link ProtocolError}. */
export function createRequestReader(): (chunk: Buffer) => readonly (readonly string[])[] {
  let waiting = '';
  return (chunk) => {
    waiting += chunk.toString('latin1');
    if (waiting.length > LARGEST_REQUEST_BYTES) throw new ProtocolError('too big bulk count string');
    const requests: (readonly string[])[] = [];
    let start = 0;
    while (start < waiting.length) {
      const request = requestAt(waiting, start);
      if (!request) break;
      if (request.args.length > 0) requests.push(request.args);
      start = request.end;
    }
    waiting = waiting.slice(start);
    return requests;
  };
}
