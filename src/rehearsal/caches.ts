import type { Clock } from '../clock.ts';
import { createCacheContents } from './redis/cacheContents.ts';
import { type Contents, type RedisServer, startRedis } from './redis/redisServer.ts';

export const CACHE_NAMES = ['cache', 'cache-state', 'cache-session'] as const;
export type CacheName = (typeof CACHE_NAMES)[number];

/** The caches of the redis stack. */
export interface CacheCluster {
  readonly servers: Readonly<Record<CacheName, RedisServer>>;
  /** The stack was deleted: nobody answers any more. */
  goDown(): void;
  /** The stack was created: new processes, with nothing in them. */
  comeUp(): void;
  /** The primary of `cache` fails over: another process with the same keys. */
  failOver(): void;
  close(): Promise<void>;
}

/** How long the last keys stay when they do not drain, from the beginning of maintenance, in clock milliseconds. */
const UNDRAINED_MS = 40 * 60_000;

/** Starts the three caches, each on a port that stays the same. */
export async function startCaches(options: {
  readonly clock: Clock;
  readonly maintenanceSince: (atMs: number) => number | undefined;
  readonly undrained: boolean;
  /** They were created in this release already. */
  readonly isNew: boolean;
  readonly onRequest: () => void;
  readonly isCutOff: () => boolean;
}): Promise<CacheCluster> {
  const { clock, maintenanceSince, onRequest, isCutOff } = options;
  const contents = (isNew: boolean): Readonly<Record<CacheName, Contents>> =>
    createCacheContents({
      maintenanceSince,
      stuckMs: options.undrained ? UNDRAINED_MS : 0,
      nowMs: clock.now(),
      isNew,
    });
  const first = contents(options.isNew);
  const start = (name: CacheName) => startRedis({ clock, contents: first[name], onRequest, isCutOff });
  const [cache, state, session] = await Promise.all([start('cache'), start('cache-state'), start('cache-session')]);
  const servers = { cache, 'cache-state': state, 'cache-session': session };
  return {
    servers,
    goDown: () => {
      for (const name of CACHE_NAMES) servers[name].goDown();
    },
    comeUp: () => {
      const fresh = contents(true);
      for (const name of CACHE_NAMES) servers[name].comeUp(fresh[name]);
    },
    failOver: () => servers.cache.failOver(),
    close: async () => {
      await Promise.all(CACHE_NAMES.map((name) => servers[name].close()));
    },
  };
}
