import type { AwsWorld } from '../../contract.ts';
import { arn, type Call } from '../account.ts';
import { AwsError, validationError } from '../awsError.ts';
import { page } from '../page.ts';
import { type Params, required } from '../params.ts';
import type { XmlFields } from '../xml.ts';
import { diff } from './diff.ts';
import { CHANGE_SET_BEGINS_MS, CHANGE_SET_DONE_MS, STALE_MS } from './durations.ts';
import { nestedBlueprint, nestedStackOf } from './nested.ts';
import { beginCreate, beginUpdate } from './operation.ts';
import { type ChangeSet, findStack, needStack, newStack, type Stack, setStackStatus } from './stack.ts';
import { pseudoParameters, readBlueprint } from './template.ts';
import { checkSameTypes, needUpdatable } from './updatable.ts';
import { changeFields, changeSetFields, changeSetSummary } from './views.ts';

/** Rows of one DescribeChangeSet answer, and of one ListChangeSets answer. */
const CHANGES_PAGE = 100;
const LIST_PAGE = 100;
const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";
const NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;

/** The stack and the change set that a call names: by ARN alone, or by both their names. */
function find({ account }: Call, params: Params): { stack: Stack; changeSet: ChangeSet } | undefined {
  const wanted = required(params, 'ChangeSetName');
  if (wanted.startsWith('arn:')) {
    for (const stack of account.stacks) {
      const all = [...stack.changeSets.values(), ...stack.executed];
      const changeSet = all.find(({ changeSetId }) => changeSetId === wanted);
      if (changeSet) return { stack, changeSet };
    }
    return undefined;
  }
  if (!params.StackName)
    throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
  const stack = needStack(account, params.StackName, `Stack [${params.StackName}] does not exist`);
  const changeSet = stack.changeSets.get(wanted);
  return changeSet && { stack, changeSet };
}

function need(call: Call, params: Params): { stack: Stack; changeSet: ChangeSet } {
  const found = find(call, params);
  if (!found) throw new AwsError('ChangeSetNotFound', `ChangeSet [${params.ChangeSetName}] does not exist`, 404);
  return found;
}

function stackFor(call: Call, params: Params, type: ChangeSet['type'], changeSetName: string): Stack {
  const stackName = required(params, 'StackName');
  const existing = findStack(call.account, stackName);
  if (type === 'UPDATE') {
    if (!existing || existing.state.status === 'REVIEW_IN_PROGRESS')
      throw validationError(`Stack [${stackName}] does not exist`);
    needUpdatable(existing);
    return existing;
  }
  if (existing && existing.state.status !== 'REVIEW_IN_PROGRESS')
    throw validationError(
      `Stack [${stackName}] already exists and cannot be created again with the changeSet [${changeSetName}].`,
    );
  if (existing) return existing;
  const stack = newStack(call, stackName, readBlueprint(params, undefined), {
    status: 'REVIEW_IN_PROGRESS',
    createdAtMs: call.aws.agenda.now(),
  });
  setStackStatus(call.aws, stack, 'REVIEW_IN_PROGRESS', 'User Initiated');
  return stack;
}

const newChangeSet = (
  { aws, account }: Call,
  input: Pick<
    ChangeSet,
    'changeSetName' | 'type' | 'description' | 'createdAtMs' | 'blueprint' | 'includeNestedStacks'
  >,
): ChangeSet => ({
  ...input,
  changeSetId: arn(account, 'cloudformation', `changeSet/${input.changeSetName}/${aws.ids.uuid()}`),
  changes: [],
  nested: new Map(),
  status: 'CREATE_PENDING',
  statusReason: undefined,
  executionStatus: 'UNAVAILABLE',
});

/** A change set that somebody made before the world began. */
export function seedChangeSet(
  call: Call,
  input: Omit<Parameters<AwsWorld['seed']['changeSet']>[0], 'accountId'>,
): void {
  const stack = needStack(call.account, input.stackName);
  const { template } = stack.blueprint;
  const next = { ...template, Resources: { ...template.Resources, ...input.resources } };
  const changeSet = newChangeSet(call, {
    changeSetName: input.changeSetName,
    type: 'UPDATE',
    description: undefined,
    createdAtMs: input.createdAtMs,
    blueprint: { ...stack.blueprint, template: next, templateBody: JSON.stringify(next) },
    includeNestedStacks: false,
  });
  stack.changeSets.set(changeSet.changeSetName, changeSet);
  compute(call, stack, changeSet);
}

