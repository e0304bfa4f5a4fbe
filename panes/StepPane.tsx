import { besideOrBelow, type Line, spansOf } from '../components/line.tsx';
import { innerHeight, innerWidth, Pane, type Rectangle } from '../components/Pane.tsx';
import { progressBar } from '../components/progressBar.ts';
import { faint, paint, strong } from '../components/table.ts';
import { ago, duration } from '../components/time.ts';
import { clampFirst, Lines, windowRemark } from '../components/WindowedList.tsx';
import type { Stage, Step } from '../src/runbook/runbook.ts';
import {
  buildsShown,
  openDecisions,
  presentAttempt,
  selectedStage,
  stageStatus,
  stepAt,
  stepState,
  unmetNeeds,
} from '../src/store/selectors.ts';
import type { AppState } from '../src/store/store.ts';
import type { AttemptState, GateView, ScriptLook, StepState, Verdict } from '../src/store/types.ts';
import { buildRows } from './builds.ts';
import { ASKS, BAD, OK, STEP_MARKS, WARN } from './marks.ts';
import { commandLines, evidenceLines, findingLines, gateLines, paragraph } from './proofLines.ts';
import { releaseEndLines } from './releaseEnd.ts';
import { useAppState, useViewport } from './screenContext.ts';
import { stackAmiLines } from './stackAmis.ts';

/** What the step's pane says: what is known of the step, and the end of its script's output. */
export interface StepText {
  readonly title: Line;
  readonly remark: Line;
  readonly head: readonly Line[];
  readonly tail: readonly Line[];
  /** The head says why the operator is needed: it keeps its rows, the output gets what is left. */
  readonly headFirst?: boolean;
}

/** Rows of a command here, where what becomes of it matters more; its card had all of it. */
const COMMAND_ROWS = 4;
/** From here down a pane has no rows for a list of steps. */
const LOW = 14;

/** The step of the running or selected stage; before a release begins, the preflight. */
export function stepText(state: AppState, width: number, isLow = false): StepText {
  const stage = selectedStage(state);
  const { release } = state;
  if (release?.closed && state.ui.selectedStageId === undefined)
    return {
      title: `Release ${release.closed.as}`,
      remark: '',
      head: releaseEndLines(state, release, width),
      tail: [],
    };
  if ((!state.release && state.ui.selectedStageId === undefined) || !stage) return preflightText(state, width);
  const step = stepAt(state, stage);
  if (!step) return { title: stage.title, remark: '', head: [stage.about], tail: [] };
  const known = stepState(state, step.id);
  const attempt = presentAttempt(known);
  const folder = state.live.progress[step.id]?.script;
  return {
    title: [`Step ${step.id} `, { text: step.title, bold: true }],
    remark: stepRemark(state, known),
    head: [
      ...(stageStatus(state, stage.id) === 'todo' ? todoLines(state, stage, width) : []),
      ...(stage.steps.length > 1 ? stepList(state, stage, step, isLow) : []),
      ...outcomeLines(state, known, attempt, width),
      ...stackAmiLines(state, stage, width, 'B'),
      ...waitingLines(state, stage, width),
      ...commandLines(attempt?.plan.commands ?? [], width, COMMAND_ROWS),
      ...progressLines(state, step, width),
      ...gatesOf(state, step, width),
    ],
    headFirst:
      state.live.at[stage.id]?.waits === 'gate' ||
      known?.status === 'failed' ||
      openDecisions(state).some(({ stageId }) => stageId === stage.id),
    tail:
      buildLines(state, width, isLow) ?? scriptLines(folder === undefined ? undefined : state.observed.scripts[folder]),
  };
}

function preflightText(state: AppState, width: number): StepText {
  const { findings, running, atMs } = state.live.preflight;
  const stops = findings.filter(({ level }) => level === 'stop').length;
  const told = state.live.progress.preflight?.text;
  const line: Line = running
    ? [paint('cyan', told ? `The preflight: ${told}` : 'The preflight looks at everything that a release needs…')]
    : atMs === undefined
      ? [
          faint(
            state.session.role === 'watcher' ? 'boss-tui doctor runs the preflight.' : 'The preflight has not run yet.',
          ),
        ]
      : stops > 0
        ? [
            BAD,
            ' ',
            strong(`${stops} thing${stops > 1 ? 's' : ''} must be mended before a release may begin`, 'red'),
            faint('  P looks again'),
          ]
        : [OK, ' ', strong('Ready'), faint('  its first stage begins a release')];
  return {
    title: 'Preflight',
    remark: atMs === undefined || running ? '' : [faint(ago(state.nowMs - atMs))],
    head: [line, '', ...findingLines(findings, width)],
    tail: [],
  };
}

