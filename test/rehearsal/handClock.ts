import type { Clock } from '../../src/clock.ts';

/** A clock that stands until it is told how much time has passed. */
export function handClock(startMs: number): { readonly clock: Clock; pass(ms: number): void } {
  let nowMs = startMs;
  const clock: Clock = {
    speed: 1,
    now: () => nowMs,
    limit: (ms) => ms,
    sleep: () => Promise.reject(new Error('Nobody sleeps by this clock.')),
  };
  return {
    clock,
    pass: (ms) => {
      nowMs += ms;
    },
  };
}
