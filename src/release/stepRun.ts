import type { Fallback, Stage, Step } from '../runbook/runbook.ts';
import type { Acted, Plan, StepKind, Verdict } from '../steps/kind.ts';
import { actContext, ask, attemptView, readContext } from './contexts.ts';
import type { EngineParts } from './engine.ts';
import { kindOf } from './engine.ts';
import { attemptDecisionId, confirmId, NEXT, STOP } from './fold.ts';
import { gatesSinceMs, isOpen, waitForGates } from './gates.ts';
import { nextQuestion } from './nextQuestion.ts';
import type { OpenRecord } from './record.ts';
import type { AttemptState, GateView } from './state.ts';
import { sentence, troubleKind } from './trouble.ts';
import type { Turn } from './turn.ts';

/** One stage in the engine's hands. */
export interface StageRun extends EngineParts {
  readonly record: OpenRecord;
  readonly turn: Turn;
  readonly stage: Stage;
  readonly signal: AbortSignal;
}

/** How long `prove` is given between two looks, and the least of it in real time. */
const PROVE_AGAIN_MS = 3_000;
const PROVE_AGAIN_REAL_MS = 200;
/** How often an act that threw is called again before its attempt counts as lost. */
const ACT_TRIES = 4;
/** How often a plan or proof that threw is asked again before the operator is. */
const READ_TRIES = 6;

/** Runs steps in order. Returns false where one was left open: the stage was stopped. */
export async function runSteps(run: StageRun, steps: readonly Step[]): Promise<boolean> {
  for (const step of steps) {
    if (!(await runStep(run, steps, step))) return false;
  }
  return true;
}

const stepState = (run: StageRun, step: Step) => {
  const state = run.record.state.steps[step.id];
  if (!state) throw new Error(`The release does not know step ${step.id}.`);
  return state;
};

async function runStep(run: StageRun, siblings: readonly Step[], step: Step): Promise<boolean> {
  for (;;) {
    const state = stepState(run, step);
    if (state.closedAs !== undefined) return true;
    const fallback = takenFallback(run, step);
    if (fallback && !(fallback.then === 'again' && isOver(run, fallback))) {
      if (!(await runSteps(run, fallback.steps))) return false;
      if (fallback.then === 'done') await closeByFallback(run, step, fallback);
      continue;
    }
    const last = state.attempts.at(-1);
    if (last?.verdict && last.verdict.is !== 'pending' && !isSuperseded(run, step)) {
      const goesOn = await afterVerdict(run, step, last);
      if (!goesOn) return false;
      continue;
    }
    const attempt = last && !isSuperseded(run, step) ? last.number : await intend(run, siblings, step);
    if (attempt === undefined) return false;
    if (attempt === 'again') continue;
    await actAndProve(run, step, attempt);
  }
}

/** What the operator chose to do after the newest attempt. */
function chosenNext(run: StageRun, step: Step): string | undefined {
  const last = stepState(run, step).attempts.at(-1);
  const answer = last && run.record.state.decisions[attemptDecisionId(step.id, last.number, NEXT)]?.answer;
  return answer?.is === 'chosen' ? answer.option : undefined;
}

/** The newest attempt is over: the operator chose to try again (now or later), or a fallback led back to the step. */
function isSuperseded(run: StageRun, step: Step): boolean {
  const next = chosenNext(run, step);
  if (next === 'retry' || next === STOP) return true;
  const taken = takenFallback(run, step);
  return taken?.then === 'again' && isOver(run, taken);
}

/** The fallback that was taken after the newest attempt; after "try again" it is history. */
function takenFallback(run: StageRun, step: Step): Fallback | undefined {
  const { fallbacks, attempts } = stepState(run, step);
  const taken = fallbacks.at(-1);
  if (!taken || taken.attempt !== attempts.at(-1)?.number) return undefined;
  return step.fallbacks?.find((fallback) => fallback.id === taken.id);
}

const isOver = (run: StageRun, fallback: Fallback) =>
  fallback.steps.every((each) => run.record.state.steps[each.id]?.closedAs !== undefined);

async function closeByFallback(run: StageRun, step: Step, fallback: Fallback): Promise<void> {
  for (const stepId of fallback.alsoDone ?? []) {
    if (run.record.state.steps[stepId]?.closedAs === undefined) {
      await run.record.append({
        type: 'step.closed',
        stepId,
        as: 'byFallback',
        note: `by ${fallback.id} of ${step.id}`,
      });
    }
  }
  await run.record.append({ type: 'step.closed', stepId: step.id, as: 'byFallback', note: fallback.title });
}

const place = (run: StageRun, step: Step, waits: 'gate' | 'decision' | 'turn' | 'proof' | undefined) =>
  run.live.put('at', run.stage.id, { stepId: step.id, waits });

/**
 * Gates, turn, a fresh plan, what the operator must say to it, and the durable intent. Returns the attempt's number,
 * `again` to begin anew, or undefined where the stage is left.
 */
