import type { Stage } from '../runbook/runbook.ts';
import { cardOptions, chosenOption, dialogOf, draftOf, fieldsOf } from '../store/dialog.ts';
import { stageById } from '../store/selectors.ts';
import type { AppState } from '../store/store.ts';
import { editDialog, setUi } from '../store/updates.ts';
import { always, type Command, type CommandContext, mayAct, mayTakeOver } from './command.ts';
import {
  cardOf,
  decisionOf,
  leaveDialog,
  move,
  page,
  revealSecret,
  secretOf,
  submit,
  submitField,
  takeOption,
} from './dialogActs.ts';
import { mayRollBack, pressStage, rollBackLabel } from './stageKey.ts';

/** Whether a card may be run by a key; else why not. */
function cardIsReady(state: AppState): true | string {
  const card = cardOf(state);
  if (!card?.ready) return 'The card is still being read.';
  if (card.blockedBy.length > 0 && !card.overridable) return `Not yet: ${card.blockedBy.join(', ')}.`;
  return mayAct(state);
}

/** Whoever watches may do one thing: take over. */
function maySubmit(state: AppState): true | string {
  const dialog = dialogOf(state);
  if (dialog?.is === 'card') return cardIsReady(state);
  return dialog?.is === 'prompt' && dialog.prompt.is === 'takeOver' ? mayTakeOver(state) : mayAct(state);
}
/** The stage whose card is open. */
const cardStage = (state: AppState): Stage | undefined => stageById(state, cardOf(state)?.stageId);

const hasOptions = (state: AppState): true | '' => {
  const card = cardOf(state);
  return card !== undefined && cardOptions(state, card).length > 0 ? true : '';
};

/** Takes the way under the cursor; first asks for the note that it wants. */
function takeChosen(context: CommandContext): void | Promise<void> {
  const state = context.store.getState();
  const dialog = dialogOf(state);
  if (!dialog) return;
  if (fieldsOf(state, dialog).length > 0) return editDialog(context.store, dialog.about, { typing: true, input: '' });
  return submit(context, dialog, []);
}

const DIALOGS = ['help', 'builds', 'prompt', 'card', 'confirm', 'choose', 'review', 'typing'] as const;

