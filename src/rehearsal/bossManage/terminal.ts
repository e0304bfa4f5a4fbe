import type { Clock } from '../../clock.ts';
import { KeyboardInterrupt } from './scriptErrors.ts';
import { createStatusLine } from './statusLine.ts';
import { createTypedLines } from './typedLines.ts';

/** How long a prompt waits for its answer where nobody sees it, in milliseconds of the clock. */
const PIPED_ANSWER_MS = 3_000;
const RESET = '\x1b[0m';

/** Colours and prefixes of the five kinds of message. */
const MESSAGES = {
  fail: ['\x1b[31m', ' FAIL: '],
  error: ['\x1b[31m', 'ERROR: '],
  warning: ['\x1b[33m', ' WARN: '],
  info: ['\x1b[34m\x1b[1m', ' INFO: '],
  debug: ['\x1b[32m', 'DEBUG: '],
} as const;
export type MessageKind = keyof typeof MESSAGES;

/** What a script writes on and reads from, as boss-manage's console library does. */
export interface Terminal {
  /** Without a newline. */
  write(text: string): void;
  /** One line. */
  print(text?: string): void;
  /** One line on stderr. */
  printError(text: string): void;
  /** One line with its prefix, coloured on a terminal. */
  message(kind: MessageKind, text: string): void;
  /** Shows a status below all that is printed from now on. */
  status(text: string): void;
  /** Takes the status away. */
  statusDone(): void;
  /** `[y/N]` or `[Y/n]`; answers itself with the default where stdout is no terminal. */
  confirm(question: string, byDefault: boolean): Promise<boolean>;
  /** Python's `input()`: waits for ever, terminal or not. */
  input(prompt: string): Promise<string>;
  /** Waits so many milliseconds of the clock; ends with {@link KeyboardInterrupt} on Ctrl-C. */
  sleep(ms: number): Promise<void>;
  /** What a terminal is left with at the end. */
  end(): void;
}

/** The terminal of this process. Ctrl-C is an exception here, as in Python; other signals do what they always do. */
export function openTerminal(clock: Clock): Terminal {
  const { stdout, stdin, stderr } = process;
  const interrupt = new AbortController();
  process.on('SIGINT', () => interrupt.abort(new KeyboardInterrupt()));
  const isTerminal = stdout.isTTY === true;
  const lines = createTypedLines(stdin, interrupt.signal);
  const out = createStatusLine((text) => void stdout.write(text), {
    is: isTerminal,
    columns: stdout.columns || 80,
  });
  const ask = async (prompt: string, patience?: Promise<void>) => {
    out.write(prompt);
    const answer = await lines.next(patience);
    out.typed();
    return answer;
  };
  return {
    write: out.write,
    print: (text = '') => out.write(`${text}\n`),
    printError: (text) => void stderr.write(`${text}\n`),
    message(kind, text) {
      const [colour, prefix] = MESSAGES[kind];
      out.write(isTerminal ? `${colour}${prefix}${text}${RESET}\n` : `${prefix}${text}\n`);
    },
    status: out.show,
    statusDone: out.done,
    async confirm(question, byDefault) {
      const prompt = `${question} [${byDefault ? 'Y/n' : 'y/N'}]: `;
      const answer = await ask(prompt, isTerminal ? undefined : clock.sleep(PIPED_ANSWER_MS));
      if (answer === 'timeout') {
        out.write(' (timeout)\n');
        return byDefault;
      }
      // What a pipe answers is shown in the log, since nobody typed it on the screen.
      if (stdin.isTTY !== true) out.write(`${answer.line}\n`);
      return answer.line === '' ? byDefault : /^y/i.test(answer.line);
    },
    async input(prompt) {
      const answer = await ask(prompt);
      return answer === 'timeout' ? '' : answer.line;
    },
    async sleep(ms) {
      out.draw();
      await clock.sleep(ms, interrupt.signal);
    },
    end() {
      if (isTerminal) stdout.write(RESET);
    },
  };
}
