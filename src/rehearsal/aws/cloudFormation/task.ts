import type { Call } from '../account.ts';
import type { Failure } from './failures.ts';
import type { Provisioned } from './provision.ts';
import type { Blueprint, Definition, Resource, Stack } from './stack.ts';
import type { Properties } from './tags.ts';

/** What a resource was before an operation touched it. */
export interface Snapshot {
  readonly physicalResourceId: string;
  readonly definition: Definition;
  readonly properties: Properties;
}

/** One resource's part in an operation. */
export interface Task {
  readonly logicalResourceId: string;
  /** `relabel`: policies and metadata alone, which its service never sees and no event tells. */
  readonly kind: 'create' | 'modify' | 'replace' | 'relabel';
  readonly definition: Definition;
  /** Undefined for a create. */
  readonly before: Snapshot | undefined;
  state: 'waiting' | 'queued' | 'running' | 'done' | 'failed';
}

/** A create or an update under way. */
export interface Operation extends Call {
  readonly stack: Stack;
  readonly kind: 'CREATE' | 'UPDATE';
  readonly tasks: ReadonlyMap<string, Task>;
  /** Resources that the update takes out. */
  readonly removed: readonly Resource[];
  /** Whom each resource waits for, of the template that is being applied. */
  readonly order: ReadonlyMap<string, ReadonlySet<string>>;
  readonly previous: Blueprint;
  readonly doomed: { readonly task: Task; readonly failure: Failure } | undefined;
  /** Nothing further begins or ends: it is being rolled back. */
  halted: boolean;
  settle(status: string, reason?: string): void;
}

/** A resource as its service meets it in an operation. */
export const contextOf = ({ aws, account, stack }: Operation, resource: Resource): Provisioned => ({
  aws,
  account,
  stack,
  resource,
  seeding: false,
});
