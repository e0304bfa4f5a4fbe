import { runnableStagesOf, stepsOf } from '../runbook/runbook.ts';
import { namesIn } from '../steps/gates.ts';
import type { JournalRecord } from './records.ts';
import { beginStage, closeStep, endStage, leaveGates, takeFallback } from './stageCourse.ts';
import type { AttemptState, ReleaseState, StageState, StepState } from './state.ts';
import { attemptOf, changeAttempt, changeStep, putDecision, putStep, untouched } from './stateParts.ts';

/** Id of the decision that begins a stage's run: `redis/2/confirm`. */
export const confirmId = (stageId: string, run: number): string => `${stageId}/${run}/confirm`;
/** Id of a decision that belongs to one attempt of a step: `2.1#1/review`. */
export const attemptDecisionId = (stepId: string, attempt: number, key: string): string =>
  `${stepId}#${attempt}/${key}`;
/** Id of a choice that the stage's card asked for a step. It holds for every attempt of that run. */
export const cardChoiceId = (stepId: string, run: number, key: string): string => `${stepId}/${run}/${key}`;
/** Whether a decision was asked by a card, of no attempt in particular. */
export const isCardDecision = (id: string): boolean => !id.includes('#');
/** Key of the question what to do after a step that is not done. */
export const NEXT = 'next';
/** The answer to {@link NEXT} that leaves the stage. */
export const STOP = 'stop';

/** The state of a release: a pure fold over its records. Undefined before the first one. */
export function fold(records: readonly JournalRecord[]): ReleaseState | undefined {
  return records.reduce<ReleaseState | undefined>(applyRecord, undefined);
}

/** One record more. A record of an epoch that was taken over changes nothing. */
export function applyRecord(state: ReleaseState | undefined, record: JournalRecord): ReleaseState | undefined {
  if (record.type === 'release.opened') return state ?? opened(record);
  if (!state || record.epoch < state.epoch) return state;
  switch (record.type) {
    case 'operator.changed':
      return { ...state, operator: record.operator, epoch: record.epoch };
    case 'decision.asked':
      return putDecision(state, {
        id: record.id,
        stageId: record.stageId,
        stepId: record.stepId,
        asked: record.asked,
        askedAtMs: record.at,
        answer: undefined,
        withdrawn: false,
      });
    case 'decision.answered':
      return answered(state, record);
    case 'decision.withdrawn': {
      const decision = state.decisions[record.id];
      return decision ? putDecision(state, { ...decision, withdrawn: true }) : state;
    }
    case 'cancel.requested':
      return record.attempt === undefined
        ? endStage(leaveGates(state, record.stepId), record.stageId, 'stopped', record.at)
        : countCancel(state, record.stepId, record.attempt);
    case 'paused':
      return { ...state, paused: record.reason };
    case 'resumed':
      return { ...state, paused: undefined };
    case 'note':
      return { ...state, notes: [...state.notes, { atMs: record.at, text: record.text }] };
    case 'release.closed':
      return { ...state, stages: stopped(state, record.at), closed: { as: record.as, atMs: record.at } };
    default:
      return applyStepRecord(state, record);
  }
}

/** What was running when the release was closed goes on no more. */
const stopped = ({ stages }: ReleaseState, atMs: number): ReleaseState['stages'] =>
  Object.fromEntries(
    Object.entries(stages).map(([id, stage]) => [
      id,
      stage.status === 'running' ? { ...stage, status: 'stopped', endedAtMs: atMs } : stage,
    ]),
  );

type StepRecord = Extract<JournalRecord, { stepId: string }>;

