import { draftOf, isAllSafe } from '../store/dialog.ts';
import type { AppState } from '../store/store.ts';
import { editDialog } from '../store/updates.ts';
import { always, type Command, mayAct } from './command.ts';
import { approve, decisionOf, leaveDialog } from './dialogActs.ts';

/** Logical ids of the dangers of the change set under review. */
function mustType(state: AppState): readonly string[] {
  const question = decisionOf(state)?.asked.question;
  return question?.is === 'review' ? question.mustType : [];
}

/** How many logical ids a review still wants typed. */
function stillToType(state: AppState): number {
  const decision = decisionOf(state);
  return decision ? mustType(state).length - draftOf(state, decision.id).typed.length : 0;
}

/** Why a review cannot be approved by a key; true where it can. */
function mayApprove(state: AppState): true | string {
  const decision = decisionOf(state);
  const { question } = decision?.asked ?? {};
  if (!decision || question?.is !== 'review') return '';
  if (!state.subjects[question.subject.sha256]) return 'The changes are still being read.';
  const missing = stillToType(state);
  return missing > 0
    ? `Type the ${missing} dangerous resource${missing > 1 ? 's' : ''} by name first: press t.`
    : mayAct(state);
}

/** What keys do with a change set under review: each level of risk has a key of its own. */
export const REVIEW_COMMANDS: readonly Command[] = [
  {
    id: 'review.approveSafe',
    keys: ['enter'],
    label: 'approve',
    about: 'Approves a change set in which every change is safe.',
    modes: ['review'],
    hint: 1,
    acts: true,
    when: (state) => {
      const decision = decisionOf(state);
      if (decision && isAllSafe(state, decision)) return mayAct(state);
      const may = mayApprove(state);
      return may === true ? 'There are warnings: a approves with them, n rejects.' : may;
    },
    run: approve,
  },
  {
    id: 'review.approve',
    keys: ['a'],
    label: (state) => (mustType(state).length > 0 ? 'approve with dangers' : 'approve with warnings'),
    about: 'Approves a change set that has warnings, or whose dangers were typed by name.',
    modes: ['review'],
    hint: 2,
    acts: true,
    when: (state) => {
      const decision = decisionOf(state);
      return decision && isAllSafe(state, decision) ? 'Every change is safe: Enter approves.' : mayApprove(state);
    },
    run: approve,
  },
  {
    id: 'review.type',
    keys: ['t'],
    label: (state) => `type ${stillToType(state)} by name`,
    about: 'Types the logical ids of dangerous changes, one by one.',
    modes: ['review'],
    hint: 1,
    when: (state) => (stillToType(state) > 0 ? mayAct(state) : ''),
    run: ({ store }) => {
      const decision = decisionOf(store.getState());
      if (decision) editDialog(store, decision.id, { typing: true, input: '' });
    },
  },
  {
    id: 'review.reject',
    keys: ['n'],
    label: 'reject',
    about: 'Rejects the change set: n is typed at the script’s prompt.',
    modes: ['review'],
    hint: 3,
    acts: true,
    when: mayAct,
    run: ({ store, controller }) => {
      const decision = decisionOf(store.getState());
      return decision && controller.answer(decision.id, { is: 'rejected' });
    },
  },
  {
    id: 'review.leave',
    keys: ['l'],
    // Esc, which always has room at the foot, does the same.
    label: 'leave it waiting',
    about: 'Leaves the script at its prompt and goes back to the panes.',
    modes: ['review'],
    when: always,
    run: leaveDialog,
  },
];
