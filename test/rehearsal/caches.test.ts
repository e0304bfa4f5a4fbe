import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { type CacheCluster, type CacheName, startCaches } from '../../src/rehearsal/caches.ts';
import { handClock } from './handClock.ts';

const MINUTE_MS = 60_000;

describe('the caches of a world', () => {
  let caches: CacheCluster;
  const clients = new Map<CacheName, Redis>();
  const isCutOff = false;

  const begin = async (
    options: { readonly undrained?: boolean; readonly isNew?: boolean; readonly downForMs?: number } = {},
  ) => {
    const hand = handClock(Date.UTC(2026, 10, 2, 12));
    const nowMs = hand.clock.now();
    let sinceMs = options.downForMs === undefined ? undefined : nowMs - options.downForMs;
    caches = await startCaches({
      clock: hand.clock,
      maintenanceSince: (atMs) => (sinceMs !== undefined && sinceMs <= atMs ? sinceMs : undefined),
      undrained: options.undrained ?? false,
      isNew: options.isNew ?? false,
      onRequest: () => undefined,
      isCutOff: () => isCutOff,
    });
    return {
      ...hand,
      goDown: () => {
        sinceMs = hand.clock.now();
      },
      goLive: () => {
        sinceMs = undefined;
      },
    };
  };
  const client = (name: CacheName): Redis => {
    const open = clients.get(name);
    if (open) return open;
    const { port } = caches.servers[name];
    const opened = new Redis({ host: '127.0.0.1', port, retryStrategy: () => null, lazyConnect: true });
    opened.on('error', () => undefined);
    clients.set(name, opened);
    return opened;
  };
  const keys = async (name: CacheName, pattern: string): Promise<readonly string[]> => {
    const found: string[] = [];
    let cursor = '0';
    do {
      const [next, page] = await client(name).scan(cursor, 'MATCH', pattern, 'COUNT', 1000);
      found.push(...page);
      cursor = next;
    } while (cursor !== '0');
    return found;
  };
  const disconnect = () => {
    for (const open of clients.values()) open.disconnect();
    clients.clear();
  };

  afterEach(async () => {
    disconnect();
    await caches.close();
  });

  it('hold some 5,000 cuboids and sessions, and writes that come and go while the API is live', async () => {
    const { pass } = await begin();
    expect(await client('cache').dbsize()).toBeGreaterThan(5_100);
    expect(await client('cache-session').dbsize()).toBe(412);
    const before = await keys('cache', 'WRITE-CUBOID*');
    expect(before.length).toBeGreaterThan(100);
    pass(4 * MINUTE_MS);
    const after = await keys('cache', 'WRITE-CUBOID*');
    expect(after.length).toBeGreaterThan(100);
    expect(after.filter((key) => before.includes(key))).toEqual([]);
    for (const pattern of ['WRITE-LOCK&*', 'PAGE-OUT&*', 'DELAYED-WRITE&*'])
      expect((await keys('cache-state', pattern)).length).toBeGreaterThan(0);
  });

  it('drain in eight minutes once the record leads to the maintenance page, and stay drained', async () => {
    const { pass, goDown } = await begin();
    const counts = [(await keys('cache', 'WRITE-CUBOID*')).length];
    goDown();
    for (let minute = 1; minute <= 8; minute++) {
      pass(MINUTE_MS);
      counts.push((await keys('cache', 'WRITE-CUBOID*')).length);
    }
    expect(counts[4]).toBeGreaterThan(0);
    expect(counts[4]).toBeLessThan(counts[0] ?? 0);
    expect(counts[8]).toBe(0);
    expect(await client('cache-state').dbsize()).toBe(0);
    pass(30 * MINUTE_MS);
    expect(await keys('cache', 'WRITE-CUBOID*')).toEqual([]);
    expect(await client('cache').dbsize()).toBe(5_000);
  });

  it('keep three keys for forty minutes where they do not drain', async () => {
    const { pass, goDown } = await begin({ undrained: true });
    goDown();
    pass(8 * MINUTE_MS);
    const stuck = await keys('cache', 'WRITE-CUBOID*');
    expect(stuck).toHaveLength(3);
    expect(await client('cache-state').dbsize()).toBe(0);
    pass(31.9 * MINUTE_MS);
    expect(await keys('cache', 'WRITE-CUBOID*')).toEqual(stuck);
    pass(0.2 * MINUTE_MS);
    expect(await keys('cache', 'WRITE-CUBOID*')).toEqual([]);
  });

  it('are found in the same state by a world that begins in the middle of maintenance', async () => {
    await begin({ undrained: true, downForMs: 10 * MINUTE_MS });
    expect(await keys('cache', 'WRITE-CUBOID*')).toHaveLength(3);
    disconnect();
    await caches.close();
    await begin({ downForMs: 40 * MINUTE_MS });
    expect(await keys('cache', 'WRITE-CUBOID*')).toEqual([]);
    expect(await client('cache').dbsize()).toBe(5_000);
  });

  it('end every connection when their stack is deleted, and come back as new processes with nothing in them', async () => {
    const { pass, goDown, goLive } = await begin();
    goDown();
    const { port } = caches.servers.cache;
    const runId = caches.servers.cache.runId();
    await client('cache').ping();
    caches.goDown();
    await expect(client('cache').ping()).rejects.toThrow();
    disconnect();
    await expect(client('cache').ping()).rejects.toThrow();
    disconnect();
    caches.comeUp();
    expect(caches.servers.cache.port).toBe(port);
    expect(await client('cache').dbsize()).toBe(0);
    expect(await client('cache').info('server')).toContain(`run_id:${caches.servers.cache.runId()}`);
    expect(caches.servers.cache.runId()).not.toBe(runId);
    pass(10 * MINUTE_MS);
    expect(await client('cache').dbsize()).toBe(0);
    goLive();
    pass(MINUTE_MS);
    await client('cache').dbsize();
    pass(MINUTE_MS);
    expect((await keys('cache', 'WRITE-CUBOID*')).length).toBeGreaterThan(0);
    expect((await keys('cache', 'CACHED-CUBOID*')).length).toBeGreaterThan(100);
  });
});
