import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NOTHING_OBSERVED, type Watchers } from '../../src/observe/observed.ts';
import { isPartlySkipped } from '../../src/release/stateParts.ts';
import { type Gate, stagesOf } from '../../src/runbook/runbook.ts';
import type { StepKind, Verdict } from '../../src/steps/kind.ts';
import { until } from '../support/until.ts';
import {
  clock,
  failing,
  fallbackBook,
  ListWorld,
  listKind,
  openDecision,
  type Rig,
  run,
  runbook,
  sitDownAt,
  step,
} from './deskRig.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-operator-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const failed: Verdict = { is: 'failed', code: 'updateFailed', summary: 'it was rolled back', evidence: [] };
const status = (rig: Rig, stageId: string) => rig.release()?.stages[stageId]?.status;
const isDone = (rig: Rig, stageId: string) => until(stageId, () => status(rig, stageId) === 'done');
const waitsFor = (rig: Rig, stageId: string, what: string) =>
  until(what, () => rig.live.state.at[stageId]?.waits === what);

/** A load balancer with so many unhealthy targets, and stacks that were looked at or not. */
const site = { unhealthy: 0, stacksSeen: true };
const watchers: Watchers = {
  observed: () => ({
    ...NOTHING_OBSERVED,
    ...(site.stacksSeen && { stacks: { value: [], atMs: clock.now(), error: undefined, intervalMs: 5_000 } }),
    site: {
      value: {
        loadBalancer: 'elb',
        targets: Array.from({ length: 5 }, (_, n) => ({
          targetId: `i-${n}`,
          state: n < site.unhealthy ? 'unhealthy' : 'healthy',
        })),
        ping: { status: 200, error: undefined },
        page: { status: 200, isMaintenance: false, error: undefined },
      },
      atMs: clock.now(),
      error: undefined,
      intervalMs: 5_000,
    },
  }),
  subscribe: () => () => {},
  want: () => () => {},
  stop: async () => {},
};
const healthy: Gate = {
  id: 'healthy',
  title: 'Healthy',
  needs: { is: 'loadBalancerHealthy' },
  overridable: 'typed',
  typed: 'go on with <n> unhealthy targets',
};

const quiet: Gate = { id: 'quiet', title: 'Quiet', needs: { is: 'noStackInProgress' }, overridable: 'never' };
const gatesOf = (rig: Rig, stepId: string) => rig.live.state.gates[stepId] ?? [];

describe('what is run again', () => {
  it('acts again: a stage that was done, and a fallback that was taken before', async () => {
    const world = new ListWorld();
    const recreate = { id: 'recreate', title: 'Recreate', when: ['updateFailed'], then: 'again' } as const;
    const fallbacks = [{ ...recreate, steps: [step('1.recreate.1')] }];
    const rig = await sitDownAt(folder, listKind(world), runbook([step('1.1', { fallbacks })]));
    world.verdicts.set('1.1#1', [failed]);
    world.verdicts.set('1.1#2', [failed]);
    await run(rig, 'stage1');
    for (const number of [1, 2]) {
      const question = await until('the question', () => rig.release()?.decisions[`1.1#${number}/next`]);
      await rig.desk.controller.answer(question.id, { is: 'chosen', option: 'fallback:recreate' });
    }
    await isDone(rig, 'stage1');
    const once = ['1.1#1', '1.recreate.1#1', '1.1#2', '1.recreate.1#2', '1.1#3'];
    expect(world.done).toEqual(once);
    await run(rig, 'stage1', { note: 'it is needed again' });
    await until('the second run', () => world.done.length > once.length);
    await isDone(rig, 'stage1');
    expect(world.done).toEqual([...once, '1.1#4']);
    await rig.desk.leave();
  });
});

