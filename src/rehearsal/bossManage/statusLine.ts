/** The spinner's turns, one for each line. */
const TURNS = ['- ', '\\ ', '/ ', '\\ '] as const;

/** Where text goes, in one piece. */
type Write = (text: string) => void;

/** A status that stays below all that is printed, drawn and taken away around every line. */
export interface StatusLine {
  write(text: string): void;
  /** Prints the status as a line of its own and keeps it below from now on. */
  show(status: string): void;
  /** Draws it where it is due: before the script waits. */
  draw(): void;
  /** What was typed at a prompt ends with a newline that is not the script's own. */
  typed(): void;
  /** Takes it away. */
  done(): void;
}

/** On anything but a terminal only the statuses themselves are printed. */
export function createStatusLine(
  write: Write,
  terminal: { readonly is: boolean; readonly columns: number },
): StatusLine {
  const clear = `\r${' '.repeat(terminal.columns)}\r`;
  let status: string | undefined;
  let turn = 0;
  // Where the cursor stands: behind the status, at the start of a line where the status is due, or within a line.
  let cursor: 'drawn' | 'due' | 'inLine' = 'drawn';

  const draw = () => {
    if (status === undefined || !terminal.is || cursor !== 'due') return;
    write(TURNS[turn++ % TURNS.length] + status);
    cursor = 'drawn';
  };
  const print = (text: string) => {
    if (text === '') return;
    if (status === undefined || !terminal.is) {
      write(text);
      return;
    }
    draw();
    if (cursor === 'drawn') write(clear);
    write(text);
    cursor = text.endsWith('\n') ? 'due' : 'inLine';
  };
  return {
    write: print,
    show(next) {
      if (status === undefined) cursor = 'drawn';
      status = next;
      print(`${next}\n`);
    },
    draw,
    typed() {
      cursor = 'inLine';
    },
    done() {
      if (status !== undefined && terminal.is && cursor === 'drawn') write(clear);
      status = undefined;
    },
  };
}
