/** Columns of a script's terminal, whatever the pane's size: the scripts fill lines to its width. */
export const TERMINAL_COLUMNS = 200;
export const TERMINAL_ROWS = 50;

/** The last line of a log, which no newline has ended. */
export interface UnfinishedLine {
  /** As the terminal shows it up to its cursor: spinners and control sequences resolved. */
  readonly line: string;
  /** Bytes of the log (as UTF-8) before the line began: the same for as long as the line is not ended. */
  readonly byteOffset: number;
}

/** A control sequence (CSI, with its parameters and final character), another escape sequence, one that is still cut off, or a character. */
const TOKENS =
  /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b\[[0-?]*[ -/]*$|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]|[\s\S]/gu;

/** The row on which the cursor stands, and what was wrapped off its beginning. */
interface Row {
  wrapped: string;
  cells: string[];
  column: number;
}

/**
 * The current last line as a terminal of 200 columns would show it. `logText` begins at a line's beginning, at
 * `baseOffset` bytes of the log. An empty line: nothing is unfinished.
 */
export function unfinishedLine(logText: string, baseOffset = 0): UnfinishedLine {
  const begin = logText.lastIndexOf('\n') + 1;
  const row: Row = { wrapped: '', cells: [], column: 0 };
  for (const [token, parameters, final] of logText.slice(begin).matchAll(TOKENS)) {
    if (final !== undefined) control(row, final, parameters ?? '');
    else if (!token.startsWith('\x1b')) put(row, token);
  }
  const end = Math.max(row.column, row.cells.findLastIndex((cell) => cell !== ' ') + 1);
  const shown = Array.from(row.cells.slice(0, end), (cell) => cell ?? ' ').join('');
  return { line: row.wrapped + shown, byteOffset: baseOffset + Buffer.byteLength(logText.slice(0, begin)) };
}

function put(row: Row, character: string): void {
  if (character === '\r') row.column = 0;
  else if (character === '\b') row.column = Math.max(0, Math.min(row.column, TERMINAL_COLUMNS - 1) - 1);
  else if (character === '\t') moveTo(row, (Math.floor(row.column / 8) + 1) * 8);
  else if (character >= ' ' && !/[\x7f-\x9f]/.test(character)) {
    if (row.column >= TERMINAL_COLUMNS) {
      row.wrapped += Array.from(row.cells, (cell) => cell ?? ' ').join('');
      row.cells = [];
      row.column = 0;
    }
    row.cells[row.column] = character;
    row.column += 1;
  }
}

function moveTo(row: Row, column: number): void {
  row.column = Math.min(Math.max(0, column), TERMINAL_COLUMNS - 1);
  while (row.cells.length < row.column) row.cells.push(' ');
}

/** The sequences by which programs redraw a line; colours and all else move nothing. */
function control(row: Row, final: string, parameters: string): void {
  const [first = 0] = parameters.split(';').map(Number);
  if (final === 'K') erase(row, first);
  else if (final === 'G') moveTo(row, (first || 1) - 1);
  else if (final === 'C') moveTo(row, row.column + (first || 1));
  else if (final === 'D') moveTo(row, row.column - (first || 1));
}

function erase(row: Row, which: number): void {
  if (which === 0) row.cells.length = Math.min(row.cells.length, row.column);
  else if (which === 1) row.cells.fill(' ', 0, row.column + 1);
  else if (which === 2) row.cells.fill(' ');
}

/** Whether an unfinished line looks like a question that waits for its answer: it ends in `: `, `? ` or `] `. */
export function isPromptLike(line: string): boolean {
  return /[:?\]] $/.test(line);
}
