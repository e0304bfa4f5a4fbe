import { describe, expect, it } from 'vitest';
import { createClock, systemClock } from '../src/clock.ts';

describe('the clock', () => {
  it('of production is the wall clock', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(50);
    expect(systemClock.limit(60_000)).toBe(60_000);
  });

  it('of a rehearsal runs faster from its origin on', async () => {
    const clock = createClock({ speed: 100, originMs: 1_000_000, startedAtMs: Date.now() });
    const before = clock.now();
    expect(before).toBeGreaterThanOrEqual(1_000_000);
    const started = performance.now();
    await clock.sleep(5_000);
    expect(clock.now() - before).toBeGreaterThanOrEqual(4_900);
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  it('gives a limit at least five real seconds', () => {
    const clock = createClock({ speed: 100, originMs: 0, startedAtMs: 0 });
    expect(clock.limit(60_000)).toBe(500_000);
    expect(clock.limit(600_000)).toBe(600_000);
  });

  it('ends a sleep with the reason of its signal', async () => {
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the speed %s', (speed) => {
    expect(() => createClock({ speed, originMs: 0, startedAtMs: 0 })).toThrow(RangeError);
  });
});
