import type { Json } from '../runbook/runbook.ts';
import type { ActContext, Asked, Evidence } from './kind.ts';
import {
  hasArn,
  type ListSnapshot,
  nameOf,
  type SavedSubscription,
  settableAttributes,
} from './mailingListSnapshot.ts';
import { count, duration } from './words.ts';

/** A subscription that nobody confirms dies after this time. */
const CONFIRM_WITHIN_MS = 48 * 3_600_000;
/** How often the list is read while somebody's confirmation is waited for. */
const LOOK_MS = 10_000;

/** When whoever has not confirmed was asked last, by name: clock milliseconds. */
type AskedAt = { readonly [name: string]: number };

/** Subscribes an address again, journaled under `key` with its time: SNS sends it a message with a link. */
export const askToConfirm = (context: ActContext, topicArn: string, key: string, saved: SavedSubscription) =>
  context.effect(key, {
    what: `subscribes ${nameOf(saved)}`,
    run: async () => {
      const { protocol, endpoint } = saved;
      const input = { topicArn, protocol, endpoint, attributes: settableAttributes(saved) };
      await context.doors.aws.sns.subscribe(input, context.signal);
      return { atMs: context.clock.now() };
    },
    probe: async () => {
      const live = await context.read.aws.sns.listSubscriptions(topicArn, context.signal);
      return live.some((each) => nameOf(each) === nameOf(saved)) ? { atMs: context.clock.now() } : 'notHappened';
    },
  });

/**
 * Waits for confirmations until all came, or the operator goes on without them: those who are missing, each with when
 * it was asked last. The operator may have everybody who is missing asked again.
 */
export async function untilConfirmed(context: ActContext, snapshot: ListSnapshot): Promise<AskedAt | 'cancelled'> {
  let first = 1;
  for (let time = 1; ; time += 1) {
    const missing = await unconfirmed(context, snapshot);
    if (missing.length === 0) return {};
    const key = `pending/${time}`;
    const continues = first < time ? { continues: `pending/${first}` } : {};
    const answer = await askOrSee(context, snapshot, key, missing, continues);
    if (answer === 'cancelled') return answer;
    // Somebody confirmed: the same question, about fewer.
    if (answer === 'changed') continue;
    if (answer === 'finish') return askedAtOf(context, missing);
    first = time + 1;
    for (const [index, saved] of missing.entries()) {
      if (context.cancelRequested()) return 'cancelled';
      context.progress({ text: `Asking ${index + 1} of ${missing.length} again`, fraction: index / missing.length });
      await askToConfirm(context, snapshot.topicArn, `resend/${time}/${nameOf(saved)}`, saved);
    }
  }
}

/** Whoever of the snapshot waits for a confirmation, or fell off the list because none came. Reads no attributes. */
async function unconfirmed(
  { read, signal }: ActContext,
  { topicArn, subscriptions }: ListSnapshot,
): Promise<readonly SavedSubscription[]> {
  const listed = await read.aws.sns.listSubscriptions(topicArn, signal);
  const confirmed = new Set(listed.filter(hasArn).map(nameOf));
  return subscriptions.filter((saved) => hasArn(saved) && !confirmed.has(nameOf(saved)));
}

async function askOrSee(
  context: ActContext,
  snapshot: ListSnapshot,
  key: string,
  missing: readonly SavedSubscription[],
  continues: Pick<Asked, 'continues'>,
): Promise<'finish' | 'resend' | 'changed' | 'cancelled'> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const answer = context.decide(key, { ...question(context, missing), ...continues });
  answer.catch(() => {});
  const changed = untilChanged(context, snapshot, missing, signal);
  changed.catch(() => {});
  try {
    const first = await Promise.race([answer, changed]);
    if (typeof first === 'string') {
      await context.withdraw(key);
      return first;
    }
    return first.is === 'chosen' && first.option === 'resend' ? 'resend' : 'finish';
  } finally {
    over.abort();
  }
}

/** Tells how long the first link still lives, until somebody has confirmed. */
async function untilChanged(
  context: ActContext,
  snapshot: ListSnapshot,
  missing: readonly SavedSubscription[],
  signal: AbortSignal,
): Promise<'changed' | 'cancelled'> {
  for (;;) {
    const firstMs = Math.min(...Object.values(askedAtOf(context, missing))) + CONFIRM_WITHIN_MS;
    const left = Number.isFinite(firstMs) ? `, the first link dies in ${duration(firstMs - context.clock.now())}` : '';
    context.progress({ text: `Waits for ${count(missing.length, 'confirmation')}${left}; C stops waiting` });
    await context.clock.sleep(Math.max(LOOK_MS, 500 * context.clock.speed), signal);
    if (context.cancelRequested()) return 'cancelled';
    if ((await unconfirmed(context, snapshot)).length < missing.length) return 'changed';
  }
}

/** When each was asked last, as far as this attempt or an earlier one that was done wrote it down. */
function askedAtOf(context: ActContext, missing: readonly SavedSubscription[]): AskedAt {
  const { effects } = context.attempt;
  const earlier = context.release.facts.listAsked;
  return Object.fromEntries(
    missing.flatMap((saved) => {
      const name = nameOf(saved);
      const times = Object.entries(effects).flatMap(([key, result]) =>
        key === `subscribe/${name}` || (key.startsWith('resend/') && key.endsWith(`/${name}`))
          ? [timeOf(result, 'atMs')]
          : [],
      );
      const atMs = Math.max(...times, timeOf(earlier, name));
      return Number.isFinite(atMs) ? [[name, atMs] as const] : [];
    }),
  );
}

const timeOf = (value: Json | undefined, field: string): number => {
  const found = typeof value === 'object' && value !== null && field in value ? Reflect.get(value, field) : undefined;
  return typeof found === 'number' ? found : Number.NEGATIVE_INFINITY;
};

function question(context: ActContext, missing: readonly SavedSubscription[]): Asked {
  const nowMs = context.clock.now();
  const asked = askedAtOf(context, missing);
  return {
    title: `${count(missing.length, 'address has', 'addresses have')} to confirm again`,
    text: [
      'Each got a message with a link, and is told of nothing until it was followed. The link dies after 48 h.',
      'Left open, the question waits, and the stage ends by itself as soon as all have confirmed.',
    ],
    evidence: missing.map((saved): Evidence => {
      const atMs = asked[nameOf(saved)];
      return { label: nameOf(saved), value: timeLeft(atMs, nowMs), tone: 'warn' };
    }),
    question: {
      is: 'choose',
      options: [
        {
          id: 'finish',
          label: 'Go on without them',
          detail: 'They are named in the record; r looks again later.',
          note: true,
        },
        {
          id: 'resend',
          label: 'Ask them again',
          detail: 'Subscribes each again: SNS sends a new message with a link of its own.',
        },
      ],
      recommended: 'finish',
    },
  };
}

function timeLeft(askedAtMs: number | undefined, nowMs: number): string {
  if (askedAtMs === undefined) return 'was asked before this; at most 48 h left';
  const endMs = askedAtMs + CONFIRM_WITHIN_MS;
  if (endMs <= nowMs) return 'its link is dead: ask again';
  const until = new Date(endMs).toISOString().slice(0, 16).replace('T', ' ');
  return `until ${until} UTC, ${duration(endMs - nowMs)} left`;
}
