import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Runbook } from '../../src/runbook/runbook.ts';
import type { Verdict } from '../../src/steps/kind.ts';
import { until } from '../support/until.ts';
import {
  failed,
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
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-engine-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const unknown: Verdict = { is: 'unknown', summary: 'nobody saw its end', evidence: [] };
const pending: Verdict = { is: 'pending', summary: 'still running', evidence: [] };

const stageStatus = (rig: Rig, stageId: string) => rig.release()?.stages[stageId]?.status;

describe('a release by the scripted operator', () => {
  it('runs every step once, takes the fallback that fits, and is finished', async () => {
    const world = new ListWorld();
    world.verdicts.set('2.1#1', [pending, failed]);
    const rig = await sitDownAt(folder, listKind(world), fallbackBook);
    expect(await rig.play()).toMatchObject({ done: 3, skipped: 0 });
    expect(world.done).toEqual(['1.1#1', '1.2#1', '2.1#1', '2.recreate.1#1', '2.recreate.2#1', '3.1#1']);
    expect(rig.release()?.steps['2.1']).toMatchObject({ closedAs: 'byFallback' });
    expect(rig.release()?.facts).toMatchObject({ '1.1': 1, '2.recreate.2': 1 });
    await rig.desk.leave();
  });

  it('tries again where nobody can tell, and signs nothing by itself', async () => {
    const world = new ListWorld();
    world.verdicts.set('1.1#1', [unknown]);
    const rig = await sitDownAt(folder, listKind(world), fallbackBook);
    await rig.play();
    expect(world.done.filter((entry) => entry.startsWith('1.1'))).toEqual(['1.1#1', '1.1#2']);
    await rig.desk.leave();
  });
});

describe('an operator', () => {
  it('is refused what is out of order without a note', async () => {
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), fallbackBook);
    rig.desk.controller.openCard('stage3');
    const card = await until('the card', () => rig.live.state.card?.ready && rig.live.state.card);
    expect(card.blockedBy).toEqual(['Stage 2 is not done']);
    await expect(rig.desk.controller.confirmCard({ choices: {} })).rejects.toThrow('Stage 2 is not done');
    await rig.desk.controller.confirmCard({ choices: {}, note: 'the stack is new' });
    await until('the stage', () => stageStatus(rig, 'stage3') === 'done');
    expect(rig.release()?.notes[0]?.text).toContain('the stack is new');
    await rig.desk.leave();
  });

  it('chooses what follows a failure, leaves the stage, and goes on with it by its key', async () => {
    const world = new ListWorld();
    world.verdicts.set('1.1#1', [failed]);
    const rig = await sitDownAt(folder, listKind(world), fallbackBook);
    await run(rig, 'stage1');
    const question = await openDecision(rig);
    expect(question.asked.text).toEqual(['it was rolled back']);
    await expect(rig.desk.controller.answer(question.id, { is: 'chosen', option: 'skip' })).rejects.toThrow(
      'needs a note',
    );
    await rig.desk.controller.answer(question.id, { is: 'chosen', option: 'stop' });
    await until('the stage to stop', () => stageStatus(rig, 'stage1') === 'stopped');
    await run(rig, 'stage1');
    const go = await openDecision(rig);
    await rig.desk.controller.answer(go.id, { is: 'chosen', option: 'yes' });
    await until('the stage', () => stageStatus(rig, 'stage1') === 'done');
    expect(world.done).toEqual(['1.1#1', '1.1#2', '1.2#1']);
    await rig.desk.leave();
  });

  it('must type the name of what is deleted', async () => {
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), runbook([step('1.1', { typed: 'TheStack' })]));
    rig.desk.controller.openCard('stage1');
    await until('the card', () => rig.live.state.card?.ready);
    await expect(rig.desk.controller.confirmCard({ choices: {} })).rejects.toThrow('Type TheStack');
    await expect(rig.desk.controller.confirmCard({ choices: {}, typed: 'thestack' })).rejects.toThrow('Type TheStack');
    expect(world.done).toEqual([]);
    expect(rig.release()).toBeUndefined();
    await rig.desk.controller.confirmCard({ choices: {}, typed: 'TheStack' });
    await until('the stage', () => stageStatus(rig, 'stage1') === 'done');
    expect(world.done).toEqual(['1.1#1']);
    await rig.desk.leave();
  });

  it('is not led into running again what is done', async () => {
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), runbook([step('1.1')]));
    await run(rig, 'stage1');
    await until('the stage', () => stageStatus(rig, 'stage1') === 'done');
    await expect(run(rig, 'stage1')).rejects.toThrow('Stage 1 is done already');
    expect(world.done).toEqual(['1.1#1']);
    await rig.desk.controller.confirmCard({ choices: {}, note: 'the AMIs were built anew' });
    await until('the stage again', () => world.done.length === 2 && stageStatus(rig, 'stage1') === 'done');
    await rig.desk.leave();
  });

  it('skips a stage by name and finishes only when nothing is open', async () => {
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), fallbackBook);
    await rig.desk.controller.skipStage('stage1', 'was done by hand');
    await rig.desk.controller.skipStage('stage2', 'was done by hand');
    await expect(rig.desk.controller.finish()).rejects.toThrow('Not finished: Stage 3');
    await run(rig, 'stage3');
    await until('the stage', () => stageStatus(rig, 'stage3') === 'done');
    await rig.desk.controller.finish();
    expect(rig.release()?.closed?.as).toBe('finished');
    await rig.desk.leave();
  });

  it('rolls a finished stage back by a stage of its own, which goes on after a restart and must not stay half done', async () => {
    const world = new ListWorld();
    world.verdicts.set('1.back.1#1', [failed]);
    const plain = runbook([step('1.1')]);
    const back = { id: 'stage1.back', key: '', title: 'Roll stage 1 back', about: '', needs: ['stage1'] } as const;
    const book: Runbook = {
      ...plain,
      phases: plain.phases.map((phase) => ({
        ...phase,
        stages: phase.stages.map((stage) => ({
          ...stage,
          rollBack: { ...back, repeatable: true, steps: [step('1.back.1')] },
        })),
      })),
    };
    const rig = await sitDownAt(folder, listKind(world), book);
    await expect(run(rig, back.id)).rejects.toThrow('Stage 1 is not done');
    await run(rig, 'stage1');
    await until('the stage', () => stageStatus(rig, 'stage1') === 'done');
    await run(rig, back.id);
    await openDecision(rig);
    await expect(rig.desk.controller.finish()).rejects.toThrow('Not finished: Roll stage 1 back');
    await rig.desk.leave();

    const again = await sitDownAt(folder, listKind(world), book);
    const question = await openDecision(again);
    await again.desk.controller.answer(question.id, { is: 'chosen', option: 'retry', note: 'once more' });
    await until('the way back', () => stageStatus(again, back.id) === 'done');
    expect(world.done).toEqual(['1.1#1', '1.back.1#1', '1.back.1#2']);
    expect(stageStatus(again, 'stage1')).toBe('done');
    await again.desk.controller.finish();
    expect(again.release()?.closed?.as).toBe('finished');
    await again.desk.leave();
  });

  it('abandons only by the name of the bosslet', async () => {
    const rig = await sitDownAt(folder, listKind(new ListWorld()), fallbackBook);
    await rig.desk.controller.skipStage('stage1', 'no need');
    await expect(rig.desk.controller.abandon({ typed: 'production', note: 'x' })).rejects.toThrow(
      'Type production.boss',
    );
    await rig.desk.controller.abandon({ typed: 'production.boss', note: 'power cut' });
    expect(rig.release()?.closed?.as).toBe('abandoned');
    await rig.desk.leave();
  });
});
