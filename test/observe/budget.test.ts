import { describe, expect, it } from 'vitest';
import { createClock } from '../../src/clock.ts';
import { awsBudget, createBudget } from '../../src/observe/budget.ts';

/** How long it takes until so many requests had their turn, in real milliseconds. */
async function duration(budget: ReturnType<typeof createBudget>, requests: number): Promise<number> {
  const begun = performance.now();
  await Promise.all(Array.from({ length: requests }, () => budget.take()));
  return performance.now() - begun;
}

describe('the budget of requests', () => {
  it('lets a burst through, then keeps the rate', async () => {
    const budget = createBudget({ perSecond: 100, burst: 5 });
    // A clock's tick may count as elapsed a little early: 20 requests need 15 refills of 10 ms.
    expect(await duration(budget, 20)).toBeGreaterThanOrEqual(145);
  });

  it('serves who came first first', async () => {
    const budget = createBudget({ perSecond: 200, burst: 1 });
    const served: number[] = [];
    await Promise.all([1, 2, 3, 4, 5].map((n) => budget.take().then(() => served.push(n))));
    expect(served).toEqual([1, 2, 3, 4, 5]);
  });

  it('makes room for requests that a step made without waiting', async () => {
    const budget = createBudget({ perSecond: 100, burst: 5 });
    budget.spend(10);
    expect(await duration(budget, 1)).toBeGreaterThanOrEqual(55);
  });

  it('is never held up for longer than two bursts, however much a step spends', async () => {
    const budget = createBudget({ perSecond: 100, burst: 5 });
    budget.spend(1_000_000);
    // Ten tokens of debt and one to spend: 110 ms; a debt of a million would be three hours.
    expect(await duration(budget, 1)).toBeGreaterThanOrEqual(105);
  });

  it('lets go who no longer waits, and gives the turn to the next', async () => {
    const budget = createBudget({ perSecond: 50, burst: 1 });
    await budget.take();
    const gone = new AbortController();
    const left = budget.take(gone.signal);
    const stays = budget.take();
    gone.abort(new Error('not wanted any more'));
    await expect(left).rejects.toThrow('not wanted any more');
    await stays;
    await expect(budget.take(gone.signal)).rejects.toThrow('not wanted any more');
  });

  it.each([
    [1, 5],
    [0.5, 5],
    [3, 15],
    [600, 25],
  ])('at speed %d lets %i requests through at once: a fast clock must not starve the screen', async (speed, burst) => {
    const budget = awsBudget(createClock({ speed, originMs: 0, startedAtMs: 0 }));
    const end = new AbortController();
    let served = 0;
    const asked = Array.from({ length: 100 }, () => budget.take(end.signal).then(() => ++served));
    // Those that need not wait have had their turn before any timer could fire.
    for (let n = 0; n < 10; n++) await Promise.resolve();
    expect(served).toBe(burst);
    end.abort(new Error('enough'));
    await Promise.allSettled(asked);
  });
});
