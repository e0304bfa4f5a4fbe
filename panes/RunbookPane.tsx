import { cellWidth, truncate } from '../components/cells.ts';
import { fitLine, justify, type Line, type Span } from '../components/line.tsx';
import { innerHeight, innerWidth, Pane, type Rectangle } from '../components/Pane.tsx';
import { faint, paint } from '../components/table.ts';
import { duration, roughly } from '../components/time.ts';
import { firstAround, Lines, windowRemark } from '../components/WindowedList.tsx';
import type { Phase, Stage } from '../src/runbook/runbook.ts';
import {
  offeredAgain,
  openDecisions,
  partlySkipped,
  rescueRows,
  runbookOf,
  selectedStage,
  stageStatus,
  stages,
  unmetNeeds,
  waitsFor,
  wayBack,
} from '../src/store/selectors.ts';
import type { AppState } from '../src/store/store.ts';
import { ASKS, STAGE_MARKS, WARN } from './marks.ts';
import { useAppState, useViewport } from './screenContext.ts';

/** What a remark keeps beside a long title. */
const SHORTEST_REMARK = 8;

interface RunbookRow {
  readonly line: Line;
  readonly stageId: string | undefined;
}

/** A stage under the heading of its phase need not repeat it: `Update` → `core`. */
const shortTitle = (phase: Phase, stage: Stage): string =>
  stage.title.startsWith(`${phase.title} `) ? stage.title.slice(phase.title.length + 1) : stage.title;

function remark(state: AppState, stage: Stage): Span {
  const status = stageStatus(state, stage.id);
  const times = state.release?.stages[stage.id];
  const startedAtMs = times?.startedAtMs;
  if (status === 'running') {
    const waits = waitsFor(state, stage);
    if (waits) return { text: waits, colour: 'yellow' };
    return paint('cyan', startedAtMs === undefined ? '' : duration(state.nowMs - startedAtMs));
  }
  if (status === 'stopped') return paint('yellow', 'stopped');
  if (partlySkipped(state, stage)) return { text: 'partly skipped', colour: 'yellow' };
  if (status === 'skipped') return faint('skipped');
  if (offeredAgain(state, stage).length > 0) return { text: 'older AMIs', colour: 'yellow' };
  if (wayBack(state, stage)?.taken) return { text: 'rolled back', colour: 'yellow' };
  if (status === 'done' && startedAtMs !== undefined && times?.endedAtMs !== undefined)
    return { text: duration(times.endedAtMs - startedAtMs) };
  const needs = unmetNeeds(state, stage);
  const last = state.lastTook[stage.id];
  if (last !== undefined) return faint(`last ${roughly(last)}`);
  if (needs.length > 0) return faint(`after ${needs.map(({ key }) => key).join(' ')}`);
  // A way out is offered because it is called for.
  return faint(stage.optional && !stage.offeredIn ? 'optional' : '');
}

function stageLine(state: AppState, phase: Phase, stage: Stage, selected: boolean, width: number): Line {
  const status = stageStatus(state, stage.id);
  const asks = openDecisions(state).some(({ stageId }) => stageId === stage.id);
  const title = shortTitle(phase, stage);
  const said = remark(state, stage);
  const closed = status === 'skipped' || (status === 'todo' && unmetNeeds(state, stage).length > 0);
  const line = justify(
    [
      { text: selected ? '›' : ' ', bold: true, colour: 'cyan' },
      asks ? ASKS : offeredAgain(state, stage).length > 0 ? WARN : STAGE_MARKS[status],
      ' ',
      { text: stage.key || ' ', bold: !closed, colour: 'cyan', dim: closed },
      ' ',
      { text: title, dim: closed && !selected, bold: selected },
    ],
    [' ', { ...said, text: truncate(said.text, Math.max(SHORTEST_REMARK, width - cellWidth(title) - 6)) }],
    width,
  );
  return selected && state.ui.focus === 'runbook'
    ? fitLine(line, width).map((span) => ({ ...span, inverse: true }))
    : line;
}

const RESCUE: Phase = { title: 'Ways out', stages: [] };

/** The ways out that the board calls for: they stay above the procedure, wherever that is scrolled to. */
const rescueLines = (state: AppState, width: number): readonly Line[] => {
  const cursor = selectedStage(state)?.id;
  return rescueRows(state).map((stage) => stageLine(state, RESCUE, stage, stage.id === cursor, width));
};

/** The whole procedure as rows, headings of phases included. */
export function runbookRows(state: AppState, width: number): readonly RunbookRow[] {
  const cursor = selectedStage(state)?.id;
  const shown = new Set(stages(state));
  // One that rolls another back stands below it, once it was begun.
  const withRollBack = (stage: Stage) =>
    stage.rollBack && shown.has(stage.rollBack) ? [stage, stage.rollBack] : [stage];
  return runbookOf(state).phases.flatMap((phase): RunbookRow[] => [
    { line: [{ text: phase.title, bold: true }], stageId: undefined },
    ...phase.stages.flatMap(withRollBack).map((stage) => ({
      line: stageLine(state, phase, stage, stage.id === cursor, width),
      stageId: stage.id,
    })),
  ]);
}

export function RunbookPane({ rectangle }: { readonly rectangle: Rectangle }) {
  const state = useAppState((all) => all);
  const width = innerWidth(rectangle);
  const pinned = rescueLines(state, width);
  const height = Math.max(1, innerHeight(rectangle) - pinned.length);
  const rows = runbookRows(state, width);
  const cursor = rows.findIndex(({ stageId }) => stageId === selectedStage(state)?.id);
  const first = firstAround(Math.max(0, cursor), rows.length, height);
  useViewport('runbook', { first, total: rows.length, height, follows: 'top' });
  const shown = rows.slice(first, first + height).map(({ line }) => line);
  return (
    <Pane
      rectangle={rectangle}
      title="Runbook"
      foot={windowRemark(first, rows.length, height)}
      focused={state.ui.focus === 'runbook'}
    >
      <Lines lines={[...pinned, ...shown]} first={0} width={width} height={pinned.length + height} />
    </Pane>
  );
}
