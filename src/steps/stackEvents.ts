import type { CloudFormationRead, StackEvent } from '../clients/doors.ts';
import { isOwnEvent, rootCause } from '../observe/operation.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { Evidence } from './kind.ts';
import type { StackOutcome } from './stackOutcome.ts';

/** No operation of ours is longer; a stack may have 400,000 events (aws-cdk #32186). */
const MOST_PAGES = 40;

/** A stack's events after a known one, oldest first; without one, those after `sinceMs`. */
export async function eventsSince(
  cloudFormation: CloudFormationRead,
  stackId: string,
  { newestEventId, sinceMs }: { readonly newestEventId: string | null; readonly sinceMs: number },
  signal: AbortSignal,
): Promise<readonly StackEvent[]> {
  const found: StackEvent[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { events, nextToken: next } = await cloudFormation.stackEventsPage(stackId, nextToken, signal);
    for (const event of events) {
      const isKnown = newestEventId === null ? event.timestampMs < sinceMs : event.eventId === newestEventId;
      if (isKnown) return found.reverse();
      found.push(event);
    }
    if (next === undefined) break;
    nextToken = next;
  }
  return found.reverse();
}

/** Whether the events show that an operation of the stack itself began. */
export const hasBegun = (events: readonly StackEvent[]): boolean =>
  events.some((event) => isOwnEvent(event) && event.resourceStatus.endsWith('_IN_PROGRESS'));

/** Whether the newest event of the stack itself is of an operation that has not ended. */
export const isGoingOn = (events: readonly StackEvent[]): boolean =>
  events.findLast(isOwnEvent)?.resourceStatus.endsWith('_IN_PROGRESS') ?? false;

const STACK_TYPE = 'AWS::CloudFormation::Stack';
/** Nested stacks that are followed at most; a failure has one of them for its cause. */
const MOST_NESTED = 20;

/** A failure with where it happened: `Network/Table`. */
export interface PlacedEvent {
  readonly event: StackEvent;
  readonly path: string;
}

/** Why an operation ended as it did. */
export interface StackFailure {
  /** The first failure, wherever it was. */
  readonly cause: PlacedEvent | undefined;
  /** The first failure of taking the operation back. */
  readonly ofRollback: PlacedEvent | undefined;
  /** Failures in the wake of the cause. */
  readonly others: number;
  /** Somebody cancelled it: nothing failed by itself. */
  readonly cancelled: boolean;
  /** What an update that worked could not remove. */
  readonly leftBehind: readonly PlacedEvent[];
}

/** Reads why an operation failed, from its own events, oldest first, and those of the nested stacks that failed in it. */
export async function readFailure(
  cloudFormation: CloudFormationRead,
  events: readonly StackEvent[],
  signal: AbortSignal,
): Promise<StackFailure> {
  const paths = new Map<string, string>();
  const all = [...events];
  await readNested(cloudFormation, { events, path: '' }, { paths, all }, signal);
  const ordered = all.toSorted((a, b) => a.timestampMs - b.timestampMs);
  const placed = (event: StackEvent | undefined): PlacedEvent | undefined =>
    event && { event, path: `${paths.get(event.stackId) ?? ''}${event.logicalResourceId}` };
  const rollback = ordered.findIndex(
    (event) => isOwnEvent(event) && /^(UPDATE_)?ROLLBACK_IN_PROGRESS$/.test(event.resourceStatus),
  );
  const own = events.find((event) => isOwnEvent(event) && /ROLLBACK_IN_PROGRESS$/.test(event.resourceStatus));
  const cause = rootCause(ordered);
  return {
    // A nested stack whose events say nothing still has a row with a reason.
    cause: placed(cause ?? ordered.find((event) => !isOwnEvent(event) && isFailure(event) && !isCancelled(event))),
    ofRollback: rollback === -1 ? undefined : placed(rootCause(ordered.slice(rollback))),
    others: ordered.filter((event) => !isOwnEvent(event) && isFailure(event) && event !== cause).length,
    cancelled: cause === undefined && /user initiated/i.test(own?.resourceStatusReason ?? ''),
    leftBehind: cause ? [] : ordered.filter(isFailure).flatMap((event) => placed(event) ?? []),
  };
}

