import type { CloudFormationRead, StackEvent } from '../clients/doors.ts';
import { isOwnEvent, rootCause } from '../observe/operation.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { Evidence } from './kind.ts';

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

/** Why an operation failed, in words: its first failure, and how many others came of it. */
export function failureEvidence(events: readonly StackEvent[]): readonly Evidence[] {
  const cause = rootCause(events);
  if (!cause) return [];
  const others = events.filter((event) => event.resourceStatus.endsWith('_FAILED') && event !== cause).length;
  return [
    {
      label: 'Cause',
      value: `${cause.logicalResourceId} (${cause.resourceType}) ${cause.resourceStatus}`,
      tone: 'danger',
    },
    { label: 'Reason', value: sanitiseLine(cause.resourceStatusReason ?? 'AWS gave none'), tone: 'danger' },
    ...(others > 0 ? [{ label: 'Other failures', value: `${others}, in its wake`, tone: 'plain' as const }] : []),
  ];
}

/** A reason without the service's code and request at its end; they stand in the evidence. */
const withoutIds = (reason: string) => reason.replace(/\s*\(Service: [^()]*Request ID: [^()]*\)\s*$/, '');

/** `Cache: The size of a cache cannot be changed in place.`: the cause in one line; undefined where none is seen. */
export function causeLine(events: readonly StackEvent[]): string | undefined {
  const cause = rootCause(events);
  return (
    cause &&
    `${cause.logicalResourceId}: ${withoutIds(sanitiseLine(cause.resourceStatusReason ?? cause.resourceStatus))}`
  );
}
