import * as z from 'zod';
import type { ActContext, Acted, Asked, Attempt, Evidence, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { snapshotOf } from './listSnapshotFile.ts';
import {
  type ListSnapshot,
  nameOf,
  type Repair,
  readList,
  repairsOf,
  type SavedSubscription,
  settableAttributes,
} from './mailingListSnapshot.ts';
import { paramsOf } from './params.ts';
import { count, duration } from './words.ts';

type Baseline = { readonly topicArn: string; readonly repairs: number };

/** A subscription that nobody confirms dies after this time. */
const CONFIRM_WITHIN_MS = 48 * 3_600_000;
/** How often the list is read while somebody's confirmation is waited for. */
const LOOK_MS = 10_000;

/** Brings the mailing list back to its snapshot. A diff: safe to run any number of times. */
export const listRestore: StepKind<object, Baseline> = {
  name: 'listRestore',
  mutates: true,
  parse: paramsOf('listRestore', z.strictObject({})),
  plan: planRestore,
  act: (_params, context) => restore(context),
  prove: (_params, context, attempt) => proveRestore(context, attempt),
};

async function planRestore(_params: object, context: ReadContext): Promise<Plan<Baseline>> {
  const found = await snapshotOf(context);
  if (!found) {
    return {
      commands: [],
      dangers: [],
      evidence: [{ label: 'Snapshot', value: 'none: this release did not touch the list', tone: 'ok' }],
      baseline: { topicArn: '', repairs: 0 },
      alreadyDone: true,
    };
  }
  const { snapshot, ref } = found;
  const repairs = await repairsNow(context, snapshot);
  const of = (is: Repair['is']) => new Set(repairs.filter((each) => each.is === is).map(({ saved }) => nameOf(saved)));
  const settings = Map.groupBy(
    repairs.filter((each) => each.is === 'attribute'),
    ({ name }) => name,
  );
  return {
    commands: [
      ...inOneCall('Subscribe', [...of('subscribe')]),
      ...[...settings].flatMap(([name, each]) =>
        inOneCall(
          `Set ${name} of`,
          each.map(({ saved }) => nameOf(saved)),
        ),
      ),
    ],
    dangers: [],
    evidence: [
      {
        label: 'Snapshot',
        value: `${snapshot.subscriptions.length} subscriptions, ${duration(context.clock.now() - snapshot.takenAtMs)} old, sha256 ${ref.sha256.slice(0, 12)}`,
        tone: 'plain',
      },
      { label: 'To unmute', value: String(of('attribute').size), tone: 'plain' },
      { label: 'To subscribe', value: String(of('subscribe').size), tone: 'plain' },
      ...[...of('pending')].map((name): Evidence => ({ label: 'Not confirmed yet', value: name, tone: 'warn' })),
    ],
    baseline: { topicArn: snapshot.topicArn, repairs: repairs.length },
    alreadyDone: repairs.length === 0,
  };
}

/** One line for a call that is made for many. */
const inOneCall = (call: string, names: readonly string[]): readonly string[] =>
  names.length === 0 ? [] : [`${call}${names.length > 1 ? ` ${names.length}:` : ''} ${names.join(', ')}`];

const repairsNow = async ({ read, signal }: ReadContext, snapshot: ListSnapshot): Promise<readonly Repair[]> =>
  repairsOf(snapshot, await readList(read.aws.sns, snapshot.topicArn, signal));

async function restore(context: ActContext<Baseline>): Promise<Acted> {
  const found = await snapshotOf(context);
  if (!found) return { how: 'finished', codes: [] };
  const repairs = await repairsNow(context, found.snapshot);
  for (const [index, repair] of repairs.entries()) {
    if (context.cancelRequested()) return { how: 'cancelled', codes: ['cancelled'] };
    context.progress({ text: `Restoring ${index + 1} of ${repairs.length}`, fraction: index / repairs.length });
    if (repair.is === 'subscribe') await subscribe(context, found.snapshot.topicArn, repair.saved);
    if (repair.is === 'attribute') await setAttribute(context, repair);
  }
  return untilConfirmed(context, found.snapshot);
}

const subscribe = (context: ActContext, topicArn: string, saved: SavedSubscription) =>
  context.effect(`subscribe/${nameOf(saved)}`, {
    what: `subscribes ${nameOf(saved)}`,
    run: async () => {
      const attributes = settableAttributes(saved);
      const { protocol, endpoint } = saved;
      await context.doors.aws.sns.subscribe({ topicArn, protocol, endpoint, attributes }, context.signal);
      return { atMs: context.clock.now() };
    },
    probe: async () => {
      const live = await context.read.aws.sns.listSubscriptions(topicArn, context.signal);
      return live.some((each) => nameOf(each) === nameOf(saved)) ? { atMs: context.clock.now() } : 'notHappened';
    },
  });

const setAttribute = (context: ActContext, repair: Extract<Repair, { is: 'attribute' }>) =>
  context.effect(`attribute/${repair.arn}/${repair.name}`, {
    what: `sets ${repair.name} of ${nameOf(repair.saved)}`,
    run: async () => {
      const { arn, name, value } = repair;
      await context.doors.aws.sns.setSubscriptionAttribute(arn, name, value, context.signal);
      return true;
    },
    // Set to the same value again, it is the same.
    probe: async () => 'notHappened',
  });

/** Waits for confirmations until all came or the operator goes on without them, naming whose. */
async function untilConfirmed(context: ActContext<Baseline>, snapshot: ListSnapshot): Promise<Acted> {
  for (let time = 1; ; time += 1) {
    const names = await pendingNames(context, snapshot);
    if (names.length === 0) return { how: 'finished', codes: [] };
    const answer = await askUntilConfirmed(context, snapshot, `pending/${time}`, names);
    if (answer === 'finish') return { how: 'finished', codes: [] };
    if (answer === 'cancelled') return { how: 'cancelled', codes: ['cancelled'] };
  }
}

async function pendingNames(context: ReadContext, snapshot: ListSnapshot): Promise<readonly string[]> {
  const repairs = await repairsNow(context, snapshot);
  return repairs.flatMap((each) => (each.is === 'pending' ? [nameOf(each.saved)] : []));
}

async function askUntilConfirmed(
  context: ActContext<Baseline>,
  snapshot: ListSnapshot,
  key: string,
  names: readonly string[],
): Promise<'finish' | 'changed' | 'cancelled'> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const answer = context.decide(key, pendingQuestion(context, names));
  answer.catch(() => {});
  const changed = (async () => {
    for (;;) {
      await context.clock.sleep(Math.max(LOOK_MS, 500 * context.clock.speed), signal);
      if (context.cancelRequested()) return 'cancelled' as const;
      const now = await pendingNames(context, snapshot);
      if (now.length < names.length) return 'changed' as const;
    }
  })();
  changed.catch(() => {});
  try {
    const first = await Promise.race([answer, changed]);
    if (typeof first === 'string') {
      await context.withdraw(key);
      return first;
    }
    if (first.is === 'chosen' && first.option === 'finish') return 'finish';
    context.progress({ text: `Waits for ${names.join(', ')} to confirm` });
    return await changed;
  } finally {
    over.abort();
  }
}

