import {
  activeField,
  cardChoices,
  cardOptions,
  choiceCursor,
  chosenOption,
  type Dialog,
  dialogOf,
  draftOf,
  type Field,
  fieldsOf,
} from '../store/dialog.ts';
import { questionId } from '../store/selectors.ts';
import type { AppState } from '../store/store.ts';
import type { Answer, Card, Decision } from '../store/types.ts';
import type { Prompt } from '../store/ui.ts';
import { editDialog, setAside, setUi } from '../store/updates.ts';
import type { CommandContext } from './command.ts';

/** Clock milliseconds that a secret stays on the screen. */
const REVEAL_MS = 60_000;

export const decisionOf = (state: AppState): Decision | undefined => {
  const dialog = dialogOf(state);
  return dialog?.is === 'decision' ? dialog.decision : undefined;
};
export const cardOf = (state: AppState): Card | undefined => {
  const dialog = dialogOf(state);
  return dialog?.is === 'card' ? dialog.card : undefined;
};

/** Leaves what is in front: closes it, or leaves its question waiting. */
export function leaveDialog({ store, controller }: CommandContext): void {
  const dialog = dialogOf(store.getState());
  switch (dialog?.is) {
    case 'help':
      setUi(store, { help: false });
      return;
    case 'builds':
      setUi(store, { builds: false });
      return;
    case 'prompt':
      setUi(store, { prompt: undefined, input: '', about: undefined });
      return;
    case 'card':
      controller.closeCard();
      return;
    case 'decision': {
      if (draftOf(store.getState(), dialog.about).typing) {
        editDialog(store, dialog.about, { typing: false, input: '' });
        return;
      }
      setUi(store, { message: 'The question stays open: w brings it back.' });
      setAside(store, questionId(dialog.decision), true);
      return;
    }
  }
}

/** Takes what was typed into the present field; after the last one, does what the dialog is for. */
export function submitField(context: CommandContext): void | Promise<void> {
  const { store } = context;
  const state = store.getState();
  const dialog = dialogOf(state);
  if (!dialog) return;
  const draft = draftOf(state, dialog.about);
  const field = activeField(state, dialog);
  const objection = field && objectionTo(field, draft.input);
  if (objection) {
    setUi(store, { message: objection });
    return;
  }
  const text = field?.is === 'text' ? draft.input : draft.input.trim();
  const typed = [...draft.typed, text];
  const isLast = typed.length >= fieldsOf(state, dialog).length;
  const isReview = dialog.is === 'decision' && dialog.decision.asked.question.is === 'review';
  if (!isLast || isReview) {
    editDialog(store, dialog.about, { typed, input: '', typing: !isLast });
    return;
  }
  // A secret does not stay in the state while its answer is on the way.
  if (field?.is === 'text') editDialog(store, dialog.about, { input: '' });
  return submit(context, dialog, typed).then(() => {
    if (store.getState().ui.about === dialog.about) editDialog(store, dialog.about, { input: '', typed: [] });
  });
}

function objectionTo(field: Field, input: string): string | undefined {
  if (field.is === 'word' && input.trim() !== field.expected) {
    return `Type ${field.expected} exactly, or Esc to leave.`;
  }
  if (field.is === 'note' && field.required && input.trim() === '') return 'A note is needed: say why in a few words.';
  return undefined;
}

/** Does what a dialog is for, with everything that it wanted typed. */
export async function submit(context: CommandContext, dialog: Dialog, typed: readonly string[]): Promise<void> {
  switch (dialog.is) {
    case 'help':
    case 'builds':
      return;
    case 'prompt':
      return submitPrompt(context, dialog.prompt, typed);
    case 'card': {
      const { card } = dialog;
      const rest = card.typed === undefined ? typed : typed.slice(1);
      const note = rest[0];
      return context.controller.confirmCard({
        ...(card.typed === undefined ? {} : { typed: typed[0] ?? '' }),
        ...(note === undefined ? {} : { note }),
        choices: cardChoices(context.store.getState(), card),
      });
    }
    case 'decision': {
      const answer = answerOf(context.store.getState(), dialog.decision, typed);
      return answer && context.controller.answer(dialog.decision.id, answer);
    }
  }
}

