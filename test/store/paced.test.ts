import { describe, expect, it } from 'vitest';
import { pace } from '../../src/store/paced.ts';
import { editDialog, setUi, tick } from '../../src/store/updates.ts';
import { midState, NOON } from '../support/states.ts';
import { until } from '../support/until.ts';

function watched() {
  const store = midState();
  const paced = pace(store);
  const told: number[] = [];
  const stop = paced.subscribe((state) => told.push(state.nowMs));
  return { store, paced, told, stop };
}

describe('what panes are drawn from', () => {
  it('tells the first change at once and a flood eight times a second, the last one always', async () => {
    const { store, paced, told, stop } = watched();
    const beganMs = performance.now();
    let n = 0;
    while (performance.now() - beganMs < 400) {
      n += 1;
      tick(store, NOON + n);
      if (n === 1) expect(told).toEqual([NOON + 1]);
      await new Promise(setImmediate);
    }
    await until('the last', () => told.at(-1) === NOON + n);
    expect(told.length).toBeLessThanOrEqual(2 + (performance.now() - beganMs) / 125);
    expect(paced.getState()).toBe(store.getState());
    stop();
  });

  it('stays as it was told between two tellings, and is told at once of what a key changed', () => {
    const { store, paced, told, stop } = watched();
    tick(store, NOON + 1);
    tick(store, NOON + 2);
    expect(told).toEqual([NOON + 1]);
    expect(paced.getState().nowMs).toBe(NOON + 1);
    setUi(store, { message: 'copied' });
    expect(told).toEqual([NOON + 1, NOON + 2]);
    expect(paced.getState()).toBe(store.getState());
    tick(store, NOON + 3);
    paced.catchUp();
    expect(paced.getState().nowMs).toBe(NOON + 3);
    stop();
  });

  it('is the state itself while nobody listens', () => {
    const { store, paced, told, stop } = watched();
    stop();
    tick(store, NOON + 1);
    editDialog(store, 'card', { input: 'x' });
    expect(told).toEqual([]);
    expect(paced.getState()).toBe(store.getState());
  });
});
