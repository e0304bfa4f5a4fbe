import type { ReadStream } from 'node:tty';
import { PythonError } from './scriptErrors.ts';

/** Lines of stdin, one for each question. */
export interface TypedLines {
  /**
   * The next line, or `timeout` once `patience` resolves. Throws EOFError at the end of input, and the signal's
   * reason when it is aborted.
   */
  next(patience?: Promise<void>): Promise<{ readonly line: string } | 'timeout'>;
}

/** Reads from the first question on; what was typed ahead waits for the next one, as on any terminal. */
export function createTypedLines(stdin: ReadStream, interrupt: AbortSignal): TypedLines {
  const typed: string[] = [];
  let rest = '';
  let ended = false;
  let reading = false;
  let wake = () => {};
  interrupt.addEventListener('abort', () => wake());

  const take = (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    typed.push(...parts.map((line) => line.replace(/\r$/, '')));
    wake();
  };
  const end = () => {
    ended = true;
    if (rest !== '') typed.push(rest);
    rest = '';
    wake();
  };
  const start = () => {
    if (reading) return;
    reading = true;
    stdin.setEncoding('utf8').on('data', take).on('end', end).on('error', end);
  };
  return {
    async next(patience) {
      start();
      let over = false;
      void patience?.then(() => {
        over = true;
        wake();
      });
      for (;;) {
        interrupt.throwIfAborted();
        const line = typed.shift();
        if (line !== undefined) return { line };
        if (over) return 'timeout';
        if (ended) throw new PythonError('EOFError', 'EOF when reading a line');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
