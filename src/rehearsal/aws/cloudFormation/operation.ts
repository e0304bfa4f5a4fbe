import type { Call } from '../account.ts';
import { mustRoll, rollSteps } from './autoScaling.ts';
import { BEGIN_MS, durationMs, INITIATED_MS, SETTLE_MS, STAGGER_MS } from './durations.ts';
import { liveProperties } from './live.ts';
import { nestedBlueprint, nestedStackOf } from './nested.ts';
import { newPhysicalId } from './physicalIds.ts';
import { provision, reprovision } from './provision.ts';
import { allDependencies } from './references.ts';
import { type Removal, removeAll } from './removal.ts';
import { rollBack } from './rollback.ts';
import {
  announce,
  type Blueprint,
  type Resource,
  STACK_TYPE,
  type Stack,
  setResourceStatus,
  setStackStatus,
} from './stack.ts';
import { contextOf, type Operation, type Task } from './task.ts';
import { changesOf, findDoomed, tasksOf } from './tasks.ts';

const NEW_PHYSICAL = 'Requested update requires the creation of a new physical resource; hence creating one.';

/** Creates all resources of a stack that has none yet. `onSettled` is told the final status. */
export function beginCreate(call: Call, stack: Stack, onSettled?: (stackStatus: string) => void): void {
  begin(call, stack, 'CREATE', stack.blueprint, onSettled);
}

/** Takes a stack from its blueprint to another one. `onSettled` is told the final status. */
export function beginUpdate(
  call: Call,
  stack: Stack,
  blueprint: Blueprint,
  onSettled?: (stackStatus: string) => void,
): void {
  begin(call, stack, 'UPDATE', blueprint, onSettled);
}

function begin(
  call: Call,
  stack: Stack,
  kind: Operation['kind'],
  blueprint: Blueprint,
  onSettled?: (stackStatus: string) => void,
): void {
  const { aws } = call;
  const previous = stack.blueprint;
  const changes = changesOf(call, stack, kind, blueprint);
  stack.blueprint = blueprint;
  const tasks = tasksOf(stack, blueprint, changes);
  const operation: Operation = {
    ...call,
    stack,
    kind,
    tasks,
    removed: changes.flatMap(({ action, logicalResourceId }) =>
      action === 'Remove' ? (stack.resources.get(logicalResourceId) ?? []) : [],
    ),
    order: allDependencies(blueprint.template),
    previous,
    doomed: findDoomed(call, stack, kind, tasks),
    halted: false,
    settle(status, reason) {
      stack.cancel = undefined;
      setStackStatus(aws, stack, status, reason);
      onSettled?.(status);
      announce(call, stack, kind);
    },
  };
  if (kind === 'UPDATE') stack.state = { ...stack.state, updatedAtMs: aws.agenda.now() };
  setStackStatus(aws, stack, `${kind}_IN_PROGRESS`, 'User Initiated');
  stack.cancel = (reason) => halt(operation, reason);
  aws.agenda.at(aws.agenda.now() + BEGIN_MS, () => advance(operation));
}

/** Begins whatever need not wait any longer; ends the operation when nothing is left. */
function advance(operation: Operation): void {
  if (operation.halted) return;
  const { aws, tasks, order } = operation;
  const isDone = (name: string) => (tasks.get(name)?.state ?? 'done') === 'done';
  const ready = [...tasks.values()].filter(
    ({ state, logicalResourceId }) => state === 'waiting' && [...(order.get(logicalResourceId) ?? [])].every(isDone),
  );
  ready.forEach((task, index) => {
    task.state = 'queued';
    aws.agenda.at(aws.agenda.now() + index * STAGGER_MS, () => {
      if (!operation.halted) beginTask(operation, task);
    });
  });
  if ([...tasks.values()].every(({ state }) => state === 'done')) succeed(operation);
}