async function intend(run: StageRun, siblings: readonly Step[], step: Step): Promise<number | 'again' | undefined> {
  const { record, signal } = run;
  const number = (stepState(run, step).attempts.at(-1)?.number ?? 0) + 1;
  const sinceMs = gatesSinceMs(record.state, run.stage, siblings, step);
  place(run, step, step.gates.length > 0 ? 'gate' : undefined);
  const gates = await waitForGates(run, record, step, sinceMs, signal);
  const kind = kindOf(run.kinds, step.kind);
  const params = kind.parse(step.params);
  const planSignal = new AbortController();
  let plan: Plan;
  try {
    const context = readContext(run, record.facts(), step, AbortSignal.any([signal, planSignal.signal]));
    plan = await reading(run, step, () => kind.plan(params, context));
  } catch (error) {
    if (troubleKind(error, signal) !== 'retry') throw error;
    return (await afterUnreadable(run, step, number, sentence(error))) ? 'again' : undefined;
  } finally {
    planSignal.abort();
  }
  if (!(await agreed(run, step, number, plan))) return undefined;
  // The question may have stood for hours.
  const stillOpen = step.gates.length === 0 || isOpen(await waitForGates(run, record, step, sinceMs, signal));
  if (!stillOpen) return 'again';
  await withdrawOpen(run, attemptDecisionId(step.id, number, ''));
  await record.append({ type: 'step.intended', stepId: step.id, attempt: number, plan, gates: gates.map(gateRecord) });
  run.live.put('gates', step.id, undefined);
  return number;
}

/** A question of before a crash that the fresh plan no longer asks. */
async function withdrawOpen(run: StageRun, prefix: string): Promise<void> {
  for (const { id, answer, withdrawn } of Object.values(run.record.state.decisions)) {
    if (id.startsWith(prefix) && !answer && !withdrawn) await run.record.append({ type: 'decision.withdrawn', id });
  }
}

const gateRecord = (gate: GateView) => ({ id: gate.id, summary: gate.result.summary, overridden: gate.overridden });

/** Calls a reading function until it answers: a read error never changes an outcome. Throws after {@link READ_TRIES}. */
async function reading<T>(run: StageRun, step: Step, read: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      const kind = troubleKind(error, run.signal);
      if (kind === 'credentials') await pauseForCredentials(run, error);
      else if (kind !== 'retry' || tries >= READ_TRIES) throw error;
      run.live.put('progress', step.id, { text: `${sentence(error)} Trying again.` });
      await run.clock.sleep(backoffMs(run, tries), run.signal);
    }
  }
}

const backoffMs = (run: StageRun, tries: number) =>
  Math.max(1_000 * 2 ** Math.min(tries, 5), PROVE_AGAIN_REAL_MS * run.clock.speed) * (0.5 + Math.random() / 2);

/** Expired credentials pause, never pass: it waits until AWS knows us again. */
async function pauseForCredentials(run: StageRun, error: unknown): Promise<void> {
  if (!run.record.state.paused) await run.record.append({ type: 'paused', reason: sentence(error) });
  for (;;) {
    await run.clock.sleep(Math.max(10_000, 1_000 * run.clock.speed), run.signal);
    const identity = await run.doors.aws.sts.callerIdentity(run.signal).catch(() => undefined);
    if (identity) break;
  }
  if (run.record.state.paused) await run.record.append({ type: 'resumed' });
}

/** What the operator has not agreed to yet: a word to type, dangers that the card did not show. */
async function agreed(run: StageRun, step: Step, number: number, plan: Plan): Promise<boolean> {
  const { record, signal } = run;
  const stageRun = record.state.stages[run.stage.id]?.run ?? 0;
  const confirmed = record.state.decisions[confirmId(run.stage.id, stageRun)];
  const seen = new Set(confirmed?.asked.evidence?.map(({ label }) => label));
  const news = plan.dangers.filter((danger) => !seen.has(danger.id));
  const typedOnCard = confirmed?.answer?.is === 'typed' && confirmed.answer.text === step.typed;
  const mustType = step.typed !== undefined && !typedOnCard && !plan.alreadyDone;
  if (!mustType && news.length === 0) return true;
  const key = mustType ? 'typed' : 'dangers';
  place(run, step, 'decision');
  const answer = await ask(
    record,
    {
      id: attemptDecisionId(step.id, number, key),
      stageId: run.stage.id,
      stepId: step.id,
      asked: {
        question: mustType ? { is: 'typed', expected: step.typed ?? '' } : { is: 'confirm' },
        title: step.title,
        text: [...plan.commands.map((command) => `$ ${command}`), ...plan.dangers.map((danger) => danger.text)],
        evidence: plan.evidence,
      },
    },
    run.texts,
    signal,
  );
  place(run, step, undefined);
  if (answer.is !== 'declined') return true;
  await record.append({ type: 'cancel.requested', stageId: run.stage.id, stepId: step.id });
  return false;
}

