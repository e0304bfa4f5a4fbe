import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CacheLook, type DnsLook, NOTHING_OBSERVED, type Observed } from '../../src/observe/observed.ts';
import { cacheMayBeReplaced } from '../../src/steps/cacheRule.ts';
import type { StepKind } from '../../src/steps/kind.ts';
import { type Operator, type StepWorld, startStepWorld } from './stepWorld.ts';

let steps: StepWorld;
beforeAll(async () => {
  steps = await startStepWorld();
});
afterAll(() => steps.end());

const cache = (name: string, unflushed: number): CacheLook => {
  const nowMs = steps.clock.now();
  const pattern = name === 'cache' ? 'WRITE-CUBOID*' : 'WRITE-LOCK*';
  return {
    name,
    keys: 10,
    runId: 'r',
    absent: false,
    passes: [60_000, 1_000].map((ago) => ({
      runId: 'r',
      startedAtMs: nowMs - ago - 100,
      endedAtMs: nowMs - ago,
      keys: 10,
      counts: { [pattern]: unflushed },
      samples: { [pattern]: [] },
    })),
    scanning: undefined,
    error: undefined,
  };
};
/** In maintenance, with so many unflushed keys. */
const observed = (unflushed: number): Observed => {
  const nowMs = steps.clock.now();
  const seen = <T>(value: T) => ({ value, atMs: nowMs, error: undefined, intervalMs: 3_600_000 });
  const rows: DnsLook['rounds'][number]['rows'] = [true, false].map((authoritative) => ({
    answer: {
      server: { label: authoritative ? 'ns-1' : '8.8.8.8', address: '127.0.0.1', port: 53, authoritative },
      askedAtMs: nowMs,
      rttMs: 1,
      chain: [],
    },
    leadsTo: 'maintenance',
    ttlSeconds: 300,
    leadsThereSinceMs: nowMs - 600_000,
  }));
  return {
    ...NOTHING_OBSERVED,
    dns: seen({
      host: 'api.theboss.io',
      expected: { live: 'elb', maintenance: 'cf' },
      rounds: [{ startedAtMs: nowMs, rows }],
    }),
    caches: seen([cache('cache', unflushed), cache('cache-state', 0)]),
  };
};

async function replace(operator: Operator) {
  let result: string | undefined;
  const kind: StepKind = {
    name: 'replacing',
    mutates: true,
    parse: (params) => params,
    plan: async () => ({ commands: [], dangers: [], evidence: [], baseline: null, alreadyDone: false }),
    act: async (_params, context) => {
      const at = { line: '', byteOffset: 7, ask: context.decide };
      result = await cacheMayBeReplaced(context, at, ['Cache']);
      return { how: 'finished', codes: [] };
    },
    prove: async () => ({ is: 'done', summary: '', evidence: [] }),
  };
  const { journal } = await steps.play({ kind, operator });
  return { result, journal };
}

describe('an update that would replace a cache', () => {
  it('goes on where the cache is drained', async () => {
    steps.observed = observed(0);
    const { result, journal } = await replace(() => undefined);
    expect(result).toBe('go');
    expect(journal.asked).toEqual([]);
  });

  it('wants the number of lost keys typed where it is not', async () => {
    steps.observed = observed(3);
    const expected = 'delete cache with 3 unflushed keys';
    const typed = await replace(() => ({ is: 'typed', text: expected }));
    expect(typed.journal.asked[0]?.asked.question).toEqual({ is: 'typed', expected });
    expect(typed.result).toBe('go');
    expect((await replace(() => ({ is: 'typed', text: 'delete cache with 2 unflushed keys' }))).result).toBe(
      'rejected',
    );
    expect((await replace(() => ({ is: 'declined' }))).result).toBe('rejected');
  });

  it('goes on by itself when the cache has drained, and takes its question back', async () => {
    steps.observed = observed(3);
    const { result, journal } = await replace(() => {
      steps.observed = observed(0);
      return undefined;
    });
    expect(result).toBe('go');
    expect(journal.withdrawn).toEqual(['cacheRule@7']);
  });

  it('asks again where more would be lost than was agreed to', async () => {
    steps.observed = observed(3);
    const { result, journal } = await replace((_key, { question }) => {
      if (question.is !== 'typed') return undefined;
      if (question.expected === 'delete cache with 3 unflushed keys') steps.observed = observed(30);
      return { is: 'typed', text: question.expected };
    });
    expect(result).toBe('go');
    expect(journal.asked.map(({ asked }) => asked.question)).toEqual([
      { is: 'typed', expected: 'delete cache with 3 unflushed keys' },
      { is: 'typed', expected: 'delete cache with 30 unflushed keys' },
    ]);
  });

  it('asks again where nobody can tell any more how much would be lost', async () => {
    steps.observed = observed(3);
    const { result, journal } = await replace((_key, { question }) => {
      if (question.is !== 'typed') return undefined;
      const { caches, ...rest } = observed(3);
      const blind = caches.value?.map((look) => ({ ...look, error: 'the tunnel broke', passes: [] }));
      if (/3 unflushed/.test(question.expected)) steps.observed = { ...rest, caches: { ...caches, value: blind } };
      return { is: 'typed', text: question.expected };
    });
    expect(result).toBe('go');
    expect(journal.asked.map(({ asked }) => asked.question)).toEqual([
      { is: 'typed', expected: 'delete cache with 3 unflushed keys' },
      { is: 'typed', expected: 'delete unreachable cache' },
    ]);
  });
});