function beginTask(operation: Operation, task: Task): void {
  const { aws, stack } = operation;
  task.state = 'running';
  if (task.kind === 'relabel') {
    need(operation, task).definition = task.definition;
    task.state = 'done';
    advance(operation);
    return;
  }
  if (task.kind === 'create') {
    const resource: Resource = {
      logicalResourceId: task.logicalResourceId,
      physicalResourceId: '',
      definition: task.definition,
      properties: {},
      status: 'CREATE_IN_PROGRESS',
      statusReason: undefined,
      updatedAtMs: aws.agenda.now(),
    };
    stack.resources.set(task.logicalResourceId, resource);
    setResourceStatus(aws, stack, resource, 'CREATE_IN_PROGRESS');
  } else setResourceStatus(aws, stack, need(operation, task), 'UPDATE_IN_PROGRESS', reasonOf(task));
  const takesMs = task.kind === 'modify' ? modify(operation, task) : make(operation, task);
  if (operation.doomed?.task === task)
    later(operation, operation.doomed.failure.afterMs, () => fail(operation, task, operation.doomed!.failure.reason));
  else if (Number.isFinite(takesMs) && mayFinish(operation, task))
    later(operation, takesMs, () => finish(operation, task));
}

const reasonOf = ({ kind }: Task) => (kind === 'replace' ? NEW_PHYSICAL : undefined);

/** Where an operation is to fail, whatever is beside the failing resource is still under way then. */
const mayFinish = ({ doomed, order }: Operation, { logicalResourceId }: Task): boolean =>
  !doomed || (order.get(doomed.task.logicalResourceId)?.has(logicalResourceId) ?? false);

/** Runs later, unless the operation has been halted by then. */
function later(operation: Operation, afterMs: number, happen: () => void): void {
  const { agenda } = operation.aws;
  agenda.at(agenda.now() + afterMs, () => {
    if (!operation.halted) happen();
  });
}

function need({ stack }: Pick<Operation, 'stack'>, { logicalResourceId }: Task): Resource {
  const resource = stack.resources.get(logicalResourceId);
  if (!resource) throw new Error(`${stack.stackName} has no resource ${logicalResourceId}.`);
  return resource;
}

/** A new physical resource, for a create or in the place of an old one. Gives the time it takes. */
function make(operation: Operation, task: Task): number {
  const { aws, stack, doomed } = operation;
  const type = task.definition.Type;
  // What fails before it is there never gets a physical id.
  if (doomed?.task === task && doomed.failure.afterMs < durationMs(type, 'create')) return 0;
  later(operation, INITIATED_MS, () => {
    const resource = need(operation, task);
    resource.definition = task.definition;
    resource.properties = liveProperties(operation, stack, task.definition);
    resource.physicalResourceId = newPhysicalId(operation, stack, task.logicalResourceId, type, resource.properties);
    provision(contextOf(operation, resource));
    setResourceStatus(aws, stack, resource, resource.status, 'Resource creation Initiated');
  });
  return durationMs(type, 'create');
}

/** How long a group of machines takes to be rolled over to a new launch configuration. */
const ROLL_MS = 290_000;

/** A change in place. Gives the time it takes. */
function modify(operation: Operation, task: Task): number {
  const { stack, doomed } = operation;
  const resource = need(operation, task);
  const before = resource.properties;
  const after = liveProperties(operation, stack, task.definition);
  if (task.definition.Type === STACK_TYPE) {
    modifyNested(operation, task, resource, after);
    return Number.POSITIVE_INFINITY;
  }
  if (doomed?.task === task && !mustRoll(before, after)) return 0;
  resource.properties = after;
  if (task.definition.Type === 'AWS::AutoScaling::AutoScalingGroup' && mustRoll(before, after)) {
    rollOver(operation, resource);
    return ROLL_MS;
  }
  later(operation, INITIATED_MS, () => reprovision(contextOf(operation, resource), before));
  return durationMs(task.definition.Type, 'update');
}

/** A nested stack is updated by an operation of its own, whose end is this resource's. */
function modifyNested(operation: Operation, task: Task, resource: Resource, after: Resource['properties']): void {
  const nested = nestedStackOf(operation, operation.stack, task.logicalResourceId);
  const blueprint = nested && nestedBlueprint(operation, task.definition, nested.blueprint);
  resource.properties = after;
  if (!nested || !blueprint) {
    later(operation, INITIATED_MS, () => finish(operation, task));
    return;
  }
  beginUpdate(operation, nested, blueprint, (status) => {
    if (operation.halted) return;
    if (status === 'UPDATE_COMPLETE') finish(operation, task);
    else
      fail(
        operation,
        task,
        `Embedded stack ${nested.stackId} was not successfully updated: ${nested.state.statusReason ?? status}`,
      );
  });
}

