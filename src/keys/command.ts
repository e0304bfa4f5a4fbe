import type { Controller } from '../release/state.ts';
import { activeField, type Dialog, dialogOf } from '../store/dialog.ts';
import type { AppState, Store } from '../store/store.ts';
import type { PaneId } from '../store/ui.ts';
import type { KeyName } from './keysOf.ts';

/** What the keys mean depends on what is in front. */
export type Mode = 'normal' | 'help' | 'builds' | 'prompt' | 'card' | 'confirm' | 'choose' | 'review' | 'typing';

/** How much of a list is on the screen: what scrolling by a page or to the end needs to know. */
export interface Viewport {
  readonly first: number;
  readonly total: number;
  readonly height: number;
  /** Where it stays while it is not scrolled: at its top, or at its end, where the newest is. */
  readonly follows: 'top' | 'end';
}

/** What commands act with. */
export interface CommandContext {
  readonly store: Store;
  readonly controller: Controller;
  /** Ends the program with an exit code; scripts go on. */
  readonly leave: (exitCode: number) => void;
  /** Puts a text into the terminal's clipboard. */
  readonly copy: (text: string) => void;
  /** Hands the terminal to an ssh into the deployment and comes back; absent where there is no way in. */
  readonly enterMachine?: () => Promise<void>;
  /** Makes who watches the operator; what was typed must be the bosslet's name. */
  readonly takeOver?: (typed: string) => Promise<void>;
  /** Hands the terminal to the operator's editor on a file; rejects where it was not edited. Absent: there is no terminal. */
  readonly editFile?: (path: string) => Promise<void>;
  /** The list that a pane, or the dialog in front, shows now. */
  readonly viewport: (of: PaneId | 'dialog') => Viewport | undefined;
}

/** One thing that a key does. The table of them feeds the dispatcher, the footer and the help. */
export interface Command {
  readonly id: string;
  readonly keys: readonly KeyName[];
  /** A word or two for the footer. */
  readonly label: string | ((state: AppState) => string);
  /** One sentence for the help. */
  readonly about: string;
  readonly modes: readonly Mode[];
  /** Place in the footer, lowest first; absent: only in the help. */
  readonly hint?: number;
  /** The footer offers it only then; absent: whenever it may be used. */
  hintWhen?(state: AppState): boolean;
  /**
   * Acts on the world: counts only on what the operator has seen for half a second, never from the chunk of input that
   * brought it up.
   */
  readonly acts?: true;
  /** True, or why it does nothing now: a sentence, or the empty text where nobody needs to be told. */
  when(state: AppState): true | string;
  run(context: CommandContext, key: KeyName): void | Promise<void>;
}

/** The mode that the screen is in. */
export function modeOf(state: AppState, dialog: Dialog | undefined = dialogOf(state)): Mode {
  if (!dialog) return 'normal';
  if (activeField(state, dialog)) return 'typing';
  if (dialog.is !== 'decision') return dialog.is;
  const { question } = dialog.decision.asked;
  return question.is === 'choose' || question.is === 'review' ? question.is : 'confirm';
}

/** For commands that may always be used. */
export const always = (): true => true;

/** Why somebody who only looks may not act; true where they may. */
export const mayAct = ({ session, release }: AppState): true | string => {
  if (session.role === 'operator') return true;
  const { holder, readOnly } = session;
  const acts = holder?.lives === 'ended' ? 'nobody' : holder ? `${holder.user}@${holder.host}` : release?.operator;
  return `You are watching${acts ? `; ${acts} acts` : ''}. Nothing was done.${readOnly ? '' : ' T takes over.'}`;
};

/** Why the right to act cannot be taken from here; true where it can. */
export const mayTakeOver = ({ session }: AppState): true | string => {
  if (session.role === 'operator') return 'You are the operator.';
  return session.readOnly
    ? 'This was started as boss-tui watch, which never acts: leave it (q) and start boss-tui for the bosslet.'
    : true;
};

/** Why nothing can be done to a release now; true where one is open and ours. */
export const mayChangeRelease = (state: AppState): true | string => {
  if (!state.release) return 'No release is open yet: it begins with its first stage.';
  if (state.release.closed) return `This release is ${state.release.closed.as}.`;
  return mayAct(state);
};

/** The first objection, or true. */
export const allOf = (...answers: readonly (true | string)[]): true | string =>
  answers.find((answer) => answer !== true) ?? true;
