import type { Call } from '../account.ts';
import { diff, type PlannedChange } from './diff.ts';
import { failureOf } from './failures.ts';
import { liveProperties } from './live.ts';
import type { Blueprint, Stack } from './stack.ts';
import type { Operation, Task } from './task.ts';
import { pseudoParameters } from './template.ts';

/** What is to be done, found anew: the stack may have changed since a change set was made. */
export const changesOf = ({ account }: Call, stack: Stack, kind: Operation['kind'], after: Blueprint) =>
  diff({
    before: kind === 'UPDATE' ? stack.blueprint : undefined,
    after,
    resources: stack.resources,
    pseudo: pseudoParameters(account, stack),
  });

/** The part of each resource that is created or changed. */
export function tasksOf(stack: Stack, { template }: Blueprint, changes: readonly PlannedChange[]): Map<string, Task> {
  const tasks = new Map<string, Task>();
  for (const { action, logicalResourceId, replacement, details } of changes) {
    const definition = template.Resources[logicalResourceId];
    if (action === 'Remove' || !definition) continue;
    const resource = stack.resources.get(logicalResourceId);
    const relabelled = details.length > 0 && details.every(({ attribute }) => attribute !== 'Properties');
    // What depends on a replaced resource by a property that cannot be changed is replaced as well.
    const replaced =
      replacement === 'True' ||
      details.some(({ evaluation, requiresRecreation }) => evaluation === 'Dynamic' && requiresRecreation === 'Always');
    tasks.set(logicalResourceId, {
      logicalResourceId,
      kind: action === 'Add' ? 'create' : relabelled ? 'relabel' : replaced ? 'replace' : 'modify',
      definition,
      before: resource && action === 'Modify' ? { ...resource } : undefined,
      state: 'waiting',
    });
  }
  return tasks;
}

/** The first task that is to fail. */
export function findDoomed(
  call: Call,
  stack: Stack,
  operation: Operation['kind'],
  tasks: ReadonlyMap<string, Task>,
): Operation['doomed'] {
  for (const task of tasks.values()) {
    const properties = liveProperties(call, stack, task.definition);
    const failure = failureOf({ ...call, stack, operation, task, properties });
    if (failure) return { task, failure };
  }
  return undefined;
}