function rollOver(operation: Operation, resource: Resource): void {
  for (const step of rollSteps(contextOf(operation, resource)))
    later(operation, step.at * ROLL_MS, () =>
      setResourceStatus(operation.aws, operation.stack, resource, 'UPDATE_IN_PROGRESS', step.run()),
    );
}

function finish(operation: Operation, task: Task): void {
  const resource = need(operation, task);
  task.state = 'done';
  resource.definition = task.definition;
  setResourceStatus(operation.aws, operation.stack, resource, `${verb(task)}_COMPLETE`);
  advance(operation);
}

const verb = ({ kind }: Task): 'CREATE' | 'UPDATE' => (kind === 'create' ? 'CREATE' : 'UPDATE');

function fail(operation: Operation, task: Task, reason: string): void {
  task.state = 'failed';
  setResourceStatus(operation.aws, operation.stack, need(operation, task), `${verb(task)}_FAILED`, reason);
  halt(operation, undefined);
}

/** Stops everything, cancels what is under way, and rolls back; for the reason given or because of what has failed. */
function halt(operation: Operation, reason: string | undefined): void {
  const { aws, stack, tasks } = operation;
  operation.halted = true;
  stack.cancel = undefined;
  const running = [...tasks.values()].filter(({ state }) => state === 'running');
  running.forEach((task, index) => {
    aws.agenda.at(aws.agenda.now() + 150 * (index + 1), () => {
      task.state = 'failed';
      const words = `Resource ${task.kind === 'create' ? 'creation' : 'update'} cancelled`;
      setResourceStatus(aws, stack, need(operation, task), `${verb(task)}_FAILED`, words);
    });
  });
  const begins = aws.agenda.now() + 150 * (running.length + 1) + SETTLE_MS;
  aws.agenda.at(begins, () => rollBack(operation, reason ?? failedNames(operation)));
}

/** CloudFormation's own sentence about what has failed. */
function failedNames({ kind, tasks }: Operation): string {
  const failed = [...tasks.values()].filter(({ state }) => state === 'failed');
  const names = (which: readonly Task[]) => which.map(({ logicalResourceId }) => logicalResourceId).join(', ');
  const created = names(failed.filter((task) => task.kind === 'create'));
  const updated = names(failed.filter((task) => task.kind !== 'create'));
  const sentences = [
    created && `The following resource(s) failed to create: [${created}]. `,
    updated && `The following resource(s) failed to update: [${updated}]. `,
    kind === 'CREATE' && 'Rollback requested by user.',
  ];
  return sentences.filter((sentence) => sentence).join('');
}

function succeed(operation: Operation): void {
  const { aws, stack, kind } = operation;
  // From here on there is nothing to cancel.
  stack.cancel = undefined;
  aws.agenda.at(aws.agenda.now() + SETTLE_MS, () => {
    if (kind === 'CREATE') return operation.settle('CREATE_COMPLETE');
    setStackStatus(aws, stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    removeAll(operation, stack, allDependencies(operation.previous.template), cleanup(operation), () =>
      operation.settle('UPDATE_COMPLETE'),
    );
  });
}

/** What an update leaves behind: removed resources, and the old ones of those that were replaced. */
function cleanup({ removed, tasks, stack }: Operation): Removal[] {
  const old = [...tasks.values()].flatMap(({ kind, before, logicalResourceId }) => {
    const resource = stack.resources.get(logicalResourceId);
    if (kind !== 'replace' || !before || !resource) return [];
    return [{ resource: { ...resource, ...before }, keep: before.definition.UpdateReplacePolicy === 'Retain' }];
  });
  return [...old, ...removed.map((resource) => ({ resource, keep: resource.definition.DeletionPolicy === 'Retain' }))];
}
