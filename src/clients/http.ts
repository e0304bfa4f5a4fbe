import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { trustedBesides } from './authorities.ts';
import type { Http, HttpAnswer } from './doors.ts';

export interface HttpOptions {
  /** Where a host is connected to, `address:port` by host name, instead of what DNS says; no other name is looked up. */
  readonly connect?: Readonly<Record<string, string>>;
  /** Looks a host up by name servers of our own, so that who is asked is whom they lead to, whatever is cached here. */
  readonly resolve?: (host: string) => Promise<Whereabouts>;
  /** A PEM file with certificates that servers are proven by, besides the well-known ones; absolute. */
  readonly caFile?: string;
  /** Real milliseconds for connection and answer together. */
  readonly timeoutMs?: number;
}

/** Where a host is. */
export interface Whereabouts {
  /** The last name that it leads to, which `connect` then maps; the host's own where it leads to no other. */
  readonly name: string;
  /** Absent: it is looked up as every program looks names up. */
  readonly address?: string;
}

const TIMEOUT_MS = 10_000;
const LARGEST_BODY_BYTES = 64 * 1024;

/** One GET at a time, on a connection of its own: each says what is true now and not what was when it was opened. */
export function createHttp(options: HttpOptions = {}): Http {
  const trust = options.caFile === undefined ? undefined : trustedBesides(options.caFile);
  return {
    async get(text, { via, signal } = {}) {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url === undefined || !/^https?:$/.test(url.protocol))
        throw new Error(`${text} is no address to ask; write http://… or https://….`);
      signal?.throwIfAborted();
      const deadline = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
      const ended = signal ? AbortSignal.any([signal, deadline]) : deadline;
      const authorities = url.protocol === 'https:' ? await trust?.() : undefined;
      let place: Place | undefined;
      try {
        place = await untilEnded(ended, placeOf(url, via, options));
        return await getFrom(place, url, authorities, ended);
      } catch (error) {
        signal?.throwIfAborted();
        throw new Error(failure(url, via, place, deadline.aborted, error));
      }
    },
  };
}

/** Where to connect to. */
interface Place {
  readonly host: string;
  readonly port: number;
}

async function placeOf(url: URL, via: string | undefined, { connect, resolve }: HttpOptions): Promise<Place> {
  const ownPort = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const host = bare(via ?? url.hostname);
  const direct = mapped(connect, host);
  if (direct !== undefined) return direct;
  const found = resolve === undefined || isIP(host) !== 0 ? { name: host } : await resolve(host);
  const last = found.name.replace(/\.$/, '');
  const place = mapped(connect, last);
  if (place === undefined && connect !== undefined && isIP(last) === 0)
    throw new Error(`nothing is known of where ${last} is`);
  return place ?? { host: found.address ?? last, port: ownPort };
}

/** `[::1]` → `::1`. */
const bare = (host: string) => host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

function mapped(connect: Readonly<Record<string, string>> = {}, host: string): Place | undefined {
  const to = Object.entries(connect).find(
    ([name]) => name.toLowerCase().replace(/\.$/, '') === host.toLowerCase(),
  )?.[1];
  if (to === undefined) return undefined;
  const [, address, port] = /^(.+):(\d+)$/.exec(to) ?? [];
  if (address === undefined || port === undefined)
    throw new Error(`${host} is to be connected at ${to}, which is not address:port; correct the configuration`);
  return { host: bare(address), port: Number(port) };
}

/** `Host` and the certificate's name are the URL's, wherever the connection leads. */
async function getFrom(
  place: Place,
  url: URL,
  authorities: SecureContext | undefined,
  ended: AbortSignal,
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const secure = url.protocol === 'https:';
  const name = bare(url.hostname);
  const request = (secure ? httpsRequest : httpRequest)({
    host: place.host,
    port: place.port,
    path: `${url.pathname}${url.search}`,
    method: 'GET',
    agent: false,
    signal: ended,
    headers: { Host: url.host, Accept: '*/*', 'User-Agent': 'boss-tui', Connection: 'close' },
    ...(secure && isIP(name) === 0 ? { servername: name } : {}),
    ...(authorities && { secureContext: authorities }),
  });
  request.on('response', resolve);
  request.on('error', reject);
  request.end();
  const response = await promise;
  try {
    return { status: response.statusCode ?? 0, body: await bodyOf(response) };
  } finally {
    request.destroy();
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    pieces.push(piece as Buffer);
    bytes += (piece as Buffer).length;
    if (bytes >= LARGEST_BODY_BYTES) break;
  }
  return Buffer.concat(pieces).subarray(0, LARGEST_BODY_BYTES).toString('utf8');
}

async function untilEnded<T>(ended: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(ended.reason);
  ended.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    ended.removeEventListener('abort', abort);
  }
}

const CURES: readonly { readonly says: RegExp; readonly cure: string }[] = [
  { says: /ENOTFOUND|EAI_AGAIN/, cure: 'its name is not known here, look at DNS' },
  { says: /ECONNREFUSED/, cure: 'nothing listens there' },
  {
    says: /CERT|certificate|altnames/i,
    cure: 'its certificate is not for this name, or not trusted here: caFile names who signed it',
  },
];

function failure(url: URL, via: string | undefined, place: Place | undefined, late: boolean, error: unknown): string {
  const where = [via === undefined ? '' : ` by ${via}`, place === undefined ? '' : ` at ${place.host}:${place.port}`];
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  const reason = late ? 'nothing came in time' : message || code;
  const cure = CURES.find(({ says }) => says.test(`${code} ${message}`))?.cure ?? 'try again';
  return `${url.origin}${url.pathname} did not answer${where.join('')}: ${reason}; ${cure}.`;
}
