import type { Database } from './keyspace.ts';
import type { Contents } from './redisServer.ts';
import { createDice, createWrites, cuboidPlace } from './writes.ts';

/** Cuboids that were read and are kept for the next reader: several calls of a SCAN, which a rehearsal repeats often. */
const CACHED_CUBOIDS = 5_000;
const CACHED_PER_SECOND = 5;
const SESSIONS = 412;
const SESSION_LIFE_MS = 14 * 86_400_000;

/** What the three caches of a bosslet hold. */
export interface CacheContents {
  readonly cache: Contents;
  readonly 'cache-state': Contents;
  readonly 'cache-session': Contents;
}

/** Makes a database hold exactly these of the keys that begin with `prefix`. `held` is what it held before. */
function putExactly(database: Database, held: Set<string>, wanted: readonly string[]): void {
  const keep = new Set(wanted);
  for (const key of held) {
    if (keep.has(key)) continue;
    database.delete(key);
    held.delete(key);
  }
  for (const key of wanted) {
    if (held.has(key)) continue;
    database.set(key, '1');
    held.add(key);
  }
}

const numbered = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}&${1 + (index % 4)}&${1 + (index % 9)}&${index}`);

/** Flushes in flight while so many writes move: all of it is gone when none does. */
const flushesInFlight = (flowing: number): readonly string[] => [
  ...numbered('WRITE-LOCK', Math.ceil(flowing / 40)),
  ...numbered('PAGE-OUT', Math.ceil(flowing / 8)),
  ...numbered('DELAYED-WRITE', Math.ceil(flowing / 16)),
];

function sessions(nowMs: number): Contents {
  let isFilled = false;
  return {
    update([database]) {
      if (isFilled || !database) return;
      isFilled = true;
      const dice = createDice(7);
      for (let index = 0; index < SESSIONS; index++) {
        const id = Array.from({ length: 32 }, () => Math.floor(dice() * 36).toString(36)).join('');
        database.set(`:1:django.contrib.sessions.cache${id}`, '{}', nowMs + SESSION_LIFE_MS * (0.2 + 0.8 * dice()));
      }
    },
  };
}

/** Cuboids read: all there from the start, or gathered again by a new cluster while the API is live. */
function readCuboids(isNew: boolean): (database: Database, nowMs: number, isLive: boolean) => void {
  const dice = createDice(11);
  let count = 0;
  let lastMs: number | undefined;
  return (database, nowMs, isLive) => {
    const seconds = lastMs === undefined ? 0 : Math.max(0, (nowMs - lastMs) / 1000);
    lastMs = nowMs;
    const gathered = isNew ? count + Math.floor(isLive ? seconds * CACHED_PER_SECOND : 0) : CACHED_CUBOIDS;
    for (; count < Math.min(gathered, CACHED_CUBOIDS); count++)
      database.set(`CACHED-CUBOID&${cuboidPlace(dice)}&${count}`, 'blosc');
  };
}

/**
 * Contents of the caches, as of the clock time that each request brings. `isNew`: a cluster that was just created,
 * with nothing in it; it fills when the API is live.
 */
export function createCacheContents(options: {
  readonly maintenanceSince: (atMs: number) => number | undefined;
  readonly stuckMs: number;
  readonly nowMs: number;
  readonly isNew: boolean;
}): CacheContents {
  const writes = createWrites({ ...options, ...(options.isNew ? { emptyAtMs: options.nowMs } : {}) });
  const cached = readCuboids(options.isNew);
  const heldWrites = new Set<string>();
  const heldFlushes = new Set<string>();
  let cacheSecond = -1;
  let stateSecond = -1;
  return {
    cache: {
      update([database], nowMs) {
        const second = Math.floor(nowMs / 1000);
        if (!database || second === cacheSecond) return;
        cacheSecond = second;
        writes.advance(nowMs);
        putExactly(database, heldWrites, writes.keys());
        cached(database, nowMs, options.maintenanceSince(nowMs) === undefined);
      },
    },
    'cache-state': {
      update([database], nowMs) {
        const second = Math.floor(nowMs / 1000);
        if (!database || second === stateSecond) return;
        stateSecond = second;
        writes.advance(nowMs);
        putExactly(database, heldFlushes, flushesInFlight(writes.flowing()));
      },
    },
    'cache-session': options.isNew ? { update: () => undefined } : sessions(options.nowMs),
  };
}
