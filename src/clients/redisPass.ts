import type { Redis } from 'ioredis';
import type { Clock } from '../clock.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { CachePass } from './doors.ts';
import { globMatcher, nextCount, parseInfo, type RedisInfo } from './redisInfo.ts';

const SAMPLES = 100;

function mustBeWhole(info: RedisInfo): RedisInfo {
  if (info.role !== 'master')
    throw new Error(`it is a ${sanitiseLine(info.role)}, not the master, so its keys prove nothing`);
  if (info.cluster) throw new Error('it is one shard of a cluster, so its keys are not all there are');
  return info;
}

/**
 * One complete pass over a connection of its own: INFO, then SCAN over each database that it names, then INFO again.
 * Rejects where that would prove nothing.
 */
export async function wholePass(
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
