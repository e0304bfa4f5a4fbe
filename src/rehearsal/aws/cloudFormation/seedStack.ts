import type { AwsWorld } from '../../contract.ts';
import type { Call } from '../account.ts';
import { liveProperties } from './live.ts';
import { nestedBlueprint } from './nested.ts';
import { newPhysicalId } from './physicalIds.ts';
import { provision } from './provision.ts';
import { allDependencies } from './references.ts';
import { needStack, newStack, type Resource, STACK_TYPE, type Stack, writeEvent } from './stack.ts';

/** Puts a finished stack into an account, with what its resources stand for and the events of its past. */
export function seedStack(call: Call, input: Parameters<AwsWorld['seed']['stack']>[0]): void {
  const { template, parameters = {}, tags, createdAtMs, updatedAtMs } = input;
  const blueprint = { template, templateBody: JSON.stringify(template), parameters, tags };
  const status = updatedAtMs === undefined ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE';
  const stack = newStack(call, input.stackName, blueprint, { status, createdAtMs });
  stack.state = { status, statusReason: undefined, updatedAtMs };
  for (const name of inOrder(allDependencies(template))) seedResource(call, stack, name);
  for (const resource of stack.resources.values())
    if (resource.definition.Type === STACK_TYPE) seedNested(call, stack, resource);
  writePast(call, stack);
}

/** The stack that a resource of this type stands for, from the template at its URL. */
function seedNested(call: Call, stack: Stack, resource: Resource): void {
  const { template, parameters } = nestedBlueprint(call, resource.definition, undefined);
  const stackName = `${stack.stackName}-${resource.logicalResourceId}-${call.aws.ids.tail(12)}`;
  const { accountId } = call.account;
  const { createdAtMs } = stack;
  seedStack(call, { accountId, stackName, template, parameters, tags: stack.blueprint.tags, createdAtMs });
  resource.physicalResourceId = needStack(call.account, stackName).stackId;
}

/** Each after those that it needs. */
function inOrder(order: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...order.keys()].sort((a, b) => (order.get(a)?.size ?? 0) - (order.get(b)?.size ?? 0));
}

function seedResource(call: Call, stack: Stack, logicalResourceId: string): void {
  const definition = stack.blueprint.template.Resources[logicalResourceId];
  if (!definition) return;
  const properties = liveProperties(call, stack, definition);
  const resource: Resource = {
    logicalResourceId,
    physicalResourceId: newPhysicalId(call, stack, logicalResourceId, definition.Type, properties),
    definition,
    properties,
    status: 'CREATE_COMPLETE',
    statusReason: undefined,
    updatedAtMs: stack.createdAtMs,
  };
  stack.resources.set(logicalResourceId, resource);
  provision({ ...call, stack, resource, seeding: true });
}

/** The events of its creation, and the frame of its last update. */
function writePast({ aws }: Call, stack: Stack): void {
  const own = { logicalResourceId: stack.stackName, physicalResourceId: stack.stackId, resourceType: STACK_TYPE };
  const say = (status: string, atMs: number, reason?: string) =>
    writeEvent(aws, stack, { ...own, status, reason }, atMs);
  say('CREATE_IN_PROGRESS', stack.createdAtMs, 'User Initiated');
  for (const { logicalResourceId, physicalResourceId, definition } of stack.resources.values())
    for (const status of ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'])
      writeEvent(
        aws,
        stack,
        { logicalResourceId, physicalResourceId, resourceType: definition.Type, status, reason: undefined },
        stack.createdAtMs,
      );
  say('CREATE_COMPLETE', stack.createdAtMs);
  if (stack.state.updatedAtMs === undefined) return;
  say('UPDATE_IN_PROGRESS', stack.state.updatedAtMs, 'User Initiated');
  say('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', stack.state.updatedAtMs);
  say('UPDATE_COMPLETE', stack.state.updatedAtMs);
}
