import type { SnsRead, Subscription } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import { canonicalJson } from '../text/json.ts';
import type { Progress, ReadContext } from './kind.ts';
import { hasArn, type ListSnapshot, nameOf, SAVED_ATTRIBUTES, type SavedSubscription } from './mailingListSnapshot.ts';

/** Subscriptions whose attributes are asked for side by side: a thousand of them one by one would take minutes. */
const AT_ONCE = 4;
/** So long a plan takes the attributes that were read before for those of now. */
const REMEMBERED_MS = 5 * 60_000;

/** How a reading goes on, and whether it does. */
export interface Reading {
  readonly signal: AbortSignal;
  readonly progress?: (progress: Progress) => void;
  /** Throws where nobody wants it any more. */
  readonly unlessCancelled?: () => void;
}

type Attributes = Readonly<Record<string, string>> | undefined;

/** The list with all attributes as it is now, by name. */
export async function readList(
  sns: SnsRead,
  topicArn: string,
  reading: Reading,
  known: (arn: string) => Attributes = () => undefined,
): Promise<readonly SavedSubscription[]> {
  const listed = await sns.listSubscriptions(topicArn, reading.signal);
  const list = listed.filter(({ subscriptionArn }) => subscriptionArn !== 'Deleted');
  const saved: SavedSubscription[] = list.filter((each) => !hasArn(each)).map((each) => ({ ...each, attributes: {} }));
  const confirmed = list.filter(hasArn);
  let read = 0;
  await sideBySide(confirmed, reading.signal, async (each, signal) => {
    reading.unlessCancelled?.();
    const { subscriptionArn } = each;
    const attributes = known(subscriptionArn) ?? savedOf(await sns.subscriptionAttributes(subscriptionArn, signal));
    if (attributes) saved.push({ ...each, attributes });
    read += 1;
    reading.progress?.({ text: `Reading ${read} of ${confirmed.length}`, fraction: read / confirmed.length });
  });
  return saved.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** Works through a list, a few at a time; the first failure ends the others. */
async function sideBySide(
  list: readonly Subscription[],
  signal: AbortSignal,
  work: (each: Subscription, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const left = list.values();
  const worker = async () => {
    for (const each of left) {
      either.throwIfAborted();
      await work(each, either);
    }
  };
  const workers = Array.from({ length: AT_ONCE }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
}

const savedOf = (all: Attributes): Attributes =>
  all &&
  Object.fromEntries(
    SAVED_ATTRIBUTES.flatMap((name) => {
      const value = all[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** What was read of each subscription, and when (clock milliseconds), by the door that it was read through. */
const memories = new WeakMap<SnsRead, Map<string, { readonly attributes: Attributes; readonly atMs: number }>>();

/**
 * The list as it is now with attributes that may be some minutes old: for a card, which is read again at Enter and at
 * the intent. Never for a snapshot, an act or a proof.
 */
export async function recentList(
  { read: { aws }, clock, signal, progress }: Pick<ReadContext, 'read' | 'clock' | 'signal' | 'progress'>,
  topicArn: string,
): Promise<readonly SavedSubscription[]> {
  const memory = memories.get(aws.sns);
  const oldestMs = clock.now() - clock.limit(REMEMBERED_MS);
  const known = (arn: string) => {
    const seen = memory?.get(arn);
    return seen && seen.atMs >= oldestMs ? seen.attributes : undefined;
  };
  const list = await readList(aws.sns, topicArn, { signal, progress }, known);
  remember(aws.sns, list, clock, known);
  return list;
}

/** The list read afresh, which a card may then remember. */
export async function freshList(
  { read: { aws }, clock, signal, progress }: Pick<ReadContext, 'read' | 'clock' | 'signal' | 'progress'>,
  topicArn: string,
): Promise<readonly SavedSubscription[]> {
  const list = await readList(aws.sns, topicArn, { signal, progress });
  remember(aws.sns, list, clock);
  return list;
}

function remember(
  sns: SnsRead,
  list: readonly SavedSubscription[],
  clock: Clock,
  known: (arn: string) => Attributes = () => undefined,
): void {
  const memory = memories.get(sns) ?? new Map();
  memories.set(sns, memory);
  const atMs = clock.now();
  for (const { subscriptionArn, attributes } of list) {
    if (!known(subscriptionArn)) memory.set(subscriptionArn, { attributes, atMs });
  }
}

/** Somebody changes the list: what was read of it says nothing any more. */
const forgetList = (sns: SnsRead): void => void memories.delete(sns);

const TRIES = 3;

/** The list, read twice and equal. Throws where it keeps changing: a snapshot that may lack somebody is none. */
export async function takeSnapshot(
  sns: SnsRead,
  topicArn: string,
  nowMs: number,
  reading: Reading,
): Promise<ListSnapshot> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const first = await readList(sns, topicArn, part(reading, 'once', 0));
    const second = await readList(sns, topicArn, part(reading, 'twice', 0.5));
    if (canonicalJson(first) === canonicalJson(second))
      return { version: 1, topicArn, takenAtMs: nowMs, subscriptions: [...second] };
  }
  throw new Error(`The list of ${topicArn} changed while it was read, ${TRIES} times: try again when nobody edits it.`);
}

/** One of the two readings of a snapshot, as a half of the whole. */
const part = (reading: Reading, which: string, begin: number): Reading => ({
  ...reading,
  progress: ({ text, fraction = 0 }) =>
    reading.progress?.({ text: `Snapshot, ${which}: ${text}`, fraction: begin + fraction / 2 }),
});

/** Runs what changes the list: nothing that was read before it, or in it, is remembered after it. */
export async function changingList<T>({ read }: Pick<ReadContext, 'read'>, change: () => Promise<T>): Promise<T> {
  const { sns } = read.aws;
  forgetList(sns);
  try {
    return await change();
  } finally {
    forgetList(sns);
  }
}
