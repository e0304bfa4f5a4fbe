import { fitText, truncate, wrap } from '../components/cells.ts';
import { fitLine, type Line, type Span } from '../components/line.tsx';
import { faint, strong } from '../components/table.ts';
import { duration } from '../components/time.ts';
import { buildsShown } from '../src/store/selectors.ts';
import type { AppState } from '../src/store/store.ts';
import type { BuildLook } from '../src/store/types.ts';
import type { DialogContent } from './dialogContent.ts';
import { BAD, OK, OPEN, WARN } from './marks.ts';

/** How a build stands: its mark, and its word, so that neither colour nor mark alone says it. */
const STANDS: Readonly<Record<BuildLook['is'], readonly [mark: Span, word: Span]>> = {
  waiting: [OPEN, { text: 'no log yet', dim: true }],
  missing: [BAD, { text: 'NO LOG', colour: 'red', bold: true }],
  building: [
    { text: '▶', colour: 'cyan', bold: true },
    { text: 'building', colour: 'cyan' },
  ],
  quiet: [WARN, { text: 'QUIET', colour: 'yellow', bold: true }],
  built: [OK, { text: 'built', colour: 'green' }],
  failed: [BAD, { text: 'FAILED', colour: 'red', bold: true }],
  stopped: [BAD, { text: 'LOG STOPS', colour: 'red', bold: true }],
};

/** From here on the logs stand side by side, below it one below the other. */
const SIDE_BY_SIDE = 110;
const GAP = ' │ ';
/** Last lines of each log, side by side and below each other. */
const COLUMN_LINES = 24;
const BLOCK_LINES = 3;

function headOf({ machine, is, quietMs, error }: BuildLook): readonly Span[] {
  const [mark, word] = STANDS[is];
  const isOver = is === 'built' || is === 'failed' || is === 'missing';
  return [
    mark,
    { text: ' ' },
    strong(machine),
    { text: ' ' },
    word,
    ...(quietMs === undefined || isOver ? [] : [faint(` ${duration(quietMs)}`)]),
    ...(error === undefined ? [] : [{ text: ` ${error}`, colour: 'yellow' as const }]),
  ];
}

/** packer's own prefixes say nothing that its column does not. */
const short = (line: string): string =>
  line.replace(/^(==>|-->| {3})? *amazon-ebs: /, (prefix) => (/^ /.test(prefix) ? '  ' : ''));

/** How each build stands and the line that says most of it: in a row each where there is little room, else in two. */
export const buildRows = (builds: readonly BuildLook[], width: number, isLow = false): readonly Line[] =>
  builds.flatMap((build): readonly Line[] => {
    if (isLow) return [fitLine([...headOf(build), faint(`  ${short(build.says).trim()}`)], width)];
    const says: readonly Line[] = build.says === '' ? [] : [[faint(truncate(`  ${short(build.says)}`, width))]];
    return [fitLine(headOf(build), width), ...says];
  });

/** All logs of a build, side by side where there is room for them. */
export function buildsContent(state: AppState, width: number): DialogContent {
  const builds = buildsShown(state)?.builds ?? [];
  const bad = builds.filter(({ is }) => ['failed', 'stopped', 'missing'].includes(is)).length;
  const done = builds.filter(({ is }) => is === 'built').length;
  return {
    title: 'Build logs',
    remark:
      builds.length === 0
        ? ''
        : [faint(`${done} of ${builds.length} built`), ...(bad > 0 ? [strong(` · ${bad} not`, 'red')] : [])],
    tone: bad > 0 ? 'red' : 'cyan',
    body:
      builds.length === 0
        ? [[faint('Nothing is being built.')]]
        : width >= SIDE_BY_SIDE
          ? columns(builds, width)
          : blocks(builds, width),
    foot: [],
  };
}

function columns(builds: readonly BuildLook[], width: number): readonly Line[] {
  const cell = Math.floor((width - GAP.length * (builds.length - 1)) / builds.length);
  const row = (of: (build: BuildLook) => readonly Span[]): Line =>
    builds.flatMap((build, index) => [...(index === 0 ? [] : [faint(GAP)]), ...fitLine(of(build), cell)]);
  const ends = new Map(
    builds.map((build) => [
      build,
      build.lines
        .slice(-COLUMN_LINES)
        .flatMap((line) => wrap(short(line), cell))
        .slice(-COLUMN_LINES),
    ]),
  );
  const height = Math.max(...[...ends.values()].map((rows) => rows.length));
  return [
    row(headOf),
    [faint('─'.repeat(width))],
    ...Array.from({ length: height }, (_, at) =>
      row((build) => [{ text: fitText(ends.get(build)?.[at] ?? '', cell) }]),
    ),
  ];
}

const blocks = (builds: readonly BuildLook[], width: number): readonly Line[] =>
  builds.flatMap((build): readonly Line[] => [
    fitLine(headOf(build), width),
    ...build.lines.slice(-BLOCK_LINES).map((line): Line => [faint(truncate(`  ${short(line)}`, width))]),
  ]);