describe('a stage that takes another back', () => {
  /** Down and up again, each in two steps, the second of which waits for a gate. */
  const downAndUp = () => {
    const book = runbook([step('1.1'), step('1.2')], [step('2.1'), step('2.2', { gates: [healthy] })]);
    const undoes: Readonly<Record<string, string>> = { stage1: 'stage2', stage2: 'stage1' };
    const phases = book.phases.map((phase) => ({
      ...phase,
      stages: phase.stages.map((stage) => ({
        ...stage,
        needs: [],
        repeatable: true as const,
        undoes: undoes[stage.id] ?? '',
      })),
    }));
    return { ...book, phases };
  };

  it('ends what waits of it, and has it begin anew, half-way or done', async () => {
    Object.assign(site, { unhealthy: 2, stacksSeen: true });
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), downAndUp(), { watchers });
    await run(rig, 'stage1');
    await isDone(rig, 'stage1');
    await run(rig, 'stage2');
    await waitsFor(rig, 'stage2', 'gate');
    // Down again, while the way up waits for what can never come now.
    await run(rig, 'stage1');
    await isDone(rig, 'stage1');
    expect([status(rig, 'stage2'), rig.release()?.steps['2.1']?.closedAs]).toEqual(['todo', undefined]);
    site.unhealthy = 0;
    await run(rig, 'stage2');
    await isDone(rig, 'stage2');
    expect(status(rig, 'stage1')).toBe('done');
    // The release cannot end with users down.
    await run(rig, 'stage1');
    await isDone(rig, 'stage1');
    expect(status(rig, 'stage2')).toBe('todo');
    expect(world.done).toEqual(['1.1#1', '1.2#1', '2.1#1', '1.1#2', '1.2#2', '2.1#2', '2.2#1', '1.1#3', '1.2#3']);
    await rig.desk.leave();
  });
});

describe('skipping', () => {
  it('by an answer counts as skipped', async () => {
    const world = new ListWorld();
    world.verdicts.set('1.2#1', [{ is: 'done', skipped: true, summary: 'skipped', evidence: [] }]);
    const rig = await sitDownAt(folder, listKind(world), runbook([step('1.1'), step('1.2')]));
    await run(rig, 'stage1');
    await until('the end of it', () => status(rig, 'stage1') === 'skipped');
    expect(['1.1', '1.2'].map((id) => rig.release()?.steps[id]?.closedAs)).toEqual(['done', 'skipped']);
    await rig.desk.leave();
  });

  it('of what is left of a stage is no proof that it was done', async () => {
    Object.assign(site, { unhealthy: 2, stacksSeen: true });
    const world = new ListWorld();
    const book = runbook([step('1.1'), step('1.2', { gates: [healthy] })]);
    const rig = await sitDownAt(folder, listKind(world), book, { watchers });
    await run(rig, 'stage1');
    await waitsFor(rig, 'stage1', 'gate');
    await rig.desk.controller.skipStage('stage1', 'stuck');
    expect(status(rig, 'stage1')).toBe('skipped');
    const release = rig.release();
    const [stage] = stagesOf(book);
    expect(release && stage && isPartlySkipped(release, stage)).toBe(true);
    await rig.desk.leave();
  });
});

describe('cancelling', () => {
  it('takes an open question of a running step back', async () => {
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), runbook([step('1.1', { params: 'asks' })]));
    world.verdicts.set('1.1#1', [{ is: 'notDone', code: 'cancelled', summary: 'It was cancelled.', evidence: [] }]);
    await run(rig, 'stage1');
    const question = await openDecision(rig);
    await rig.desk.controller.cancel('stage1');
    const next = await until('what to do next', () => rig.release()?.decisions['1.1#1/next']);
    expect(rig.release()?.decisions[question.id]).toMatchObject({ withdrawn: true, answer: undefined });
    expect(rig.release()?.steps['1.1']?.attempts[0]?.acted).toEqual({ how: 'cancelled', codes: ['cancelled'] });
    expect(world.done).toEqual([]);
    await expect(rig.desk.controller.cancel('stage1')).rejects.toThrow('answer it instead');
    await rig.desk.controller.answer(next.id, { is: 'chosen', option: 'stop' });
    await rig.desk.leave();
  });

  it('leaves a proof that stays pending, which goes on by the stage’s key', async () => {
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), runbook([step('1.1')]));
    world.verdicts.set('1.1#1', [{ is: 'pending', summary: 'still rolling back', evidence: [] }]);
    await run(rig, 'stage1');
    await waitsFor(rig, 'stage1', 'proof');
    await rig.desk.controller.cancel('stage1');
    expect(status(rig, 'stage1')).toBe('stopped');
    world.verdicts.delete('1.1#1');
    await run(rig, 'stage1');
    await isDone(rig, 'stage1');
    expect(world.done).toEqual(['1.1#1']);
    await rig.desk.leave();
  });

  it('at a gate keeps no override for the next time', async () => {
    Object.assign(site, { unhealthy: 2, stacksSeen: false });
    const world = new ListWorld();
    const book = runbook([step('1.1', { gates: [healthy, quiet] })]);
    const rig = await sitDownAt(folder, listKind(world), book, { watchers });
    await run(rig, 'stage1');
    await until('the gates', () => gatesOf(rig, '1.1').length === 2);
    await rig.desk.controller.override('1.1', 'healthy', { typed: 'go on with 2 unhealthy targets', note: 'x' });
    await rig.desk.controller.cancel('stage1');
    expect(status(rig, 'stage1')).toBe('stopped');
    site.stacksSeen = true;
    await run(rig, 'stage1');
    await until('the gates', () => gatesOf(rig, '1.1').some(({ id, overridden }) => id === 'healthy' && !overridden));
    expect(world.done).toEqual([]);
    site.unhealthy = 0;
    await isDone(rig, 'stage1');
    await rig.desk.leave();
  });
});