function stepRemark(state: AppState, known: StepState | undefined): Line {
  if (!known?.startedAtMs) return '';
  const attempts = known.attempts.length > 1 ? `try ${known.attempts.length} · ` : '';
  return [faint(`${attempts}${duration((known.closedAtMs ?? state.nowMs) - known.startedAtMs)}`)];
}

/** What a stage is for and what it still needs, before it was begun. */
function todoLines(state: AppState, stage: Stage, width: number): readonly Line[] {
  const needs = unmetNeeds(state, stage);
  return [
    ...paragraph(stage.about, width, { style: { dim: true } }),
    ...(needs.length > 0
      ? paragraph(needs.map(({ key, title }) => `${key} ${title}`).join(', '), width, { lead: [WARN, ' after ', ''] })
      : []),
  ];
}

/** The steps of a stage, one row each, with the one that the pane is about marked; one row of marks where it is low. */
function stepList(state: AppState, stage: Stage, current: Step, isLow: boolean): readonly Line[] {
  if (isLow) {
    const marks = stage.steps.flatMap(({ id }) => [STEP_MARKS[stepState(state, id)?.status ?? 'todo'], ' ']);
    return [
      [
        ...marks,
        faint(
          `${stage.steps.filter(({ id }) => stepState(state, id)?.closedAs).length} of ${stage.steps.length} steps`,
        ),
      ],
    ];
  }
  return stage.steps.map((step) => {
    const known = stepState(state, step.id);
    const here = step.id === current.id;
    return [
      STEP_MARKS[known?.status ?? 'todo'],
      ' ',
      { text: `${step.id} ${step.title}`, bold: here, dim: !here },
      faint(known?.closedAs && known.closedAs !== 'done' ? `  ${CLOSED_AS[known.closedAs]}` : ''),
    ];
  });
}

const CLOSED_AS: Readonly<Record<NonNullable<StepState['closedAs']>, string>> = {
  done: 'done',
  skipped: 'skipped',
  byFallback: 'done by the other way',
  signed: 'signed as done',
};

function waitingLines(state: AppState, stage: Stage, width: number): readonly Line[] {
  const decision = openDecisions(state).find(({ stageId }) => stageId === stage.id);
  if (decision) {
    const who = state.session.role === 'operator' ? `press ${stage.key || 'w'} to answer` : 'waits for the operator';
    return [
      ...besideOrBelow([ASKS, ' ', strong(decision.asked.title, 'yellow')], [faint(who)], width, '  '),
      ...[...new Set(decision.asked.text)].flatMap((text) => paragraph(text, width, { lead: ['  '] })),
      ...evidenceLines(decision.asked.evidence ?? [], width),
    ];
  }
  return state.live.at[stage.id]?.waits === 'turn' ? [[WARN, ' waits for another step', faint(' to end')]] : [];
}

function progressLines(state: AppState, step: Step, width: number): readonly Line[] {
  const progress = state.live.progress[step.id];
  if (!progress || stepState(state, step.id)?.status !== 'running') return [];
  const bar = progress.fraction === undefined ? [] : [paint('cyan', progressBar(progress.fraction, 10)), ' '];
  return paragraph(progress.text, width, { lead: bar });
}

/** Gates as they stand while they are waited for; else what will be asked. */
function gatesOf(state: AppState, step: Step, width: number): readonly Line[] {
  const known = stepState(state, step.id);
  const views = state.live.gates[step.id];
  // What is waited for stands above what holds.
  const isWaitedFor = ({ result, overridden }: GateView) => !result.holds && !overridden;
  if (views)
    return [...views.filter(isWaitedFor), ...views.filter((gate) => !isWaitedFor(gate))].flatMap((gate) =>
      gateLines(gate, width),
    );
  const attempt = presentAttempt(known);
  if (!attempt)
    return known?.closedAs === undefined
      ? step.gates.flatMap(({ title }) => paragraph(title, width, { lead: [faint('· gate  ')], style: { dim: true } }))
      : [];
  // An attempt begins only after its gates held, or were overridden.
  return step.gates.flatMap(({ id, title }) => {
    const without = attempt.overridden?.includes(id);
    return paragraph(without ? `${title}: overridden` : title, width, {
      lead: [without ? WARN : OK, ' '],
      style: { dim: true },
    });
  });
}

const VERDICTS: Readonly<Record<Verdict['is'], Line>> = {
  done: [OK, ' ', strong('done', 'green')],
  notDone: [BAD, ' ', strong('not done', 'red')],
  failed: [BAD, ' ', strong('FAILED', 'red')],
  pending: [paint('cyan', '…'), ' ', strong('not over yet', 'cyan')],
  unknown: [WARN, ' ', strong('nobody can tell', 'yellow')],
};