function createChangeSet(params: Params, call: Call): XmlFields {
  const { aws } = call;
  const changeSetName = required(params, 'ChangeSetName');
  if (!NAME.test(changeSetName))
    throw validationError(
      `1 validation error detected: Value '${changeSetName}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  const type = params.ChangeSetType === 'CREATE' ? 'CREATE' : 'UPDATE';
  const stack = stackFor(call, params, type, changeSetName);
  const blueprint = readBlueprint(params, type === 'UPDATE' ? stack.blueprint : undefined);
  if (type === 'UPDATE') checkSameTypes(stack.blueprint.template, blueprint.template);
  if (stack.changeSets.has(changeSetName))
    throw new AwsError('AlreadyExistsException', `ChangeSet ${changeSetName} already exists`);
  const changeSet = newChangeSet(call, {
    changeSetName,
    type,
    description: params.Description,
    createdAtMs: aws.agenda.now(),
    blueprint,
    includeNestedStacks: params.IncludeNestedStacks === 'true',
  });
  stack.changeSets.set(changeSetName, changeSet);
  aws.agenda.at(changeSet.createdAtMs + CHANGE_SET_BEGINS_MS, () => {
    changeSet.status = 'CREATE_IN_PROGRESS';
  });
  aws.agenda.at(changeSet.createdAtMs + CHANGE_SET_DONE_MS, () => compute(call, stack, changeSet));
  return { Id: changeSet.changeSetId, StackId: stack.stackId };
}

/** Finds what would change, against the stack as it is now. */
function compute(call: Call, stack: Stack, changeSet: ChangeSet): void {
  const { account } = call;
  changeSet.changes = diff({
    before: changeSet.type === 'UPDATE' ? stack.blueprint : undefined,
    after: changeSet.blueprint,
    resources: stack.resources,
    pseudo: pseudoParameters(account, stack),
  });
  if (changeSet.includeNestedStacks) changeSet.nested = nestedChangeSets(call, stack, changeSet);
  const isEmpty = changeSet.changes.length === 0;
  changeSet.status = isEmpty ? 'FAILED' : 'CREATE_COMPLETE';
  changeSet.statusReason = isEmpty ? NO_CHANGES : undefined;
  if (!isEmpty && changeSet.executionStatus === 'UNAVAILABLE') changeSet.executionStatus = 'AVAILABLE';
}

/** One for each nested stack that is modified; it stands among the change sets of that stack. */
function nestedChangeSets(call: Call, stack: Stack, changeSet: ChangeSet): ReadonlyMap<string, ChangeSet> {
  const found = new Map<string, ChangeSet>();
  for (const { action, logicalResourceId } of changeSet.changes) {
    const nested = action === 'Modify' ? nestedStackOf(call, stack, logicalResourceId) : undefined;
    const definition = changeSet.blueprint.template.Resources[logicalResourceId];
    if (!nested || !definition) continue;
    const own = newChangeSet(call, {
      changeSetName: `${changeSet.changeSetName}-${logicalResourceId}`.slice(0, 110),
      type: 'UPDATE',
      description: undefined,
      createdAtMs: changeSet.createdAtMs,
      blueprint: nestedBlueprint(call, definition, nested.blueprint),
      includeNestedStacks: true,
    });
    nested.changeSets.set(own.changeSetName, own);
    compute(call, nested, own);
    found.set(logicalResourceId, own);
  }
  return found;
}

/** With a change set go those of its nested stacks. */
function forget(call: Call, stack: Stack, changeSet: ChangeSet): void {
  if (stack.changeSets.get(changeSet.changeSetName) === changeSet) stack.changeSets.delete(changeSet.changeSetName);
  for (const [logicalResourceId, own] of changeSet.nested) {
    const nested = nestedStackOf(call, stack, logicalResourceId);
    if (nested) forget(call, nested, own);
  }
}

function executeChangeSet(params: Params, call: Call): undefined {
  const { stack, changeSet } = need(call, params);
  const { aws } = call;
  if (changeSet.status !== 'CREATE_COMPLETE' || changeSet.executionStatus !== 'AVAILABLE') {
    const status = changeSet.status === 'CREATE_COMPLETE' ? changeSet.executionStatus : changeSet.status;
    throw new AwsError(
      'InvalidChangeSetStatus',
      `ChangeSet [${changeSet.changeSetId}] cannot be executed in its current status of [${status}]`,
    );
  }
  if (changeSet.type === 'UPDATE') needUpdatable(stack);
  stack.stale = { untilMs: aws.agenda.now() + STALE_MS, state: stack.state };
  // The stack's other change sets were made against what it no longer is.
  for (const other of stack.changeSets.values()) forget(call, stack, other);
  stack.executed.push(changeSet);
  changeSet.executionStatus = 'EXECUTE_IN_PROGRESS';
  aws.expiry.strike();
  aws.networkLoss.strike();
  const settled = (status: string) => {
    const isDone = status === 'UPDATE_COMPLETE' || status === 'CREATE_COMPLETE';
    changeSet.executionStatus = isDone ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED';
  };
  if (changeSet.type === 'UPDATE') beginUpdate(call, stack, changeSet.blueprint, settled);
  else {
    stack.blueprint = changeSet.blueprint;
    beginCreate(call, stack, settled);
  }
  return undefined;
}

export const changeSetOperations: Readonly<Record<string, (params: Params, call: Call) => XmlFields | undefined>> = {
  CreateChangeSet: createChangeSet,
  DescribeChangeSet(params, call) {
    const { stack, changeSet } = need(call, params);
    const { items, nextToken } = page(changeSet.changes, params.NextToken, CHANGES_PAGE);
    const withValues = params.IncludePropertyValues === 'true';
    return {
      ...changeSetFields(stack, changeSet),
      Changes: items.map((change) => changeFields(change, changeSet.nested.get(change.logicalResourceId), withValues)),
      NextToken: nextToken,
    };
  },
  ListChangeSets(params, { account }) {
    const stackName = required(params, 'StackName');
    const stack = needStack(account, stackName, `Stack [${stackName}] does not exist`);
    const { items, nextToken } = page([...stack.changeSets.values()], params.NextToken, LIST_PAGE);
    return { Summaries: items.map((changeSet) => changeSetSummary(stack, changeSet)), NextToken: nextToken };
  },
  DeleteChangeSet(params, call) {
    // CloudFormation answers the deletion of what is not there as if it had done it.
    const { stack, changeSet } = find(call, params) ?? {};
    if (changeSet?.executionStatus === 'EXECUTE_IN_PROGRESS')
      throw new AwsError(
        'InvalidChangeSetStatus',
        `An operation on this ChangeSet is currently in progress. Status: [${changeSet.executionStatus}]`,
      );
    if (changeSet && stack) forget(call, stack, changeSet);
    return undefined;
  },
  ExecuteChangeSet: executeChangeSet,
};
