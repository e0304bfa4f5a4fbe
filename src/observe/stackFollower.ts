import type { CloudFormationRead } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import type { Budget } from './budget.ts';
import { clean } from './clean.ts';
import type { EventLedger, Seed } from './eventLedger.ts';
import { type Operation, operationsOf } from './operation.ts';
import { poll } from './polling.ts';

/** Between two reads of a stack that is followed, in clock milliseconds. */
export const FOLLOW_MS = 3_000;
/** Reads after the terminal status in which the stack's own last event is still waited for; it may come late. */
const MOST_DRAINS = 5;
/** Failures in a row after which a stack that is over is given up: its ARN may be unknown by then. */
const MOST_FAILED_DRAINS = 20;

export interface FollowerOptions {
  readonly stackId: string;
  readonly seed: Seed;
  /** Until the first read, the events are as old as this. */
  readonly sinceMs: number;
  readonly ledger: EventLedger;
  readonly cloudFormation: CloudFormationRead;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** After each read, good or bad; `fresh` events came with it. */
  onRead(fresh: number): void;
  /** It has left, by itself after {@link StackFollower.leave}. */
  onLeft(): void;
}

/** One stack whose events are read again and again, by its ARN, so that a deleted one can be read to its end. */
export interface StackFollower {
  /** When the newest good read began. */
  readAtMs(): number;
  error(): string | undefined;
  /** Reads back so far at least, from the next read on. */
  reach(seed: Seed): void;
  /** Its operation is over and nobody asks: one last complete read, then it leaves. */
  leave(): void;
  /** It is wanted again. */
  stay(): void;
  readonly ended: Promise<void>;
}

export function followStack(options: FollowerOptions): StackFollower {
  const { stackId, ledger, cloudFormation, budget, clock } = options;
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  let { seed } = options;
  let readAtMs = options.sinceMs;
  let error: string | undefined;
  let leavingSinceMs: number | undefined;
  let drains = 0;
  let failedDrains = 0;
  let fresh = 0;

  /** A read counts as the last one only if it began after the stack was known to be over. */
  function drained(atMs: number | undefined): boolean {
    if (leavingSinceMs === undefined) return false;
    if (atMs === undefined) return ++failedDrains >= MOST_FAILED_DRAINS;
    if (atMs < leavingSinceMs) return false;
    drains += 1;
    const last: Operation | undefined = operationsOf(ledger.ofStack(stackId)).at(-1);
    return last?.endedAtMs !== undefined || drains >= MOST_DRAINS;
  }
  const loop = poll<void>({
    clock,
    signal,
    intervalMs: () => FOLLOW_MS,
    before: (own) => budget.take(own),
    look: async (own) => {
      fresh = await ledger.read(
        stackId,
        async (nextToken) => {
          if (nextToken !== undefined) await budget.take(own);
          return clean(await cloudFormation.stackEventsPage(stackId, nextToken, own));
        },
        seed,
        own,
      );
    },
    seen(aged) {
      error = aged.error;
      if (aged.atMs !== undefined) readAtMs = aged.atMs;
      const over = drained(aged.error === undefined ? aged.atMs : undefined);
      options.onRead(aged.error === undefined ? fresh : 0);
      if (!over) return;
      end.abort();
      options.onLeft();
    },
  });
  return {
    readAtMs: () => readAtMs,
    error: () => error,
    reach(wanted) {
      const beganBy = seed.beganBy ?? wanted.beganBy;
      seed = { sinceMs: Math.min(seed.sinceMs, wanted.sinceMs), ...(beganBy ? { beganBy } : {}) };
    },
    leave() {
      if (leavingSinceMs !== undefined) return;
      [leavingSinceMs, drains, failedDrains] = [clock.now(), 0, 0];
      loop.nudge();
    },
    stay() {
      leavingSinceMs = undefined;
    },
    ended: loop.ended,
  };
}