function applyStepRecord(
  state: ReleaseState,
  record: Exclude<StepRecord, { type: 'decision.asked' | 'cancel.requested' }>,
): ReleaseState {
  const step = state.steps[record.stepId];
  if (!step) return state;
  switch (record.type) {
    case 'step.intended': {
      const attempt: AttemptState = {
        number: record.attempt,
        intendedAtMs: record.at,
        plan: record.plan,
        overridden: record.gates.filter(({ overridden }) => overridden).map(({ id }) => id),
        effectsIntended: {},
        effects: {},
        acted: undefined,
        verdict: undefined,
        cancelRequested: false,
      };
      return putStep(state, {
        ...step,
        status: 'running',
        startedAtMs: step.startedAtMs ?? record.at,
        attempts: [...step.attempts, attempt],
      });
    }
    case 'effect.intended': {
      const intended = attemptOf(step, record.attempt)?.effectsIntended;
      return changeAttempt(state, step.id, record.attempt, {
        effectsIntended: { ...intended, [record.key]: record.what },
      });
    }
    case 'effect.resulted': {
      const effects = attemptOf(step, record.attempt)?.effects;
      return changeAttempt(state, step.id, record.attempt, { effects: { ...effects, [record.key]: record.result } });
    }
    case 'step.acted':
      return changeStep(
        changeAttempt({ ...state, facts: { ...state.facts, ...record.acted.before } }, step.id, record.attempt, {
          acted: record.acted,
        }),
        step.id,
        { spentOverrides: step.overrides.length },
      );
    case 'step.proved': {
      const proved = changeAttempt(state, step.id, record.attempt, { verdict: record.verdict });
      const status = record.verdict.is === 'done' || record.verdict.is === 'pending' ? 'running' : 'failed';
      return changeStep(proved, step.id, { status });
    }
    case 'gate.overridden':
      return putStep(state, {
        ...step,
        overrides: [
          ...step.overrides,
          {
            gateId: record.gateId,
            note: record.note,
            atMs: record.at,
            typed: record.typed,
            unproven: record.unproven,
            names: record.evidence && namesIn(record.evidence),
          },
        ],
      });
    case 'fallback.taken':
      return takeFallback(state, step, { id: record.fallbackId, attempt: record.attempt });
    case 'step.closed':
      return closeStep(state, step, record);
  }
}

function opened(record: Extract<JournalRecord, { type: 'release.opened' }>): ReleaseState {
  const stages = runnableStagesOf(record.runbook);
  return {
    id: record.release,
    bosslet: record.bosslet,
    openedAtMs: record.at,
    operator: record.operator,
    epoch: record.epoch,
    head: record.head,
    runbook: record.runbook,
    stages: Object.fromEntries(
      stages.map((stage): [string, StageState] => [
        stage.id,
        { id: stage.id, status: 'todo', run: 0, startedAtMs: undefined, endedAtMs: undefined },
      ]),
    ),
    steps: Object.fromEntries(
      stages.flatMap((stage) => stepsOf(stage.steps)).map((step): [string, StepState] => [step.id, untouched(step.id)]),
    ),
    decisions: {},
    facts: {},
    notes: [],
    paused: undefined,
    closed: undefined,
  };
}

function answered(state: ReleaseState, record: Extract<JournalRecord, { type: 'decision.answered' }>): ReleaseState {
  const decision = state.decisions[record.id];
  // The first answer is the one that was acted on.
  if (!decision || decision.answer) return state;
  const next = putDecision(state, { ...decision, answer: record.answer });
  const stageId = decision.stageId;
  if (!stageId) return next;
  const run = (state.stages[stageId]?.run ?? 0) + 1;
  const agreed = record.answer.is === 'confirmed' || record.answer.is === 'typed';
  if (record.id === confirmId(stageId, run) && agreed) return beginStage(next, stageId, run, record.at);
  const stops = record.answer.is === 'chosen' && record.answer.option === STOP && record.id.endsWith(`/${NEXT}`);
  return stops ? endStage(next, stageId, 'stopped', record.at) : next;
}

/** A Ctrl-C may be lost on a script that is deaf for a moment: whoever asks again sends another. */
function countCancel(state: ReleaseState, stepId: string, number: number): ReleaseState {
  const attempt = state.steps[stepId]?.attempts.find((each) => each.number === number);
  const cancelRequests = (attempt?.cancelRequests ?? 0) + 1;
  return changeAttempt(state, stepId, number, { cancelRequested: true, cancelRequests });
}
