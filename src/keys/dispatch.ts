import type { Controller } from '../release/state.ts';
import { activeField, dialogOf, dialogReading, draftOf } from '../store/dialog.ts';
import type { AppState, Store } from '../store/store.ts';
import type { PaneId } from '../store/ui.ts';
import { editDialog, say, setUi } from '../store/updates.ts';
import { type Command, type CommandContext, modeOf, type Viewport } from './command.ts';
import { commandsFor } from './commands.ts';
import { isText, type KeyFlags, type KeyName, keysOf } from './keysOf.ts';

/** How long something must have been on the screen before a key may act on it, in real milliseconds. */
export const SEEN_MS = 500;
/** A key that comes again within this time, in real milliseconds, is held down: nobody presses so fast. */
const HELD_MS = 60;
/** Whoever typed into a field within this time, in real milliseconds, is still at it: its keys mean nothing else. */
const AT_IT_MS = 1_500;
const BEING_CHECKED = 'Being checked: one moment.';
/** A chunk of more characters than this is no key press but pasted text, whatever the terminal says of it. */
const LONGEST_CHUNK = 6;
/** The longest text that a field takes. */
const LONGEST_INPUT = 2_000;

/** The one reader of the keys. */
export interface Dispatcher {
  /** One chunk of input, as the terminal's one reader got it. */
  input(chunk: string, key: KeyFlags): void;
  /** Pasted text: goes into an open field and never starts anything. */
  paste(text: string): void;
  /** Tells that a reading of a dialog (`dialogReading`) is on the screen from now on; undefined: none is. */
  shown(reading: string | undefined): void;
  /** Tells how much of a list is on the screen. */
  report(of: PaneId | 'dialog', viewport: Viewport): void;
}

