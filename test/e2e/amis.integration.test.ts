import { afterEach, describe, expect, it } from 'vitest';
import { lineText } from '../../components/line.tsx';
import { runbookRows } from '../../panes/RunbookPane.tsx';
import { stepText } from '../../panes/StepPane.tsx';
import type { Answer, Asked } from '../../src/steps/kind.ts';
import { offeredAgain, stageById, wayBack } from '../../src/store/selectors.ts';
import { setUi } from '../../src/store/updates.ts';
import { type Rehearsal, rehearseFrom } from '../support/rehearsal.ts';
import { until } from '../support/until.ts';

let rehearsal: Rehearsal | undefined;
afterEach(async () => {
  await rehearsal?.end();
  rehearsal = undefined;
});

function recommended({ question }: Asked): Answer {
  if (question.is === 'review') return { is: 'approved', hash: question.hash, typed: question.mustType };
  if (question.is === 'choose') return { is: 'chosen', option: question.recommended };
  return { is: 'confirmed' };
}

/** Confirms a stage's card and answers what it asks, until it is done. */
async function run({ controller, store, release }: Rehearsal, stageId: string, note?: string): Promise<void> {
  controller.openCard(stageId);
  await until('the card', () => store.getState().live.card?.ready);
  const before = release()?.stages[stageId]?.run ?? 0;
  await controller.confirmCard({ choices: {}, ...(note && { note }) });
  await until(`${stageId} to be done`, async () => {
    const stage = release()?.stages[stageId];
    const open = Object.values(release()?.decisions ?? {}).find(({ answer, withdrawn }) => !answer && !withdrawn);
    if (open) await controller.answer(open.id, recommended(open.asked)).catch(() => {});
    return stage?.status === 'done' && stage.run > before;
  });
}

describe('AMIs in mid-release', { timeout: 90_000 }, () => {
  it('made anew mark the stacks that took older ones, which are offered again and can go back to those of before', async () => {
    rehearsal = await rehearseFrom({ from: 'amis', speed: 2_000 });
    const played = rehearsal;
    const { store, controller, world } = played;
    const state = () => store.getState();
    const stack = stageById(state(), 'activities');
    if (!stack) throw new Error('There is no stage activities.');
    await run(played, 'amis');
    for (const id of ['vaultBackup', 'iam', 'silence', 'preview', 'core', 'redis', 'api', 'cachedb'])
      await controller.skipStage(id, 'not of this test');
    await run(played, 'activities');
    expect(offeredAgain(state(), stack)).toEqual([]);
    expect(wayBack(state(), stack)).toMatchObject({ version: 'h7a6e3a1f', taken: false });

    world.aws.seed.image({
      accountId: state().session.accountId,
      imageId: 'ami-0anew',
      name: 'activities.boss-hfeedbeef',
      ownerId: state().session.accountId,
      createdAtMs: state().nowMs,
      tags: { Commit: 'feedbeef' },
    });
    await run(played, 'amis', 'activities was built anew');
    expect(offeredAgain(state(), stack)).toEqual([expect.stringMatching(/^activities took h\w+ .*ami-0anew now$/)]);
    const row = runbookRows(state(), 44).find(({ stageId }) => stageId === 'activities');
    expect(lineText(row?.line ?? '')).toMatch(/! 5 activities +older AMIs$/);

    controller.openCard('activities');
    const card = await until('the card', () => (state().live.card?.ready ? state().live.card : undefined));
    expect(card.blockedBy).toEqual([]);
    expect(card.steps[0]?.plan?.evidence.map(({ label }) => label)).toContain('AMI activities was made anew');
    controller.closeCard();

    setUi(store, { selectedStageId: 'activities' });
    const before = stepText(state(), 100).head.map(lineText).join('\n');
    expect(before).toMatch(/B goes back to h7a6e3a1f\n {2}commit 7a6e3a1f, StackVersion 1, activities ami-/);
    await run(played, 'activities.back');
    expect(wayBack(state(), stack)).toMatchObject({ taken: true });
    expect(offeredAgain(state(), stack)).toEqual([]);
    const update = played.release()?.steps['5.back.1']?.attempts[0];
    expect(update?.plan.commands[0]).toContain('--ami-version h7a6e3a1f update production.boss activities');
    expect(update?.verdict?.evidence.map(({ value }) => value)).toContainEqual(expect.stringMatching(/^runs on ami-/));
    const rows = runbookRows(state(), 44).map(({ line }) => lineText(line).trim());
    expect(rows).toContainEqual(expect.stringMatching(/✔ 5 activities +rolled back$/));
    expect(rows).toContainEqual(expect.stringMatching(/Roll activities back by AMI/));

    await played.play();
    expect(played.release()?.closed?.as).toBe('finished');
  });
});