/** What keys do while something stands above the panes. */
export const DIALOG_COMMANDS: readonly Command[] = [
  {
    id: 'card.run',
    keys: ['enter'],
    label: 'run',
    about: 'Runs the stage of the open card.',
    modes: ['card'],
    hint: 1,
    acts: true,
    when: cardIsReady,
    run: (context) => {
      const dialog = dialogOf(context.store.getState());
      return dialog && submit(context, dialog, []);
    },
  },
  {
    id: 'card.choose',
    keys: [' '],
    label: 'choose',
    about: 'Takes the option under the cursor of the open card.',
    modes: ['card'],
    hint: 2,
    when: hasOptions,
    run: takeOption,
  },
  {
    id: 'card.rollBack',
    keys: ['ctrl-r'],
    label: (state) => rollBackLabel(state, cardStage(state)),
    about: 'Opens the card that goes back to the AMIs of before the release, from that of a stack that is done.',
    modes: ['card', 'typing'],
    hint: 3,
    when: (state) => (cardStage(state)?.rollBack ? mayRollBack(state, cardStage(state)) : ''),
    run: (context) => {
      const back = cardStage(context.store.getState())?.rollBack;
      if (back) pressStage(context, back.id);
    },
  },
  {
    id: 'card.chooseWhileTyping',
    keys: ['tab'],
    label: 'choose',
    about: 'Takes the option under the cursor of a card that also wants a word typed.',
    modes: ['typing'],
    hint: 2,
    when: hasOptions,
    run: takeOption,
  },
  {
    id: 'field.submit',
    keys: ['enter'],
    label: (state) => {
      const dialog = dialogOf(state);
      const left = dialog ? fieldsOf(state, dialog).length - draftOf(state, dialog.about).typed.length : 0;
      if (left > 1) return 'next';
      return dialog?.is === 'card' ? 'run' : 'enter';
    },
    about: 'Takes what was typed.',
    modes: ['typing'],
    hint: 1,
    acts: true,
    when: maySubmit,
    run: submitField,
  },
  {
    id: 'prompt.confirm',
    keys: ['enter'],
    label: 'yes',
    about: 'Does what was asked.',
    modes: ['prompt'],
    hint: 1,
    acts: true,
    when: mayAct,
    run: (context) => {
      const dialog = dialogOf(context.store.getState());
      return dialog && submit(context, dialog, []);
    },
  },
  {
    id: 'decision.confirm',
    keys: ['enter'],
    label: 'yes',
    about: 'Answers the question with yes.',
    modes: ['confirm'],
    hint: 1,
    acts: true,
    when: mayAct,
    run: (context) => {
      const dialog = dialogOf(context.store.getState());
      return dialog && submit(context, dialog, []);
    },
  },
  {
    id: 'decision.decline',
    keys: ['n'],
    label: 'no',
    about: 'Answers the question with no.',
    modes: ['confirm'],
    hint: 2,
    acts: true,
    when: mayAct,
    run: ({ store, controller }) => {
      const decision = decisionOf(store.getState());
      return decision && controller.answer(decision.id, { is: 'declined' });
    },
  },
  {
    id: 'decision.declineTyped',
    keys: ['ctrl-n'],
    label: 'no',
    about: 'Declines what wants a word typed.',
    modes: ['typing'],
    hint: 3,
    acts: true,
    when: (state) => (decisionOf(state)?.asked.question.is === 'typed' ? mayAct(state) : ''),
    run: ({ store, controller }) => {
      const decision = decisionOf(store.getState());
      return decision && controller.answer(decision.id, { is: 'declined' });
    },
  },
  {
    id: 'choose.take',
    keys: ['enter'],
    label: (state) => {
      const decision = decisionOf(state);
      const option = decision && chosenOption(state, decision);
      return option ? `take “${option.label}”` : 'take';
    },
    about: 'Takes the way under the cursor.',
    modes: ['choose'],
    hint: 1,
    acts: true,
    when: (state) =>
      decisionOf(state)?.asked.reveals && !secretOf(state)
        ? 'The secret is still being read: one moment.'
        : mayAct(state),
    run: (context) => {
      const state = context.store.getState();
      const decision = decisionOf(state);
      const file = decision && chosenOption(state, decision)?.edits;
      // At once where there is nothing to wait for: the letters of a note may be in the same chunk.
      if (file === undefined || !context.editFile) return takeChosen(context);
      return context.editFile(file).then(() => takeChosen(context));
    },
  },
  {
    id: 'secret.reveal',
    keys: ['tab'],
    label: 'show the secret',
    about: 'Shows a secret until the next key, for a minute at most.',
    modes: ['confirm', 'choose', 'typing'],
    hint: 2,
    when: (state) => (secretOf(state) ? true : ''),
    run: revealSecret,
  },
  {
    id: 'secret.copy',
    keys: ['ctrl-y'],
    label: 'copy it',
    about: 'Puts the secret into the terminal’s clipboard.',
    modes: ['confirm', 'choose', 'typing'],
    hint: 3,
    when: (state) => (secretOf(state) ? true : ''),
    run: ({ store, copy }) => {
      const secret = secretOf(store.getState());
      if (!secret) return;
      copy(secret.reveal());
      setUi(store, { message: 'Copied, where the terminal allows it.' });
    },
  },
  {
    id: 'dialog.up',
    keys: ['up', 'k'],
    label: 'up',
    about: 'Moves up, or scrolls.',
    modes: DIALOGS,
    when: always,
    run: (context) => move(context, -1),
  },
  {
    id: 'dialog.down',
    keys: ['down', 'j'],
    label: 'down',
    about: 'Moves down, or scrolls.',
    modes: DIALOGS,
    when: always,
    run: (context) => move(context, 1),
  },
  {
    id: 'dialog.pageUp',
    keys: ['pageup'],
    label: 'page up',
    about: 'Scrolls what is in front by a page.',
    modes: DIALOGS,
    when: always,
    run: (context) => page(context, -1),
  },
  {
    id: 'dialog.pageDown',
    keys: ['pagedown', 'ctrl-d'],
    label: 'page down',
    about: 'Scrolls what is in front by a page.',
    modes: DIALOGS,
    when: always,
    run: (context) => page(context, 1),
  },
  {
    id: 'help.close',
    keys: ['?', 'q', 'enter'],
    label: 'close',
    about: 'Closes the help.',
    modes: ['help'],
    when: always,
    run: leaveDialog,
  },
  {
    id: 'builds.close',
    keys: ['L', 'q', 'enter'],
    label: 'close',
    about: 'Closes the build logs; the builds go on.',
    modes: ['builds'],
    when: always,
    run: leaveDialog,
  },
  {
    id: 'dialog.leave',
    keys: ['esc'],
    label: (state) => {
      const question = decisionOf(state)?.asked.question;
      return question === undefined ? 'close' : question.is === 'review' ? 'leave it waiting' : 'later';
    },
    about: 'Closes what is in front; a question stays open.',
    modes: DIALOGS,
    hint: 9,
    when: always,
    run: leaveDialog,
  },
];