/** Reads the mode from the store when a key arrives, so that a key never goes to what was in front before. */
export function createDispatcher({
  store,
  controller,
  leave,
  now,
  copy = () => {},
  enterMachine,
  takeOver,
  editFile,
}: {
  readonly store: Store;
  readonly controller: Controller;
  readonly leave: (exitCode: number) => void;
  /** Real milliseconds, monotonic. */
  readonly now: () => number;
  readonly copy?: (text: string) => void;
  readonly enterMachine?: () => Promise<void>;
  readonly takeOver?: (typed: string) => Promise<void>;
  readonly editFile?: (path: string) => Promise<void>;
}): Dispatcher {
  const viewports = new Map<PaneId | 'dialog', Viewport>();
  const context: CommandContext = {
    store,
    controller,
    leave,
    copy,
    ...(enterMachine && { enterMachine }),
    ...(takeOver && { takeOver }),
    ...(editFile && { editFile }),
    viewport: (of) => viewports.get(of),
  };
  let seen: { readonly reading: string; readonly atMs: number } | undefined;
  let pending: string | undefined;
  let pressed: { readonly key: KeyName; readonly atMs: number } | undefined;
  /** Where the last letter went, and when. */
  let typed: { readonly about: string; readonly atMs: number } | undefined;

  const readingOf = (state: AppState): string | undefined => {
    const dialog = dialogOf(state);
    return dialog && dialogReading(state, dialog);
  };

  /** Why a command must not act yet; undefined where it may. */
  function tooSoon(state: AppState, readingAtChunk: string | undefined): string | undefined {
    const reading = readingOf(state);
    if (reading === undefined) return undefined;
    if (reading !== readingAtChunk) return 'That came up only now: read it, then press the key again.';
    if (pending === reading) return BEING_CHECKED;
    if (seen?.reading !== reading || now() - seen.atMs < SEEN_MS)
      return 'Read it first: half a second, then press the key again.';
    return undefined;
  }

  function run(command: Command, key: KeyName): void {
    const reading = readingOf(store.getState());
    let result: void | Promise<void>;
    try {
      result = command.run(context, key);
    } catch (error) {
      say(store, sentence(error));
      return;
    }
    if (!(result instanceof Promise)) return;
    if (command.acts) pending = reading;
    result
      .catch((error: unknown) => say(store, sentence(error)))
      .finally(() => {
        if (command.acts && pending === reading) pending = undefined;
        // It was said of what is over now.
        if (store.getState().ui.message === BEING_CHECKED) say(store, undefined);
      });
  }

  function isHeld(key: KeyName): boolean {
    const atMs = now();
    const held = pressed?.key === key && atMs - pressed.atMs < HELD_MS;
    pressed = { key, atMs };
    return held;
  }

  function press(key: KeyName, readingAtChunk: string | undefined): void {
    const held = isHeld(key);
    const { ui } = store.getState();
    if (ui.message !== undefined || ui.revealed) setUi(store, { message: undefined, revealed: undefined });
    if (key === 'ctrl-c') {
      leave(130);
      return;
    }
    const state = store.getState();
    const dialog = dialogOf(state);
    const mode = modeOf(state, dialog);
    if (typed && typed.about !== dialog?.about && now() - typed.atMs < AT_IT_MS) {
      typed = { ...typed, atMs: now() };
      say(store, 'What you were typing into has closed by itself: nothing was done with it.');
      return;
    }
    typed = undefined;
    if (mode === 'typing' && dialog && edits(key)) {
      type(state, dialog.about, key);
      typed = { about: dialog.about, atMs: now() };
      return;
    }
    const candidates = commandsFor(state, mode, key);
    const answers = candidates.map((command) => ({ command, may: command.when(state) }));
    const able = answers.find(({ may }) => may === true);
    if (!able) {
      say(store, answers.flatMap(({ may }) => (may === true || may === '' ? [] : [may]))[0]);
      return;
    }
    // Who holds a key down reads nothing: what it would act on counts as seen only from its release on.
    if (held && able.command.acts && seen) seen = { ...seen, atMs: now() };
    const wait = able.command.acts ? tooSoon(state, readingAtChunk) : undefined;
    if (wait) {
      say(store, wait);
      return;
    }
    run(able.command, key);
  }

  function type(state: AppState, about: string, key: KeyName): void {
    const { input } = draftOf(state, about);
    if (key === 'ctrl-u') {
      editDialog(store, about, { input: '' });
      return;
    }
    if (key === 'backspace') {
      editDialog(store, about, { input: [...input].slice(0, -1).join('') });
      return;
    }
    if (input.length < LONGEST_INPUT) editDialog(store, about, { input: input + key });
  }

  return {
    input(chunk, key) {
      const state = store.getState();
      if (isPasted(chunk) && modeOf(state) !== 'typing') return say(store, 'Pasted text does nothing here.');
      const readingAtChunk = readingOf(state);
      for (const each of keysOf(chunk, key)) press(each, readingAtChunk);
    },
    paste(text) {
      const state = store.getState();
      const dialog = dialogOf(state);
      if (!dialog || !activeField(state, dialog)) return say(store, 'Pasted text does nothing here.');
      const { input } = draftOf(state, dialog.about);
      const line = Array.from(text.trim(), (character) => (isPrintable(character) ? character : ' ')).join('');
      editDialog(store, dialog.about, { input: (input + line).slice(0, LONGEST_INPUT) });
    },
    shown(reading) {
      if (seen?.reading !== reading) seen = reading === undefined ? undefined : { reading, atMs: now() };
    },
    report: (of, viewport) => void viewports.set(of, viewport),
  };
}

/** Keys held down come in one chunk too, all of them the same. */
const isPasted = (chunk: string): boolean =>
  chunk.length > LONGEST_CHUNK && !chunk.startsWith('\x1b') && new Set(chunk).size > 1;

const edits = (key: KeyName): boolean => isText(key) || key === 'backspace' || key === 'ctrl-u';

const isPrintable = (character: string): boolean => !/\p{Control}/u.test(character);

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