describe('a gate', () => {
  it('is judged again when the turn comes: what held before another step’s hours need not hold now', async () => {
    Object.assign(site, { unhealthy: 0, stacksSeen: true });
    const world = new ListWorld();
    const book = runbook([step('1.1', { params: 'asks' })], [step('2.1', { gates: [healthy] })]);
    const rig = await sitDownAt(folder, listKind(world), book, { watchers });
    await run(rig, 'stage1');
    const question = await openDecision(rig);
    await run(rig, 'stage2', { note: 'meanwhile' });
    await waitsFor(rig, 'stage2', 'turn');
    site.unhealthy = 2;
    await rig.desk.controller.answer(question.id, { is: 'chosen', option: 'yes' });
    await isDone(rig, 'stage1');
    await waitsFor(rig, 'stage2', 'gate');
    expect(world.done).toEqual(['1.1#1']);
    site.unhealthy = 0;
    await isDone(rig, 'stage2');
    expect(world.done).toEqual(['1.1#1', '2.1#1']);
    await rig.desk.leave();
  });

  /** The list, in a world that is tried to be reached, and is away. */
  const reaching = (world: ListWorld, outside: { away: boolean; tries: number }): StepKind =>
    failing(world, () => {
      outside.tries += 1;
      return outside.away ? Object.assign(new Error('The network is away.'), { retryable: true }) : undefined;
    });

  it('is judged again before the first change, however long the way there was', async () => {
    Object.assign(site, { unhealthy: 0, stacksSeen: true });
    const world = new ListWorld();
    const outside = { away: true, tries: 0 };
    const book = runbook([step('1.1', { gates: [healthy] })], [step('2.1', { params: 'asks', gates: [healthy] })]);
    const rig = await sitDownAt(folder, reaching(world, outside), book, { watchers });
    await run(rig, 'stage1');
    await until('a try', () => outside.tries > 0);
    Object.assign(site, { unhealthy: 2 });
    outside.away = false;
    await waitsFor(rig, 'stage1', 'gate');
    expect(world.done).toEqual([]);
    site.unhealthy = 0;
    await isDone(rig, 'stage1');

    await run(rig, 'stage2');
    const question = await openDecision(rig);
    site.unhealthy = 2;
    await rig.desk.controller.answer(question.id, { is: 'chosen', option: 'yes' });
    await waitsFor(rig, 'stage2', 'gate');
    expect(world.done).toEqual(['1.1#1']);
    site.unhealthy = 0;
    await isDone(rig, 'stage2');
    expect(world.done).toEqual(['1.1#1', '2.1#1']);
    await rig.desk.leave();
  });

  it('is judged again where the program died between an intent and its deed, unless the deed is found done', async () => {
    for (const happened of [false, true]) {
      Object.assign(site, { unhealthy: 0, stacksSeen: true });
      const world = new ListWorld();
      const outside = { away: true, tries: 0 };
      const place = join(folder, String(happened));
      const sit = () =>
        sitDownAt(place, reaching(world, outside), runbook([step('1.1', { gates: [healthy] })]), { watchers });
      const first = await sit();
      await run(first, 'stage1');
      await until('a try', () => outside.tries > 0);
      await first.desk.leave();
      if (happened) world.done.push('1.1#1');
      Object.assign(site, { unhealthy: 2 });
      outside.away = false;
      const second = await sit();
      if (!happened) {
        await waitsFor(second, 'stage1', 'gate');
        expect(world.done).toEqual([]);
        site.unhealthy = 0;
      }
      await isDone(second, 'stage1');
      expect(world.done).toEqual(['1.1#1']);
      await second.desk.leave();
    }
  });

  it('that closed while a question stood has the step planned anew, and what is new in it agreed to', async () => {
    Object.assign(site, { unhealthy: 0, stacksSeen: true });
    const world = new ListWorld();
    const kind = listKind(world);
    const more: string[] = [];
    const dangerous: StepKind = {
      ...kind,
      plan: async (params, context) => ({
        ...(await kind.plan(params, context)),
        dangers: ['one', ...world.done.map(() => 'two'), ...more].map((id) => ({ id, level: 'danger', text: id })),
      }),
    };
    const book = runbook([step('1.1'), step('1.2', { gates: [healthy] })]);
    const rig = await sitDownAt(folder, dangerous, book, { watchers });
    await run(rig, 'stage1');
    const question = await openDecision(rig);
    expect(question.asked.dangers).toEqual(['one', 'two']);
    site.unhealthy = 2;
    more.push('three');
    await rig.desk.controller.answer(question.id, { is: 'confirmed' });
    await waitsFor(rig, 'stage1', 'gate');
    world.done.push('a colleague');
    site.unhealthy = 0;
    const again = await openDecision(rig);
    expect([again.id, again.asked.dangers]).toEqual(['1.2#1/dangers/2', ['one', 'two', 'two', 'three']]);
    await rig.desk.controller.answer(again.id, { is: 'confirmed' });
    await isDone(rig, 'stage1');
    expect(rig.release()?.steps['1.2']?.attempts.map(({ plan }) => plan.baseline)).toEqual([2]);
    await rig.desk.leave();
  });

  it('is overridden for one attempt only', async () => {
    Object.assign(site, { unhealthy: 2, stacksSeen: true });
    const world = new ListWorld();
    world.verdicts.set('1.1#1', [failed]);
    const book = runbook([step('0.1', { params: 'asks' })], [step('1.1', { gates: [healthy] })]);
    const rig = await sitDownAt(folder, listKind(world), book, { watchers });
    const { controller } = rig.desk;
    await run(rig, 'stage1');
    const question = await openDecision(rig);
    site.unhealthy = 0;
    await run(rig, 'stage2', { note: 'meanwhile' });
    // Given while the turn is waited for: after the intent of the attempt.
    await waitsFor(rig, 'stage2', 'turn');
    site.unhealthy = 2;
    await controller.answer(question.id, { is: 'chosen', option: 'yes' });
    await waitsFor(rig, 'stage2', 'gate');
    await controller.override('1.1', 'healthy', { typed: 'go on with 2 unhealthy targets', note: 'being replaced' });
    const next = await until('what to do next', () => rig.release()?.decisions['1.1#1/next']);
    await controller.answer(next.id, { is: 'chosen', option: 'retry' });
    await waitsFor(rig, 'stage2', 'gate');
    expect(world.done).toEqual(['0.1#1', '1.1#1']);
    await controller.override('1.1', 'healthy', { typed: 'go on with 2 unhealthy targets', note: 'still' });
    await isDone(rig, 'stage2');
    await rig.desk.leave();
  });

  it('is overridden only by what it wants typed now, and for no more than that', async () => {
    Object.assign(site, { unhealthy: 2, stacksSeen: false });
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), runbook([step('1.1', { gates: [healthy, quiet] })]), {
      watchers,
    });
    const { controller } = rig.desk;
    const wants = (n: number) =>
      until(`${n}`, () => gatesOf(rig, '1.1')[0]?.typed === `go on with ${n} unhealthy targets`);
    const override = (n: number) =>
      controller.override('1.1', 'healthy', { typed: `go on with ${n} unhealthy targets`, note: 'being replaced' });
    await run(rig, 'stage1');
    await wants(2);
    site.unhealthy = 3;
    await wants(3);
    await expect(override(2)).rejects.toThrow('Type "go on with 3 unhealthy targets"');
    await override(3);
    await until('the override', () => gatesOf(rig, '1.1')[0]?.overridden);
    site.unhealthy = 5;
    site.stacksSeen = true;
    await until('more than that', () => gatesOf(rig, '1.1')[0]?.overridden === false);
    expect(world.done).toEqual([]);
    await override(5);
    await isDone(rig, 'stage1');
    expect(rig.release()?.steps['1.1']?.overrides).toMatchObject([{ unproven: 3 }, { unproven: 5 }]);
    await expect(controller.override('1.1', 'quiet', { note: 'x' })).rejects.toThrow();
    await rig.desk.leave();
  });
});

