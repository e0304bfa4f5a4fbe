const TICK_MS = 1_000;
const BIRTHS_PER_TICK = 2;
/** A cuboid is flushed to S3 after a time between these two. */
const SHORTEST_LIFE_MS = 60_000;
const LONGEST_LIFE_MS = 180_000;
/** Clients notice maintenance as their resolvers' answers end: the record's TTL. With the longest life: 8 minutes. */
const FADING_MS = 300_000;
const STUCK_KEYS = 3;

/** The cuboids that were written to the cache and are not in S3 yet. */
export interface Writes {
  /** Brings it to a time; times never go back. */
  advance(nowMs: number): void;
  /** Keys at that time, in the order in which they were written. */
  keys(): readonly string[];
  /** How many of them move: all but those that are stuck. */
  flowing(): number;
}

/** A repeatable sequence of numbers from 0 to under 1 (mulberry32). */
export function createDice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A cuboid's place as the keys name it: collection, experiment, channel, resolution, time sample, Morton index. */
export const cuboidPlace = (dice: () => number): string =>
  [1 + Math.floor(dice() * 4), 1 + Math.floor(dice() * 9), 1 + Math.floor(dice() * 30)].join('&') +
  `&${Math.floor(dice() * 3)}&0&${Math.floor(dice() * 2 ** 31)}`;

const writeKey = (dice: () => number): string => {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(dice() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  return `WRITE-CUBOID&${cuboidPlace(dice)}&${hex}`;
};

/**
 * Writes that come and go while the API is live, fade when it goes into maintenance and are all flushed eight clock
 * minutes later; `stuckMs` above 0: but for three, which stay so long after maintenance began.
 */
export function createWrites(options: {
  /** Since when the public name has led to the maintenance page at a time; undefined where it leads to the API. */
  readonly maintenanceSince: (atMs: number) => number | undefined;
  readonly stuckMs: number;
  /** Nothing was written before this: a cluster that is new. */
  readonly emptyAtMs?: number;
}): Writes {
  const dice = createDice(42);
  const flushedAtMs = new Map<string, number>();
  const stuck = new Set<string>();
  /** How far back they are followed at first: as long as anything lives that was there when maintenance began. */
  const historyMs = options.stuckMs + LONGEST_LIFE_MS;
  let tickedToMs: number | undefined;
  let due = 0;

  function holdSome(sinceMs: number): void {
    for (const key of [...flushedAtMs.keys()].slice(0, STUCK_KEYS)) {
      stuck.add(key);
      flushedAtMs.set(key, sinceMs + options.stuckMs);
    }
  }

  function tick(atMs: number): void {
    for (const [key, endMs] of flushedAtMs) {
      if (endMs > atMs) continue;
      flushedAtMs.delete(key);
      stuck.delete(key);
    }
    const sinceMs = options.maintenanceSince(atMs);
    const fading = sinceMs === undefined ? 1 : Math.max(0, 1 - (atMs - sinceMs) / FADING_MS);
    const holds = sinceMs !== undefined && atMs < sinceMs + options.stuckMs;
    if (holds && stuck.size === 0) holdSome(sinceMs);
    for (due += BIRTHS_PER_TICK * fading; due >= 1; due--)
      flushedAtMs.set(writeKey(dice), atMs + SHORTEST_LIFE_MS + dice() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS));
  }

  return {
    advance(nowMs) {
      const from = Math.max(tickedToMs ?? 0, nowMs - historyMs, options.emptyAtMs ?? 0);
      let atMs = Math.floor(from / TICK_MS) * TICK_MS;
      while (atMs + TICK_MS <= nowMs) {
        atMs += TICK_MS;
        tick(atMs);
      }
      tickedToMs = atMs;
    },
    keys: () => [...flushedAtMs.keys()],
    flowing: () => flushedAtMs.size - stuck.size,
  };
}
