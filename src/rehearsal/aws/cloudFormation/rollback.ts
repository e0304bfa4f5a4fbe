import { createGroup, mustRoll, terminateObsolete } from './autoScaling.ts';
import { durationMs, INITIATED_MS, SETTLE_MS, STAGGER_MS } from './durations.ts';
import { reprovision } from './provision.ts';
import { allDependencies } from './references.ts';
import { type Removal, removeAll } from './removal.ts';
import { type Resource, setResourceStatus, setStackStatus } from './stack.ts';
import { contextOf, type Operation, type Snapshot, type Task } from './task.ts';

/** How long a group takes to have its old machines back. */
const ROLL_BACK_MS = 140_000;

interface Return {
  readonly task: Task;
  readonly before: Snapshot;
  readonly resource: Resource;
}

/** Undoes an operation, resource by resource, and settles its stack. */
export function rollBack(operation: Operation, reason: string): void {
  if (operation.kind === 'CREATE') rollBackCreate(operation, reason);
  else rollBackUpdate(operation, reason);
}

function rollBackCreate(operation: Operation, reason: string): void {
  const { aws, stack, order } = operation;
  setStackStatus(aws, stack, 'ROLLBACK_IN_PROGRESS', reason);
  const removals = [...stack.resources.values()].map((resource) => ({
    resource,
    keep: resource.definition.DeletionPolicy === 'Retain',
  }));
  removeAll(operation, stack, order, removals, () => operation.settle('ROLLBACK_COMPLETE'));
}

function rollBackUpdate(operation: Operation, reason: string): void {
  const { aws, stack, tasks, previous, order } = operation;
  setStackStatus(aws, stack, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
  stack.blueprint = previous;
  const touched = [...tasks.values()].filter(({ state }) => state === 'done' || state === 'failed');
  const returns = touched.flatMap((task) => {
    const resource = stack.resources.get(task.logicalResourceId);
    if (!task.before || !resource) return [];
    if (task.kind !== 'relabel') return [{ task, before: task.before, resource }];
    Object.assign(resource, task.before);
    return [];
  });
  const made = touched.flatMap((task) => madeBy(operation, task));
  const clean = () => {
    setStackStatus(aws, stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    removeAll(operation, stack, order, made, () => operation.settle('UPDATE_ROLLBACK_COMPLETE'));
  };
  returnAll(operation, returns, clean, (left) => {
    const names = left.map(({ task }) => task.logicalResourceId).join(', ');
    operation.settle('UPDATE_ROLLBACK_FAILED', `The following resource(s) failed to update: [${names}]. `);
    stack.goOn = () => {
      stack.goOn = undefined;
      setStackStatus(aws, stack, 'UPDATE_ROLLBACK_IN_PROGRESS', 'User Initiated');
      returnAll(operation, left, clean, () => {});
    };
  });
}

/** The physical resource that a task has made: it has to go again. */
function madeBy({ stack }: Operation, { logicalResourceId, kind, before }: Task): Removal[] {
  const resource = stack.resources.get(logicalResourceId);
  if (!resource) return [];
  if (kind === 'create') return [{ resource, keep: false }];
  const isNew = kind === 'replace' && before?.physicalResourceId !== resource.physicalResourceId;
  return isNew ? [{ resource: { ...resource }, keep: false }] : [];
}

/** Fault `rollback-failed`: the group of the API's machines cannot be brought back, the first time. */
function cannotReturn({ aws, stack }: Operation, { task }: Return): boolean {
  if (!aws.faults.has('rollback-failed') || aws.struck.has('rollback-failed')) return false;
  if (!stack.stackName.startsWith('Api') || task.definition.Type !== 'AWS::AutoScaling::AutoScalingGroup') return false;
  aws.struck.add('rollback-failed');
  return true;
}

/** Brings resources back to what they were, each after those that it needs; `stuck` is told those that stay as they are. */
function returnAll(
  operation: Operation,
  returns: readonly Return[],
  then: () => void,
  stuck: (left: readonly Return[]) => void,
): void {
  const { aws, previous } = operation;
  const order = allDependencies(previous.template);
  const left = new Map(returns.map((one) => [one.task.logicalResourceId, one] as const));
  const begun = new Set<string>();
  const failed = new Set<string>();
  const next = (): void => {
    if (failed.size > 0 && begun.size === failed.size + (returns.length - left.size)) {
      aws.agenda.at(aws.agenda.now() + SETTLE_MS, () => stuck([...left.values()]));
      return;
    }
    if (left.size === 0) {
      aws.agenda.at(aws.agenda.now() + SETTLE_MS, then);
      return;
    }
    const ready = [...left].filter(
      ([name]) => !begun.has(name) && ![...(order.get(name) ?? [])].some((other) => left.has(other)),
    );
    ready.forEach(([name, one], index) => {
      begun.add(name);
      aws.agenda.at(aws.agenda.now() + index * STAGGER_MS, () => {
        if (cannotReturn(operation, one)) {
          const reason = 'You have reached your quota of running instances of this type.';
          setResourceStatus(aws, operation.stack, one.resource, 'UPDATE_FAILED', reason);
          failed.add(name);
          next();
          return;
        }
        returnOne(operation, one, () => {
          left.delete(name);
          next();
        });
      });
    });
  };
  next();
}

function returnOne(operation: Operation, { task, before, resource }: Return, then: () => void): void {
  const { aws, stack } = operation;
  const changed = resource.properties;
  Object.assign(resource, before);
  setResourceStatus(aws, stack, resource, 'UPDATE_IN_PROGRESS');
  const context = contextOf(operation, resource);
  const rolls = before.definition.Type === 'AWS::AutoScaling::AutoScalingGroup' && mustRoll(changed, before.properties);
  const takesMs = rolls
    ? ROLL_BACK_MS
    : // The old one of what was replaced is still there.
      task.kind === 'replace'
      ? INITIATED_MS
      : Math.ceil(durationMs(before.definition.Type, 'update') / 2);
  if (rolls) {
    terminateObsolete(context);
    aws.agenda.at(aws.agenda.now() + ROLL_BACK_MS / 4, () => createGroup(context));
  } else if (task.kind === 'modify' && changed !== before.properties) reprovision(context, changed);
  aws.agenda.at(aws.agenda.now() + takesMs, () => {
    setResourceStatus(aws, stack, resource, 'UPDATE_COMPLETE');
    then();
  });
}
