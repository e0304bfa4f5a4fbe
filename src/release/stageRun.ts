import type { Stage, Step } from '../runbook/runbook.ts';
import type { EngineParts } from './engine.ts';
import { type Pause, patiently } from './patience.ts';
import type { OpenRecord } from './record.ts';
import type { StepState } from './state.ts';
import type { Turn } from './turn.ts';

/** One stage in the engine's hands. */
export interface StageRun extends EngineParts {
  readonly record: OpenRecord;
  readonly turn: Turn;
  readonly pause: Pause;
  readonly stage: Stage;
  readonly signal: AbortSignal;
}

/** How often a plan or proof that threw, for a reason that does not pass by itself, is asked again before the operator is. */
const READ_TRIES = 6;

/** How a step stands now. */
export const stepState = (run: StageRun, step: Step): StepState => {
  const state = run.record.state.steps[step.id];
  if (!state) throw new Error(`The release does not know step ${step.id}.`);
  return state;
};

/** Tells which step the stage is in, and what that waits for. */
export const place = (run: StageRun, step: Step, waits: 'gate' | 'decision' | 'turn' | 'proof' | undefined): void =>
  run.live.put('at', run.stage.id, { stepId: step.id, waits });

/** How a step waits for a world that is away. */
export const waiting = (run: StageRun, step: Step) => ({
  clock: run.clock,
  pause: run.pause,
  signal: run.signal,
  tell: (text: string) => run.live.put('progress', step.id, { ...run.live.state.progress[step.id], text }),
});

/** Calls a reading function until it answers: a read error never changes an outcome. Throws after {@link READ_TRIES}. */
export const reading = <T>(run: StageRun, step: Step, read: () => Promise<T>): Promise<T> =>
  patiently(waiting(run, step), READ_TRIES, read);
