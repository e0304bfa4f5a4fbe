import { deleteChangeSet } from './changeSetDeletion.ts';
import type { ActContext } from './kind.ts';
import { isStale, type StackBaseline } from './stackCard.ts';
import { age } from './words.ts';

/**
 * Deletes what an earlier run left behind: the script dies where a change set of this commit exists. A failed one goes
 * without a word; one that could still be executed goes only when the bosslet's name is typed. False: it stays.
 */
export async function clearLeftovers(context: ActContext<StackBaseline>): Promise<boolean> {
  for (const each of context.attempt.baseline.leftover) {
    const { arn, status } = each;
    if (!isStale(status) && !(await agreed(context, each))) return false;
    await deleteChangeSet(context, `deleteChangeSet/${arn}`, arn);
  }
  return true;
}

async function agreed(
  context: ActContext<StackBaseline>,
  { arn, status, creationTimeMs }: StackBaseline['leftover'][number],
): Promise<boolean> {
  const expected = context.bosslet.name;
  const answer = await context.decide(`leftover/${arn}`, {
    // `arn:aws:cloudformation:…:stack/<name>/<uuid>`
    title: `A change set of this commit waits at ${context.attempt.baseline.stackId?.split('/')[1] ?? 'the stack'}`,
    text: [
      `It is ${status}, ${age(context.clock.now() - creationTimeMs)} old: somebody may be at its prompt right now.`,
      `Type ${expected} to delete it. Its prompt, where there is one, then fails.`,
    ],
    question: { is: 'typed', expected },
  });
  return answer.is === 'typed' && answer.text === expected;
}