function pendingQuestion(context: ActContext<Baseline>, names: readonly string[]): Asked {
  const nowMs = context.clock.now();
  const sinceMs = (name: string) => {
    const result = context.attempt.effects[`subscribe/${name}`];
    return typeof result === 'object' && result !== null && 'atMs' in result ? Number(result.atMs) : nowMs;
  };
  return {
    title: `${count(names.length, 'address has', 'addresses have')} to confirm again`,
    text: ['Each got a message with a link, and is told of nothing until it was followed. The link dies after 48 h.'],
    evidence: names.map((name) => ({
      label: name,
      value: `${duration(sinceMs(name) + CONFIRM_WITHIN_MS - nowMs)} left to confirm`,
      tone: 'warn',
    })),
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
          id: 'wait',
          label: 'Wait until they have confirmed',
          detail: 'The stage ends by itself as soon as all have.',
        },
      ],
      recommended: 'finish',
    },
  };
}

async function proveRestore(context: ReadContext, attempt: Attempt<Baseline>): Promise<Verdict> {
  const found = await snapshotOf(context);
  if (!found) return { is: 'done', summary: 'The mailing list was never touched.', evidence: [] };
  const repairs = await repairsNow(context, found.snapshot);
  if (repairs.length === 0) return { is: 'done', summary: 'The mailing list is as its snapshot has it.', evidence: [] };
  const evidence = repairs.map(
    (each): Evidence => ({
      label: each.is === 'pending' ? 'Not confirmed' : 'Not restored',
      value: each.is === 'attribute' ? `${nameOf(each.saved)}: ${each.name}` : nameOf(each.saved),
      tone: 'warn',
    }),
  );
  const open = repairs.filter(({ is }) => is !== 'pending');
  const goesOn = Object.values(attempt.decisions).some((each) => each.is === 'chosen' && each.option === 'finish');
  const names = [...new Set(repairs.map(({ saved }) => nameOf(saved)))].join(', ');
  if (open.length === 0 && goesOn)
    return { is: 'done', summary: `The mailing list is restored; ${names} must still confirm.`, evidence };
  return { is: 'notDone', summary: `The mailing list is not restored: ${names}.`, evidence };
}
