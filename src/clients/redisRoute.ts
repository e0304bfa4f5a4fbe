import type { Caches } from './doors.ts';
import { KNOWN_CACHES } from './redisStack.ts';
import { type CacheTarget, type Connection, connectionOptions, parseTarget, plainTarget } from './redisTarget.ts';
import { NoWay } from './ssh/failure.ts';
import type { Ssh } from './ssh/ssh.ts';

type Urls = Readonly<Record<string, string>>;

/** The way to caches that are reached through the deployment's own machines. */
export interface CacheTunnel {
  readonly ssh: Ssh;
  readonly via: 'endpoint' | 'bastion';
  /** The machine's Name tag, as it is shown. */
  readonly through: string;
  /** A cache's host, as seen from there. */
  hostOf(name: string): string;
  /** Whether the deployment has such a cache now. */
  has(name: string, signal?: AbortSignal): Promise<boolean>;
}

/** How one cache is reached. */
export interface Reach {
  options(signal?: AbortSignal): Promise<Connection>;
  /** What stood against a connection that failed just now, where that is known better than the connection tells. */
  objection(): Promise<NoWay | undefined>;
}

export interface Route extends Pick<Caches, 'has' | 'way' | 'onWay' | 'close'> {
  /** Throws for a name that is not known, and for a URL that is none. */
  reach(name: string): Reach;
}

/** Each by its URL, from this machine. */
export function directly(urls: Urls): Route {
  return {
    has: async (name) => Object.hasOwn(urls, name),
    reach(name) {
      const target = configured(urls, name);
      if (target === undefined)
        throw new Error(`There is no cache ${name}; configured are: ${Object.keys(urls).join(', ') || 'none'}.`);
      return { options: async () => connectionOptions(target, undefined), objection: async () => undefined };
    },
    way: () => ({ is: 'direct' }),
    onWay: () => () => undefined,
    close: async () => undefined,
  };
}

/** All through one tunnel; one whose URL is none is told when it is asked for, and the others work. */
export function throughTunnel(urls: Urls, { ssh, via, through, hostOf, has }: CacheTunnel): Route {
  const names = [...new Set([...KNOWN_CACHES, ...Object.keys(urls)])];
  const targets = new Map<string, CacheTarget>();
  for (const name of names) {
    try {
      targets.set(name, configured(urls, name) ?? plainTarget(hostOf(name)));
    } catch {
      // It is thrown again where it is told to somebody.
    }
  }
  const tunnel = ssh.tunnel(via, targets);
  const way = () => ({ is: 'tunnel', through, tunnel: tunnel.state() }) as const;
  return {
    has: async (name, signal) => Object.hasOwn(urls, name) || has(name, signal),
    reach(name) {
      const target = targets.get(name) ?? configured(urls, name);
      if (target === undefined) throw new Error(`There is no cache ${name}; known are: ${names.join(', ')}.`);
      return {
        async options(signal) {
          await tunnel.ready(signal);
          return connectionOptions(target, await tunnel.socketOf(name));
        },
        async objection() {
          const failure = await tunnel.objection();
          return failure && new NoWay(failure);
        },
      };
    },
    way,
    onWay: (listener) => tunnel.subscribe(() => listener(way())),
    close: () => ssh.close(),
  };
}

/** What the configuration says of a cache; a name alone says no more than that there is one. */
function configured(urls: Urls, name: string): CacheTarget | undefined {
  const url = Object.hasOwn(urls, name) ? urls[name] : undefined;
  return url === undefined || url === '' ? undefined : parseTarget(name, url);
}
