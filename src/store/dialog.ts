import { modalDecision, questionId, stageById } from './selectors.ts';
import type { AppState } from './store.ts';
import type { Card, CardChoice, ChooseOption, Decision } from './types.ts';
import type { Prompt } from './ui.ts';

/** What stands above the panes. `about` tells whose draft `ui.input`, `ui.typed`, … are. */
export type Dialog =
  | { readonly is: 'help'; readonly about: string }
  | { readonly is: 'builds'; readonly about: string }
  | { readonly is: 'prompt'; readonly about: string; readonly prompt: Prompt }
  | { readonly is: 'card'; readonly about: string; readonly card: Card }
  | { readonly is: 'decision'; readonly about: string; readonly decision: Decision };

/** The dialog in front: the help, a key's own question, the open card, the oldest question, the build logs, in this order. */
export function dialogOf(state: AppState): Dialog | undefined {
  const { ui, live } = state;
  if (ui.help) return { is: 'help', about: 'help' };
  if (ui.prompt) return { is: 'prompt', about: promptId(ui.prompt), prompt: ui.prompt };
  if (live.card) return { is: 'card', about: cardId(live.card), card: live.card };
  // Who only looks is not asked: the question stands in the step's pane.
  const decision = state.session.role === 'operator' ? modalDecision(state) : undefined;
  if (decision) return { is: 'decision', about: questionId(decision), decision };
  return ui.builds ? { is: 'builds', about: 'builds' } : undefined;
}

/** A card that is shown again because of new dangers is another card: what was typed into the first does not count. */
const cardId = ({ stageId, changed, readyAtMs }: Card): string => `card/${stageId}${changed ? `/${readyAtMs}` : ''}`;

function promptId(prompt: Prompt): string {
  switch (prompt.is) {
    case 'skip':
    case 'cancel':
      return `prompt/${prompt.is}/${prompt.stageId}`;
    case 'override':
      return `prompt/override/${prompt.stepId}/${prompt.gateId}`;
    case 'takeOver':
      return `prompt/takeOver/${prompt.from ?? ''}`;
    default:
      return `prompt/${prompt.is}`;
  }
}

/** What is typed, chosen and scrolled in a dialog. */
export interface Draft {
  readonly input: string;
  readonly typed: readonly string[];
  readonly typing: boolean;
  readonly cursor: number | undefined;
  readonly scroll: number | undefined;
}

const EMPTY: Draft = { input: '', typed: [], typing: false, cursor: undefined, scroll: undefined };

/** The draft of a dialog; what was typed into another one never shows here. */
export const draftOf = ({ ui }: AppState, about: string): Draft =>
  ui.about === about
    ? { input: ui.input, typed: ui.typed, typing: ui.typing, cursor: ui.cursor, scroll: ui.modalScroll }
    : EMPTY;

/** Something that a dialog wants typed. */
export type Field =
  /** Exactly this word. */
  | { readonly is: 'word'; readonly expected: string }
  | { readonly is: 'note'; readonly label: string; readonly required: boolean }
  /** Text for a script's prompt. */
  | { readonly is: 'text'; readonly masked: boolean };

const note = (label: string, required = true): Field => ({ is: 'note', label, required });
const word = (expected: string): Field => ({ is: 'word', expected });

/** Everything that a dialog wants typed, in order. A choice wants a note only for some of its options. */
export function fieldsOf(state: AppState, dialog: Dialog): readonly Field[] {
  switch (dialog.is) {
    case 'help':
    case 'builds':
      return [];
    case 'prompt':
      return promptFields(state, dialog.prompt);
    case 'card': {
      const { typed, blockedBy, overridable } = dialog.card;
      return [
        ...(typed === undefined ? [] : [word(typed)]),
        ...(blockedBy.length > 0 && overridable ? [note('why out of order')] : []),
      ];
    }
    case 'decision':
      return decisionFields(state, dialog.decision);
  }
}

function promptFields(state: AppState, prompt: Prompt): readonly Field[] {
  switch (prompt.is) {
    case 'skip':
      return [note('why', !stageById(state, prompt.stageId)?.optional)];
    case 'cancel':
      return [];
    case 'note':
      return [note('note')];
    case 'finish':
      return [note('note', false)];
    case 'abandon':
      return [word(state.session.bosslet), note('why')];
    case 'takeOver':
      return [word(state.session.bosslet)];
    case 'override':
      return [...(prompt.expected === undefined ? [] : [word(prompt.expected)]), note('why')];
  }
}