describe('a card of a stage that stopped inside a way out', () => {
  it('shows what is left of that, with the word to type', async () => {
    const world = new ListWorld();
    world.verdicts.set('2.1#1', [failed]);
    const rig = await sitDownAt(folder, listKind(world), fallbackBook);
    await run(rig, 'stage1');
    await rig.desk.controller.answer((await openDecision(rig)).id, { is: 'chosen', option: 'yes' });
    await isDone(rig, 'stage1');
    await run(rig, 'stage2');
    const next = await until('what to do next', () => rig.release()?.decisions['2.1#1/next']);
    await rig.desk.controller.answer(next.id, { is: 'chosen', option: 'fallback:recreate' });
    await rig.desk.controller.answer((await openDecision(rig)).id, { is: 'declined' });
    await until('the stage to stop', () => status(rig, 'stage2') === 'stopped');
    rig.desk.controller.openCard('stage2');
    const card = await until('the card', () => rig.live.state.card?.ready && rig.live.state.card);
    expect([card.steps.map((each) => each.step.id), card.typed]).toEqual([
      ['2.recreate.1', '2.recreate.2'],
      'TheStack',
    ]);
    await rig.desk.controller.confirmCard({ choices: {}, typed: 'TheStack' });
    await isDone(rig, 'stage2');
    expect(world.done.slice(-2)).toEqual(['2.recreate.1#1', '2.recreate.2#1']);
    await rig.desk.leave();
  });
});

