import { setTimeout as delay } from 'node:timers/promises';

/**
 * The one source of time. In production it is the system's; in a rehearsal it runs `speed` times as fast, so that
 * minutes of waiting pass in seconds while everything on the screen still speaks of minutes.
 */
export interface Clock {
  /** Milliseconds since the epoch, in the clock's own time. */
  now(): number;
  /** Waits `ms` of the clock's own time. Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * A freshness bound, timeout or budget window in the clock's own time: never less than five real seconds, because
   * the machine does not get faster when a rehearsal's clock does.
   */
  limit(ms: number): number;
  /** How many times faster than the wall clock it runs; 1 in production. */
  readonly speed: number;
}

/** Shortest real time that a freshness bound or timeout may shrink to. */
const SHORTEST_LIMIT_MS = 5_000;

/** A clock that showed `originMs` when the wall clock showed `startedAtMs`. Shared by the panel and its embedded world. */
export function createClock({
  speed,
  originMs,
  startedAtMs,
}: {
  readonly speed: number;
  readonly originMs: number;
  readonly startedAtMs: number;
}): Clock {
  if (!(speed > 0 && Number.isFinite(speed)))
    throw new RangeError(`A clock's speed is a number above 0, not ${speed}.`);
  return {
    speed,
    now: () => Math.round(originMs + (Date.now() - startedAtMs) * speed),
    sleep: async (ms, signal) => {
      await delay(Math.max(0, ms / speed), undefined, signal ? { signal } : undefined).catch((error: unknown) => {
        throw signal?.aborted ? signal.reason : error;
      });
    },
    limit: (ms) => Math.max(ms, SHORTEST_LIMIT_MS * speed),
  };
}

/** The system's clock. */
export const systemClock: Clock = createClock({ speed: 1, originMs: 0, startedAtMs: 0 });
