import type { StackEvent } from '../clients/doors.ts';
import { begins } from './operation.ts';

/** How far back a stack's events are read the first time. */
export interface Seed {
  /** Down to this time (the service's own). */
  readonly sinceMs: number;
  /**
   * Down to the beginning of the newest delete too, whose time no list of stacks tells. With `sinceMs` Infinity, to there
   * and no further.
   */
  readonly beganBy?: 'DELETE';
}

/** One page of events, newest first. */
export type EventsPage = (nextToken: string | undefined) => Promise<{
  readonly events: readonly StackEvent[];
  readonly nextToken?: string;
}>;

/** Events that are kept of one stack; a whole release of the largest is a few hundred. */
const KEPT_PER_STACK = 2_000;
/**
 * A read goes on until it has met this many events that it knows: the service may show an event late, a few places
 * below newer ones, where it would be passed over for good if that place were the top of the next page.
 */
const KNOWN_IN_A_READ = 10;
/** A beginning that is searched for is not searched for ever: a stack may have 400,000 events (aws-cdk #32186). */
const MOST_PAGES_FOR_A_BEGINNING = 20;

interface Held {
  /** By timestamp, then arrival. */
  events: readonly Arrived[];
  readonly ids: Set<string>;
  /** Everything from here on was read; Infinity before the first complete read. */
  completeFromMs: number;
  /** What is not newer was dropped and is not taken in again. */
  floorMs: number;
}
interface Arrived {
  readonly event: StackEvent;
  readonly arrival: number;
}

const inOrder = (a: Arrived, b: Arrived) => a.event.timestampMs - b.event.timestampMs || a.arrival - b.arrival;

/**
 * The events of all stacks that were followed, each once. A read goes back page by page and counts only when it has
 * reached what is known: until then nothing is remembered, neither event nor id, so that a failure on page two loses
 * nothing (aws-cdk marks while it pages, and does).
 */
export class EventLedger {
  readonly #held = new Map<string, Held>();
  #arrivals = 0;

  /**
   * Reads what is new of one stack and returns how many events that were. Rejects as `page` does, having changed
   * nothing. Not to be called twice at a time for one stack.
   */
  async read(stackId: string, page: EventsPage, seed: Seed, signal?: AbortSignal): Promise<number> {
    const held = this.#held.get(stackId) ?? emptyHeld();
    const fresh = await readBack(held, page, seed);
    signal?.throwIfAborted();
    if (!fresh) return 0;
    this.#held.set(stackId, held);
    held.completeFromMs = Math.min(held.completeFromMs, seed.sinceMs, fresh[0]?.timestampMs ?? seed.sinceMs);
    if (fresh.length > 0)
      take(
        held,
        fresh.map((event) => ({ event, arrival: this.#arrivals++ })),
      );
    return fresh.length;
  }

  /** Whether any read of this stack was complete. */
  knows(stackId: string): boolean {
    return this.#held.has(stackId);
  }

  /** One stack's events, oldest first. */
  ofStack(stackId: string): readonly StackEvent[] {
    return (this.#held.get(stackId)?.events ?? []).map(({ event }) => event);
  }

  /** The newest of all stacks, at most `limit`, oldest first. */
  newest(limit: number): readonly StackEvent[] {
    const all = [...this.#held.values()].flatMap((held) => held.events.slice(-limit)).sort(inOrder);
    return all.slice(-limit).map(({ event }) => event);
  }
}

const emptyHeld = (): Held => ({
  events: [],
  ids: new Set(),
  completeFromMs: Number.POSITIVE_INFINITY,
  floorMs: Number.NEGATIVE_INFINITY,
});

/** What is not held yet, oldest first; undefined where the beginning is not among the events yet. Throws where a page does. */
async function readBack(held: Held, page: EventsPage, seed: Seed): Promise<readonly StackEvent[] | undefined> {
  const found = new Map<string, StackEvent>();
  const deeper = seed.sinceMs < held.completeFromMs;
  const sinceMs = Math.min(seed.sinceMs, held.completeFromMs);
  let begun = seed.beganBy === undefined;
  let reached = false;
  let met = 0;
  let nextToken: string | undefined;
  let newestMs = Number.POSITIVE_INFINITY;
  for (let pages = 1; ; pages++) {
    const read = await page(nextToken);
    if (newestMs === Number.POSITIVE_INFINITY && read.events.length > 0)
      newestMs = Math.max(...read.events.map((event) => event.timestampMs));
    for (const event of read.events) {
      // Came while the pages were read. Taken now it would be a marker with unread events below it.
      if (event.timestampMs > newestMs) continue;
      const known = held.ids.has(event.eventId);
      const past = event.timestampMs <= held.floorMs || (begun && event.timestampMs < sinceMs);
      // The rest of a page with a known event is still looked at: an event may come late, among older ones.
      if (known) met += 1;
      if (past || (met >= KNOWN_IN_A_READ && !deeper)) reached = true;
      if (!past && !known) found.set(event.eventId, event);
      if (seed.beganBy !== undefined && begins(event) === seed.beganBy) begun = true;
    }
    nextToken = read.nextToken;
    if (reached || nextToken === undefined) break;
    if (!begun && pages >= MOST_PAGES_FOR_A_BEGINNING) return undefined;
  }
  return begun || reached ? [...found.values()].reverse() : undefined;
}

function take(held: Held, arrived: readonly Arrived[]): void {
  for (const { event } of arrived) held.ids.add(event.eventId);
  const all = [...held.events, ...arrived].sort(inOrder);
  const dropped = all[all.length - KEPT_PER_STACK - 1];
  if (!dropped) {
    held.events = all;
    return;
  }
  // Whole instants are dropped, so that "not newer than the floor" says exactly what is gone.
  held.floorMs = dropped.event.timestampMs;
  held.events = all.filter(({ event }) => event.timestampMs > held.floorMs);
  held.ids.clear();
  for (const { event } of held.events) held.ids.add(event.eventId);
}