/** Acts under the turn, then looks until the proof is no longer pending. Everything in it may be called again. */
async function actAndProve(run: StageRun, step: Step, number: number): Promise<void> {
  const kind = kindOf(run.kinds, step.kind);
  const params = kind.parse(step.params);
  const attempt = () => stepState(run, step).attempts.find((each) => each.number === number);
  if (!attempt()?.acted) {
    const acted = attempt()?.plan.alreadyDone
      ? ({ how: 'finished', codes: [] } as const)
      : await act(run, step, number, kind, params);
    await run.record.append({ type: 'step.acted', stepId: step.id, attempt: number, acted });
  }
  const verdict = await prove(run, step, number, kind, params);
  await run.record.append({ type: 'step.proved', stepId: step.id, attempt: number, verdict });
  run.live.put('progress', step.id, undefined);
  if (verdict.is === 'done') await run.record.append({ type: 'step.closed', stepId: step.id, as: 'done' });
}

async function act(run: StageRun, step: Step, number: number, kind: StepKind, params: unknown): Promise<Acted> {
  if (kind.mutates) place(run, step, 'turn');
  const giveBack = kind.mutates ? await run.turn.take(run.signal) : () => {};
  const ended = new AbortController();
  try {
    place(run, step, undefined);
    const at = {
      stageId: run.stage.id,
      run: run.record.state.stages[run.stage.id]?.run ?? 0,
      attempt: number,
      texts: run.texts,
    };
    const context = actContext(run, run.record, step, at, AbortSignal.any([run.signal, ended.signal]));
    for (let tries = 1; ; tries += 1) {
      try {
        return await kind.act(params, context);
      } catch (error) {
        const trouble = troubleKind(error, run.signal);
        if (trouble === 'credentials') await pauseForCredentials(run, error);
        else if (trouble !== 'retry') throw error;
        else if (tries >= ACT_TRIES) return { how: 'lost', codes: ['error'], error: sentence(error) };
        run.live.put('progress', step.id, { text: `${sentence(error)} Trying again.` });
        await run.clock.sleep(backoffMs(run, tries), run.signal);
      }
    }
  } finally {
    ended.abort();
    giveBack();
  }
}

async function prove(run: StageRun, step: Step, number: number, kind: StepKind, params: unknown): Promise<Verdict> {
  const ended = new AbortController();
  try {
    const context = readContext(run, run.record.facts(), step, AbortSignal.any([run.signal, ended.signal]));
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

/** Asks what to do after a step that is not done, and does what follows at once. Returns false where the stage is left. */
async function afterVerdict(run: StageRun, step: Step, attempt: AttemptState): Promise<boolean> {
  const verdict = attempt.verdict;
  if (!verdict) return true;
  if (verdict.is === 'done') {
    await run.record.append({ type: 'step.closed', stepId: step.id, as: 'done' });
    return true;
  }
  return choose(
    run,
    step,
    attemptDecisionId(step.id, attempt.number, NEXT),
    nextQuestion(step, verdict, attempt.acted),
  );
}

/** The same for a step that could not even be planned. */
async function afterUnreadable(run: StageRun, step: Step, number: number, error: string): Promise<boolean> {
  const tries = Object.values(run.record.state.decisions).filter(
    ({ id, answer }) => answer && id.startsWith(attemptDecisionId(step.id, number, 'plan')),
  ).length;
  const verdict: Verdict = { is: 'notDone', code: 'error', summary: error, evidence: [] };
  const id = attemptDecisionId(step.id, number, `plan${tries + 1}/${NEXT}`);
  return choose(run, { ...step, fallbacks: [] }, id, nextQuestion({ ...step, fallbacks: [] }, verdict, undefined));
}

async function choose(run: StageRun, step: Step, id: string, asked: ReturnType<typeof nextQuestion>): Promise<boolean> {
  place(run, step, 'decision');
  const answer = await ask(run.record, { id, stageId: run.stage.id, stepId: step.id, asked }, run.texts, run.signal);
  place(run, step, undefined);
  if (answer.is !== 'chosen') throw new Error(`The answer to ${id} is no choice.`);
  const note = answer.note === undefined ? {} : { note: answer.note };
  if (answer.option === STOP) return false;
  if (answer.option === 'skip')
    await run.record.append({ type: 'step.closed', stepId: step.id, as: 'skipped', ...note });
  if (answer.option === 'sign')
    await run.record.append({ type: 'step.closed', stepId: step.id, as: 'signed', ...note });
  if (answer.option.startsWith('fallback:')) {
    const fallbackId = answer.option.slice('fallback:'.length);
    const attempt = stepState(run, step).attempts.at(-1)?.number ?? 0;
    await run.record.append({ type: 'fallback.taken', stepId: step.id, attempt, fallbackId });
  }
  return true;
}
