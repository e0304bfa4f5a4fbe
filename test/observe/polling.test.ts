import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, createClock } from '../../src/clock.ts';
import { backoffMs } from '../../src/observe/backoff.ts';
import type { Aged } from '../../src/observe/observed.ts';
import { type PollOptions, poll } from '../../src/observe/polling.ts';
import { until } from '../support/until.ts';

/** A thousand times as fast, but a look may hang for no longer than a tenth of a real second. */
const clock: Clock = { ...createClock({ speed: 1_000, originMs: 0, startedAtMs: Date.now() }), limit: () => 100_000 };
let end = new AbortController();
afterEach(() => {
  end.abort();
  end = new AbortController();
});

function polled<T>(options: Pick<PollOptions<T>, 'look'> & Partial<PollOptions<T>>) {
  const seen: Aged<T>[] = [];
  const loop = poll<T>({ clock, signal: end.signal, intervalMs: () => 1, seen: (aged) => seen.push(aged), ...options });
  return { loop, seen, last: () => seen.at(-1) };
}

describe('backoff', () => {
  it('waits anything up to base × 2ⁿ, never more than the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 60_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, baseMs, dice) => {
          const ms = backoffMs(failures, { baseMs, capMs: 60_000, random: () => dice });
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(Math.min(60_000, baseMs * 2 ** Math.min(failures, 16)));
        },
      ),
    );
    expect(backoffMs(0, { baseMs: 1_000, capMs: 60_000 })).toBe(0);
    expect(backoffMs(3, { baseMs: 1_000, capMs: 60_000, random: () => 0.5 })).toBe(4_000);
  });
});

describe('a poll', () => {
  it('keeps the last value while a look fails, says why, and goes on', async () => {
    let count = 0;
    const { last } = polled({
      look: async () => {
        count += 1;
        if (count === 2) throw new Error('Throttling: \x1b[31mRate exceeded');
        return count;
      },
    });
    await until('the error', () => last()?.error);
    expect(last()).toMatchObject({ value: 1, error: 'Throttling: Rate exceeded' });
    const { atMs } = last() ?? {};
    await until('the next look', () => last()?.value === 3);
    expect(last()).toMatchObject({ error: undefined });
    expect(last()?.atMs).toBeGreaterThan(atMs ?? 0);
  });

  it('dates what it saw by the beginning of the look, after its turn had come', async () => {
    const times: number[] = [];
    const { last } = polled({
      before: async () => void times.push(await clock.sleep(5_000).then(() => clock.now())),
      look: async () => {
        await clock.sleep(50_000);
        times.push(clock.now());
      },
    });
    await until('a look', () => last()?.atMs);
    expect(last()?.atMs).toBeGreaterThanOrEqual(times[0] ?? 0);
    expect(last()?.atMs).toBeLessThan(times[1] ?? 0);
  });

  it('gives up a look that hangs, though that ignores its signal, and looks again', async () => {
    let count = 0;
    const { last } = polled({
      look: () => {
        count += 1;
        return count === 1 ? new Promise<number>(() => {}) : Promise.resolve(count);
      },
    });
    await until('the error', () => last()?.error?.includes('No answer'));
    await until('the next look', () => last()?.value === 2);
  });

  it('looks at once when it is nudged', async () => {
    let count = 0;
    const { loop, last } = polled({ intervalMs: () => 1e9, look: async () => ++count });
    await until('the first look', () => last()?.value === 1);
    loop.nudge();
    await until('the second look', () => last()?.value === 2);
  });

  it('shows a value that was made anew with the age of the old one', async () => {
    const { loop, seen } = polled({ intervalMs: () => 1e9, look: async () => 'old' });
    await until('the look', () => seen.length);
    loop.set('new');
    expect(seen.at(-1)).toEqual({ ...seen[0], value: 'new' });
  });

  it('ends with its signal, from rest and from a look that hangs, and leaves no listener behind', async () => {
    const signal = end.signal;
    const resting = polled({ intervalMs: () => 1e9, look: async () => 1 });
    const hanging = polled({ unbounded: true, look: () => new Promise<number>(() => {}) });
    const busy = polled({ look: async () => 1 });
    await until('some looks', () => busy.seen.length > 3 && resting.seen.length > 0);
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(3);
    end.abort(new Error('stopped'));
    await Promise.all([resting.loop.ended, hanging.loop.ended, busy.loop.ended]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(hanging.seen).toEqual([]);
  });
});
