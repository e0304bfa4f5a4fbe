import * as z from 'zod';
import { foreignMutes, otherSnapshot, snapshotOfMarks } from './foreignMute.ts';
import type {
  ActContext,
  Acted,
  Attempt,
  CardChoice,
  Danger,
  Evidence,
  Plan,
  ReadContext,
  StepKind,
  Verdict,
} from './kind.ts';
import { askToConfirm, untilConfirmed } from './listConfirmations.ts';
import { adoptSnapshot, snapshotOf } from './listSnapshotFile.ts';
import { topicOf } from './listTopic.ts';
import { changingList, freshList, readList, recentList } from './mailingListReading.ts';
import { type ListSnapshot, nameOf, type Repair, repairsOf } from './mailingListSnapshot.ts';
import { paramsOf } from './params.ts';
import { count, duration } from './words.ts';

type Baseline = { readonly topicArn: string; readonly repairs: number };

/** Brings the mailing list back to its snapshot. A diff: safe to run any number of times. */
export const listRestore: StepKind<object, Baseline> = {
  name: 'listRestore',
  mutates: true,
  parse: paramsOf('listRestore', z.strictObject({})),
  plan: planRestore,
  act: (_params, context) => changingList(context, () => restore(context)),
  prove: (_params, context, attempt) => proveRestore(context, attempt),
};

/** What the list is restored from. */
interface Source {
  readonly snapshot: ListSnapshot;
  /** Where it is, in words. */
  readonly where: string;
  readonly dangers: readonly Danger[];
  /** It is of this release. */
  readonly own: boolean;
}

/**
 * This release's own snapshot. Without one: where the list carries the mutes of a release that is not open here, what
 * that one wrote down, or the marks alone. Undefined where nobody touched the list.
 */
async function sourceOf(context: ReadContext): Promise<Source | undefined> {
  const found = await snapshotOf(context);
  if (found) {
    const { snapshot, ref, copy } = found;
    const sha256 = `sha256 ${ref.sha256.slice(0, 12)}`;
    if (copy === undefined) return { snapshot, where: sha256, dangers: [], own: true };
    const text = `What this release kept of the list is damaged or gone: its second copy ${copy} is taken, which has the same hash.`;
    return { snapshot, where: sha256, dangers: [{ id: `copy:${ref.sha256}`, level: 'warn', text }], own: true };
  }
  const topicArn = await topicOf(context);
  const list = await recentList(context, topicArn);
  const [id] = foreignMutes(list, context.release.id);
  if (id === undefined) return undefined;
  const other = await otherSnapshot(context, topicArn, list);
  const who = `The list was muted by the release ${other?.releaseId ?? id}, which is not open here: ask whoever works on it first.`;
  if (other)
    return {
      snapshot: other.snapshot,
      where: other.where,
      dangers: [
        {
          id: `other:${other.releaseId}`,
          level: 'warn',
          text: `${who} What it wrote down (${other.where}) is restored.`,
        },
      ],
      own: false,
    };
  const text = `${who} Nothing that it wrote down is found, neither here nor in a second copy: the marks are taken away, but filter policies that they replaced, and whoever was removed, are not known.`;
  return {
    snapshot: snapshotOfMarks(topicArn, list, context.release.id, context.clock.now()),
    where: 'the marks on the list',
    dangers: [{ id: `marks:${id}`, level: 'danger', text }],
    own: false,
  };
}

async function planRestore(_params: object, context: ReadContext): Promise<Plan<Baseline>> {
  const source = await sourceOf(context);
  if (!source) {
    return {
      commands: [],
      dangers: [],
      evidence: [{ label: 'Snapshot', value: 'none: this release did not touch the list', tone: 'ok' }],
      baseline: { topicArn: '', repairs: 0 },
      alreadyDone: true,
    };
  }
  const { snapshot, where, dangers } = source;
  const repairs = repairsOf(snapshot, await recentList(context, snapshot.topicArn));
  const of = (is: Repair['is']) => new Set(repairs.filter((each) => each.is === is).map(({ saved }) => nameOf(saved)));
  const people = count(snapshot.subscriptions.length, 'subscription');
  return {
    commands: callsFor(repairs),
    dangers,
    evidence: [
      {
        label: 'Snapshot',
        value: `${people}, ${duration(context.clock.now() - snapshot.takenAtMs)} old, ${where}`,
        tone: 'plain',
      },
      { label: 'To unmute', value: String(of('attribute').size), tone: 'plain' },
      { label: 'To subscribe', value: String(of('subscribe').size), tone: 'plain' },
      ...[...of('pending')].map((name): Evidence => ({ label: 'Not confirmed yet', value: name, tone: 'warn' })),
    ],
    baseline: { topicArn: snapshot.topicArn, repairs: repairs.length },
    // Where nothing is to be restored, a test message may still be wanted.
    alreadyDone: false,
    choices: [TEST_MESSAGE],
  };
}