function outcomeLines(
  state: AppState,
  known: StepState | undefined,
  attempt: AttemptState | undefined,
  width: number,
): readonly Line[] {
  if (!known) return [];
  const isOver = known.closedAs !== undefined && known.closedAs !== 'done';
  // The open question says the same, with every way on.
  const isAsked = openDecisions(state).some(
    ({ stepId, asked }) => stepId === known.id && asked.text.includes(attempt?.verdict?.summary ?? ''),
  );
  const verdict = isAsked ? undefined : attempt?.verdict;
  const cancelled = attempt?.cancelRequested && !known.closedAs;
  return [
    ...(isOver && known.closedAs ? [[STEP_MARKS[known.status], ' ', strong(CLOSED_AS[known.closedAs])]] : []),
    ...(cancelled ? [[WARN, ' ', paint('yellow', 'asked to stop; what came of it is proved')]] : []),
    ...known.overrides.flatMap(({ gateId, note }) =>
      paragraph(`${gateId} overridden: ${note}`, width, { lead: [WARN, ' '] }),
    ),
    ...(known.note ? paragraph(known.note, width, { lead: [faint(isOver ? '  ' : 'note  ')] }) : []),
    ...(verdict
      ? paragraph(verdict.summary, width, {
          lead: isOver ? [faint('before: ')] : [...spansOf(VERDICTS[verdict.is]), '  '],
          style: isOver ? { dim: true } : verdict.is === 'failed' ? { colour: 'red' } : {},
        })
      : []),
    ...(isOver ? [] : evidenceLines(verdict?.evidence ?? [], width)),
  ];
}

function scriptLines(script: ScriptLook | undefined): readonly Line[] {
  if (!script) return [];
  const end = script.lines.findLastIndex((line) => line.trim() !== '') + 1;
  const heading: Line = [faint(script.running ? '── script output, live ──' : '── script output, ended ──')];
  return [heading, ...(end === 0 ? [[faint('nothing printed yet')]] : script.lines.slice(0, end))];
}

/** Builds that run side by side say more in their own logs than their script does. */
function buildLines(state: AppState, width: number, isLow: boolean): readonly Line[] | undefined {
  const builds = buildsShown(state)?.builds;
  if (!builds || builds.length === 0) return undefined;
  const isOver = builds.every(({ is }) => !['waiting', 'building', 'quiet'].includes(is));
  // The end of a tail is what is in sight: there stands what failed.
  const rows = isOver ? builds.toSorted((a, b) => Number(b.is === 'built') - Number(a.is === 'built')) : builds;
  return [[faint(`── build logs, ${isOver ? 'ended' : 'live'} ── L shows all ──`)], ...buildRows(rows, width, isLow)];
}

/** What is visible of head and tail: unscrolled, the end of the output keeps at least half of the pane. */
export function stepWindow(
  { head, tail, headFirst }: Omit<StepText, 'title' | 'remark'>,
  height: number,
): readonly Line[] {
  if (head.length + tail.length <= height) return [...head, ...tail];
  if (tail.length === 0) return head;
  const least = headFirst ? 3 : Math.ceil(height / 2);
  const forTail = Math.min(tail.length, Math.max(least, height - head.length));
  const heading = tail[0] ?? '';
  return [...head.slice(0, height - forTail), heading, ...tail.slice(1).slice(-(forTail - 1))];
}

export function StepPane({ rectangle }: { readonly rectangle: Rectangle }) {
  const state = useAppState((all) => all);
  const width = innerWidth(rectangle);
  const height = innerHeight(rectangle);
  const text = stepText(state, width, height < LOW);
  const scroll = state.ui.scroll.step;
  const all = scroll === undefined ? stepWindow(text, height) : [...text.head, ...text.tail];
  const total = text.head.length + text.tail.length;
  const first = scroll === undefined ? 0 : clampFirst(scroll, total, height);
  // Unscrolled it shows the end where there is output, else the beginning: scrolling goes on from there.
  const at = scroll === undefined && text.tail.length > 0 ? Math.max(0, total - height) : first;
  useViewport('step', { first: at, total, height, follows: text.tail.length > 0 ? 'end' : 'top' });
  return (
    <Pane
      rectangle={rectangle}
      title={text.title}
      remark={text.remark}
      foot={windowRemark(at, total, height)}
      focused={state.ui.focus === 'step'}
    >
      <Lines lines={all} first={first} width={width} height={height} />
    </Pane>
  );
}
