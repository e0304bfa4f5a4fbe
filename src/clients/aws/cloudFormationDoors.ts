/** The doors to CloudFormation, as clients/doors.ts describes them all. */

/** A stack as a list shows it. */
export interface StackSummary {
  readonly stackName: string;
  readonly stackId: string;
  readonly stackStatus: string;
  readonly stackStatusReason?: string;
  readonly creationTimeMs: number;
  readonly lastUpdatedTimeMs?: number;
}

/** A stack as its own description shows it, with secrets masked. */
export interface Stack extends StackSummary {
  /** ARN of the change set that was executed last: no list shows it any more. */
  readonly changeSetId?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** One line of what CloudFormation did. */
export interface StackEvent {
  readonly eventId: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalResourceId: string;
  readonly physicalResourceId?: string;
  readonly resourceType: string;
  readonly resourceStatus: string;
  readonly resourceStatusReason?: string;
  readonly timestampMs: number;
}

/** A resource of a stack as it is now. */
export interface StackResource {
  readonly logicalResourceId: string;
  readonly physicalResourceId?: string;
  readonly resourceType: string;
  readonly resourceStatus: string;
}

/** A change set without its changes. */
export interface ChangeSetSummary {
  /** The ARN. */
  readonly changeSetId: string;
  readonly changeSetName: string;
  readonly stackId: string;
  readonly stackName: string;
  /** CREATE_PENDING, CREATE_IN_PROGRESS, CREATE_COMPLETE, FAILED, … */
  readonly status: string;
  /** UNAVAILABLE, AVAILABLE, EXECUTE_IN_PROGRESS, … */
  readonly executionStatus: string;
  readonly statusReason?: string;
  readonly creationTimeMs: number;
  /** EXPRESS: the stack is told complete before its resources are ready. Absent: it waits for them, or nothing is told. */
  readonly deploymentMode?: string;
}

/** Why a resource changes: one of its attributes, from what to what, and what caused it. */
export interface ResourceChangeDetail {
  readonly attribute: string;
  readonly name?: string;
  readonly requiresRecreation?: string;
  readonly evaluation?: string;
  readonly changeSource?: string;
  readonly causingEntity?: string;
  readonly path?: string;
  readonly before?: string;
  readonly after?: string;
}

/** What a change set would do to one resource. */
export interface ResourceChange {
  readonly action: string;
  readonly logicalResourceId: string;
  readonly physicalResourceId?: string;
  readonly resourceType: string;
  /** True, False or Conditional. */
  readonly replacement?: string;
  /** Delete, Retain, Snapshot, ReplaceAndDelete, ReplaceAndRetain, ReplaceAndSnapshot. */
  readonly policyAction?: string;
  readonly scope: readonly string[];
  readonly details: readonly ResourceChangeDetail[];
  /** ARN of the nested stack's own change set. */
  readonly nestedChangeSetId?: string;
  /** Logical ids of the nested stacks that the resource is in, outermost first. Absent: in the stack itself. */
  readonly nestedIn?: readonly string[];
}

/** A change set with all that it would do. */
export interface ChangeSet extends ChangeSetSummary {
  /**
   * All pages; described with and without property values and merged (cdk-cli #1780). Those of nested stacks come after
   * them, from the nested stacks' own change sets.
   */
  readonly changes: readonly ResourceChange[];
}

/** What is asked of CloudFormation. */
export interface CloudFormationRead {
  /** Every stack of the account that is not deleted, all pages. */
  listStacks(signal?: AbortSignal): Promise<readonly StackSummary[]>;
  /** Undefined where there is none of this name or id. A deleted one is found by its id. */
  describeStack(nameOrId: string, signal?: AbortSignal): Promise<Stack | undefined>;
  /** Every stack of the account that is not deleted, with its tags, all pages. */
  describeStacks(signal?: AbortSignal): Promise<readonly Stack[]>;
  /** One page, newest first. */
  stackEventsPage(
    stackId: string,
    nextToken?: string,
    signal?: AbortSignal,
  ): Promise<{ readonly events: readonly StackEvent[]; readonly nextToken?: string }>;
  stackResources(stackName: string, signal?: AbortSignal): Promise<readonly StackResource[]>;
  listChangeSets(stackName: string, signal?: AbortSignal): Promise<readonly ChangeSetSummary[]>;
  /** Undefined where there is none. */
  describeChangeSet(stackName: string, nameOrArn: string, signal?: AbortSignal): Promise<ChangeSet | undefined>;
  /** The deployed template's text, or that of one of the stack's change sets, with secrets masked. */
  getTemplate(stackName: string, signal?: AbortSignal, changeSetName?: string): Promise<string>;
}

/** What we change there ourselves: previews, and the way back of an update. Stacks are changed by the scripts. */
export interface CloudFormationAct {
  /**
   * Returns the ARN. A parameter whose value was read masked keeps the value that the stack has. Nested stacks get
   * change sets of their own.
   */
  createChangeSet(
    input: {
      readonly stackName: string;
      readonly changeSetName: string;
      readonly templateBody: string;
      readonly parameters: Readonly<Record<string, string>>;
      readonly description?: string;
    },
    signal?: AbortSignal,
  ): Promise<string>;
  deleteChangeSet(changeSetArn: string, signal?: AbortSignal): Promise<void>;
  /** The token makes a repeated call the same request. Throws `ValidationError` where no update is in progress. */
  cancelUpdate(stackId: string, clientRequestToken: string, signal?: AbortSignal): Promise<void>;
  /** Skips no resource. Throws `ValidationError` where no rollback has failed. */
  continueUpdateRollback(stackId: string, clientRequestToken: string, signal?: AbortSignal): Promise<void>;
}
