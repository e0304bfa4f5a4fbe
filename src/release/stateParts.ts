import type { Fallback, Stage, Step } from '../runbook/runbook.ts';
import type { AttemptState, Decision, ReleaseState, StepState } from './state.ts';

/** The parts of a release's state, and the ways to put another in the place of one. */

/** A step that never ran. */
export const untouched = (id: string): StepState => ({
  id,
  status: 'todo',
  closedAs: undefined,
  closedAtMs: undefined,
  startedAtMs: undefined,
  attempts: [],
  fallbacks: [],
  note: undefined,
  overrides: [],
});

/** As if it had not run, but for its attempts, which are history: their numbers name folders and go on. */
export const again = (step: StepState): StepState => ({
  ...untouched(step.id),
  attempts: step.attempts,
  history: step.attempts.length,
});

/** The newest attempt of a step's present run; those of an earlier run, or before a fallback began anew, say nothing. */
export const newestAttempt = ({ attempts, history = 0 }: StepState): AttemptState | undefined =>
  attempts.length > history ? attempts.at(-1) : undefined;

/** The fallback that was taken after a step's newest attempt; after "try again" it is history. */
export function fallbackOf({ fallbacks, attempts }: StepState, step: Step): Fallback | undefined {
  const taken = fallbacks.at(-1);
  if (!taken || taken.attempt !== attempts.at(-1)?.number) return undefined;
  return step.fallbacks?.find((fallback) => fallback.id === taken.id);
}

/** Whether some steps of a stage that is over were skipped, and others not. */
export function isPartlySkipped({ stages, steps }: Pick<ReleaseState, 'stages' | 'steps'>, stage: Stage): boolean {
  if (!['done', 'skipped'].includes(stages[stage.id]?.status ?? '')) return false;
  const skipped = stage.steps.filter(({ id }) => steps[id]?.closedAs === 'skipped').length;
  return skipped > 0 && skipped < stage.steps.length;
}

/** Undefined where a step has no attempt of this number. */
export const attemptOf = (step: StepState, number: number) =>
  step.attempts.find((attempt) => attempt.number === number);

/** One step instead of the one of its id. */
export const putStep = (state: ReleaseState, step: StepState): ReleaseState => ({
  ...state,
  steps: { ...state.steps, [step.id]: step },
});

/** What of a step changes. */
export function changeStep(state: ReleaseState, stepId: string, change: Partial<StepState>): ReleaseState {
  const step = state.steps[stepId];
  return step ? putStep(state, { ...step, ...change }) : state;
}

/** What of one attempt of a step changes. */
export function changeAttempt(
  state: ReleaseState,
  stepId: string,
  number: number,
  change: Partial<AttemptState>,
): ReleaseState {
  const step = state.steps[stepId];
  if (!step) return state;
  return putStep(state, {
    ...step,
    attempts: step.attempts.map((attempt) => (attempt.number === number ? { ...attempt, ...change } : attempt)),
  });
}

/** One decision more, or instead of the one of its id. */
export const putDecision = (state: ReleaseState, decision: Decision): ReleaseState => ({
  ...state,
  decisions: { ...state.decisions, [decision.id]: decision },
});