function answerOf(state: AppState, decision: Decision, typed: readonly string[]): Answer | undefined {
  const { question } = decision.asked;
  const text = typed[0] ?? '';
  switch (question.is) {
    case 'confirm':
      return { is: 'confirmed' };
    case 'typed':
      return { is: 'typed', text };
    case 'choose': {
      const option = chosenOption(state, decision);
      return option && { is: 'chosen', option: option.id, ...(option.note ? { note: text } : {}) };
    }
    case 'review':
      return { is: 'approved', hash: question.hash, typed };
    case 'sign':
      return { is: 'signed', note: text };
    case 'type':
      return { is: 'text', length: text.length, text };
  }
}

async function submitPrompt(
  { store, controller, takeOver }: CommandContext,
  prompt: Prompt,
  typed: readonly string[],
): Promise<void> {
  const first = typed[0] ?? '';
  const last = typed.at(-1) ?? '';
  const done = (): Promise<void> => {
    switch (prompt.is) {
      case 'skip':
        return controller.skipStage(prompt.stageId, last);
      case 'cancel':
        return controller.cancel(prompt.stageId);
      case 'note':
        return controller.note(last);
      case 'finish':
        return last === '' ? controller.finish() : controller.finish(last);
      case 'abandon':
        return controller.abandon({ typed: first, note: last });
      case 'takeOver':
        return takeOver?.(first) ?? Promise.reject(new Error('Still opening the release; press again in a moment.'));
      case 'override':
        return controller.override(prompt.stepId, prompt.gateId, {
          note: last,
          ...(prompt.expected === undefined ? {} : { typed: first }),
        });
    }
  };
  await done();
  if (store.getState().ui.prompt === prompt) setUi(store, { prompt: undefined, input: '', about: undefined });
  // How it ended is what there is to be read now, not the stage that was under the cursor.
  if (prompt.is === 'finish' || prompt.is === 'abandon') setUi(store, { selectedStageId: undefined });
}

/** Moves the cursor of a choice or of a card's choices; where there is none, scrolls. */
export function move({ store, viewport }: CommandContext, by: number): void {
  const state = store.getState();
  const dialog = dialogOf(state);
  if (!dialog) return;
  const draft = draftOf(state, dialog.about);
  const options = dialog.is === 'card' ? cardOptions(state, dialog.card) : [];
  if (dialog.is === 'decision' && dialog.decision.asked.question.is === 'choose' && !draft.typing) {
    const count = dialog.decision.asked.question.options.length;
    const cursor = choiceCursor(state, dialog.decision) + by;
    editDialog(store, dialog.about, { cursor: Math.min(Math.max(0, cursor), count - 1), modalScroll: undefined });
    return;
  }
  if (options.length > 0) {
    const cursor = Math.min(Math.max(0, (draft.cursor ?? 0) + by), options.length - 1);
    editDialog(store, dialog.about, { cursor, modalScroll: undefined });
    return;
  }
  const view = viewport('dialog');
  const from = view?.first ?? draft.scroll ?? 0;
  const last = view ? Math.max(0, view.total - view.height) : from + 1;
  editDialog(store, dialog.about, { modalScroll: Math.min(Math.max(0, from + by), last) });
}

export function page(context: CommandContext, direction: 1 | -1): void {
  const { store, viewport } = context;
  const dialog = dialogOf(store.getState());
  const view = viewport('dialog');
  if (!dialog || !view) return;
  const first = view.first + direction * Math.max(1, view.height - 1);
  editDialog(store, dialog.about, { modalScroll: Math.min(Math.max(0, first), Math.max(0, view.total - view.height)) });
}

/** Takes the option under a card's cursor. */
export function takeOption({ store }: CommandContext): void {
  const state = store.getState();
  const dialog = dialogOf(state);
  if (dialog?.is !== 'card') return;
  const option = cardOptions(state, dialog.card)[draftOf(state, dialog.about).cursor ?? 0];
  if (option) setUi(store, { choices: { ...state.ui.choices, [option.key]: option.option.id } });
}

export function revealSecret({ store }: CommandContext): void {
  const state = store.getState();
  const decision = decisionOf(state);
  if (decision) setUi(store, { revealed: { decisionId: decision.id, untilMs: state.nowMs + REVEAL_MS } });
}

/** The secret that stands beside the question in front. */
export const secretOf = (state: AppState) => state.live.secrets[decisionOf(state)?.id ?? ''];

export function approve(context: CommandContext): Promise<void> | undefined {
  const state = context.store.getState();
  const dialog = dialogOf(state);
  return dialog && submit(context, dialog, draftOf(state, dialog.about).typed);
}
