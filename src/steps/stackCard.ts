import type { Bosslet, Config } from '../bosslet/bosslet.ts';
import { changeSetName, stackName } from '../bosslet/names.ts';
import type { ChangeSetSummary, Stack } from '../clients/doors.ts';
import { amiVersionOf } from './images.ts';
import type { Danger, Evidence, ReadContext } from './kind.ts';
import { progressDangers, readProgress } from './progressFile.ts';
import { readStackImages } from './stackImages.ts';
import type { StackImages } from './stackMemory.ts';
import { outcomeOf } from './stackOutcome.ts';
import { age } from './words.ts';

/** What a stack was before a script touched it; `prove` compares with it. */
export type StackBaseline = {
  readonly stackId: string | null;
  readonly stackStatus: string | null;
  readonly lastUpdatedTimeMs: number | null;
  readonly newestEventId: string | null;
  /** HEAD of the checkout: what the script's change set is named after. */
  readonly head: string;
  /** The AMIs that the script is told to take; a retry of an older state begins with these. */
  readonly amiVersion: string;
  readonly commit: string | null;
  readonly stackVersion: string | null;
  /** The images that the script would take now; absent in older records. */
  readonly takes?: StackImages;
  /** The images that the stack's machines ran on. */
  readonly runs?: StackImages;
  /** Change sets of this commit that an earlier run left behind. */
  readonly leftover: readonly { readonly arn: string; readonly status: string; readonly creationTimeMs: number }[];
};

/** What the card of a stack's step shows, and what it is judged against later. */
export interface StackCard {
  readonly stackName: string;
  readonly stack: Stack | undefined;
  readonly baseline: StackBaseline;
  readonly evidence: readonly Evidence[];
  readonly dangers: readonly Danger[];
}

/** Reads a stack as it is now, and the AMIs that it would be given. Throws where AWS or the checkout cannot be read. */
export async function readStackCard(
  context: ReadContext,
  config: Config,
  amiVersion = amiVersionOf(context),
): Promise<StackCard> {
  const { read, bosslet, signal } = context;
  const name = stackName(bosslet, config);
  const [stack, head, images, progress] = await Promise.all([
    read.aws.cloudFormation.describeStack(name, signal),
    read.git.head(signal),
    readStackImages(context, config, amiVersion),
    readProgress(bosslet, config),
  ]);
  const [changeSets, events] = stack
    ? await Promise.all([
        read.aws.cloudFormation.listChangeSets(stack.stackName, signal),
        read.aws.cloudFormation.stackEventsPage(stack.stackId, undefined, signal),
      ])
    : [[], { events: [] }];
  const leftover = changeSets.filter(
    (each) => each.changeSetName === changeSetName(head) && each.stackName === stack?.stackName,
  );
  return {
    stackName: name,
    stack,
    baseline: {
      stackId: stack?.stackId ?? null,
      stackStatus: stack?.stackStatus ?? null,
      lastUpdatedTimeMs: stack?.lastUpdatedTimeMs ?? null,
      newestEventId: events.events[0]?.eventId ?? null,
      head,
      amiVersion,
      commit: stack?.tags.Commit ?? null,
      stackVersion: stack?.tags.StackVersion ?? null,
      takes: images.takes,
      runs: images.runs,
      leftover: leftover.map(({ changeSetId, status, creationTimeMs }) => ({
        arn: changeSetId,
        status,
        creationTimeMs,
      })),
    },
    evidence: [...stackEvidence(context, stack), ...images.evidence],
    dangers: [
      ...headDangers(context, head),
      ...statusDangers(config, name, stack),
      ...images.dangers,
      ...changeSetDangers(context, bosslet, leftover),
      ...progressDangers(config, progress, stack?.tags.StackVersion),
    ],
  };
}

function stackEvidence({ clock }: ReadContext, stack: Stack | undefined): readonly Evidence[] {
  const plain = (label: string, value: string): Evidence => ({ label, value, tone: 'plain' });
  if (!stack) return [plain('Stack', 'does not exist')];
  const changedMs = stack.lastUpdatedTimeMs ?? stack.creationTimeMs;
  return [
    {
      label: 'Status',
      value: stack.stackStatus,
      tone: isHealthy(stack.stackStatus) ? 'ok' : 'warn',
    },
    plain(stack.lastUpdatedTimeMs ? 'Last updated' : 'Created', `${age(clock.now() - changedMs)} ago`),
    plain('Commit', stack.tags.Commit ?? 'no tag'),
    plain('StackVersion', stack.tags.StackVersion ?? 'no tag'),
  ];
}

/** A stack that its script will work on. */
export const isHealthy = (stackStatus: string): boolean =>
  ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE'].includes(stackStatus);

function headDangers({ release }: ReadContext, head: string): readonly Danger[] {
  // Before a release is open there is nothing to differ from.
  if (release.head === '' || head === release.head) return [];
  return [
    {
      id: `head:${head}`,
      level: 'danger',
      text: `The checkout is at ${head.slice(0, 12)}, the release was opened at ${release.head.slice(0, 12)}: other code would be deployed than to the stacks before.`,
    },
  ];
}

function statusDangers(config: Config, name: string, stack: Stack | undefined): readonly Danger[] {
  if (!stack || isHealthy(stack.stackStatus)) return [];
  const { stackStatus } = stack;
  const { did, todo } = outcomeOf(config, stackStatus);
  const text = `${name} is ${stackStatus}, and the script refuses it. ${did} ${todo}`;
  return [{ id: `status:${stackStatus}`, level: 'danger', text }];
}

function changeSetDangers(
  { clock }: ReadContext,
  bosslet: Bosslet,
  leftover: readonly ChangeSetSummary[],
): readonly Danger[] {
  return leftover.map((each): Danger => {
    const old = age(clock.now() - each.creationTimeMs);
    return isStale(each.status)
      ? {
          id: `leftover:${each.changeSetId}`,
          level: 'warn',
          text: `A failed change set of this commit, ${old} old, is deleted before the script starts.`,
        }
      : {
          id: `leftover:${each.changeSetId}`,
          level: 'danger',
          text: `A change set of this commit is ${each.status}, ${old} old: somebody may be at its prompt. It is deleted only when you type ${bosslet.name}.`,
        };
  });
}

/** A change set that nobody can execute any more. */
export const isStale = (changeSetStatus: string): boolean => changeSetStatus === 'FAILED';
