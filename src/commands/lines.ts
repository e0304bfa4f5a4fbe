/** Standard output as lines for a pipe. A reader that went away is an error that the command ends with, never a crash. */
export interface Lines {
  print(line: string): void;
  /** Aborted when nobody reads any more. */
  readonly closed: AbortSignal;
  /** Waits until everything printed was taken. */
  flush(): Promise<void>;
}

export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

export function linesTo(stream: NodeJS.WritableStream): Lines {
  const closed = new AbortController();
  stream.on('error', (error: NodeJS.ErrnoException) => {
    closed.abort(new OutputClosed(`Standard output cannot be written (${error.code ?? error.message}).`));
  });
  return {
    print: (line) => {
      if (!closed.signal.aborted) stream.write(`${line}\n`);
    },
    closed: closed.signal,
    flush: () =>
      new Promise((resolve) => {
        if (closed.signal.aborted) return resolve();
        stream.write('', () => resolve());
      }),
  };
}
