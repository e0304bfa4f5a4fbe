import { afterEach, describe, expect, it } from 'vitest';
import type { CachePass, CacheRead, CacheWay } from '../../src/clients/doors.ts';
import { type Clock, createClock } from '../../src/clock.ts';
import { watchCaches } from '../../src/observe/caches.ts';
import type { Aged, CacheLook } from '../../src/observe/observed.ts';
import { until } from '../support/until.ts';

/** So fast that 30 s are 30 ms; silence lasts a tenth of a real second. */
const clock: Clock = { ...createClock({ speed: 1_000, originMs: 0, startedAtMs: Date.now() }), limit: () => 100_000 };
let end = new AbortController();
afterEach(() => {
  end.abort();
  end = new AbortController();
});

/** Watches one cache, `cache`, that is as the test says: faults that a real server cannot be made to show on cue. */
function watched(cache: Pick<CacheRead, 'look' | 'scan'>, has: () => readonly string[] = () => ['cache']) {
  let way: CacheWay = { is: 'direct' };
  let tell = (_: CacheWay) => {};
  let seenWay: CacheWay | undefined;
  let newest: Aged<readonly CacheLook[]> | undefined;
  const close = async () => {};
  watchCaches({
    caches: {
      has: async (name) => has().includes(name),
      cache: (name) => ({ name, ...cache, close }),
      way: () => way,
      onWay: (listener) => {
        tell = listener;
        return () => undefined;
      },
      close,
    },
    clock,
    signal: end.signal,
    isScanWanted: () => true,
    seen: (aged) => {
      newest = aged;
    },
    seenWay: (seen) => {
      seenWay = seen;
    },
  });
  const look = (name = 'cache') => newest?.value?.find((each) => each.name === name);
  const turn = (next: CacheWay) => {
    way = next;
    tell(next);
  };
  return { look, aged: () => newest, turn, way: () => seenWay };
}
const passOf = (runId: string): CachePass => ({
  runId,
  startedAtMs: clock.now(),
  endedAtMs: clock.now(),
  keys: 1,
  counts: { 'WRITE-CUBOID*': 0 },
  samples: {},
});

describe('a cache that is watched', () => {
  it('loses its passes when its process changes', async () => {
    let runId = 'one';
    const { look } = watched({
      look: async () => ({ runId, role: 'master', keys: 1 }),
      scan: async () => passOf(runId),
    });
    await until('two passes', () => (look()?.passes.length ?? 0) >= 2);
    runId = 'two';
    await until('the new process', () => look()?.runId === 'two');
    expect(look()?.passes.every((pass) => pass.runId === 'two')).toBe(true);
    expect(look()?.voidedBy).toMatch(/failover/);
  });

  it('proves nothing any more by what was counted before its connection was lost, and recovers by itself', async () => {
    let isUp = true;
    const answer = async <T>(value: () => T): Promise<T> => {
      if (!isUp) throw new Error('Cache cache could not be looked at: ECONNREFUSED 127.0.0.1:6379.');
      return value();
    };
    const { look, aged } = watched({
      look: () => answer(() => ({ runId: 'one', role: 'master', keys: 1 })),
      scan: () => answer(() => passOf('one')),
    });
    await until('a pass', () => look()?.passes.length);
    expect(look()?.voidedBy).toBeUndefined();
    isUp = false;
    await until('the error of the look', () => aged()?.error);
    expect(look()?.error).toContain('ECONNREFUSED');
    expect(look()?.voidedBy).toBe('ECONNREFUSED 127.0.0.1:6379');
    isUp = true;
    await until('a pass that counts', () => {
      const { passes, voidBeforeMs, error } = look() ?? { passes: [], voidBeforeMs: 0, error: 'none' };
      return error === undefined && (passes.at(-1)?.startedAtMs ?? 0) > (voidBeforeMs ?? 0);
    });
    expect(look()?.voidBeforeMs).toBeGreaterThan(look()?.passes[0]?.endedAtMs ?? Number.POSITIVE_INFINITY);
  });

  it('is not believed while it is a replica', async () => {
    let role = 'master';
    const { look } = watched({ look: async () => ({ runId: 'one', role, keys: 1 }), scan: async () => passOf('one') });
    await until('a pass', () => look()?.passes.length);
    role = 'slave';
    await until('the error', () => look()?.error?.includes('slave'));
    expect(look()?.voidBeforeMs).toBeDefined();
  });

  it('begins a new pass where one falls silent in the middle', async () => {
    let scans = 0;
    const { look } = watched({
      look: async () => ({ runId: 'one', role: 'master', keys: 1 }),
      scan: (_, onProgress) => {
        scans += 1;
        onProgress(scans * 100);
        return scans === 1 ? new Promise(() => {}) : Promise.resolve(passOf('one'));
      },
    });
    await until('progress', () => look()?.scanning === 100);
    await until('the silence', () => look()?.error?.includes('no answer'));
    await until('the next pass', () => look()?.passes.length && look()?.error === undefined);
  });

  it('is absent where the scenario has none, and never asked', async () => {
    const { look } = watched({
      look: async () => ({ runId: 'one', role: 'master', keys: 1 }),
      scan: async () => passOf('one'),
    });
    await until('a look', () => look()?.keys);
    expect(look('cache-session')).toMatchObject({ absent: true, error: undefined, keys: undefined });
  });

  it('comes and goes with the world', async () => {
    let has: readonly string[] = ['cache'];
    const scan = async () => passOf('one');
    const { look } = watched({ look: async () => ({ runId: 'one', role: 'master', keys: 7 }), scan }, () => has);
    await until('its absence', () => look('cache-session')?.absent);
    expect(look('cache-throttle')).toBeUndefined();
    has = ['cache', 'cache-session', 'cache-throttle'];
    await until('its arrival', () => look('cache-session')?.keys === 7 && look('cache-throttle')?.keys === 7);
    has = [];
    await until('its end', () => look('cache-session')?.absent && look()?.absent);
    expect(look()).toMatchObject({ keys: undefined, runId: undefined, passes: [], error: undefined });
    has = ['cache'];
    await until('passes over what is there again', () => look()?.passes.length);
  });

  it('proves nothing any more by what was counted before the tunnel to it broke, however soon it stands again', async () => {
    const { look, turn, way } = watched({
      look: async () => ({ runId: 'one', role: 'master', keys: 1 }),
      scan: async () => passOf('one'),
    });
    const through = 'endpoint.production.boss';
    turn({ is: 'tunnel', through, tunnel: { is: 'up', sinceMs: 0 } });
    await until('a pass', () => look()?.passes.length);
    expect(look()?.voidBeforeMs).toBeUndefined();
    const broken = { is: 'broken', sinceMs: 1, reason: 'it\u001b[2J broke; wait', nextTryMs: 2 } as const;
    turn({ is: 'tunnel', through, tunnel: broken });
    expect(look()?.voidBeforeMs).toBeGreaterThan(look()?.passes[0]?.startedAtMs ?? Number.POSITIVE_INFINITY);
    expect(look()?.voidedBy).toBe('the tunnel to it broke');
    expect(way()).toEqual({ is: 'tunnel', through, tunnel: { ...broken, reason: 'it broke; wait' } });
    turn({ is: 'tunnel', through, tunnel: { is: 'up', sinceMs: 3 } });
    await until('a pass that counts', () => (look()?.passes.at(-1)?.startedAtMs ?? 0) > (look()?.voidBeforeMs ?? 0));
  });
});
