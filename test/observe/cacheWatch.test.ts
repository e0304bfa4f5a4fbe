import { afterEach, describe, expect, it } from 'vitest';
import type { CachePass, CacheRead } from '../../src/clients/doors.ts';
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
function watched(cache: Pick<CacheRead, 'look' | 'scan'>) {
  let newest: Aged<readonly CacheLook[]> | undefined;
  const close = async () => {};
  watchCaches({
    caches: { names: ['cache'], cache: (name) => ({ name, ...cache, close }), close },
    clock,
    signal: end.signal,
    isScanWanted: () => true,
    seen: (aged) => {
      newest = aged;
    },
  });
  const look = (name = 'cache') => newest?.value?.find((each) => each.name === name);
  return { look, aged: () => newest };
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
  });

  it('proves nothing any more by what was counted before its connection was lost, and recovers by itself', async () => {
    let isUp = true;
    const answer = async <T>(value: () => T): Promise<T> => {
      if (!isUp) throw new Error('Cache cache could not be looked at: ECONNREFUSED.');
      return value();
    };
    const { look, aged } = watched({
      look: () => answer(() => ({ runId: 'one', role: 'master', keys: 1 })),
      scan: () => answer(() => passOf('one')),
    });
    await until('a pass', () => look()?.passes.length);
    isUp = false;
    await until('the error of the look', () => aged()?.error);
    expect(look()?.error).toContain('ECONNREFUSED');
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
});
