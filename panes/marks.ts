import { wrap } from '../components/cells.ts';
import type { Colour, Line, Span } from '../components/line.tsx';
import { faint } from '../components/table.ts';
import { ago } from '../components/time.ts';
import type { Aged, Danger, Evidence, Finding, StageStatus, StepState } from '../src/store/types.ts';

/** How a state is marked, so that it is known without colours. */
export const STAGE_MARKS: Readonly<Record<StageStatus, Span>> = {
  todo: { text: '·', dim: true },
  running: { text: '▶', colour: 'cyan', bold: true },
  stopped: { text: '‖', colour: 'yellow', bold: true },
  done: { text: '✔', colour: 'green' },
  skipped: { text: '◌', dim: true },
};
export const ASKS: Span = { text: '?', colour: 'yellow', bold: true };

export const STEP_MARKS: Readonly<Record<StepState['status'], Span>> = {
  todo: { text: '·', dim: true },
  running: { text: '▶', colour: 'cyan', bold: true },
  failed: { text: '✖', colour: 'red', bold: true },
  done: { text: '✔', colour: 'green' },
  skipped: { text: '◌', dim: true },
};

export const OK: Span = { text: '✔', colour: 'green' };
export const BAD: Span = { text: '✖', colour: 'red', bold: true };
export const WARN: Span = { text: '!', colour: 'yellow', bold: true };
export const OPEN: Span = { text: '…', colour: 'yellow', bold: true };

const TONES: Readonly<Record<Evidence['tone'], Colour | undefined>> = {
  plain: undefined,
  ok: 'green',
  warn: 'yellow',
  danger: 'red',
};
const TONE_MARKS: Readonly<Record<Evidence['tone'], Span>> = {
  plain: { text: ' ' },
  ok: OK,
  warn: WARN,
  danger: BAD,
};

/** The mark and the colour of a line of proof. */
export const evidenceStyle = ({ tone }: Evidence): { readonly mark: Span; readonly colour: Colour | undefined } => ({
  mark: TONE_MARKS[tone],
  colour: TONES[tone],
});

export const dangerMark = ({ level }: Pick<Danger, 'level'>): Line =>
  level === 'danger'
    ? [{ text: '✖ DANGER ', colour: 'red', bold: true }]
    : [{ text: '! warning ', colour: 'yellow', bold: true }];

export const FINDING_MARKS: Readonly<Record<Finding['level'], Span>> = { ok: OK, warn: WARN, stop: BAD };

/** How many intervals old something may be before it is called stale, then old. */
const STALE_AFTER = 3;
const OLD_AFTER = 8;

/** An age below this many real milliseconds is none: the screen itself is painted no more often when all is calm. */
export const NO_AGE_MS = 5_000;

/**
 * The age of what a pane shows: `now` or `10s ago`, then yellow `stale, 45s ago`, then red `OLD, 3m ago`. In a
 * rehearsal the clock is `speed` times faster than the machine that looks.
 */
export function ageOf({ atMs, error, intervalMs }: Aged<unknown>, nowMs: number, speed: number): Line {
  if (atMs === undefined) return [error ? { text: 'never seen', colour: 'red' } : faint('reading…')];
  const age = Math.max(0, nowMs - atMs);
  const usual = Math.max(intervalMs, NO_AGE_MS * speed);
  if (age > OLD_AFTER * usual) return [{ text: `OLD, ${ago(age)}`, colour: 'red', bold: true }];
  if (age > STALE_AFTER * usual) return [{ text: `stale, ${ago(age)}`, colour: 'yellow' }];
  // As young as its watcher lets it be.
  return [faint(age <= usual ? 'now' : ago(age))];
}

/** Rows that an error may take from what a pane shows. */
const ERROR_ROWS = 6;

/** The rows above a pane's list that say what went wrong in the newest look: its cure is at the end of the sentence. */
export const errorLines = ({ error }: Aged<unknown>, width: number): readonly Line[] =>
  error === undefined
    ? []
    : wrap(error, Math.max(10, width - 2))
        .slice(0, ERROR_ROWS)
        .map((text, index) => [index === 0 ? WARN : ' ', ' ', { text, colour: 'yellow' }]);
