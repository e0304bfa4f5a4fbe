import * as z from 'zod';
import { AwsError } from '../clients/aws/awsError.ts';
import type { Json } from '../runbook/runbook.ts';
import { foreignMutes, type OtherSnapshot, otherSnapshot } from './foreignMute.ts';
import type {
  ActContext,
  Acted,
  Attempt,
  ChooseOption,
  Danger,
  Evidence,
  Plan,
  ReadContext,
  StepKind,
  Verdict,
} from './kind.ts';
import { keepSnapshot } from './listSnapshotFile.ts';
import { topicOf } from './listTopic.ts';
import { changingList, freshList, recentList } from './mailingListReading.ts';
import {
  hasArn,
  hasFilterPolicy,
  mutedBy,
  mutePolicy,
  nameOf,
  parseSnapshot,
  type SavedSubscription,
} from './mailingListSnapshot.ts';
import { paramsOf } from './params.ts';
import { count } from './words.ts';

type Baseline = { readonly topicArn: string; readonly subscriptions: number };
type Way = 'mute' | 'remove';

/** Filter policies that a topic may have by default (SNS quotas). */
const FILTER_POLICY_LIMIT = 200;

/** Keeps a topic's messages from everybody but the operator, each subscription by itself, after a verified snapshot. */
export const listSilence: StepKind<object, Baseline> = {
  name: 'listSilence',
  mutates: true,
  parse: paramsOf('listSilence', z.strictObject({})),
  plan: planSilence,
  act: (_params, context) => changingList(context, () => silence(context)),
  prove: (_params, context, attempt) => proveSilence(context, attempt),
};

async function planSilence(_params: object, context: ReadContext): Promise<Plan<Baseline>> {
  const { bosslet } = context;
  const topicArn = await topicOf(context);
  const list = await recentList(context, topicArn);
  const objection = objectionTo(list, context);
  if (objection) throw new Error(objection);
  const others = list.filter((each) => each.endpoint !== bosslet.operator);
  const targets = others.filter(hasArn);
  const other = await otherSnapshot(context, topicArn, targets);
  return {
    commands: [
      `ListSubscriptionsByTopic ${topicArn} twice, GetSubscriptionAttributes of each; keep the snapshot`,
      'SetSubscriptionAttributes FilterPolicy (mute), or Unsubscribe (remove), of each but your own',
    ],
    dangers: [...foreignMarks(targets, context, other), ...foreignOwners(targets, context)],
    evidence: silenceEvidence(list, context),
    baseline: { topicArn, subscriptions: list.length },
    alreadyDone: false,
    choices: [{ key: 'way', title: WAY_TITLE, options: WAYS, recommended: recommendedWay(list, bosslet.operator) }],
  };
}

function silenceEvidence(list: readonly SavedSubscription[], { bosslet }: ReadContext): readonly Evidence[] {
  const others = list.filter((each) => each.endpoint !== bosslet.operator);
  const pending = others.filter((each) => !hasArn(each));
  const toSilence = count(others.length - pending.length, 'is', 'are');
  const policies = list.filter((each) => hasFilterPolicy(each)).length;
  return [
    { label: 'Subscriptions', value: `${list.length}, ${toSilence} to be silenced`, tone: 'plain' },
    { label: 'Kept', value: `${bosslet.operator} (you)`, tone: 'ok' },
    ...(pending.length > 0
      ? [
          {
            label: 'Not confirmed',
            value: `${pending.map(nameOf).join(', ')}: left as they are`,
            tone: 'warn' as const,
          },
        ]
      : []),
    { label: 'Filter policies', value: `${policies} now, ${FILTER_POLICY_LIMIT} allowed by default`, tone: 'plain' },
    { label: 'A mute', value: 'keeps confirmations and needs up to 15 minutes', tone: 'plain' },
    bosslet.evidenceCopyTo === undefined
      ? { label: 'Second copy', value: 'none: evidence.copyTo in the configuration names a place', tone: 'plain' }
      : { label: 'Second copy', value: bosslet.evidenceCopyTo, tone: 'ok' },
  ];
}

/** Muting, which keeps confirmations, wherever everybody's mark fits under the topic's limit. */
function recommendedWay(list: readonly SavedSubscription[], operator: string): Way {
  const policies = list.filter((each) => hasFilterPolicy(each)).length;
  const toMute = list.filter((each) => hasArn(each) && each.endpoint !== operator && !hasFilterPolicy(each)).length;
  return policies + toMute <= FILTER_POLICY_LIMIT ? 'mute' : 'remove';
}

