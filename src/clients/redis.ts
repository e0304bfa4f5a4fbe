import type { Redis, RedisOptions } from 'ioredis';
import type { Clock } from '../clock.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { CachePass, CacheRead, Caches } from './doors.ts';
import { globMatcher, nextCount, parseInfo, type RedisInfo } from './redisInfo.ts';

/** Real milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 10_000;
const SAMPLES = 100;

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
  { says: /NOAUTH|WRONGPASS|AUTH/, cure: 'check the user and password in its URL' },
  { says: /NOPERM/, cure: 'its user must be allowed INFO, SELECT and SCAN' },
  { says: /LOADING/, cure: 'it is still loading its data, wait and try again' },
  { says: /ENOTFOUND|EAI_AGAIN/, cure: 'check the host in its URL; its name is private to the VPC' },
  { says: /timed ?out|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i, cure: 'check the way to it (VPC, tunnel, security group)' },
  { says: /ECONNREFUSED|ENOENT/, cure: 'check that it runs and that the tunnel to it is open' },
  {
    says: /certificate|SSL|TLS|EPROTO/i,
    cure: 'use rediss:// for a cache with encryption in transit, redis:// for one without',
  },
  { says: /closed|ECONNRESET|EPIPE/i, cure: 'the connection was lost, try again' },
];

/** The caches of a bosslet by their redis:// or rediss:// URLs. Connects when one is first used. */
export function createCaches(options: {
  readonly urls: Readonly<Record<string, string>>;
  readonly clock: Clock;
}): Caches {
  const opened = new Map<string, CacheRead>();
  return {
    names: Object.keys(options.urls),
    cache(name) {
      const url = Object.hasOwn(options.urls, name) ? options.urls[name] : undefined;
      if (url === undefined)
        throw new Error(
          `There is no cache ${name}; configured are: ${Object.keys(options.urls).join(', ') || 'none'}.`,
        );
      const cache = opened.get(name) ?? createCache(name, parseUrl(name, url), options.clock);
      opened.set(name, cache);
      return cache;
    },
    async close() {
      await Promise.all([...opened.values()].map((cache) => cache.close()));
    },
  };
}

/** ioredis takes nearly anything for a URL; ours says which field is wrong, and never shows the URL: it may hold a password. */
function parseUrl(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '')
    throw new Error(`The URL of cache ${name} is not one: write redis://host:port or rediss://host:port.`);
  return text;
}

function createCache(name: string, url: string, clock: Clock): CacheRead {
  let kept: Promise<Redis> | undefined;
  const live = new Set<Redis>();
  let closed = false;

  const open = async (): Promise<Redis> => {
    // The default export alone survives a bundler's dynamic import of a CommonJS package.
    const { default: ioredis } = await import('ioredis');
    if (closed) throw new Error('it was closed by us');
    const redis = new ioredis.Redis(url, OPTIONS);
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

  const again = () => {
    kept = open();
    return kept;
  };

  return {
    name,
    async look(signal) {
      const info = await guarded(name, 'looked at', signal, undefined, async () => {
        const before = await kept?.catch(() => undefined);
        // One that broke since the last look is not worth an error: only a new one's failure is.
        if (before?.status === 'ready') {
          const answer = await before.info().catch(() => undefined);
          if (answer !== undefined) return parseInfo(answer);
          before.disconnect();
        }
        return parseInfo(await (await again()).info());
      });
      const keys = [...info.databases.values()].reduce((sum, count) => sum + count, 0);
      return { runId: info.runId, role: info.role, keys };
    },
    async scan(patterns, onProgress, signal) {
      let redis: Redis | undefined;
      return guarded(
        name,
        'scanned',
        signal,
        () => redis?.disconnect(),
        async () => {
          redis = await open();
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

/** Ends with the signal's reason when it is aborted, and makes one sentence of whatever went wrong otherwise. */
async function guarded<T>(
  name: string,
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
    const reason = sanitiseLine(error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const cure = CURES.find(({ says }) => says.test(`${code} ${reason}`))?.cure ?? 'look again before relying on it';
    // The error itself is not passed on: ioredis keeps a failed command's arguments in it, AUTH's too.
    throw new Error(`Cache ${name} could not be ${what}: ${reason || code || 'no reason given'}; ${cure}.`);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function mustBeWhole(info: RedisInfo): RedisInfo {
  if (info.role !== 'master')
    throw new Error(`it is a ${sanitiseLine(info.role)}, not the master, so its keys prove nothing`);
  if (info.cluster) throw new Error('it is one shard of a cluster, so its keys are not all there are');
  return info;
}

/** One complete pass: INFO, then SCAN over each database that it names, then INFO again. */
async function wholePass(
  redis: Redis,
  patterns: readonly string[],
  onProgress: (keys: number) => void,
  clock: Clock,
): Promise<CachePass> {
  const startedAtMs = clock.now();
  const tally = createTally(patterns);
  const scanned = new Set<number>();
  const before = mustBeWhole(parseInfo(await redis.info()));
  let count = nextCount(0);
  let open = [...before.databases.keys()];
  for (;;) {
    for (const database of open) {
      count = await scanDatabase(redis, database, count, (keys) => onProgress(tally.add(keys)));
      scanned.add(database);
    }
    const endedAtMs = clock.now();
    const after = mustBeWhole(parseInfo(await redis.info()));
    if (after.runId !== before.runId) throw new Error('its process changed in the middle (a failover or a restart)');
    // A database that got its first key meanwhile belongs to "every database" too.
    open = [...after.databases.keys()].filter((database) => !scanned.has(database));
    if (open.length === 0) return { runId: before.runId, startedAtMs, endedAtMs, ...tally.result() };
  }
}

/** Returns the COUNT that the round trips have led to. */
async function scanDatabase(
  redis: Redis,
  database: number,
  firstCount: number,
  onKeys: (keys: readonly string[]) => void,
): Promise<number> {
  await redis.select(database);
  let count = firstCount;
  let cursor = '0';
  do {
    const begun = performance.now();
    const [next, keys] = await redis.scan(cursor, 'COUNT', count);
    count = Math.max(count, nextCount(performance.now() - begun));
    onKeys(keys);
    cursor = next;
  } while (cursor !== '0');
  return count;
}

function createTally(patterns: readonly string[]) {
  const rows = patterns.map((pattern) => ({
    pattern,
    matches: globMatcher(pattern),
    count: 0,
    samples: new Set<string>(),
  }));
  let total = 0;
  return {
    /** Returns how many keys were seen so far. */
    add(keys: readonly string[]): number {
      for (const row of rows) {
        for (const key of keys) {
          if (!row.matches(key)) continue;
          row.count += 1;
          if (row.samples.size < SAMPLES) row.samples.add(key);
        }
      }
      total += keys.length;
      return total;
    },
    result: () => ({
      keys: total,
      counts: Object.fromEntries(rows.map(({ pattern, count }) => [pattern, count])),
      samples: Object.fromEntries(rows.map(({ pattern, samples }) => [pattern, [...samples]])),
    }),
  };
}
