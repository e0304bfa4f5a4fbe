import type { Call } from '../account.ts';
import { AwsError, validationError } from '../awsError.ts';
import { makeToken, page, readToken } from '../page.ts';
import { type Params, required, values } from '../params.ts';
import type { QueryService } from '../protocol.ts';
import type { XmlFields } from '../xml.ts';
import { changeSetOperations } from './changeSets.ts';
import { diff } from './diff.ts';
import { beginCreate, beginUpdate } from './operation.ts';
import { beginDelete } from './removal.ts';
import { findStack, isDeleted, needStack, newStack, type Stack, shownState } from './stack.ts';
import { pseudoParameters, readBlueprint } from './template.ts';
import { checkSameTypes, needDeletable, needUpdatable } from './updatable.ts';
import { eventFields, resourceFields, resourceSummary, stackFields, stackSummary } from './views.ts';

/** AWS's own page sizes, as far as they are known. */
const PAGE_SIZE = 100;
const STACK_NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;

function createStack(params: Params, call: Call): XmlFields {
  const stackName = required(params, 'StackName');
  if (!STACK_NAME.test(stackName))
    throw validationError(
      `1 validation error detected: Value '${stackName}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  if (findStack(call.account, stackName))
    throw new AwsError('AlreadyExistsException', `Stack [${stackName}] already exists`);
  const stack = newStack(call, stackName, readBlueprint(params, undefined), {
    status: 'CREATE_IN_PROGRESS',
    createdAtMs: call.aws.agenda.now(),
  });
  beginCreate(call, stack);
  return { StackId: stack.stackId };
}

function updateStack(params: Params, call: Call): XmlFields {
  const stackName = required(params, 'StackName');
  const stack = needStack(call.account, stackName, `Stack [${stackName}] does not exist`);
  needUpdatable(stack);
  const blueprint = readBlueprint(params, stack.blueprint);
  checkSameTypes(stack.blueprint.template, blueprint.template);
  const changes = diff({
    before: stack.blueprint,
    after: blueprint,
    resources: stack.resources,
    pseudo: pseudoParameters(call.account, stack),
  });
  if (changes.length === 0) throw validationError('No updates are to be performed.');
  for (const changeSet of stack.changeSets.values()) changeSet.executionStatus = 'OBSOLETE';
  beginUpdate(call, stack, blueprint);
  return { StackId: stack.stackId };
}

function deleteStack(params: Params, call: Call): undefined {
  const stack = findStack(call.account, required(params, 'StackName'));
  // Deleting what is gone, or is going, is no error.
  if (!stack || isDeleted(stack) || stack.state.status === 'DELETE_IN_PROGRESS') return undefined;
  needDeletable(stack);
  beginDelete(call, stack);
  return undefined;
}

function listStacks(params: Params, { aws, account }: Call): XmlFields {
  const filter = values(params, 'StackStatusFilter.member');
  const found = account.stacks
    .filter((stack) => filter.length === 0 || filter.includes(shownState(aws, stack).status))
    .reverse();
  const { items, nextToken } = page(found, params.NextToken, PAGE_SIZE);
  return { StackSummaries: items.map((stack) => stackSummary(aws, stack)), NextToken: nextToken };
}

function describeStacks(params: Params, { aws, account }: Call): XmlFields {
  const found = params.StackName
    ? [needStack(account, params.StackName)]
    : account.stacks.filter((stack) => !isDeleted(stack)).reverse();
  const { items, nextToken } = page(found, params.NextToken, PAGE_SIZE);
  return { Stacks: items.map((stack) => stackFields(aws, stack)), NextToken: nextToken };
}

/** Newest first. The token tells how many older ones are left, so that new events never shift a page. */
function describeStackEvents(params: Params, { account }: Call): XmlFields {
  const stack = needStack(account, required(params, 'StackName'), `Stack [${params.StackName}] does not exist`);
  const end = params.NextToken === undefined ? stack.events.length : readToken(params.NextToken);
  const start = Math.max(0, end - PAGE_SIZE);
  return {
    StackEvents: stack.events
      .slice(start, end)
      .reverse()
      .map((event) => eventFields(stack, event)),
    NextToken: start > 0 ? makeToken(start) : undefined,
  };
}

const resourcesOf = (stack: Stack) =>
  [...stack.resources.values()].sort((a, b) => (a.logicalResourceId < b.logicalResourceId ? -1 : 1));

function listStackResources(params: Params, { account }: Call): XmlFields {
  const stack = needStack(account, required(params, 'StackName'));
  const { items, nextToken } = page(resourcesOf(stack), params.NextToken, PAGE_SIZE);
  return { StackResourceSummaries: items.map(resourceSummary), NextToken: nextToken };
}

function getTemplate(params: Params, { account }: Call): XmlFields {
  const stack = needStack(account, required(params, 'StackName'));
  const changeSet = params.ChangeSetName ? stack.changeSets.get(params.ChangeSetName) : undefined;
  if (params.ChangeSetName && !changeSet)
    throw new AwsError('ChangeSetNotFound', `ChangeSet [${params.ChangeSetName}] does not exist`, 404);
  return { TemplateBody: (changeSet ?? stack).blueprint.templateBody, StagesAvailable: ['Original', 'Processed'] };
}

function cancelUpdate(params: Params, { account }: Call): undefined {
  const stack = needStack(account, required(params, 'StackName'), `Stack [${params.StackName}] does not exist`);
  const token = params.ClientRequestToken;
  if (token !== undefined && token === stack.cancelledBy) return undefined;
  if (stack.state.status !== 'UPDATE_IN_PROGRESS' || !stack.cancel)
    throw validationError(`CancelUpdateStack cannot be called from current stack status`);
  stack.cancelledBy = token;
  stack.cancel('User Initiated');
  return undefined;
}

function continueRollback(params: Params, { account }: Call): undefined {
  const stack = needStack(account, required(params, 'StackName'), `Stack [${params.StackName}] does not exist`);
  if (stack.state.status !== 'UPDATE_ROLLBACK_FAILED' || !stack.goOn)
    throw validationError(`Stack:${stack.stackId} is in ${stack.state.status} state and can not continue a rollback.`);
  stack.goOn();
  return undefined;
}

export const cloudFormation: QueryService = {
  protocol: 'query',
  xmlns: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  operations: {
    ListStacks: listStacks,
    DescribeStacks: describeStacks,
    DescribeStackEvents: describeStackEvents,
    ListStackResources: listStackResources,
    DescribeStackResources(params, { account }) {
      const stack = needStack(account, required(params, 'StackName'));
      const wanted = params.LogicalResourceId;
      const found = resourcesOf(stack).filter(({ logicalResourceId }) => !wanted || logicalResourceId === wanted);
      if (wanted && found.length === 0)
        throw validationError(`Resource ${wanted} does not exist for stack ${stack.stackName}`);
      // AWS gives the first hundred and no way to the others.
      return { StackResources: found.slice(0, PAGE_SIZE).map((resource) => resourceFields(stack, resource)) };
    },
    GetTemplate: getTemplate,
    CreateStack: createStack,
    UpdateStack: updateStack,
    DeleteStack: deleteStack,
    CancelUpdateStack: cancelUpdate,
    ContinueUpdateRollback: continueRollback,
    ...changeSetOperations,
  },
};
