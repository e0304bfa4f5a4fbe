import { useApp as useInk, useInput, usePaste, useWindowSize } from 'ink';
import { useMemo } from 'react';
import { createDispatcher, type Dispatcher } from '../src/keys/dispatch.ts';
import type { Paced } from '../src/store/paced.ts';
import type { Store } from '../src/store/store.ts';
import type { Controller } from '../src/store/types.ts';
import { Screen } from './Screen.tsx';
import { ScreenContext } from './screenContext.ts';

/** The control panel. `leave` is told the exit code; it ends the program, never a script. */
export function App({
  store,
  paced,
  controller,
  leave,
  now = () => performance.now(),
  copy,
  drawn = (then) => then(),
  enterMachine,
  takeOver,
  editFile,
}: {
  readonly store: Store;
  /** What is drawn, where that is not the state at once. */
  readonly paced?: Paced;
  readonly controller: Controller;
  readonly leave: (exitCode: number) => void;
  /** Real milliseconds, monotonic. */
  readonly now?: () => number;
  /** Puts a text into the terminal's clipboard. */
  readonly copy?: (text: string) => void;
  /** Calls back once what React has just committed is on the terminal. */
  readonly drawn?: (then: () => void) => void;
  /** Hands the terminal over, by what takes it from the renderer and gives it back. */
  readonly enterMachine?: (suspend: (run: () => Promise<void>) => Promise<void>) => Promise<void>;
  /** Makes who watches the operator. */
  readonly takeOver?: (typed: string) => Promise<void>;
  /** The same for an editor on a file. */
  readonly editFile?: (path: string, suspend: (run: () => Promise<void>) => Promise<void>) => Promise<void>;
}) {
  const { suspendTerminal } = useInk();
  const dispatcher = useMemo(
    () =>
      createDispatcher({
        store,
        controller,
        leave,
        now,
        ...(copy && { copy }),
        ...(enterMachine && { enterMachine: () => enterMachine(suspendTerminal) }),
        ...(takeOver && { takeOver }),
        ...(editFile && { editFile: (path: string) => editFile(path, suspendTerminal) }),
      }),
    [store, controller, leave, now, copy, enterMachine, takeOver, editFile, suspendTerminal],
  );
  const parts = useMemo(
    () => ({ store: paced ?? store, report: dispatcher.report, shown: whenDrawn(dispatcher, drawn) }),
    [store, paced, dispatcher, drawn],
  );
  useKeys(dispatcher, paced);
  const { columns, rows } = useWindowSize();
  return (
    <ScreenContext value={parts}>
      <Screen columns={columns} rows={rows} />
    </ScreenContext>
  );
}

/** A dialog counts as shown when the terminal has it; that it is gone counts at once. */
function whenDrawn(dispatcher: Dispatcher, drawn: (then: () => void) => void): Dispatcher['shown'] {
  let newest = 0;
  return (reading) => {
    newest += 1;
    const mine = newest;
    if (reading === undefined) return dispatcher.shown(undefined);
    drawn(() => {
      if (mine === newest) dispatcher.shown(reading);
    });
  };
}

/** The one reader of the keyboard. What a key changed is painted at once, not at the next frame's turn. */
function useKeys(dispatcher: Dispatcher, paced: Paced | undefined): void {
  const { waitUntilRenderFlush } = useInk();
  useInput((chunk, key) => {
    dispatcher.input(chunk, key);
    paced?.catchUp();
    void waitUntilRenderFlush();
  });
  usePaste((text) => dispatcher.paste(text));
}
