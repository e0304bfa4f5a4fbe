import type { ScriptsRead } from '../clients/doors.ts';
import { type UnfinishedLine, unfinishedLine } from '../clients/script/prompt.ts';
import { sanitise } from '../text/sanitise.ts';

/** What the words of a script's log tell, where exit codes and stacks do not. */
export interface LogFindings {
  /** `INFO: No changes detected, nothing to update`. */
  readonly noChanges: boolean;
  /** The lines about a lambda that is not there yet; printed in passing, with exit 0. */
  readonly functionNotFound: readonly string[];
  /** The lines about an image that is missing and was replaced by the latest one. */
  readonly amiFellBack: readonly string[];
  /** The script's reason of its own for an exit code that is not 0, or the last lines. */
  readonly lastLines: readonly string[];
}

const NO_CHANGES = /No changes detected, nothing to update/;
const FUNCTION_NOT_FOUND = /ResourceNotFoundException.*Function not found/;
const AMI_FELL_BACK = /Could not locate AMI .*trying to find the latest/;
const LAST_LINES = 6;

/** Reads a log piece by piece: complete lines are judged, the last unfinished one is kept. */
export interface LogScan {
  push(text: string): void;
  /** The line that is not ended yet, with its place; `endOffset` is the log's offset after what was pushed. */
  unfinished(endOffset: number): UnfinishedLine;
  findings(): LogFindings;
}

export function createLogScan(): LogScan {
  let tail = '';
  let noChanges = false;
  const functionNotFound: string[] = [];
  const amiFellBack: string[] = [];
  let lastLines: readonly string[] = [];
  const judge = (raw: string) => {
    const line = visible(raw);
    if (line === '') return;
    if (NO_CHANGES.test(line)) noChanges = true;
    if (FUNCTION_NOT_FOUND.test(line)) functionNotFound.push(line);
    if (AMI_FELL_BACK.test(line)) amiFellBack.push(line);
    lastLines = [...lastLines, line].slice(-LAST_LINES);
  };
  return {
    push: (text) => {
      const lines = (tail + text).split('\n');
      tail = lines.pop() ?? '';
      for (const line of lines) judge(line);
    },
    unfinished: (endOffset) => unfinishedLine(tail, endOffset - Buffer.byteLength(tail)),
    findings: () => ({
      noChanges,
      functionNotFound,
      amiFellBack,
      lastLines: visible(tail) === '' ? lastLines : [...lastLines, visible(tail)].slice(-LAST_LINES),
    }),
  };
}

/** A line as it stood on the terminal at its end: a carriage return begins it anew. */
function visible(raw: string): string {
  const parts = raw.split('\r').map((part) => sanitise(part).trim());
  return parts.filter((part) => part !== '').at(-1) ?? '';
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
