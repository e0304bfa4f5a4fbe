import { isRecreatable } from './bossManage.ts';

/** What a stack's status says: what AWS did, and what an operator can do about it. */
export interface StackOutcome {
  /** `ended`: at rest and well. `busy`: AWS works on it. `broken`: at rest, and not as anybody wanted it. */
  readonly is: 'ended' | 'busy' | 'broken';
  /** One sentence: what AWS did, or does. */
  readonly did: string;
  /** One sentence: the way on. */
  readonly todo: string;
}

/** For a stack that may be made anew, and for one that holds what exists nowhere else: that one is never deleted. */
interface Ways {
  readonly recreatable: string;
  readonly precious: string;
}
interface Row {
  readonly is: StackOutcome['is'];
  readonly did: string;
  readonly todo: string | Ways;
}

const WAIT = 'Wait until it has come to its end; the scripts refuse every command meanwhile.';
const GO_ON = 'Nothing is to be done.';
const MEND = 'Mend the cause, then try again.';
const CONSOLE = 'Never delete it, whatever the script advises: it holds what exists nowhere else.';

const busy = (did: string, todo: string | Ways = WAIT): Row => ({ is: 'busy', did, todo });
const ended = (did: string, todo: string | Ways = GO_ON): Row => ({ is: 'ended', did, todo });
const broken = (did: string, todo: string | Ways): Row => ({ is: 'broken', did, todo });
const recreateOr = (precious: string, recreatable = 'Delete it and create it again.'): Ways => ({
  recreatable,
  precious: `${CONSOLE} ${precious}`,
});

/** Every StackStatus of CloudFormation ("Stack status codes"), by name. */
const OUTCOMES: Readonly<Record<string, Row>> = {
  CREATE_IN_PROGRESS: busy('AWS creates it.'),
  CREATE_COMPLETE: ended('AWS created it.'),
  CREATE_FAILED: broken(
    'AWS could not create it, and left what it had made.',
    recreateOr('Resolve it in the AWS console.'),
  ),
  ROLLBACK_IN_PROGRESS: busy('AWS takes a failed create back.'),
  ROLLBACK_COMPLETE: broken(
    'AWS took the failed create back; the stack that is left is empty and takes no update.',
    recreateOr('Resolve it in the AWS console.'),
  ),
  ROLLBACK_FAILED: broken(
    'AWS could not take the failed create back; what it had made is left.',
    recreateOr('Resolve it in the AWS console.'),
  ),
  REVIEW_IN_PROGRESS: broken(
    'It waits for its first change set: nothing of it exists yet.',
    'Find out who began to make it, and have them finish it or put it away.',
  ),
  UPDATE_IN_PROGRESS: busy('AWS updates it.', 'Wait, or cancel the update (X): AWS then takes it back.'),
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: busy('The update is done; AWS removes what it replaced.'),
  UPDATE_COMPLETE: ended('AWS updated it.'),
  UPDATE_FAILED: broken(
    'The update failed, and AWS kept what it had changed so far: it was told not to roll back.',
    'Have the stack rolled back in the AWS console (Stack actions, Roll back), then try again.',
  ),
  UPDATE_ROLLBACK_IN_PROGRESS: busy('AWS rolls the update back.'),
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: busy('AWS rolled the update back and removes what it had made.'),
  UPDATE_ROLLBACK_COMPLETE: ended('AWS rolled the stack back; it is as it was before.', {
    recreatable: 'Mend the cause and try again, or take another way.',
    precious: MEND,
  }),
  UPDATE_ROLLBACK_FAILED: broken(
    'AWS could not roll the update back: some resources are new, some are old.',
    'Mend the cause, continue the rollback (R), then try again. It is not to be deleted.',
  ),
  DELETE_IN_PROGRESS: busy('AWS deletes it.', {
    recreatable: WAIT,
    precious: 'Nobody may delete it: find out at once who did, and what its policies keep.',
  }),
  DELETE_FAILED: broken(
    'AWS could not delete all of it; what is left is still there.',
    recreateOr('Find out who tried to; resolve it in the AWS console.', 'Mend the cause, then delete it again.'),
  ),
  DELETE_COMPLETE: broken('It is deleted.', {
    recreatable: 'Create it again.',
    precious: 'Find out who deleted it: it can be made again only from backups.',
  }),
  IMPORT_IN_PROGRESS: busy('AWS imports resources into it.'),
  IMPORT_COMPLETE: ended('AWS imported resources into it.'),
  IMPORT_ROLLBACK_IN_PROGRESS: busy('AWS takes an import back.'),
  IMPORT_ROLLBACK_COMPLETE: ended('AWS took an import back; it is as it was before.'),
  IMPORT_ROLLBACK_FAILED: broken('AWS could not take an import back.', 'Resolve the import in the AWS console.'),
};

/** What a status says of the stack of a config. A status that is not known here is broken: nobody may build on it. */
export function outcomeOf(config: string, stackStatus: string): StackOutcome {
  const row = Object.hasOwn(OUTCOMES, stackStatus) ? OUTCOMES[stackStatus] : undefined;
  if (!row) return { is: 'broken', did: `AWS says ${stackStatus} of it.`, todo: 'Look at its events before going on.' };
  const { is, did, todo } = row;
  const ways = typeof todo === 'string' ? { recreatable: todo, precious: todo } : todo;
  return { is, did, todo: isRecreatable(config) ? ways.recreatable : ways.precious };
}
