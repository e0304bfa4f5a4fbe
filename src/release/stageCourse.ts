import { type Runbook, runnableStagesOf, type Stage, stepsOf } from '../runbook/runbook.ts';
import type { JournalRecord } from './records.ts';
import type { ReleaseState, StageState, StepState } from './state.ts';
import { again, newestAttempt, putStep, untouched } from './stateParts.ts';

/** How a stage runs its course: it begins, its steps are closed, it takes a fallback, it ends. Pure. */

/** Every step of the runbook by id, those of fallbacks included, with the stage it belongs to. */
function stepIndex(runbook: Runbook): ReadonlyMap<string, Stage> {
  return new Map(
    runnableStagesOf(runbook).flatMap((stage) => stepsOf(stage.steps).map((step) => [step.id, stage] as const)),
  );
}

const stageOf = (state: ReleaseState, stageId: string): Stage | undefined =>
  runnableStagesOf(state.runbook).find((stage) => stage.id === stageId);

/** A stage whose steps are all closed runs again from its first; one that was left goes on with what is open. */
export function beginStage(state: ReleaseState, stageId: string, run: number, atMs: number): ReleaseState {
  const stage = stageOf(state, stageId);
  const before = state.stages[stageId];
  if (!stage || !before) return state;
  const wasClosed = stage.steps.every((step) => state.steps[step.id]?.closedAs !== undefined);
  const reset = wasClosed ? begunAnew(state, stage) : {};
  const undone = undo(state, stage);
  return {
    ...state,
    steps: { ...undone.steps, ...reset },
    stages: {
      ...undone.stages,
      [stageId]: {
        ...before,
        status: 'running',
        run,
        startedAtMs: wasClosed ? atMs : (before.startedAtMs ?? atMs),
        endedAtMs: undefined,
      },
    },
  };
}

const begunAnew = (state: ReleaseState, stage: Stage): ReleaseState['steps'] =>
  Object.fromEntries(stepsOf(stage.steps).map((step) => [step.id, again(state.steps[step.id] ?? untouched(step.id))]));

/**
 * A stage that this one takes back: where it was left half-way it begins anew, and so does one that was done and stands
 * later in the procedure, since the release ends with it.
 */
function undo(state: ReleaseState, stage: Stage): ReleaseState {
  const all = runnableStagesOf(state.runbook);
  const other = all.find(({ id }) => id === stage.undoes);
  const stood = other && state.stages[other.id];
  if (!other || !stood || stood.status === 'skipped') return state;
  const own = other.steps.flatMap((step) => state.steps[step.id] ?? []);
  const isBegun = own.some(({ closedAs, attempts }) => closedAs !== undefined || attempts.length > 0);
  const isDone = own.every(({ closedAs }) => closedAs !== undefined);
  if (!isBegun || (isDone && all.indexOf(other) < all.indexOf(stage))) return state;
  return {
    ...state,
    steps: { ...state.steps, ...begunAnew(state, other) },
    stages: { ...state.stages, [other.id]: { ...stood, status: 'todo', endedAtMs: undefined } },
  };
}

/** Nothing had begun: what was overridden and planned was for then, and the next time plans anew. */
export function leaveGates(state: ReleaseState, stepId: string): ReleaseState {
  const step = state.steps[stepId];
  const last = step && newestAttempt(step);
  if (!step || last?.verdict) return state;
  const isIdle = last && !last.acted && Object.keys(last.effectsIntended).length === 0;
  return putStep(state, {
    ...step,
    overrides: [],
    spentOverrides: 0,
    ...(isIdle && { history: step.attempts.length }),
  });
}

export function endStage(
  state: ReleaseState,
  stageId: string,
  status: StageState['status'],
  atMs: number,
): ReleaseState {
  const stage = state.stages[stageId];
  return stage ? { ...state, stages: { ...state.stages, [stageId]: { ...stage, status, endedAtMs: atMs } } } : state;
}

export function closeStep(
  state: ReleaseState,
  step: StepState,
  record: Extract<JournalRecord, { type: 'step.closed' }>,
): ReleaseState {
  const facts = record.as === 'skipped' ? {} : (newestAttempt(step)?.acted?.facts ?? {});
  const closed = putStep(
    { ...state, facts: { ...state.facts, ...facts } },
    {
      ...step,
      status: record.as === 'skipped' ? 'skipped' : 'done',
      closedAs: record.as,
      closedAtMs: record.at,
      note: record.note,
    },
  );
  const owner = runnableStagesOf(state.runbook).find((stage) => stage.steps.some((own) => own.id === step.id));
  return owner ? settleStage(closed, owner, record.at) : closed;
}

/** A stage is over when its own steps are: skipped where the last of them was, which proves what the stage is for. */
function settleStage(state: ReleaseState, stage: Stage, atMs: number): ReleaseState {
  const own = stage.steps.map((step) => state.steps[step.id]);
  if (own.some((step) => step?.closedAs === undefined)) return state;
  return endStage(state, stage.id, own.at(-1)?.closedAs === 'skipped' ? 'skipped' : 'done', atMs);
}

/** The steps of a fallback that is taken again begin afresh. */
export function takeFallback(
  state: ReleaseState,
  step: StepState,
  taken: StepState['fallbacks'][number],
): ReleaseState {
  const stage = stepIndex(state.runbook).get(step.id);
  const definition = stage && stepsOf(stage.steps).find((each) => each.id === step.id);
  const fallback = definition?.fallbacks?.find((each) => each.id === taken.id);
  if (!fallback) return state;
  const fresh = Object.fromEntries(
    stepsOf(fallback.steps).map((each) => [each.id, again(state.steps[each.id] ?? untouched(each.id))]),
  );
  return {
    ...state,
    steps: {
      ...state.steps,
      ...fresh,
      [step.id]: { ...step, status: 'running', fallbacks: [...step.fallbacks, taken] },
    },
  };
}
