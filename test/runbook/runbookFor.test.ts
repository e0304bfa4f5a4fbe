import { describe, expect, it } from 'vitest';
import { CONFIGS } from '../../src/bosslet/bosslet.ts';
import { publicHost, stackName } from '../../src/bosslet/names.ts';
import { type Runbook, runnableStagesOf, type Step, stagesOf, stepsOf } from '../../src/runbook/runbook.ts';
import { runbookFor } from '../../src/runbook/runbookFor.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { INTEGRATION, PRODUCTION } from './bosslets.ts';

const allSteps = (runbook: Runbook) => stagesOf(runbook).flatMap((stage) => stepsOf(stage.steps));
const stage = (runbook: Runbook, id: string) => {
  const found = stagesOf(runbook).find((each) => each.id === id);
  if (!found) throw new Error(`no stage ${id}`);
  return found;
};
const step = (runbook: Runbook, id: string): Step => {
  const found = allSteps(runbook).find((each) => each.id === id);
  if (!found) throw new Error(`no step ${id}`);
  return found;
};

describe('the runbook of production', () => {
  const runbook = runbookFor(PRODUCTION);

  it('has the stages of the procedure with their keys, in its order', () => {
    expect(stagesOf(runbook).map(({ key, id }) => `${key} ${id}`)).toEqual([
      'i integration',
      't tag',
      'm maintenanceOn',
      'a amis',
      'v vaultBackup',
      'p iam',
      's silence',
      'c preview',
      '1 core',
      '2 redis',
      '3 api',
      '4 cachedb',
      '5 activities',
      '6 cloudwatch',
      '7 idindexing',
      '8 dynamolambda',
      'b password',
      'o maintenanceOff',
      'r restore',
      'd deleteRule',
      'e tests',
      'h health',
      'f finishProduction',
      'u finishDev',
    ]);
  });

  it('can roll back by AMI what has AMIs, and nothing else', () => {
    const back = stagesOf(runbook).flatMap(({ id, rollBack }) => (rollBack ? [[id, rollBack] as const] : []));
    expect(back.map(([id]) => id)).toEqual(['core', 'api', 'cachedb', 'activities']);
    for (const [id, { needs, steps }] of back) {
      expect(needs).toEqual([id]);
      expect(steps[0]).toMatchObject({ kind: 'stackUpdate', params: { config: id, amis: 'before' } });
    }
    const ids = runnableStagesOf(runbook).flatMap((each) => stepsOf(each.steps).map((own) => own.id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lets no stack be touched before maintenance, backup, silence and AMIs, and each after the one before', () => {
    const before = ['maintenanceOn', 'vaultBackup', 'silence', 'amis'];
    for (const [index, config] of CONFIGS.entries()) {
      const previous = CONFIGS.slice(Math.max(0, index - 1), index);
      expect(new Set(stage(runbook, config).needs), config).toEqual(new Set([...before, ...previous]));
    }
    expect(stage(runbook, 'preview').needs).toEqual(['amis']);
    expect(stage(runbook, 'password').needs).toEqual(['core']);
    expect(stage(runbook, 'maintenanceOff').needs).toEqual(CONFIGS);
    expect(stage(runbook, 'restore').needs).toEqual(['silence']);
    for (const id of ['tests', 'health']) expect(stage(runbook, id).needs).toEqual(['maintenanceOff']);
    for (const id of ['finishProduction', 'finishDev']) expect(stage(runbook, id).needs).toEqual(['health']);
  });

  it('has unique ids, and each need, gate and alsoDone names something that exists', () => {
    const ids = allSteps(runbook).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const stageIds = new Set(stagesOf(runbook).map(({ id }) => id));
    for (const { needs } of stagesOf(runbook)) for (const need of needs) expect(stageIds).toContain(need);
    for (const { gates, fallbacks = [] } of allSteps(runbook)) {
      for (const { needs, overridable, typed } of gates) {
        if (needs.is === 'settled') expect(ids).toContain(needs.stepId);
        expect(overridable === 'typed', JSON.stringify(needs)).toBe(typed !== undefined);
      }
      for (const { alsoDone = [], steps } of fallbacks) {
        for (const id of alsoDone) expect(ids).toContain(id);
        expect(steps.length).toBeGreaterThan(0);
      }
    }
  });

  it('has params that the kinds of its steps understand', () => {
    for (const { id, kind, params } of allSteps(runbook)) {
      const found = stepKinds.get(kind);
      expect(found, `${id}: ${kind}`).toBeDefined();
      expect(() => found?.parse(params), id).not.toThrow();
    }
  });

  it('never deletes or creates core or api, and deletes others only when their name is typed', () => {
    for (const { id, kind, params, typed } of allSteps(runbook)) {
      if (kind !== 'stackDelete' && kind !== 'stackCreate') continue;
      const config = (params as { config: string }).config;
      expect(['core', 'api'], id).not.toContain(config);
      if (kind === 'stackDelete')
        expect(typed, id).toBe(stackName({ internalDomain: 'production.boss', externalDomain: 'theboss.io' }, config));
    }
  });

  it('puts the cache rule before the delete of the caches', () => {
    const gates = step(runbook, '2.recreate.1').gates.map(({ needs }) => needs.is);
    expect(gates).toEqual(['noStackInProgress', 'inMaintenance', 'cacheDrained']);
    expect(step(runbook, '2.recreate.1').gates.at(-1)?.typed).toBe('delete cache with <n> unflushed keys');
    expect(step(runbook, '2.1').fallbacks?.[0]?.when).toEqual(['updateFailed']);
    expect(step(runbook, '2.1').fallbacks?.[0]?.steps[0]).toMatchObject({ kind: 'cacheSnapshot', optional: true });
  });

  it('never lets a stack in progress be passed', () => {
    for (const { kind, gates, id } of allSteps(runbook)) {
      if (!/^stack/.test(kind)) continue;
      const quiet = gates.find(({ needs }) => needs.is === 'noStackInProgress');
      expect(quiet?.overridable, id).toBe('never');
    }
  });

  it('recreates cachedb and activities together where a lambda is not there yet', () => {
    for (const id of ['4.1', '5.1']) {
      const fallback = step(runbook, id).fallbacks?.find(({ when }) => when.includes('functionNotFound'));
      expect(fallback?.steps.map(({ kind, params }) => `${kind} ${(params as { config: string }).config}`)).toEqual([
        'stackDelete cachedb',
        'stackCreate cachedb',
        'stackDelete activities',
        'stackCreate activities',
      ]);
    }
    expect(step(runbook, '4.1').fallbacks?.[0]?.alsoDone).toEqual(['5.1']);
  });

  it('wants the host typed before users are sent away', () => {
    expect(step(runbook, 'm.1').typed).toBe(publicHost({ internalDomain: '', externalDomain: 'theboss.io' }));
  });

  it('marks what shows or reads a password as sensitive', () => {
    for (const id of ['1.2', '3.3', 'b.1']) expect(step(runbook, id).sensitive).toBe(true);
  });
});

describe('the runbook of another bosslet', () => {
  it('has no integration and no tagging for integration itself, and names its own stacks', () => {
    const runbook = runbookFor(INTEGRATION);
    expect(stagesOf(runbook).map(({ key }) => key)).not.toContain('i');
    expect(stagesOf(runbook).map(({ key }) => key)).not.toContain('t');
    expect(step(runbook, '8.1').typed).toBe('DynamolambdaIntegrationBoss');
    expect(runbook.phases.every(({ stages }) => stages.length > 0)).toBe(true);
  });

  it('makes the stages of the dev account manual where none is configured', () => {
    const { devBosslet: _none, ...input } = PRODUCTION;
    const runbook = runbookFor(input);
    for (const id of ['iam', 'finishDev']) expect(stage(runbook, id).steps.map(({ kind }) => kind)).toEqual(['manual']);
  });
});
