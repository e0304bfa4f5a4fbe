import type { Redis, RedisOptions } from 'ioredis';
import type { Clock } from '../clock.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { CacheRead, Caches } from './doors.ts';
import { parseInfo } from './redisInfo.ts';
import { wholePass } from './redisPass.ts';
import { type CacheTunnel, directly, type Reach, throughTunnel } from './redisRoute.ts';
import { NoWay } from './ssh/failure.ts';

/** Real milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 10_000;

/**
 * A connection that ends where it breaks: no reconnect, no queue, so that all that it answered came from one process.
 * RESP2 is enough for INFO, SELECT and SCAN, and every server speaks it.
 */
const OPTIONS = {
  lazyConnect: true,
  retryStrategy: null,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  connectTimeout: CONNECT_TIMEOUT_MS,
  commandTimeout: COMMAND_TIMEOUT_MS,
  disableClientInfo: true,
  protocol: 2,
} satisfies RedisOptions;

/** By what the server or the network says; the first that matches counts. */
const CURES: readonly { readonly says: RegExp; readonly cure: string }[] = [
  { says: /NOAUTH|WRONGPASS|AUTH|invalid password/, cure: 'check the user and password in its URL' },
  { says: /NOPERM/, cure: 'its user must be allowed INFO, SELECT and SCAN' },
  { says: /LOADING/, cure: 'it is still loading its data, wait and try again' },
  { says: /ENOTFOUND|EAI_AGAIN/, cure: 'check the host in its URL; its name is private to the VPC' },
  {
    says: /timed ?out|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i,
    cure: 'check the way to it (VPC, tunnel, security group), and that it has TLS where its URL says rediss://',
  },
  { says: /ECONNREFUSED|ENOENT/, cure: 'check that it runs and that the tunnel to it is open' },
  {
    says: /certificate|CERT_|altnames/i,
    cure: "check the host in its URL; a private certificate's authority is named by NODE_EXTRA_CA_CERTS",
  },
  {
    says: /SSL|TLS|EPROTO|Protocol error/i,
    cure: 'use rediss:// for a cache with encryption in transit, redis:// for one without',
  },
  {
    says: /hung up/,
    cure: 'try again, and see whether it has encryption in transit: then its URL begins with rediss://',
  },
  { says: /closed|ECONNRESET|EPIPE/i, cure: 'the connection was lost, try again' },
];

/** What a connection says whose other end went away: the tunnel may know why. */
const LOST = /hung up|closed|ECONNRESET|EPIPE|ECONNREFUSED|ENOENT/i;

export interface CachesOptions {
  /**
   * redis:// or rediss:// URLs by name. Directly they are all there is; through a tunnel they say what is different of a
   * cache (its host there, its login, TLS), and that there is one.
   */
  readonly urls: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly tunnel?: CacheTunnel;
}

/** The caches of a bosslet. Connects when one is first used. */
export function createCaches(options: CachesOptions): Caches {
  const { urls, clock } = options;
  const route = options.tunnel ? throughTunnel(urls, options.tunnel) : directly(urls);
  const opened = new Map<string, CacheRead>();
  return {
    has: route.has,
    cache(name) {
      const cache = opened.get(name) ?? createCache(name, route.reach(name), clock);
      opened.set(name, cache);
      return cache;
    },
    way: route.way,
    onWay: route.onWay,
    async close() {
      await Promise.all([...opened.values()].map((cache) => cache.close()));
      await route.close();
    },
  };
}

function createCache(name: string, reach: Reach, clock: Clock): CacheRead {
  let kept: Promise<Redis> | undefined;
  const live = new Set<Redis>();
  let closed = false;

  const open = async (signal?: AbortSignal): Promise<Redis> => {
    const options = await reach.options(signal);
    // The default export alone survives a bundler's dynamic import of a CommonJS package.
    const { default: ioredis } = await import('ioredis');
    if (closed) throw new Error('it was closed by us');
    const redis = new ioredis.Redis({ ...options, ...OPTIONS });
    live.add(redis);
    redis.on('end', () => live.delete(redis));
    let reason: Error | undefined;
    redis.on('error', (error) => {
      reason ??= error;
    });
    await redis.connect().catch((error: unknown) => {
      // It says that the connection is closed; the event before said why.
      redis.disconnect();
      throw reason ?? error;
    });
    return redis;
  };

  const again = (signal?: AbortSignal) => {
    kept = open(signal);
    return kept;
  };
  const guard = { name, objection: () => reach.objection() };

  return {
    name,
    async look(signal) {
      const info = await guarded(guard, 'looked at', signal, undefined, async () => {
        const before = await kept?.catch(() => undefined);
        // One that broke since the last look is not worth an error: only a new one's failure is.
        if (before?.status === 'ready') {
          const answer = await before.info().catch(() => undefined);
          if (answer !== undefined) return parseInfo(answer);
          before.disconnect();
        }
        return parseInfo(await firstInfo(await again(signal)));
      });
      const keys = [...info.databases.values()].reduce((sum, count) => sum + count, 0);
      return { runId: info.runId, role: info.role, keys };
    },
    async scan(patterns, onProgress, signal) {
      let redis: Redis | undefined;
      return guarded(
        guard,
        'scanned',
        signal,
        () => redis?.disconnect(),
        async () => {
          redis = await open(signal);
          signal?.throwIfAborted();
          return await wholePass(redis, patterns, onProgress, clock);
        },
      ).finally(() => redis?.disconnect());
    },
    async close() {
      closed = true;
      for (const redis of live) redis.disconnect();
      await kept?.catch(() => undefined);
    },
  };
}

/** A server that wants TLS hangs up on whoever speaks without, and says nothing of it. */
async function firstInfo(redis: Redis): Promise<string> {
  return redis.info().catch((error: unknown) => {
    throw LOST.test(String(error)) ? new Error('it hung up at the first question', { cause: error }) : error;
  });
}

/** Ends with the signal's reason when it is aborted, and makes one sentence of whatever went wrong otherwise. */
async function guarded<T>(
  { name, objection }: { readonly name: string; objection(): Promise<NoWay | undefined> },
  what: string,
  signal: AbortSignal | undefined,
  onAbort: (() => void) | undefined,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => {
    onAbort?.();
    reject(signal?.reason);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } catch (error) {
    signal?.throwIfAborted();
    const way = error instanceof NoWay ? error : LOST.test(String(error)) ? await objection() : undefined;
    if (way) throw new Error(`Cache ${name} could not be ${what}: ${way.message}.`);
    const reason = sanitiseLine(error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const cure = CURES.find(({ says }) => says.test(`${code} ${reason}`))?.cure ?? 'look again before relying on it';
    // The error itself is not passed on: ioredis keeps a failed command's arguments in it, AUTH's too.
    throw new Error(`Cache ${name} could not be ${what}: ${reason || code || 'no reason given'}; ${cure}.`);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
