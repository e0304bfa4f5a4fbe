import type { StackEvent } from '../clients/doors.ts';

/** One create, update, delete or import of a stack, as its events tell it. */
export interface Operation {
  readonly kind: 'CREATE' | 'UPDATE' | 'DELETE' | 'IMPORT';
  /** Id of the stack's own event that began it: the operation's name. */
  readonly id: string;
  readonly startedAtMs: number;
  /** Undefined while it runs, its cleanup or rollback included. */
  readonly endedAtMs: number | undefined;
  /** The stack's newest own status in it. */
  readonly stackStatus: string;
  /** Resources that reached a final state, each counted once. */
  readonly done: number;
  /** Its events, oldest first, the first being the one that began it. */
  readonly events: readonly StackEvent[];
}

const BEGINS = /^(CREATE|UPDATE|DELETE|IMPORT)_IN_PROGRESS$/;
const STACK_TYPE = 'AWS::CloudFormation::Stack';

/** Whether an operation runs. A stack in REVIEW_IN_PROGRESS only waits for its first change set. */
export const isInProgress = (stackStatus: string): boolean =>
  stackStatus.endsWith('_IN_PROGRESS') && stackStatus !== 'REVIEW_IN_PROGRESS';

/** Whether an event speaks of the stack itself, not of a resource in it. */
export const isOwnEvent = (event: StackEvent): boolean =>
  event.resourceType === STACK_TYPE && event.physicalResourceId === event.stackId;

/** The operation that an own event begins; undefined for all other events. */
export function begins(event: StackEvent): Operation['kind'] | undefined {
  if (!isOwnEvent(event)) return undefined;
  return BEGINS.exec(event.resourceStatus)?.[1] as Operation['kind'] | undefined;
}

/** Cuts one stack's events, oldest first, into its operations. Events before the first beginning belong to none. */
export function operationsOf(events: readonly StackEvent[]): readonly Operation[] {
  const starts = events.flatMap((event, index) => (begins(event) ? [index] : []));
  return starts.map((start, n) => toOperation(events.slice(start, starts[n + 1])));
}

function toOperation(events: readonly StackEvent[]): Operation {
  const first = events[0];
  if (!first) throw new RangeError('An operation has one event at least.');
  const newest = events.findLast(isOwnEvent) ?? first;
  const done = new Set(
    events
      .filter((event) => !isOwnEvent(event) && isFinal(event.resourceStatus))
      .map((event) => event.logicalResourceId),
  );
  return {
    kind: begins(first) ?? 'UPDATE',
    id: first.eventId,
    startedAtMs: first.timestampMs,
    endedAtMs: isFinal(newest.resourceStatus) ? newest.timestampMs : undefined,
    stackStatus: newest.resourceStatus,
    done: done.size,
    events,
  };
}

const isFinal = (status: string) => /_(COMPLETE|FAILED|SKIPPED)$/.test(status);

/**
 * The event that made an operation fail: its oldest `*_FAILED` that was not itself cancelled because of another. Rows of
 * stacks only repeat what their resources said, and a DELETE_FAILED while an update cleans up is a warning.
 * Give it one operation's events, those of nested stacks among them, oldest first; or many and `sinceMs`.
 */
export function rootCause(
  events: readonly StackEvent[],
  { sinceMs = Number.NEGATIVE_INFINITY }: { readonly sinceMs?: number } = {},
): StackEvent | undefined {
  const cleaningUp = new Set<string>();
  for (const event of events) {
    if (event.timestampMs < sinceMs) continue;
    if (isOwnEvent(event)) {
      if (event.resourceStatus.includes('_CLEANUP_')) cleaningUp.add(event.stackId);
      else cleaningUp.delete(event.stackId);
    }
    const warns = event.resourceStatus === 'DELETE_FAILED' && cleaningUp.has(event.stackId);
    if (isCause(event) && !warns) return event;
  }
  return undefined;
}

const isCause = (event: StackEvent) =>
  event.resourceStatus.endsWith('_FAILED') &&
  event.resourceType !== STACK_TYPE &&
  !/cancel+ed/i.test(event.resourceStatusReason ?? '');
