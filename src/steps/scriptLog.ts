import type { ScriptsRead } from '../clients/doors.ts';
import { type UnfinishedLine, unfinishedLine } from '../clients/script/prompt.ts';
import { sanitise } from '../text/sanitise.ts';

/** What the words of a script's log tell, where exit codes and stacks do not. */
export interface LogFindings {
  /** `INFO: No changes detected, nothing to update`. */
  readonly noChanges: boolean;
  /** The first lines about a lambda that is not there yet; printed in passing, with exit 0. */
  readonly functionNotFound: readonly string[];
  /** The first lines about an image that is missing and was replaced by the latest one. */
  readonly amiFellBack: readonly string[];
  /** The script's reason of its own for an exit code that is not 0, or the last lines. */
  readonly lastLines: readonly string[];
}

const NO_CHANGES = /No changes detected, nothing to update/;
const FUNCTION_NOT_FOUND = /ResourceNotFoundException.*Function not found/;
const AMI_FELL_BACK = /Could not locate AMI .*trying to find the latest/;
const LAST_LINES = 6;
/** Of a kind; who reads evidence needs no more, and a log may hold any number. */
const FIRST_LINES = 20;
/** Characters of an unfinished line that are kept, from its end: a script may redraw a line for hours, or never end it. */
const LONGEST_LINE = 8 * 1024;

/**
 * Reads a log piece by piece: complete lines are judged, the end of the unfinished one is kept. Needs no memory for the
 * log, however long it or a line of it is.
 */
export interface LogScan {
  push(text: string): void;
  /** The line that is not ended yet, with its place; `endOffset` is the log's offset after what was pushed. */
  unfinished(endOffset: number): UnfinishedLine;
  findings(): LogFindings;
}

export function createLogScan(): LogScan {
  let tail = '';
  /** Of the unfinished line, before its tail. */
  let droppedBytes = 0;
  let noChanges = false;
  const functionNotFound: string[] = [];
  const amiFellBack: string[] = [];
  const lastLines: string[] = [];
  const judge = (raw: string) => {
    const line = visible(raw);
    if (line === '') return;
    if (NO_CHANGES.test(line)) noChanges = true;
    if (FUNCTION_NOT_FOUND.test(line) && functionNotFound.length < FIRST_LINES) functionNotFound.push(line);
    if (AMI_FELL_BACK.test(line) && amiFellBack.length < FIRST_LINES) amiFellBack.push(line);
    if (lastLines.push(line) > LAST_LINES) lastLines.shift();
  };
  return {
    push: (text) => {
      const [first = '', ...more] = text.split('\n');
      tail += first;
      for (const line of more) {
        judge(tail);
        [tail, droppedBytes] = [line, 0];
      }
      const [dropped, kept] = cut(tail);
      tail = kept;
      droppedBytes += Buffer.byteLength(dropped);
    },
    unfinished: (endOffset) => {
      const { line, byteOffset } = unfinishedLine(tail, endOffset - Buffer.byteLength(tail));
      return { line, byteOffset: byteOffset - droppedBytes };
    },
    findings: () => ({
      noChanges,
      functionNotFound,
      amiFellBack,
      lastLines: [...lastLines, visible(tail)].filter((line) => line !== '').slice(-LAST_LINES),
    }),
  };
}

/** What of a line is dropped, and its end that is kept; never in the middle of a character. */
function cut(line: string): readonly [dropped: string, kept: string] {
  const at = Math.max(0, line.length - LONGEST_LINE);
  const isLowSurrogate = at > 0 && (line.charCodeAt(at) & 0xfc00) === 0xdc00;
  const from = isLowSurrogate ? at + 1 : at;
  return [line.slice(0, from), line.slice(from)];
}

/** A line as it stood on the terminal at its end: a carriage return begins it anew. */
function visible(raw: string): string {
  for (let end = raw.length; end >= 0; ) {
    const begin = end === 0 ? -1 : raw.lastIndexOf('\r', end - 1);
    const part = sanitise(raw.slice(begin + 1, end)).trim();
    if (part !== '') return part;
    end = begin;
  }
  return '';
}

/** Judges a whole log from its beginning. */
export async function scanLog(scripts: ScriptsRead, folder: string): Promise<LogFindings> {
  const scan = createLogScan();
  for (let offset = 0; ; ) {
    const { text, nextOffset } = await scripts.read(folder, offset);
    if (nextOffset === offset) return scan.findings();
    scan.push(text);
    offset = nextOffset;
  }
}