function decisionFields(state: AppState, decision: Decision): readonly Field[] {
  const { question } = decision.asked;
  switch (question.is) {
    case 'confirm':
      return [];
    case 'typed':
      return [word(question.expected)];
    case 'choose':
      return chosenOption(state, decision)?.note ? [note('why')] : [];
    case 'review':
      return question.mustType.map(word);
    case 'sign':
      return [note('how you know')];
    case 'type':
      return [{ is: 'text', masked: question.masked }];
  }
}

/** Whether a dialog has keys of its own, so that letters are typed only after its field was entered. */
const hasKeys = (dialog: Dialog): boolean =>
  dialog.is === 'decision' &&
  (dialog.decision.asked.question.is === 'review' || dialog.decision.asked.question.is === 'choose');

/** The field that letters go into now. */
export function activeField(state: AppState, dialog: Dialog): Field | undefined {
  const draft = draftOf(state, dialog.about);
  if (hasKeys(dialog) && !draft.typing) return undefined;
  return fieldsOf(state, dialog)[draft.typed.length];
}

/** Index of the option under the cursor of a choice; without a cursor, the recommended one's. */
export function choiceCursor(state: AppState, decision: Decision): number {
  const { question } = decision.asked;
  if (question.is !== 'choose') return 0;
  const cursor =
    draftOf(state, questionId(decision)).cursor ?? question.options.findIndex(({ id }) => id === question.recommended);
  return Math.min(Math.max(0, cursor), question.options.length - 1);
}

export function chosenOption(state: AppState, decision: Decision): ChooseOption | undefined {
  const { question } = decision.asked;
  return question.is === 'choose' ? question.options[choiceCursor(state, decision)] : undefined;
}

/** One option of one choice on a card. */
export interface CardOption {
  readonly stepId: string;
  readonly choice: CardChoice;
  readonly option: ChooseOption;
  /** `<stepId>/<key>`. */
  readonly key: string;
  readonly chosen: boolean;
}

/** Every option of every choice on a card, in order: what its cursor goes over. */
export const cardOptions = ({ ui }: AppState, card: Card): readonly CardOption[] =>
  card.steps.flatMap(({ step, plan }) =>
    (plan?.choices ?? []).flatMap((choice) => {
      const key = `${step.id}/${choice.key}`;
      const chosen = ui.choices[key] ?? choice.recommended;
      return choice.options.map((option) => ({ stepId: step.id, choice, option, key, chosen: option.id === chosen }));
    }),
  );

/** The answers to all choices of a card: what was chosen, else what is recommended. */
export const cardChoices = (state: AppState, card: Card): Readonly<Record<string, string>> =>
  Object.fromEntries(
    cardOptions(state, card)
      .filter(({ chosen }) => chosen)
      .map(({ key, option }) => [key, option.id]),
  );

/** Whether a review may be approved by Enter alone. */
export function isAllSafe(state: AppState, decision: Decision): boolean {
  const { question } = decision.asked;
  if (question.is !== 'review') return false;
  const subject = state.subjects[question.subject.sha256];
  return (
    subject !== undefined &&
    question.mustType.length === 0 &&
    subject.changes.every(({ level }) => level === 'safe') &&
    subject.findings.length === 0
  );
}

/**
 * Names exactly what an operator has before their eyes: a dialog, and the reading of it. Keys that act count only
 * after this very thing was drawn.
 */
export function dialogReading(state: AppState, dialog: Dialog): string {
  switch (dialog.is) {
    case 'card':
      return `${dialog.about}@${dialog.card.readyAtMs ?? 'reading'}${dialog.card.changed ? '!' : ''}`;
    case 'decision': {
      const { id, asked } = dialog.decision;
      const { question } = asked;
      const read = question.is !== 'review' || state.subjects[question.subject.sha256] !== undefined;
      return `${id}@${read ? 'read' : 'reading'}`;
    }
    default:
      return dialog.about;
  }
}
