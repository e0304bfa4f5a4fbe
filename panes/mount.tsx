import type { ReadStream, WriteStream } from 'node:tty';
import { render } from 'ink';
import { visible } from '../components/cells.ts';
import { createTerminalOutput } from '../components/terminalOutput.ts';
import { attention } from '../src/store/notices.ts';
import { pace } from '../src/store/paced.ts';
import type { AppState, Store } from '../src/store/store.ts';
import type { Controller } from '../src/store/types.ts';
import { App } from './App.tsx';
import { createLending, type Lend } from './lending.ts';

/** The control panel on a terminal. */
export interface MountedApp {
  /** Takes the panel off the screen and restores the terminal. */
  unmount(): Promise<void>;
  /** Rejects with what a pane threw: the screen it was drawn on is gone by then. */
  waitUntilExit(): Promise<void>;
  /** Resolves when what was changed is on the terminal. */
  flush(): Promise<void>;
}

const SAVE_TITLE = '\u001b[22;0t';
const RESTORE_TITLE = '\u001b[23;0t';
const BELL = '\u0007';
/** A painting takes its turn at most so often. */
const MAX_FPS = 30;

const titleOf = (state: AppState): string => {
  const call = attention(state);
  return visible(`${call ? `(!) ${call.title} · ` : ''}boss-tui ${state.session.bosslet}`);
};

/**
 * Draws the control panel full-screen. `leave` is told the exit code: 0 for `q`, 130 for Ctrl-C, 1 where the terminal
 * is gone; it unmounts and ends the program.
 */
export function mountApp({
  store,
  controller,
  stdin,
  stdout,
  leave,
  enterMachine,
  takeOver,
  editFile,
}: {
  readonly store: Store;
  readonly controller: Controller;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly leave: (exitCode: number) => void;
  /** Enters a machine on the terminal that it is lent; resolves to what is said when it is over. Absent: there is none. */
  readonly enterMachine?: (lend: Lend) => Promise<string>;
  /** Makes who watches the operator; what was typed must be the bosslet's name. */
  readonly takeOver?: (typed: string) => Promise<void>;
  /** Edits a file on the terminal that it is lent; resolves to what is said when it is over. */
  readonly editFile?: (path: string, lend: Lend) => Promise<string>;
}): MountedApp {
  const output = createTerminalOutput(stdout);
  const lending = createLending({ output, stdin, store, back: () => calling.again() });
  const copy = (text: string) => void output.control(`\u001b]52;c;${Buffer.from(text).toString('base64')}${BELL}`);
  const drawn = (then: () => void) => output.whenDrawn(then);
  const paced = pace(store);
  output.control(SAVE_TITLE);
  const app = (
    <App
      store={store}
      paced={paced}
      controller={controller}
      leave={leave}
      copy={copy}
      drawn={drawn}
      {...(enterMachine && { enterMachine: (suspend) => lending.to(enterMachine, suspend) })}
      {...(takeOver && { takeOver })}
      {...(editFile && { editFile: (path, suspend) => lending.to((lend) => editFile(path, lend), suspend) })}
    />
  );
  const instance = render(app, {
    stdin,
    stdout: output.stream,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: true,
    maxFps: MAX_FPS,
    interactive: true,
  });
  output.onRepaint(() => {
    // What Ink believes to be on the screen is not: forget it, then draw anew.
    instance.clear();
    output.emit('resize');
  });
  output.onGone(() => leave(1));
  const calling = callOperator(store, (sequence) => output.control(sequence));
  return {
    async unmount() {
      await lending.over();
      calling.stop();
      output.control(RESTORE_TITLE);
      instance.unmount();
      await instance.waitUntilExit().catch(() => {});
      output.release();
    },
    async waitUntilExit() {
      await instance.waitUntilExit();
    },
    async flush() {
      paced.catchUp();
      await instance.waitUntilRenderFlush();
    },
  };
}

/** How soon a title or a bell is tried again that the terminal did not take. Real milliseconds. */
const SAID_AGAIN_MS = 250;

/** Keeps the terminal's title, and rings once for each thing that needs the operator. */
function callOperator(
  store: Store,
  control: (sequence: string) => boolean,
): { stop(): void /** Somebody else may have changed the title. */; again(): void } {
  let title = '';
  let rung: string | undefined;
  let missed: NodeJS.Timeout | undefined;
  const look = (state: AppState) => {
    const next = titleOf(state);
    const call = attention(state)?.id;
    if (next !== title && control(`\u001b]0;${next}${BELL}`)) title = next;
    if (call !== rung && (call === undefined || control(BELL))) rung = call;
    // What a terminal that does not read missed is said again; nothing else may change for hours.
    if (next !== title || call !== rung) missed ??= setTimeout(sayAgain, SAID_AGAIN_MS);
  };
  const sayAgain = () => {
    missed = undefined;
    look(store.getState());
  };
  look(store.getState());
  const stop = store.subscribe(look);
  return {
    stop: () => {
      stop();
      clearTimeout(missed);
    },
    again() {
      title = '';
      look(store.getState());
    },
  };
}
