import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Observed } from '../../src/observe/observed.ts';
import { createPublisher } from '../../src/observe/publisher.ts';
import { until } from '../support/until.ts';

const stacks = (n: number) => ({ stacks: { value: [], atMs: n, error: undefined, intervalMs: 3_000 } });

describe('the publisher', () => {
  it('tells the first change at once and a flood at most four times a second, the last one always', async () => {
    const publisher = createPublisher();
    const told: { readonly atMs: number; readonly n: number | undefined }[] = [];
    publisher.subscribe((observed) => told.push({ atMs: performance.now(), n: observed.stacks.atMs }));
    publisher.update(stacks(0));
    await until('the first', () => told.length === 1);
    for (let n = 1; n <= 200; n++) {
      publisher.update(stacks(n));
      if (n % 10 === 0) await delay(10);
    }
    await until('the last', () => told.at(-1)?.n === 200);
    told.slice(1).forEach((one, n) => {
      expect(one.atMs - (told[n]?.atMs ?? 0)).toBeGreaterThanOrEqual(248);
    });
    publisher.stop();
  });

  it('lets a listener go, and only that one', async () => {
    const publisher = createPublisher();
    const seen: string[] = [];
    const listener = (name: string) => (_: Observed) => void seen.push(name);
    const stopA = publisher.subscribe(listener('a'));
    publisher.subscribe(listener('b'));
    stopA();
    publisher.update(stacks(1));
    await until('b', () => seen.length);
    expect(seen).toEqual(['b']);
    publisher.stop();
  });

  it('names what is degraded in the watching, a line each', () => {
    const publisher = createPublisher();
    const error = 'Throttling';
    publisher.update({ stacks: { value: undefined, atMs: undefined, error, intervalMs: 1 } });
    publisher.update({
      scripts: { '/a': { folder: '/a', lines: [], logBytes: 0, running: true, error: 'EACCES' } },
    });
    expect(publisher.observed().troubles).toEqual(['Stacks: Throttling', 'Script output: EACCES']);
    publisher.update(stacks(1));
    expect(publisher.observed().troubles).toEqual(['Script output: EACCES']);
    publisher.stop();
  });
});
