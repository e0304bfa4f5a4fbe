import type { Clock } from '../../clock.ts';

/**
 * What is still to happen, each at its exact clock time. Late timers do not shift anything: whatever is due is run in
 * the order of its times, with {@link Agenda.now} standing at the time it was due, before any call is answered.
 */
export interface Agenda {
  /** The time of the entry that runs, else the clock's. */
  now(): number;
  /** Runs `happen` when the clock reaches `atMs`. Entries of one time run in the order they were made. */
  at(atMs: number, happen: () => void): void;
  /** Runs all that is due. */
  catchUp(): void;
  stop(): void;
}

export function createAgenda(clock: Clock): Agenda {
  const entries: { readonly atMs: number; readonly happen: () => void }[] = [];
  let runningAtMs: number | undefined;
  let waiting: { readonly untilMs: number; readonly end: AbortController } | undefined;
  let stopped = false;

  function catchUp(): void {
    if (runningAtMs !== undefined || stopped) return;
    for (let next = entries[0]; next && next.atMs <= clock.now(); next = entries[0]) {
      entries.shift();
      runningAtMs = next.atMs;
      try {
        next.happen();
      } finally {
        runningAtMs = undefined;
      }
    }
    wait();
  }

  function wait(): void {
    const next = stopped ? undefined : entries[0];
    // Each call catches up, and most find the same entry next.
    if (waiting?.untilMs === next?.atMs) return;
    waiting?.end.abort();
    waiting = undefined;
    if (!next) return;
    const end = new AbortController();
    waiting = { untilMs: next.atMs, end };
    const arrived = () => {
      waiting = undefined;
      catchUp();
    };
    clock.sleep(Math.max(1, next.atMs - clock.now()), end.signal).then(arrived, (reason: unknown) => {
      if (!end.signal.aborted) throw reason;
    });
  }

  return {
    now: () => runningAtMs ?? clock.now(),
    at(atMs, happen) {
      const after = entries.findIndex((entry) => entry.atMs > atMs);
      entries.splice(after === -1 ? entries.length : after, 0, { atMs, happen });
      if (runningAtMs === undefined && entries[0]?.happen === happen) wait();
    },
    catchUp,
    stop() {
      stopped = true;
      wait();
    },
  };
}