const isFailure = ({ resourceStatus }: StackEvent) => resourceStatus.endsWith('_FAILED');
const isCancelled = ({ resourceStatusReason = '' }: StackEvent) => /cancel+ed/i.test(resourceStatusReason);

/** Adds the events of nested stacks that failed since the operation began, by their StackIds, and theirs in turn. */
async function readNested(
  cloudFormation: CloudFormationRead,
  at: { readonly events: readonly StackEvent[]; readonly path: string },
  found: { readonly paths: Map<string, string>; readonly all: StackEvent[] },
  signal: AbortSignal,
): Promise<void> {
  const sinceMs = at.events[0]?.timestampMs ?? 0;
  for (const event of at.events) {
    const id = event.physicalResourceId;
    const isNested = event.resourceType === STACK_TYPE && !isOwnEvent(event) && isFailure(event);
    if (!isNested || !id?.startsWith('arn:') || found.paths.has(id) || found.paths.size >= MOST_NESTED) continue;
    const path = `${at.path}${event.logicalResourceId}/`;
    found.paths.set(id, path);
    const events = await eventsSince(cloudFormation, id, { newestEventId: null, sinceMs }, signal);
    found.all.push(...events);
    await readNested(cloudFormation, { events, path }, found, signal);
  }
}

/** Why an operation failed, in words: its first failure, what kept it from being taken back, and what came of it. */
export function failureEvidence({ cause, ofRollback, others, leftBehind }: StackFailure): readonly Evidence[] {
  const lines = (what: string, { event, path }: PlacedEvent): readonly Evidence[] => [
    {
      label: what,
      value: sanitiseLine(`${path} (${event.resourceType}) ${event.resourceStatus}`),
      tone: 'danger',
    },
    { label: 'Reason', value: sanitiseLine(event.resourceStatusReason ?? 'AWS gave none'), tone: 'danger' },
  ];
  return [
    ...(cause ? lines('Cause', cause) : []),
    ...(ofRollback && ofRollback.event !== cause?.event ? lines('Rollback', ofRollback) : []),
    ...(cause && others > 0
      ? [{ label: 'Other failures', value: `${others}, in its wake`, tone: 'plain' as const }]
      : []),
    ...leftBehind.map(({ event, path }) => ({
      label: 'Left behind',
      value: sanitiseLine(`${path} (${event.resourceType}): ${event.resourceStatusReason ?? 'AWS gave no reason'}`),
      tone: 'warn' as const,
    })),
  ];
}

/** A reason without the service's code and request at its end; they stand in the evidence. */
const withoutIds = (reason: string) => reason.replace(/\s*\(Service: [^()]*Request ID: [^()]*\)\s*$/, '');

/** `Network/Cache: The size of a cache cannot be changed in place`: a failure in one line, without its dot. */
export const causeLine = ({ event, path }: PlacedEvent): string =>
  `${path}: ${withoutIds(sanitiseLine(event.resourceStatusReason ?? event.resourceStatus)).replace(/\.$/, '')}`;

/** What failed, what AWS did then, and what the operator can do, in sentences. */
export function failureSentence(
  what: string,
  { cause, ofRollback, cancelled }: StackFailure,
  { did, todo }: Pick<StackOutcome, 'did' | 'todo'>,
): string {
  const parts = [
    cancelled ? `${what} was cancelled.` : cause ? `${what} failed. ${causeLine(cause)}.` : `${what} failed.`,
    did,
    ofRollback && ofRollback.event !== cause?.event ? `${causeLine(ofRollback)}.` : '',
    cancelled ? '' : todo,
  ];
  return parts.filter(Boolean).join(' ');
}