const WAY_TITLE = 'How is the mailing list silenced?';
const WAYS: readonly ChooseOption[] = [
  { id: 'mute', label: 'Mute', detail: 'A filter policy that matches nothing. Nobody has to confirm again.' },
  { id: 'remove', label: 'Remove', detail: 'Unsubscribes; e-mail and HTTP endpoints must confirm again afterwards.' },
];

/**
 * Why the list may not be touched: it must keep the operator, or all built-up notifications come down when everybody
 * is put back. Undefined where it may.
 */
function objectionTo(list: readonly SavedSubscription[], { bosslet }: ReadContext): string | undefined {
  const own = list.find(({ endpoint }) => endpoint === bosslet.operator);
  if (!own) return `${bosslet.operator} is not subscribed to ${bosslet.alertTopic}: subscribe yourself first.`;
  if (hasArn(own)) return undefined;
  return `Your own subscription (${bosslet.operator}) is not confirmed: confirm it first, by the mail you got.`;
}

function foreignMarks(
  list: readonly SavedSubscription[],
  { release }: ReadContext,
  other: OtherSnapshot | undefined,
): readonly Danger[] {
  return foreignMutes(list, release.id).map((id) =>
    id === other?.releaseId
      ? {
          id: `muted:${id}`,
          level: 'warn',
          text: `Subscriptions were muted by the release ${id}, which is not open here. What it wrote down of the list (${other.where}) goes into the snapshot.`,
        }
      : {
          id: `muted:${id}`,
          level: 'danger',
          text: `Subscriptions were muted by the release ${id}, which seems open elsewhere: restore the list there first, or by r here, or its mutes are taken for what people want.`,
        },
  );
}

function foreignOwners(list: readonly SavedSubscription[], { bosslet }: ReadContext): readonly Danger[] {
  const foreign = list.filter(({ owner }) => owner !== '' && owner !== bosslet.accountId);
  if (foreign.length === 0) return [];
  return [
    {
      id: 'foreignOwners',
      level: 'warn',
      text: `${foreign.map(nameOf).join(', ')} ${foreign.length === 1 ? 'belongs' : 'belong'} to another account: once removed, a subscription cannot come back for 72 h.`,
    },
  ];
}

async function silence(context: ActContext<Baseline>): Promise<Acted> {
  const { topicArn } = context.attempt.baseline;
  const ref = await context.effect<{ [name: string]: Json }>('snapshot', {
    what: `keeps the list of ${topicArn}`,
    run: async () => ({ ...(await keepSnapshot(context, topicArn)) }),
    probe: async () => 'notHappened',
  });
  const snapshot = parseSnapshot(await context.load(blobOf(ref)));
  const recommended = recommendedWay(snapshot.subscriptions, context.bosslet.operator);
  const answer = await context.decide('way', {
    title: WAY_TITLE,
    text: [],
    question: { is: 'choose', options: WAYS, recommended },
  });
  const chosen: Way = answer.is === 'chosen' && answer.option === 'remove' ? 'remove' : 'mute';
  const objection = objectionTo(snapshot.subscriptions, context);
  if (objection) return { how: 'finished', codes: ['refused'], error: objection };
  const targets = snapshot.subscriptions.filter((each) => hasArn(each) && each.endpoint !== context.bosslet.operator);
  const ways = new Set<Way>();
  let way: Way = chosen;
  for (const [index, target] of targets.entries()) {
    if (context.cancelRequested()) return { how: 'cancelled', codes: ['cancelled'] };
    context.progress({
      text: `${way === 'mute' ? 'Muting' : 'Removing'} ${index + 1} of ${targets.length}`,
      fraction: index / targets.length,
    });
    if (way === 'mute' && (await mute(context, target)) === 'limit') {
      if (!(await removeRest(context, targets.length - index))) return { how: 'cancelled', codes: ['cancelled'] };
      way = 'remove';
    }
    if (way === 'remove') await remove(context, target);
    ways.add(way);
  }
  return {
    how: 'finished',
    codes: [],
    facts: { listSnapshot: ref, listWay: ways.has('mute') ? 'mute' : 'remove', listSilenced: targets.length },
  };
}