/** The calls in words, one line for a call that is made for many. */
function callsFor(repairs: readonly Repair[]): readonly string[] {
  const attributes = repairs.filter((each) => each.is === 'attribute');
  const settings = Map.groupBy(attributes, ({ name }) => name);
  const subscribed = repairs.filter((each) => each.is === 'subscribe');
  return [
    ...inOneCall('Subscribe', subscribed),
    ...[...settings].flatMap(([name, each]) => inOneCall(`Set ${name} of`, each)),
  ];
}
/** More names than a card can be read with. */
const NAMED = 40;
const inOneCall = (call: string, repairs: readonly Repair[]): readonly string[] => {
  const names = repairs.slice(0, NAMED).map(({ saved }) => nameOf(saved));
  if (names.length === 0) return [];
  const more = repairs.length > NAMED ? ` and ${repairs.length - NAMED} more` : '';
  return [`${call}${repairs.length > 1 ? ` ${repairs.length}:` : ''} ${names.join(', ')}${more}`];
};

const TEST_MESSAGE: CardChoice = {
  key: 'test',
  title: 'Send everybody a test message afterwards?',
  options: [
    { id: 'none', label: 'No' },
    {
      id: 'send',
      label: 'Yes, one message to the whole list',
      detail: 'SNS takes up to 15 minutes to forget a mute: whoever was muted may miss it. r again sends one later.',
    },
  ],
  recommended: 'none',
};

async function restore(context: ActContext<Baseline>): Promise<Acted> {
  const source = await sourceOf(context);
  if (!source) return { how: 'finished', codes: [] };
  const { snapshot } = source;
  if (!source.own)
    await context.effect('adopt', {
      what: `takes over the snapshot of ${snapshot.topicArn} from ${source.where}`,
      run: async () => ({ ...(await adoptSnapshot(context, snapshot)) }),
      probe: async () => 'notHappened',
    });
  const { title, options, recommended } = TEST_MESSAGE;
  const test = await context.decide('test', { title, text: [], question: { is: 'choose', options, recommended } });
  const { signal, progress } = context;
  const repairs = repairsOf(snapshot, await readList(context.read.aws.sns, snapshot.topicArn, { signal, progress }));
  for (const [index, repair] of repairs.entries()) {
    if (context.cancelRequested()) return { how: 'cancelled', codes: ['cancelled'] };
    progress({ text: `Restoring ${index + 1} of ${repairs.length}`, fraction: index / repairs.length });
    if (repair.is === 'subscribe')
      await askToConfirm(context, snapshot.topicArn, `subscribe/${nameOf(repair.saved)}`, repair.saved);
    if (repair.is === 'attribute') await setAttribute(context, repair);
  }
  const waiting = await untilConfirmed(context, snapshot);
  if (waiting === 'cancelled') return { how: 'cancelled', codes: ['cancelled'] };
  if (test.is === 'chosen' && test.option === 'send') await sendTest(context, snapshot.topicArn);
  return { how: 'finished', codes: [], facts: { listAsked: waiting } };
}

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

const sendTest = (context: ActContext, topicArn: string) =>
  context.effect<string>('test', {
    what: `sends a test message to ${topicArn}`,
    run: () => {
      const { bosslet, release, doors, signal } = context;
      const message = {
        subject: `Test of ${bosslet.alertTopic}`,
        text: `This is a test: the release ${release.id} of ${bosslet.name} has restored this mailing list. Nothing needs to be done.`,
      };
      return doors.aws.sns.publish(topicArn, message, signal);
    },
    // Nobody can ask SNS whether a message went out; a second one would be worse than none.
    probe: async () => 'unknown: the program ended while it was sent, and it is not sent twice',
  });

async function proveRestore(context: ReadContext, attempt: Attempt<Baseline>): Promise<Verdict> {
  const found = await snapshotOf(context);
  if (!found) return { is: 'done', summary: 'The mailing list was never touched.', evidence: [] };
  const repairs = repairsOf(found.snapshot, await freshList(context, found.snapshot.topicArn));
  const sent = attempt.effects.test;
  const test: readonly Evidence[] =
    typeof sent === 'string' ? [{ label: 'Test message', value: sent, tone: 'plain' }] : [];
  if (repairs.length === 0)
    return { is: 'done', summary: 'The mailing list is as its snapshot has it.', evidence: test };
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
    return {
      is: 'done',
      summary: `The mailing list is restored; ${names} must still confirm.`,
      evidence: [...evidence, ...test],
    };
  return { is: 'notDone', summary: `The mailing list is not restored: ${names}.`, evidence };
}
