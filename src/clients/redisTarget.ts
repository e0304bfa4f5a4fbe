import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';
import type { FarEnd } from './ssh/ssh.ts';

/** The port of every cache that boss-manage makes. */
const PORT = 6379;

/** Where a cache is, and how one is let in. May hold a password: it is never shown. */
export interface CacheTarget extends FarEnd {
  readonly tls: boolean;
  readonly login: Pick<RedisOptions, 'username' | 'password'>;
}

/** ioredis takes nearly anything for a URL; ours says what is wrong, and never shows the URL: it may hold a password. */
export function parseTarget(name: string, text: string): CacheTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const [username, password] = [decoded(url?.username), decoded(url?.password)];
  if (
    url === undefined ||
    !/^rediss?:$/.test(url.protocol) ||
    url.hostname === '' ||
    username === null ||
    password === null
  )
    throw new Error(`The URL of cache ${name} is not one: write redis://host:port or rediss://host:port.`);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? PORT : Number(url.port),
    tls: url.protocol === 'rediss:',
    login: { ...(username && { username }), ...(password && { password }) },
  };
}

/** Null where it is not well escaped. */
function decoded(text = ''): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** A cache as boss-manage makes it: no TLS, no password. */
export const plainTarget = (host: string): CacheTarget => ({ host, port: PORT, tls: false, login: {} });

/** The part of ioredis' options that says where to. */
export type Connection = Pick<RedisOptions, 'host' | 'port' | 'path' | 'tls' | 'username' | 'password'>;

/** How ioredis gets there: directly, or by the socket at which a tunnel is entered. */
export function connectionOptions(target: CacheTarget, socket: string | undefined): Connection {
  const { host, port, tls, login } = target;
  return {
    ...login,
    ...(socket === undefined ? { host, port } : { path: socket }),
    // The certificate is the far end's, whatever leads there; an address is no name that could be asked for.
    ...(tls && { tls: { host, ...(isIP(host) === 0 && { servername: host }) } }),
  };
}