describe('abandoning', () => {
  it('leaves nothing that seems to run', async () => {
    Object.assign(site, { unhealthy: 2, stacksSeen: true });
    const book = runbook([step('1.1', { gates: [healthy] })]);
    const rig = await sitDownAt(folder, listKind(new ListWorld()), book, { watchers });
    await run(rig, 'stage1');
    await waitsFor(rig, 'stage1', 'gate');
    await rig.desk.controller.abandon({ typed: 'production.boss', note: 'power cut' });
    expect([status(rig, 'stage1'), rig.release()?.stages.stage1?.endedAtMs]).toEqual(['stopped', expect.any(Number)]);
    await rig.desk.leave();
  });

  it('is refused while something that was begun waits for an answer: a script would stay at its prompt', async () => {
    const world = new ListWorld();
    const kind = listKind(world);
    const prompts: StepKind = {
      ...kind,
      act: async (params, context) => {
        const acted = await kind.act(null, context);
        return params === 'asks' ? kind.act(params, context) : acted;
      },
    };
    const rig = await sitDownAt(folder, prompts, runbook([step('1.1', { params: 'asks' })]));
    await run(rig, 'stage1');
    await openDecision(rig);
    const abandon = () => rig.desk.controller.abandon({ typed: 'production.boss', note: 'power cut' });
    await expect(abandon()).rejects.toThrow('cancel it first');
    await rig.desk.controller.cancel('stage1');
    await isDone(rig, 'stage1');
    await abandon();
    expect(rig.release()?.closed?.as).toBe('abandoned');
    await rig.desk.leave();
  });
});

describe('two answers to one question', () => {
  it('leave the first', async () => {
    const rig = await sitDownAt(folder, listKind(new ListWorld()), runbook([step('1.1', { params: 'asks' })]));
    await run(rig, 'stage1');
    const { id } = await openDecision(rig);
    const first = rig.desk.controller.answer(id, { is: 'chosen', option: 'yes' });
    const second = rig.desk.controller.answer(id, { is: 'chosen', option: 'yes' });
    await expect(second).rejects.toThrow('not open any more');
    await first;
    await isDone(rig, 'stage1');
    await rig.desk.leave();
  });
});

describe('a card', () => {
  it('that is closed while it is read again at Enter runs nothing', async () => {
    const world = new ListWorld();
    const reading = { hold: undefined as Promise<void> | undefined };
    const kind: StepKind = listKind(world);
    const slow: StepKind = {
      ...kind,
      plan: async (params, context) => {
        await reading.hold;
        return kind.plan(params, context);
      },
    };
    const rig = await sitDownAt(folder, slow, runbook([step('1.1')]));
    rig.desk.controller.openCard('stage1');
    await until('the card', () => rig.live.state.card?.ready);
    const { promise, resolve } = Promise.withResolvers<void>();
    reading.hold = promise;
    const confirmed = rig.desk.controller.confirmCard({ choices: {} });
    rig.desk.controller.closeCard();
    resolve();
    await expect(confirmed).rejects.toThrow('was not run');
    expect(rig.release()).toBeUndefined();
    expect(world.done).toEqual([]);
    await rig.desk.leave();
  });
});
