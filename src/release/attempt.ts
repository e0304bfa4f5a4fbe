import type { Step } from '../runbook/runbook.ts';
import { StepCancelled } from '../steps/cancelled.ts';
import type { Acted, StepKind, Verdict } from '../steps/kind.ts';
import { actContext, askUnlessCancelled, attemptView, readContext } from './contexts.ts';
import { kindOf } from './engine.ts';
import { attemptDecisionId } from './fold.ts';
import { gatesSinceMs, gateViews, haveWatched, isOpen, waitForGates } from './gates.ts';
import { stuckQuestion } from './nextQuestion.ts';
import { patiently } from './patience.ts';
import { place, reading, type StageRun, stepState, waiting } from './stageRun.ts';
import { sentence, troubleKind } from './trouble.ts';

/** How long `prove` is given between two looks, and the least of it in real time. */
const PROVE_AGAIN_MS = 3_000;
const PROVE_AGAIN_REAL_MS = 200;
/** How often an act that threw, for a reason that does not pass by itself, is called before the operator is asked. */
const ACT_TRIES = 4;

/** Closes a step whose proof is done, or that the operator left out. */
export async function closeAsProved({ record }: Pick<StageRun, 'record'>, step: Step, verdict: Verdict): Promise<void> {
  await record.append({ type: 'step.closed', stepId: step.id, as: verdict.skipped ? 'skipped' : 'done' });
}

/** Acts under the turn, then looks until the proof is no longer pending. Everything in it may be called again. */
export async function actAndProve(run: StageRun, siblings: readonly Step[], step: Step, number: number): Promise<void> {
  const kind = kindOf(run.kinds, step.kind);
  const params = kind.parse(step.params);
  const attempt = () => stepState(run, step).attempts.find((each) => each.number === number);
  if (!attempt()?.acted) {
    const acted = attempt()?.plan.alreadyDone
      ? ({ how: 'finished', codes: [] } as const)
      : await act(run, siblings, step, number, kind, params);
    await run.record.append({ type: 'step.acted', stepId: step.id, attempt: number, acted });
  }
  const verdict = await prove(run, step, number, kind, params);
  await run.record.append({ type: 'step.proved', stepId: step.id, attempt: number, verdict });
  run.live.put('progress', step.id, undefined);
  if (verdict.is === 'done') await closeAsProved(run, step, verdict);
}

/**
 * Waits until nothing else mutates. The turn may be hours away and the program may have died meanwhile, so gates are
 * judged again: a cache that was drained at noon is not drained now.
 */
async function takeTurn(run: StageRun, step: Step, sinceMs: number, gatesHold: () => boolean): Promise<() => void> {
  const { record, signal } = run;
  for (;;) {
    place(run, step, 'turn');
    const giveBack = await run.turn.take(signal);
    if (gatesHold()) return giveBack;
    giveBack();
    place(run, step, 'gate');
    await waitForGates(run, record, step, sinceMs, signal);
    run.live.put('gates', step.id, undefined);
  }
}

/** Whether something of an attempt was intended, and so may have happened: only its effects can tell. */
function mayHaveBegun(run: StageRun, step: Step, number: number): boolean {
  const attempt = stepState(run, step).attempts.find((each) => each.number === number);
  return Object.keys(attempt?.effectsIntended ?? {}).length > 0;
}

