import type { ReadStream } from 'node:tty';
import type { TerminalOutput } from '../components/terminalOutput.ts';
import type { Store } from '../src/store/store.ts';
import { say } from '../src/store/updates.ts';

/** Takes the panel off the terminal while `run` has it, then draws it anew. */
export type Lend = (run: () => Promise<string>) => Promise<string>;

/** The terminal on loan. */
export interface Lending {
  /** Lends it to `task`, which says what there is to say when it is over. */
  to(task: (lend: Lend) => Promise<string>, suspend: (run: () => Promise<void>) => Promise<void>): Promise<void>;
  /** Resolves when the panel has the terminal again: it must not be taken off a screen that it is not on. */
  over(): Promise<void>;
}

/** Lends the terminal to one program at a time. */
export function createLending({
  output,
  stdin,
  store,
  back,
}: {
  readonly output: TerminalOutput;
  readonly stdin: ReadStream;
  readonly store: Store;
  /** Called when the panel has the terminal again. */
  readonly back: () => void;
}): Lending {
  let current: Promise<void> | undefined;

  async function visit(
    task: (lend: Lend) => Promise<string>,
    suspend: (run: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const lend: Lend = async (run) => {
      let result = '';
      await suspend(async () => {
        await stopReading(stdin);
        await output.lend();
        try {
          result = await run();
        } finally {
          await forget(stdin);
          output.takeBack();
        }
      });
      back();
      return result;
    };
    say(store, await task(lend));
  }
  return {
    to(task, suspend) {
      if (current) return Promise.reject(new Error('The terminal is being lent already: one moment.'));
      const own = visit(task, suspend).finally(() => {
        current = undefined;
      });
      current = own;
      return own;
    },
    over: async () => void (await current?.catch(() => undefined)),
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The renderer only stops listening; a read that is under way would take the first key from whoever has the terminal now. */
async function stopReading(stdin: ReadStream): Promise<void> {
  // That nobody listens any more counts from the next turn on, and the pause from the one after.
  await turn();
  stdin.pause();
  await turn();
}

/** Until the kernel has nothing left. Whatever it held was typed, or pasted, for somebody else. */
const TURNS_TO_FORGET = 4;

async function forget(stdin: ReadStream): Promise<void> {
  const drop = () => undefined;
  stdin.setRawMode(true);
  stdin.on('data', drop).resume();
  for (let left = TURNS_TO_FORGET; left > 0; left -= 1) await turn();
  stdin.removeListener('data', drop);
  stdin.pause();
  await turn();
}
