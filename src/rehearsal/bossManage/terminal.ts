import type { Clock } from '../../clock.ts';
import { KeyboardInterrupt, PythonError } from './scriptErrors.ts';

/** How long a prompt waits for its answer where nobody sees it, in milliseconds of the clock. */
const PIPED_ANSWER_MS = 3_000;
/** The spinner's turns, one for each line. */
const TURNS = ['- ', '\\ ', '/ ', '\\ '] as const;
const RESET = '\x1b[0m';

/** Colours and prefixes of the five kinds of message. */
const MESSAGES = {
  fail: ['\x1b[31m', ' FAIL: '],
  error: ['\x1b[31m', 'ERROR: '],
  warning: ['\x1b[33m', ' WARN: '],
  info: ['\x1b[34m\x1b[1m', ' INFO: '],
  debug: ['\x1b[32m', 'DEBUG: '],
} as const;

/** What a script writes on and reads from, as boss-manage's console library does. */
export interface Terminal {
  /** Whether stdout is a terminal: colours, spinner, prompts that wait for ever. */
  readonly isTerminal: boolean;
  write(text: string): void;
  /** One line. */
  print(text?: string): void;
  /** One line on stderr. */
  printError(text: string): void;
  message(kind: keyof typeof MESSAGES, text: string): void;
  /** Shows a status below all that is printed from now on. */
  status(text: string): void;
  /** Takes the status away. */
  statusDone(): void;
  /** `[y/N]` or `[Y/n]`; answers itself with the default where stdout is no terminal. */
  confirm(question: string, byDefault: boolean): Promise<boolean>;
  /** Python's `input()`. */
  input(prompt: string): Promise<string>;
  /** Waits; ends with {@link KeyboardInterrupt} on Ctrl-C. */
  sleep(ms: number): Promise<void>;
  /** What a terminal is left with at the end. */
  end(): void;
}

/** The terminal of this process. Ctrl-C is an exception here, as in Python; other signals do what they always do. */
export function openTerminal(clock: Clock): Terminal {
  const { stdout, stdin, stderr } = process;
  const interrupt = new AbortController();
  process.on('SIGINT', () => interrupt.abort(new KeyboardInterrupt()));
  const lines = openLines(interrupt.signal);
  const isTerminal = stdout.isTTY === true;
  const clearLine = `\r${' '.repeat(stdout.columns || 80)}\r`;
  let status: string | undefined;
  let turn = 0;
  // Where the cursor stands: after a status that is drawn, at the start of a line where one is due, or in a line.
  let cursor: 'drawn' | 'due' | 'inLine' = 'drawn';

  const draw = () => {
    if (status === undefined || !isTerminal || cursor !== 'due') return;
    stdout.write(TURNS[turn % TURNS.length] + status);
    turn += 1;
    cursor = 'drawn';
  };
  const write = (text: string) => {
    if (text === '') return;
    if (status === undefined || !isTerminal) {
      stdout.write(text);
      return;
    }
    draw();
    if (cursor === 'drawn') stdout.write(clearLine);
    stdout.write(text);
    cursor = text.endsWith('\n') ? 'due' : 'inLine';
  };
  const terminal: Terminal = {
    isTerminal,
    write,
    print: (text = '') => write(`${text}\n`),
    printError: (text) => void stderr.write(`${text}\n`),
    message(kind, text) {
      const [colour, prefix] = MESSAGES[kind];
      write(isTerminal ? `${colour}${prefix}${text}${RESET}\n` : `${prefix}${text}\n`);
    },
    status(text) {
      if (status === undefined) cursor = 'drawn';
      status = text;
      write(`${text}\n`);
    },
    statusDone() {
      if (status !== undefined && isTerminal && cursor === 'drawn') stdout.write(clearLine);
      status = undefined;
    },
    async confirm(question, byDefault) {
      write(`${question} [${byDefault ? 'Y/n' : 'y/N'}]: `);
      const answer = await lines.next(isTerminal ? undefined : clock.sleep(PIPED_ANSWER_MS));
      cursor = 'inLine';
      if (answer === 'timeout') {
        write(' (timeout)\n');
        return byDefault;
      }
      if (stdin.isTTY !== true) write(`${answer.line}\n`);
      return answer.line === '' ? byDefault : /^y/i.test(answer.line);
    },
    async input(prompt) {
      write(prompt);
      const answer = await lines.next();
      cursor = 'inLine';
      return answer === 'timeout' ? '' : answer.line;
    },
    async sleep(ms) {
      draw();
      await clock.sleep(ms, interrupt.signal);
    },
    end() {
      if (isTerminal) stdout.write(RESET);
    },
  };
  return terminal;
}

/** Lines of stdin; what was typed ahead waits for the next question, as on any terminal. */
function openLines(interrupt: AbortSignal) {
  const { stdin } = process;
  const typed: string[] = [];
  let rest = '';
  let ended = false;
  let reading = false;
  let wake = () => {};
  const start = () => {
    if (reading) return;
    reading = true;
    stdin.setEncoding('utf8');
    stdin.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      typed.push(...parts.map((line) => line.replace(/\r$/, '')));
      wake();
    });
    const end = () => {
      ended = true;
      if (rest !== '') typed.push(rest);
      rest = '';
      wake();
    };
    stdin.on('end', end);
    stdin.on('error', end);
  };
  return {
    /** The next line, or `timeout` once `patience` resolves. */
    async next(patience?: Promise<void>): Promise<{ readonly line: string } | 'timeout'> {
      start();
      let over = false;
      void patience?.then(() => {
        over = true;
        wake();
      });
      const interrupted = () => wake();
      interrupt.addEventListener('abort', interrupted);
      try {
        for (;;) {
          if (interrupt.aborted) throw interrupt.reason;
          const line = typed.shift();
          if (line !== undefined) return { line };
          if (over) return 'timeout';
          if (ended) throw new PythonError('EOFError', 'EOF when reading a line');
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        interrupt.removeEventListener('abort', interrupted);
      }
    },
  };
}