async function act(
  run: StageRun,
  siblings: readonly Step[],
  step: Step,
  number: number,
  kind: StepKind,
  params: unknown,
): Promise<Acted> {
  const takesTurn = kind.mutates && !kind.interrupts;
  const sinceMs = gatesSinceMs(run.record.state, run.stage, siblings, step);
  const gatesHold = () =>
    !takesTurn || step.gates.length === 0 || isOpen(gateViews(run, run.record.state, step, sinceMs));
  const turn = (enough: () => boolean) => takeTurn(run, step, sinceMs, enough);
  let giveBack = takesTurn ? await turn(() => mayHaveBegun(run, step, number) || gatesHold()) : () => {};
  const ended = new AbortController();
  // Until it has begun: gates that nobody looks at any more would seem closed.
  const stopWatching = haveWatched(run, step.gates);
  try {
    place(run, step, undefined);
    const at = {
      stageId: run.stage.id,
      run: run.record.state.stages[run.stage.id]?.run ?? 0,
      attempt: number,
      texts: run.texts,
      gatesHold: () => {
        const hold = gatesHold();
        if (hold) stopWatching();
        return hold;
      },
    };
    const context = actContext(run, run.record, step, at, AbortSignal.any([run.signal, ended.signal]));
    for (let time = 1; ; time += 1) {
      try {
        return await patiently(waiting(run, step), ACT_TRIES, () => kind.act(params, context));
      } catch (error) {
        const trouble = troubleKind(error, run.signal);
        if (trouble === 'cancelled') return { how: 'cancelled', codes: ['cancelled'] };
        if (trouble === 'gate') {
          giveBack();
          giveBack = await turn(gatesHold);
          place(run, step, undefined);
          continue;
        }
        if (trouble !== 'retry') throw error;
        const lost = { how: 'lost', codes: ['error'], error: sentence(error) } as const;
        // Cancelled, and still it throws: there is no orderly way out of it.
        if (context.cancelRequested()) return lost;
        const again = await goesOn(run, step, number, time, error);
        if (!again && !context.cancelRequested())
          await run.record.append({
            type: 'cancel.requested',
            stageId: run.stage.id,
            stepId: step.id,
            attempt: number,
          });
      }
    }
  } finally {
    ended.abort();
    stopWatching();
    giveBack();
  }
}

/** Whether an act that keeps failing is called again: what it left standing (a script at its prompt) waits meanwhile. */
async function goesOn(run: StageRun, step: Step, number: number, time: number, error: unknown): Promise<boolean> {
  const id = attemptDecisionId(step.id, number, `stuck/${time}`);
  const question = { id, stageId: run.stage.id, stepId: step.id, asked: stuckQuestion(step, sentence(error)) };
  const isCancelled = () => isCancelRequested(run, step, number);
  place(run, step, 'decision');
  try {
    const answer = await askUnlessCancelled(run.record, question, isCancelled, run.texts, run.signal);
    return answer.is === 'chosen' && answer.option === 'again';
  } catch (thrown) {
    if (thrown instanceof StepCancelled) return false;
    throw thrown;
  } finally {
    place(run, step, undefined);
  }
}

const isCancelRequested = (run: StageRun, step: Step, number: number) =>
  stepState(run, step).attempts.some((each) => each.number === number && each.cancelRequested);

async function prove(run: StageRun, step: Step, number: number, kind: StepKind, params: unknown): Promise<Verdict> {
  const ended = new AbortController();
  try {
    const context = readContext(run, run.record.facts(), step, AbortSignal.any([run.signal, ended.signal]));
    // What it was doing is over: a world that does not answer now must not seem to be still at it.
    const { script } = run.live.state.progress[step.id] ?? {};
    run.live.put('progress', step.id, { text: 'Looks at what came of it', ...(script !== undefined && { script }) });
    for (;;) {
      place(run, step, 'proof');
      const verdict = await reading(run, step, () =>
        kind.prove(params, context, attemptView(run.record, step.id, number)),
      );
      if (verdict.is !== 'pending') return verdict;
      run.live.put('progress', step.id, { ...run.live.state.progress[step.id], text: verdict.summary });
      await run.clock.sleep(Math.max(PROVE_AGAIN_MS, PROVE_AGAIN_REAL_MS * run.clock.speed), run.signal);
    }
  } catch (error) {
    if (troubleKind(error, run.signal) !== 'retry') throw error;
    return { is: 'unknown', code: 'error', summary: `The proof could not be read: ${sentence(error)}`, evidence: [] };
  } finally {
    ended.abort();
  }
}
