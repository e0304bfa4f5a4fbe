import type { Clock } from '../clock.ts';
import type { FaultName } from './faults.ts';

/** Something that is away for a while, once in a world's life. */
export interface Outage {
  /** The first change of the release has begun: from some time later on it is away. Only the first call counts. */
  strike(): void;
  isOn(): boolean;
  /** Real milliseconds until it is over; 0 where it is not on. */
  leftMs(): number;
}

/** Clock milliseconds from the first change of a stack to the beginning: in the middle of its update. */
const AFTER_MS = 40_000;
/** Clock milliseconds that it lasts. */
const LASTS_MS = 6 * 60_000;
/** The least of it in real milliseconds: a fast rehearsal must meet it too, and who waits for DNS gives up after 5 s. */
const LASTS_REAL_MS = { 'expired-credentials': 4_000, 'network-loss': 8_000 } as const;

const never: Outage = { strike: () => {}, isOn: () => false, leftMs: () => 0 };

/** The outage that a fault brings; without the fault it never comes. */
export function createOutage(fault: keyof typeof LASTS_REAL_MS, faults: ReadonlySet<FaultName>, clock: Clock): Outage {
  if (!faults.has(fault)) return never;
  let fromMs: number | undefined;
  const lastsMs = Math.max(LASTS_MS, LASTS_REAL_MS[fault] * clock.speed);
  const leftMs = () => {
    const nowMs = clock.now();
    if (fromMs === undefined || nowMs < fromMs) return 0;
    return Math.max(0, fromMs + lastsMs - nowMs) / clock.speed;
  };
  return {
    strike: () => {
      fromMs ??= clock.now() + AFTER_MS;
    },
    isOn: () => leftMs() > 0,
    leftMs,
  };
}