const blobOf = (ref: { readonly [name: string]: Json }) => ({
  sha256: String(ref.sha256),
  bytes: Number(ref.bytes),
  name: String(ref.name),
});

/** Sets the mark; `limit` where the topic may have no more filter policies, `gone` where somebody has unsubscribed. */
async function mute(
  context: ActContext,
  { subscriptionArn, ...saved }: SavedSubscription,
): Promise<'muted' | 'limit' | 'gone'> {
  const policy = mutePolicy(context.release.id);
  const { sns } = context.doors.aws;
  return context.effect<'muted' | 'limit' | 'gone'>(`mute/${subscriptionArn}`, {
    what: `mutes ${nameOf(saved)}`,
    run: async () => {
      try {
        await sns.setSubscriptionAttribute(subscriptionArn, 'FilterPolicy', policy, context.signal);
        return 'muted';
      } catch (error) {
        if (error instanceof AwsError && /^FilterPolicyLimitExceeded/.test(error.code)) return 'limit';
        if (error instanceof AwsError && /^NotFound/.test(error.code)) return 'gone';
        throw error;
      }
    },
    probe: async () => {
      const now = await sns.subscriptionAttributes(subscriptionArn, context.signal);
      if (now === undefined) return 'gone';
      return now.FilterPolicy === policy ? 'muted' : 'notHappened';
    },
  });
}

async function removeRest(context: ActContext, rest: number): Promise<boolean> {
  const answer = await context.decide('limit', {
    title: 'The topic takes no more filter policies',
    text: [`${count(rest, 'subscription')} cannot be muted. They can be removed; e-mail must then be confirmed again.`],
    question: {
      is: 'choose',
      options: [
        { id: 'remove', label: 'Remove the rest' },
        { id: 'stop', label: 'Stop here', detail: 'Those that are muted stay muted; r restores them.' },
      ],
      recommended: 'remove',
    },
  });
  return answer.is === 'chosen' && answer.option === 'remove';
}

const remove = (context: ActContext, { subscriptionArn, ...saved }: SavedSubscription): Promise<boolean> =>
  context.effect(`remove/${subscriptionArn}`, {
    what: `removes ${nameOf(saved)}`,
    run: async () => {
      await context.doors.aws.sns.unsubscribe(subscriptionArn, context.signal);
      return true;
    },
    probe: async () => {
      const now = await context.read.aws.sns.subscriptionAttributes(subscriptionArn, context.signal);
      return now === undefined ? true : 'notHappened';
    },
  });

async function proveSilence(context: ReadContext, attempt: Attempt<Baseline>): Promise<Verdict> {
  const { bosslet, release } = context;
  if (attempt.acted?.how !== 'finished' || attempt.acted.codes.length > 0)
    return {
      is: 'notDone',
      code: attempt.acted?.codes[0] ?? 'lost',
      summary: attempt.acted?.error ?? 'The mailing list was not silenced to its end; r restores what was.',
      evidence: [],
    };
  const live = await freshList(context, attempt.baseline.topicArn);
  const own = live.find(({ endpoint }) => endpoint === bosslet.operator);
  const loud = live.filter((each) => each !== own && hasArn(each) && mutedBy(each.attributes) !== release.id);
  const muted = live.filter(({ attributes }) => mutedBy(attributes) === release.id).length;
  const removed = Object.keys(attempt.effects).filter((key) => key.startsWith('remove/')).length;
  const evidence = [
    { label: 'Muted', value: String(muted), tone: 'plain' as const },
    ...(removed > 0 ? [{ label: 'Removed', value: String(removed), tone: 'plain' as const }] : []),
    {
      label: 'Still told',
      value: live
        .filter((each) => each === own || loud.includes(each))
        .map(nameOf)
        .join(', '),
      tone: 'plain' as const,
    },
  ];
  if (!own || !hasArn(own) || mutedBy(own.attributes))
    return { is: 'failed', code: 'notFound', summary: `${bosslet.operator} is not on the list any more.`, evidence };
  if (loud.length > 0)
    return {
      is: 'notDone',
      summary: `${loud.map(nameOf).join(', ')} ${loud.length === 1 ? 'is' : 'are'} still told; try again.`,
      evidence,
    };
  return { is: 'done', summary: 'Only you are told.', evidence };
}
