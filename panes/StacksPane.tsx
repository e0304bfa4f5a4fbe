import type { Colour, Line, Span } from '../components/line.tsx';
import { innerHeight, innerWidth, Pane, type Rectangle } from '../components/Pane.tsx';
import { progressBar } from '../components/progressBar.ts';
import { type Column, columnWidth, faint, tableLine } from '../components/table.ts';
import { duration } from '../components/time.ts';
import { clampFirst, Lines, windowRemark } from '../components/WindowedList.tsx';
import type { StackRow } from '../src/store/types.ts';
import { ageOf, BAD, errorLines, OK } from './marks.ts';
import { paneTitle } from './paneTitle.ts';
import { useAppState, useViewport } from './screenContext.ts';

const RUNNING: Span = { text: '▶', colour: 'cyan', bold: true };

/** How a stack's or a resource's status is judged: by its words, as CloudFormation writes them. */
export function statusTone(status: string): 'running' | 'failed' | 'ok' {
  if (status.includes('FAILED') || status.includes('ROLLBACK')) return 'failed';
  return status.endsWith('_IN_PROGRESS') ? 'running' : 'ok';
}

const MARKS: Readonly<Record<ReturnType<typeof statusTone>, Span>> = { running: RUNNING, failed: BAD, ok: OK };
export const STATUS_COLOURS: Readonly<Record<ReturnType<typeof statusTone>, Colour | undefined>> = {
  running: 'cyan',
  failed: 'red',
  ok: undefined,
};

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The row of a stack: what it is doing, or since when it is as it is. */
export function stackLine(row: StackRow, columns: readonly Column[], nowMs: number): Line {
  const { stack, operation } = row;
  if (!stack) return tableLine(columns, [faint('◌'), row.config, faint('does not exist')]);
  const tone = statusTone(stack.stackStatus);
  const status = { text: stack.stackStatus, colour: STATUS_COLOURS[tone], bold: tone === 'failed' };
  const bar = columns[3]?.width ?? 0;
  // An operation that was over before anybody looked has no resources to count.
  if (!operation || (operation.total === 0 && operation.endedAtMs !== undefined)) {
    const since = stack.lastUpdatedTimeMs ?? stack.creationTimeMs;
    const commit = row.commit ? ` h${row.commit.slice(0, 8)}` : '';
    return tableLine(
      [...columns.slice(0, 3), { width: columns.slice(3).reduce((sum, { width }) => sum + width + 1, -1) }],
      [MARKS[tone], row.config, status, faint(`${day(since)}${commit}`)],
    );
  }
  const { startedAtMs, endedAtMs, done, total } = operation;
  return tableLine(columns, [
    MARKS[tone],
    row.config,
    status,
    { text: progressBar(total > 0 ? done / total : 0, bar), colour: tone === 'failed' ? 'red' : 'cyan' },
    `${done}/${total}`,
    duration((endedAtMs ?? nowMs) - startedAtMs),
  ]);
}

/** Mark, config, status, bar, count, time: the status gives way first, the bar takes what is left. */
export function stackColumns(rows: readonly StackRow[], width: number): readonly Column[] {
  const config = columnWidth(
    rows.map((row) => row.config),
    14,
  );
  const status = columnWidth(
    rows.map(({ stack }) => stack?.stackStatus ?? ''),
    Math.max(18, width - config - 34),
  );
  const bar = Math.max(6, Math.min(24, width - config - status - 22));
  return [
    { width: 1 },
    { width: config },
    { width: Math.max(15, status) },
    { width: bar },
    { width: 7, align: 'right' },
    { width: 7, align: 'right' },
  ];
}

export function StacksPane({ rectangle }: { readonly rectangle: Rectangle }) {
  const stacks = useAppState((state) => state.observed.stacks);
  const nowMs = useAppState((state) => state.nowMs);
  const speed = useAppState((state) => state.session.speed);
  const focused = useAppState((state) => state.ui.focus === 'stacks');
  const scroll = useAppState((state) => state.ui.scroll.stacks ?? 0);
  const width = innerWidth(rectangle);
  const height = innerHeight(rectangle);
  const rows = stacks.value ?? [];
  const columns = stackColumns(rows, width);
  const lines: readonly Line[] = [
    ...errorLines(stacks, width),
    ...(rows.length === 0
      ? [faintLine(stacks.value ? 'The account has no stack of this bosslet.' : 'Reading the stacks…')]
      : []),
    ...rows.map((row) => stackLine(row, columns, nowMs)),
  ];
  const first = clampFirst(scroll, lines.length, height);
  useViewport('stacks', { first, total: lines.length, height, follows: 'top' });
  return (
    <Pane
      rectangle={rectangle}
      title={paneTitle('stacks', rectangle)}
      remark={ageOf(stacks, nowMs, speed)}
      foot={windowRemark(first, lines.length, height)}
      focused={focused}
    >
      <Lines lines={lines} first={first} width={width} height={height} />
    </Pane>
  );
}

const faintLine = (text: string): Line => [faint(text)];
