import { afterEach, expect, it } from 'vitest';
import { type Rehearsal, rehearseFrom } from '../support/rehearsal.ts';
import { until } from '../support/until.ts';

let rehearsal: Rehearsal | undefined;
afterEach(async () => {
  await rehearsal?.end();
  rehearsal = undefined;
});

it('an update is cancelled by a key of its own while its step waits for it, and what is recommended then is to try again', async () => {
  // Slow enough that the update has not failed yet when it is cancelled.
  rehearsal = await rehearseFrom({ from: 'redis', faults: ['redis-size'], speed: 20 });
  const { controller, store, release } = rehearsal;
  /** Opens a card, again where it shows that there is nothing to do yet, and runs what it says. */
  const confirm = async (stageId: string) => {
    await until('something to do', async () => {
      controller.openCard(stageId);
      const card = await until('the card', () => store.getState().live.card?.ready && store.getState().live.card);
      return card.steps.some(({ plan }) => plan?.alreadyDone === false);
    });
    await controller.confirmCard({ choices: {} });
  };
  const open = () => Object.values(release()?.decisions ?? {}).find(({ answer, withdrawn }) => !answer && !withdrawn);
  await confirm('redis');
  const review = await until('the review', () => {
    const question = open()?.asked.question;
    return question?.is === 'review' ? { id: open()?.id ?? '', ...question } : undefined;
  });
  await controller.answer(review.id, { is: 'approved', hash: review.hash, typed: review.mustType });
  await confirm('cancelUpdate');
  await until('the rollback', () => release()?.stages.cancelUpdate?.status === 'done');
  const next = await until('the question', () => (open()?.asked.question.is === 'choose' ? open() : undefined));
  expect(next?.asked.text.join(' ')).toMatch(/The update of redis was cancelled\. AWS rolled the stack back/);
  const question = next?.asked.question;
  // Never the delete of the cache, which is the way on of an update that failed by itself.
  expect(question?.is === 'choose' ? question.recommended : undefined).toBe('retry');
  expect(question?.is === 'choose' ? question.options.map(({ id }) => id) : []).not.toContain('fallback:2.recreate');
  expect(release()?.steps['2.1']?.attempts[0]?.verdict).toMatchObject({ is: 'notDone', code: 'cancelled' });
});
