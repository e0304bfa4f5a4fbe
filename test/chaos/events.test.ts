import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StackEvent } from '../../src/clients/doors.ts';
import { EventLedger } from '../../src/observe/eventLedger.ts';
import { operationsOf, rootCause } from '../../src/observe/operation.ts';
import { event, pagesOf, STACK_ID } from '../observe/eventsOf.ts';

const PAGE_SIZE = 12;
/** How many places too low an event may be shown at first. */
const FARTHEST = 5;

/** What DescribeStackEvents may show of events, oldest first: a few places out of order, some of them twice. */
function asShown(events: readonly StackEvent[], disorder: readonly number[]): readonly StackEvent[] {
  const shown = events
    .map((each, index) => ({ each, place: index - ((disorder[index % disorder.length] ?? 0) % FARTHEST) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ each }) => each);
  return shown.flatMap((each, index) => ((disorder[index % disorder.length] ?? 0) % 7 === 0 ? [each, each] : [each]));
}

const statuses = fc.constantFrom('UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE', 'UPDATE_FAILED', 'CREATE_FAILED');
const reasons = fc.constantFrom(undefined, 'Resource update cancelled', 'The size cannot be changed');
const resource = fc.record({
  resourceStatus: statuses,
  resourceStatusReason: reasons,
  logicalResourceId: fc.constantFrom('A', 'B', 'C'),
});

describe('events of a stack that are shown out of order and twice', () => {
  it('are each told once, in their order, with the same first failure, however they arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(resource, { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(40), { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 8 }),
        async (resources, disorder, arrivals) => {
          const all = [
            event({ own: true }),
            ...resources.map(({ resourceStatusReason, ...rest }) =>
              event({ ...rest, ...(resourceStatusReason !== undefined && { resourceStatusReason }) }),
            ),
            event({ own: true, resourceStatus: 'UPDATE_ROLLBACK_IN_PROGRESS' }),
          ];
          const ledger = new EventLedger();
          const look = (count: number) =>
            ledger.read(STACK_ID, pagesOf(() => asShown(all.slice(0, count), disorder), PAGE_SIZE).page, {
              sinceMs: 0,
            });
          let count = 0;
          for (const more of arrivals) {
            count = Math.min(all.length, count + more);
            await look(count);
          }
          // What was shown too low at first is in its place by then.
          await look(all.length);
          const told = ledger.ofStack(STACK_ID);
          expect(told.map(({ eventId }) => eventId)).toEqual(all.map(({ eventId }) => eventId));
          expect(rootCause(told)).toEqual(rootCause(all));
          expect(operationsOf(told)).toEqual(operationsOf(all));
        },
      ),
      { numRuns: Number(process.env.CHAOS_RUNS ?? 100) },
    );
  });
});
