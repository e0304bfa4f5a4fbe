import type { Call } from '../account.ts';
import { BEGIN_MS, durationMs, SETTLE_MS, STAGGER_MS } from './durations.ts';
import { unprovision } from './provision.ts';
import { allDependencies } from './references.ts';
import { announce, type Resource, type Stack, setResourceStatus, setStackStatus } from './stack.ts';

/** A physical resource that is to go. */
export interface Removal {
  readonly resource: Resource;
  /** Its policy says Retain: the stack lets go of it, and it stays. */
  readonly keep: boolean;
}

/** Removes resources, each after those that need it, and calls `then` when all are gone. */
export function removeAll(
  call: Call,
  stack: Stack,
  order: ReadonlyMap<string, ReadonlySet<string>>,
  removals: readonly Removal[],
  then: () => void,
): void {
  const { agenda } = call.aws;
  const left = new Map(removals.map((removal) => [removal.resource.logicalResourceId, removal] as const));
  const begun = new Set<string>();
  const next = (): void => {
    if (left.size === 0) {
      agenda.at(agenda.now() + SETTLE_MS, then);
      return;
    }
    const isNeeded = (name: string) => [...left.keys()].some((other) => order.get(other)?.has(name));
    const ready = [...left].filter(([name]) => !begun.has(name) && !isNeeded(name));
    ready.forEach(([name, removal], index) => {
      begun.add(name);
      agenda.at(agenda.now() + index * STAGGER_MS, () =>
        removeOne(call, stack, removal, () => {
          left.delete(name);
          next();
        }),
      );
    });
  };
  next();
}

function removeOne(call: Call, stack: Stack, { resource, keep }: Removal, then: () => void): void {
  const { aws } = call;
  const forget = () => {
    if (stack.resources.get(resource.logicalResourceId) === resource)
      stack.resources.delete(resource.logicalResourceId);
    then();
  };
  if (keep) {
    setResourceStatus(aws, stack, resource, 'DELETE_SKIPPED');
    forget();
    return;
  }
  setResourceStatus(aws, stack, resource, 'DELETE_IN_PROGRESS');
  const takesMs = resource.physicalResourceId ? durationMs(resource.definition.Type, 'delete') : 0;
  aws.agenda.at(aws.agenda.now() + takesMs, () => {
    // What was never made has nothing that could be removed.
    if (resource.physicalResourceId) unprovision({ ...call, stack, resource, seeding: false });
    setResourceStatus(aws, stack, resource, 'DELETE_COMPLETE');
    forget();
  });
}

/** Deletes a stack with all that its policies do not keep. */
export function beginDelete(call: Call, stack: Stack): void {
  const { aws } = call;
  stack.changeSets.clear();
  setStackStatus(aws, stack, 'DELETE_IN_PROGRESS', 'User Initiated');
  const removals = [...stack.resources.values()].map((resource) => ({
    resource,
    keep: resource.definition.DeletionPolicy === 'Retain',
  }));
  aws.agenda.at(aws.agenda.now() + BEGIN_MS, () =>
    removeAll(call, stack, allDependencies(stack.blueprint.template), removals, () => {
      stack.deletedAtMs = aws.agenda.now();
      setStackStatus(aws, stack, 'DELETE_COMPLETE');
      announce(call, stack, 'DELETE');
    }),
  );
}
