import type { Template, TemplateResource } from '../../contract.ts';
import type { Account, Aws, Call } from '../account.ts';
import { arn } from '../account.ts';
import { validationError } from '../awsError.ts';
import type { PlannedChange } from './diff.ts';

/** A resource as its template defines it, with the attributes that the contract leaves out. */
export interface Definition extends TemplateResource {
  readonly UpdateReplacePolicy?: 'Delete' | 'Retain' | 'Snapshot';
  readonly Metadata?: unknown;
  readonly CreationPolicy?: unknown;
  readonly UpdatePolicy?: unknown;
}

/** What a stack is made from. */
export interface Blueprint {
  readonly template: Template;
  /** The template as it was given. */
  readonly templateBody: string;
  /** As given; defaults come from the template. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Resource {
  readonly logicalResourceId: string;
  physicalResourceId: string;
  definition: Definition;
  /** With every reference resolved, as they were when it was made or changed last. */
  properties: Readonly<Record<string, unknown>>;
  status: string;
  statusReason: string | undefined;
  updatedAtMs: number;
}

export interface StackEvent {
  readonly eventId: string;
  readonly logicalResourceId: string;
  readonly physicalResourceId: string | undefined;
  readonly resourceType: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly atMs: number;
}

export interface ChangeSet {
  readonly changeSetId: string;
  readonly changeSetName: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly description: string | undefined;
  readonly createdAtMs: number;
  readonly blueprint: Blueprint;
  /** Whether nested stacks get change sets of their own. */
  readonly includeNestedStacks: boolean;
  changes: readonly PlannedChange[];
  /** Those of nested stacks, by the logical id of theirs. */
  nested: ReadonlyMap<string, ChangeSet>;
  status: 'CREATE_PENDING' | 'CREATE_IN_PROGRESS' | 'CREATE_COMPLETE' | 'FAILED';
  statusReason: string | undefined;
  executionStatus:
    | 'UNAVAILABLE'
    | 'AVAILABLE'
    | 'EXECUTE_IN_PROGRESS'
    | 'EXECUTE_COMPLETE'
    | 'EXECUTE_FAILED'
    | 'OBSOLETE';
}

/** What DescribeStacks and ListStacks tell of a stack's state. */
export interface StackState {
  readonly status: string;
  readonly statusReason: string | undefined;
  readonly updatedAtMs: number | undefined;
}

export interface Stack {
  readonly stackId: string;
  readonly stackName: string;
  readonly createdAtMs: number;
  deletedAtMs: number | undefined;
  blueprint: Blueprint;
  state: StackState;
  /** What is told instead of the state until then: reads are eventually consistent (cdk-cli #1802). */
  stale: { readonly untilMs: number; readonly state: StackState } | undefined;
  readonly resources: Map<string, Resource>;
  /** Oldest first. */
  readonly events: StackEvent[];
  /** Those that may still be executed or deleted, by name. */
  readonly changeSets: Map<string, ChangeSet>;
  /** Those that were executed: found by their ARN only. */
  readonly executed: ChangeSet[];
  /** Ends the running update or create early; undefined while none runs. */
  cancel: ((reason: string) => void) | undefined;
  /** ClientRequestToken of the call that has cancelled it: sent again it is the same request. */
  cancelledBy: string | undefined;
  /** Goes on with a rollback that failed; undefined while none has. */
  goOn: (() => void) | undefined;
}

export const STACK_TYPE = 'AWS::CloudFormation::Stack';

export const isDeleted = (stack: Stack): boolean => stack.state.status === 'DELETE_COMPLETE';

/** By name (not deleted) or by ARN (deleted too). */
export const findStack = (account: Account, nameOrId: string): Stack | undefined =>
  account.stacks.findLast((stack) => stack.stackId === nameOrId || (stack.stackName === nameOrId && !isDeleted(stack)));

/** Throws AWS's ValidationError where there is none. */
export function needStack(account: Account, nameOrId: string, message?: string): Stack {
  const stack = findStack(account, nameOrId);
  if (!stack) throw validationError(message ?? `Stack with id ${nameOrId} does not exist`);
  return stack;
}

/** A stack without resources, in the status it is given. */
export function newStack(
  { aws, account }: Call,
  stackName: string,
  blueprint: Blueprint,
  { status, createdAtMs }: { readonly status: string; readonly createdAtMs: number },
): Stack {
  const stack: Stack = {
    stackId: arn(account, 'cloudformation', `stack/${stackName}/${aws.ids.uuid()}`),
    stackName,
    createdAtMs,
    deletedAtMs: undefined,
    blueprint,
    state: { status, statusReason: undefined, updatedAtMs: undefined },
    stale: undefined,
    resources: new Map(),
    events: [],
    changeSets: new Map(),
    executed: [],
    cancel: undefined,
    cancelledBy: undefined,
    goOn: undefined,
  };
  account.stacks.push(stack);
  return stack;
}

/** Writes an event at the agenda's time. A stack's events never share a millisecond, so their order is their time's. */
export function writeEvent(
  aws: Aws,
  stack: Stack,
  event: Omit<StackEvent, 'eventId' | 'atMs'>,
  wantedAtMs = aws.agenda.now(),
): void {
  const atMs = Math.max(wantedAtMs, (stack.events.at(-1)?.atMs ?? 0) + 1);
  const eventId =
    event.resourceType === STACK_TYPE
      ? aws.ids.uuid()
      : `${event.logicalResourceId}-${event.status}-${new Date(atMs).toISOString()}`;
  stack.events.push({ ...event, eventId, atMs });
}

/** Sets the stack's own status, with its event. */
export function setStackStatus(aws: Aws, stack: Stack, status: string, reason?: string): void {
  stack.state = { ...stack.state, status, statusReason: reason };
  writeEvent(aws, stack, {
    logicalResourceId: stack.stackName,
    physicalResourceId: stack.stackId,
    resourceType: STACK_TYPE,
    status,
    reason,
  });
}

/** Sets a resource's status, with its event. */
export function setResourceStatus(aws: Aws, stack: Stack, resource: Resource, status: string, reason?: string): void {
  resource.status = status;
  resource.statusReason = reason;
  resource.updatedAtMs = aws.agenda.now();
  writeEvent(aws, stack, {
    logicalResourceId: resource.logicalResourceId,
    physicalResourceId: resource.physicalResourceId,
    resourceType: resource.definition.Type,
    status,
    reason,
  });
}

/** What a reader is told now. */
export const shownState = (aws: Aws, stack: Stack): StackState =>
  stack.stale && aws.agenda.now() < stack.stale.untilMs ? stack.stale.state : stack.state;

/** Tells the listeners that a stack has come to rest. */
export function announce({ aws, account }: Call, stack: Stack, operation: 'CREATE' | 'UPDATE' | 'DELETE'): void {
  const { stackName, state } = stack;
  for (const listener of aws.settled)
    listener({ accountId: account.accountId, stackName, operation, stackStatus: state.status });
}
