import type {
  DescribeChangeSetOutput,
  ChangeSetSummary as SdkChangeSet,
  ResourceChangeDetail as SdkDetail,
  ResourceChange as SdkResourceChange,
} from '@aws-sdk/client-cloudformation';
import type { ChangeSet, ChangeSetSummary, ResourceChange, ResourceChangeDetail } from '../doors.ts';
import { pages, present } from './connection.ts';
import { redactValue } from './redaction.ts';

/** One page of a change set. */
export type DescribePage = (
  includePropertyValues: boolean,
  nextToken: string | undefined,
) => Promise<DescribeChangeSetOutput>;

/** A change set that is still being made changes between two reads; it is read again so often. */
const READS = 3;

interface Reading {
  readonly head: DescribeChangeSetOutput;
  readonly changes: readonly ResourceChange[];
}

/** A change set without its changes, from a list or from its own description. */
export const changeSetOf = (summary: SdkChangeSet | DescribeChangeSetOutput): ChangeSetSummary => ({
  changeSetId: summary.ChangeSetId ?? '',
  changeSetName: summary.ChangeSetName ?? '',
  stackId: summary.StackId ?? '',
  stackName: summary.StackName ?? '',
  status: summary.Status ?? '',
  executionStatus: summary.ExecutionStatus ?? '',
  creationTimeMs: summary.CreationTime?.getTime() ?? 0,
  ...present({
    statusReason: summary.StatusReason,
    deploymentMode: 'DeploymentConfig' in summary ? summary.DeploymentConfig?.Mode : undefined,
  }),
});

/**
 * The whole change set: all pages, once with property values and once without, merged. With values the service may
 * drop whole resources in silence (aws-cdk-cli #1780); without them it does not say what changes from what to what.
 */
export async function describeWhole(describe: DescribePage): Promise<ChangeSet> {
  let withValues = await read(describe, true);
  let plain = await read(describe, false);
  for (let n = 1; n < READS && withValues.head.Status !== plain.head.Status; n += 1) {
    withValues = await read(describe, true);
    plain = await read(describe, false);
  }
  const { head } = plain;
  return { ...changeSetOf(head), changes: mergeChanges(plain.changes, withValues.changes) };
}

/** Change sets that mean "nothing to do" are FAILED in CloudFormation's words. */
export const changesNothing = ({ statusReason = '' }: Pick<ChangeSetSummary, 'statusReason'>): boolean =>
  /didn't contain changes|No updates are to be performed/.test(statusReason);

/** Nested stacks may hold further ones; CloudFormation's own hierarchies are far flatter. */
const DEEPEST = 10;

/**
 * A stack's changes, then those of its nested stacks by their own change sets, each with the path to it. A change set
 * that is gone leaves its nested stack as one of which nobody can tell how it changes.
 */
export async function describeNested(
  changes: readonly ResourceChange[],
  describe: (changeSetArn: string) => Promise<ChangeSet | undefined>,
  path: readonly string[] = [],
): Promise<readonly ResourceChange[]> {
  const own: ResourceChange[] = [];
  const nested: ResourceChange[] = [];
  for (const change of changes) {
    const { nestedChangeSetId, ...plain } = change;
    const placed = path.length === 0 ? plain : { ...plain, nestedIn: path };
    const found =
      nestedChangeSetId === undefined || path.length >= DEEPEST ? undefined : await describe(nestedChangeSetId);
    const changeSet = found?.status === 'FAILED' && !changesNothing(found) ? undefined : found;
    own.push(changeSet ? { ...placed, nestedChangeSetId: changeSet.changeSetId } : placed);
    if (changeSet)
      nested.push(...(await describeNested(changeSet.changes, describe, [...path, change.logicalResourceId])));
  }
  return [...own, ...nested];
}

async function read(describe: DescribePage, includePropertyValues: boolean): Promise<Reading> {
  let head: DescribeChangeSetOutput = {};
  const changes: ResourceChange[] = [];
  const all = pages(
    (token) => describe(includePropertyValues, token),
    (page) => page.NextToken,
  );
  for await (const page of all) {
    head = page;
    for (const { ResourceChange: change } of page.Changes ?? []) if (change) changes.push(changeOf(change));
  }
  return { head, changes };
}

/**
 * The changes of both readings, each once, in the order of the first. A resource that one reading lacks is taken from
 * the other; where both have it, the details with values stand, and what one of them does not say the other says. Where
 * they differ in what becomes of the resource, the worse is believed.
 */
export function mergeChanges(
  plain: readonly ResourceChange[],
  withValues: readonly ResourceChange[],
): readonly ResourceChange[] {
  const keyOf = (change: ResourceChange) =>
    JSON.stringify([change.logicalResourceId, change.action, change.physicalResourceId]);
  const richer = new Map(withValues.map((change) => [keyOf(change), change]));
  const merged = plain.map((change) => {
    const rich = richer.get(keyOf(change));
    richer.delete(keyOf(change));
    if (rich === undefined) return change;
    return {
      ...change,
      ...rich,
      ...present({
        replacement: worse(REPLACEMENTS, change.replacement, rich.replacement),
        policyAction: worse(POLICY_ACTIONS, change.policyAction, rich.policyAction),
      }),
      details: rich.details.length >= change.details.length ? rich.details : change.details,
    };
  });
  return [...merged, ...richer.values()];
}

/** From the best to the worst; what is not here is worse than all, since nobody knows it. */
const REPLACEMENTS: readonly string[] = ['False', 'Conditional', 'True'];
const POLICY_ACTIONS: readonly string[] = [
  'Retain',
  'ReplaceAndRetain',
  'Snapshot',
  'ReplaceAndSnapshot',
  'ReplaceAndDelete',
  'Delete',
];
function worse(order: readonly string[], one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const rank = (word: string) => (order.includes(word) ? order.indexOf(word) : order.length);
  return rank(one) > rank(other) ? one : other;
}

function changeOf(change: SdkResourceChange): ResourceChange {
  return {
    action: change.Action ?? '',
    logicalResourceId: change.LogicalResourceId ?? '',
    resourceType: change.ResourceType ?? '',
    scope: change.Scope ?? [],
    details: (change.Details ?? []).map(detailOf),
    ...present({
      physicalResourceId: change.PhysicalResourceId,
      replacement: change.Replacement,
      policyAction: change.PolicyAction,
      nestedChangeSetId: change.ChangeSetId,
    }),
  };
}

function detailOf({ Target: target, Evaluation, ChangeSource, CausingEntity }: SdkDetail): ResourceChangeDetail {
  const shown = (value: string | undefined) =>
    value === undefined ? undefined : redactValue(value, target?.Name, target?.Path);
  return {
    attribute: target?.Attribute ?? '',
    ...present({
      name: target?.Name,
      requiresRecreation: target?.RequiresRecreation,
      evaluation: Evaluation,
      changeSource: ChangeSource,
      causingEntity: CausingEntity,
      path: target?.Path,
      before: shown(target?.BeforeValue),
      after: shown(target?.AfterValue),
    }),
  };
}
