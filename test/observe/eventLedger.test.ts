import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StackEvent } from '../../src/clients/doors.ts';
import { EventLedger, type EventsPage } from '../../src/observe/eventLedger.ts';
import { event, pagesOf, STACK_ID } from './eventsOf.ts';

const ids = (events: readonly StackEvent[]) => events.map(({ eventId }) => eventId);
const EVERYTHING = { sinceMs: Number.NEGATIVE_INFINITY };

describe('a ledger of events', () => {
  it('reads back to its seed time and not through the whole history', async () => {
    const old = Array.from({ length: 500 }, (_, n) => event({ timestampMs: n }));
    const fresh = Array.from({ length: 7 }, (_, n) => event({ timestampMs: 10_000 + n }));
    const service = pagesOf(() => [...old, ...fresh], 5);
    const ledger = new EventLedger();
    await ledger.read(STACK_ID, service.page, { sinceMs: 10_000 });
    expect(ids(ledger.ofStack(STACK_ID))).toEqual(ids(fresh));
    expect(service.asked()).toBe(2);
  });

  it('remembers nothing of a read that failed on page two, and so loses nothing', async () => {
    const events = Array.from({ length: 12 }, () => event());
    let failing = true;
    const service = pagesOf(
      () => events,
      5,
      (page) => {
        if (page === 2 && failing) throw new Error('Throttling');
      },
    );
    const ledger = new EventLedger();
    await expect(ledger.read(STACK_ID, service.page, EVERYTHING)).rejects.toThrow('Throttling');
    expect(ledger.ofStack(STACK_ID)).toEqual([]);
    failing = false;
    expect(await ledger.read(STACK_ID, service.page, EVERYTHING)).toBe(12);
    expect(ids(ledger.ofStack(STACK_ID))).toEqual(ids(events));
  });

  it('commits nothing when it is stopped in the middle', async () => {
    const stop = new AbortController();
    const ledger = new EventLedger();
    const service = pagesOf(
      () => [event()],
      5,
      () => stop.abort(new Error('stopped')),
    );
    await expect(ledger.read(STACK_ID, service.page, EVERYTHING, stop.signal)).rejects.toThrow('stopped');
    expect(ledger.ofStack(STACK_ID)).toEqual([]);
  });

  it('takes an event that comes late, among those it knows, and puts it where its time says', async () => {
    const [a, b, c] = [event({ timestampMs: 1 }), event({ timestampMs: 3 }), event({ timestampMs: 4 })];
    const late = event({ timestampMs: 2 });
    let shown = [a, b];
    const ledger = new EventLedger();
    const service = pagesOf(() => shown, 10);
    await ledger.read(STACK_ID, service.page, EVERYTHING);
    shown = [a, late, b, c];
    await ledger.read(STACK_ID, service.page, EVERYTHING);
    expect(ids(ledger.ofStack(STACK_ID))).toEqual(ids([a, late, b, c]));
  });

  it('finds the beginning of a delete, whenever it was', async () => {
    const before = Array.from({ length: 30 }, () => event());
    const begin = event({ own: true, resourceStatus: 'DELETE_IN_PROGRESS' });
    const rest = Array.from({ length: 8 }, () => event({ resourceStatus: 'DELETE_COMPLETE' }));
    const service = pagesOf(() => [...before, begin, ...rest], 4);
    const ledger = new EventLedger();
    await ledger.read(STACK_ID, service.page, { sinceMs: Number.POSITIVE_INFINITY, beganBy: 'DELETE' });
    expect(ids(ledger.ofStack(STACK_ID))).toEqual(ids([begin, ...rest]));
    expect(service.asked()).toBe(3);
  });

  it('takes nothing while the beginning of a delete is not told yet', async () => {
    const ledger = new EventLedger();
    const seed = { sinceMs: Number.POSITIVE_INFINITY, beganBy: 'DELETE' } as const;
    expect(await ledger.read(STACK_ID, pagesOf(() => [event(), event()], 1).page, seed)).toBe(0);
    expect(ledger.ofStack(STACK_ID)).toEqual([]);
  });

  it('reads further back when somebody asks for an earlier time', async () => {
    const events = Array.from({ length: 20 }, (_, n) => event({ timestampMs: n }));
    const service = pagesOf(() => events, 3);
    const ledger = new EventLedger();
    await ledger.read(STACK_ID, service.page, { sinceMs: 15 });
    expect(ledger.ofStack(STACK_ID)).toHaveLength(5);
    await ledger.read(STACK_ID, service.page, { sinceMs: 4 });
    expect(ids(ledger.ofStack(STACK_ID))).toEqual(ids(events.slice(4)));
  });

  it('leaves no gap when a stack is followed again later', async () => {
    const events = Array.from({ length: 30 }, (_, n) => event({ timestampMs: n }));
    let shown = events.slice(0, 10);
    const service = pagesOf(() => shown, 4);
    const ledger = new EventLedger();
    await ledger.read(STACK_ID, service.page, { sinceMs: 5 });
    shown = events;
    await ledger.read(STACK_ID, service.page, { sinceMs: 25 });
    expect(ids(ledger.ofStack(STACK_ID))).toEqual(ids(events.slice(5)));
  });

  it('keeps 2,000 of a stack and takes what it dropped never in again', async () => {
    const events = Array.from({ length: 2_500 }, (_, n) => event({ timestampMs: Math.floor(n / 3) }));
    const service = pagesOf(() => events, 100);
    const ledger = new EventLedger();
    await ledger.read(STACK_ID, service.page, EVERYTHING);
    const kept = ledger.ofStack(STACK_ID);
    expect(kept.length).toBeGreaterThan(1_990);
    expect(kept.length).toBeLessThanOrEqual(2_000);
    expect(await ledger.read(STACK_ID, service.page, EVERYTHING)).toBe(0);
    expect(ids(ledger.ofStack(STACK_ID))).toEqual(ids(kept));
    expect(ids(ledger.newest(10))).toEqual(ids(events.slice(-10)));
  });

  it('loses no event and shows none twice, whatever fails and however pages shift', async () => {
    const steps = fc.array(
      fc.record({
        grown: fc.nat(30),
        pageSize: fc.integer({ min: 1, max: 12 }),
        failsAtPage: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        /** Events that arrive while the pages are read: what was on page one is then on page two, too. */
        arrivingWhilePaging: fc.nat(3),
        restarts: fc.boolean(),
        sameInstant: fc.integer({ min: 1, max: 5 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(40), steps, async (before, rounds) => {
        const history: StackEvent[] = Array.from({ length: before }, (_, n) => event({ timestampMs: n - before }));
        let time = 0;
        const grow = (count: number, sameInstant: number) => {
          for (let n = 0; n < count; n++) {
            if (n % sameInstant === 0) time += 1;
            history.push(event({ timestampMs: time }));
          }
        };
        let ledger = new EventLedger();
        for (const { grown, pageSize, failsAtPage, arrivingWhilePaging, restarts, sameInstant } of rounds) {
          if (restarts) ledger = new EventLedger();
          grow(grown, sameInstant);
          const reading = shiftingPages(history, pageSize, failsAtPage, () => grow(arrivingWhilePaging, sameInstant));
          const shownBefore = ids(ledger.ofStack(STACK_ID));
          const whole = history.slice(before);
          const good = await ledger.read(STACK_ID, reading, { sinceMs: 0 }).then(
            () => true,
            () => false,
          );
          // What arrived while the pages were read may or may not be there yet; what was there before must be.
          if (!good) expect(ids(ledger.ofStack(STACK_ID))).toEqual(shownBefore);
          else expect(ids(ledger.ofStack(STACK_ID))).toEqual(ids(whole));
        }
        await ledger.read(STACK_ID, pagesOf(() => history, 5).page, { sinceMs: 0 });
        expect(ids(ledger.ofStack(STACK_ID))).toEqual(ids(history.slice(before)));
      }),
      { numRuns: 300 },
    );
  });
});

/** Offsets counted from the newest, as the worst service would: whatever arrives shifts the pages that follow. */
function shiftingPages(
  history: readonly StackEvent[],
  pageSize: number,
  failsAtPage: number | undefined,
  afterPage: () => void,
): EventsPage {
  let pages = 0;
  return async (nextToken) => {
    pages += 1;
    if (pages === failsAtPage) throw new Error('Throttling');
    const from = Number(nextToken ?? 0);
    const newestFirst = history.toReversed();
    const events = newestFirst.slice(from, from + pageSize);
    const more = from + pageSize < newestFirst.length;
    // A service that grows faster than it is read is read for ever.
    if (pages <= 2) afterPage();
    return { events, ...(more ? { nextToken: String(from + pageSize) } : {}) };
  };
}
