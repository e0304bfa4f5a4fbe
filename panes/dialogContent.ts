import type { Colour, Line } from '../components/line.tsx';
import { textInput } from '../components/textInput.ts';
import { activeField, type Dialog, type Draft, draftOf, fieldsOf } from '../src/store/dialog.ts';
import type { AppState } from '../src/store/store.ts';
import { buildsContent } from './builds.ts';
import { cardContent } from './card.ts';
import { decisionContent } from './decision.ts';
import { helpContent } from './help.ts';
import { OK } from './marks.ts';
import { promptContent } from './prompt.ts';

/** What a dialog says, before it has a place. */
export interface DialogContent {
  readonly title: string;
  readonly remark?: Line | undefined;
  readonly tone: Colour;
  /** Scrolls where it is longer than its place. */
  readonly body: readonly Line[];
  /** Stays below the body: what is wanted now. */
  readonly foot: readonly Line[];
  /** What the body says, once more below it: only where the body does not fit. */
  readonly footWhereCut?: readonly Line[];
  /** The body's row that must stay in sight: the option under the cursor. */
  readonly cursorRow?: number | undefined;
}

/** What takes the whole width of the screen: logs, diffs. */
export const isWide = (dialog: Dialog): boolean => dialog.is === 'builds';

export function contentOf(state: AppState, dialog: Dialog, width: number): DialogContent {
  switch (dialog.is) {
    case 'help':
      return helpContent(state, width);
    case 'builds':
      return buildsContent(state, width);
    case 'prompt':
      return promptContent(state, dialog.prompt, width);
    case 'card':
      return cardContent(state, dialog, width);
    case 'decision':
      return decisionContent(state, dialog.decision, width);
  }
}

/** What was typed so far and the field that letters go into now. */
export function fieldLines(state: AppState, dialog: Dialog, width: number): readonly Line[] {
  const draft = draftOf(state, dialog.about);
  const field = activeField(state, dialog);
  return [...typedLines(fieldsOf(state, dialog), draft), ...(field ? [textInput(inputOf(field, draft), width)] : [])];
}

const typedLines = (fields: ReturnType<typeof fieldsOf>, { typed }: Draft): readonly Line[] =>
  typed.map((text, index) => [OK, ' ', fields[index]?.is === 'note' ? 'note ' : 'typed ', text]);

function inputOf(field: NonNullable<ReturnType<typeof activeField>>, { input }: Draft) {
  switch (field.is) {
    case 'word':
      return { label: `type ${field.expected}`, text: input };
    case 'note':
      return { label: field.required ? field.label : `${field.label} (may be empty)`, text: input };
    case 'text':
      return { label: 'answer', text: input, masked: field.masked };
  }
}
