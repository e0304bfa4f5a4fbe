import type { Fallback, Step } from '../runbook/runbook.ts';
import type { Plan, Verdict } from '../steps/kind.ts';
import { actAndProve, closeAsProved } from './attempt.ts';
import { ask, readContext } from './contexts.ts';
import { kindOf } from './engine.ts';
import { attemptDecisionId, confirmId, NEXT, STOP } from './fold.ts';
import { gatesSinceMs, gateViews, haveWatched, isOpen, waitForGates } from './gates.ts';
import { nextQuestion } from './nextQuestion.ts';
import { place, reading, type StageRun, stepState } from './stageRun.ts';
import type { AttemptState, Decision, GateView } from './state.ts';
import { fallbackOf, newestAttempt } from './stateParts.ts';
import { sentence, troubleKind } from './trouble.ts';

/** Runs steps in order. Returns false where one was left open: the stage was stopped. */
export async function runSteps(run: StageRun, steps: readonly Step[]): Promise<boolean> {
  for (const step of steps) {
    if (!(await runStep(run, steps, step))) return false;
  }
  return true;
}

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
    const last = newestAttempt(state);
    if (last?.verdict && last.verdict.is !== 'pending' && !isSuperseded(run, step)) {
      const goesOn = await afterVerdict(run, step, last);
      if (!goesOn) return false;
      continue;
    }
    const attempt = last && !isSuperseded(run, step) ? last.number : await intend(run, siblings, step);
    if (attempt === undefined) return false;
    if (attempt === 'again') continue;
    await actAndProve(run, siblings, step, attempt);
  }
}

/** What the operator chose to do after the newest attempt. */
function chosenNext(run: StageRun, step: Step): string | undefined {
  const last = newestAttempt(stepState(run, step));
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

const takenFallback = (run: StageRun, step: Step) => fallbackOf(stepState(run, step), step);

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

/**
 * Gates, turn, a fresh plan, what the operator must say to it, and the durable intent. Returns the attempt's number,
 * `again` to begin anew, or undefined where the stage is left.
 */
async function intend(run: StageRun, siblings: readonly Step[], step: Step): Promise<number | 'again' | undefined> {
  // All the while: gates that nobody looks at any more would seem closed.
  const stopWatching = haveWatched(run, step.gates);
  try {
    return await intendWatched(run, siblings, step);
  } finally {
    stopWatching();
  }
}

async function intendWatched(
  run: StageRun,
  siblings: readonly Step[],
  step: Step,
): Promise<number | 'again' | undefined> {
  const { record, signal } = run;
  const number = (stepState(run, step).attempts.at(-1)?.number ?? 0) + 1;
  const sinceMs = gatesSinceMs(record.state, run.stage, siblings, step);
  place(run, step, step.gates.length > 0 ? 'gate' : undefined);
  await waitForGates(run, record, step, sinceMs, signal);
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
  // The question may have stood for hours: what was planned then, and its baseline, are of a world that is gone.
  const gates = gateViews(run, record.state, step, sinceMs);
  if (!isOpen(gates)) return 'again';
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

const gateRecord = ({ id, result, overridden }: GateView) => ({
  id,
  summary: result.summary,
  overridden: overridden && !result.holds,
});

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
  const first = attemptDecisionId(step.id, number, mustType ? 'typed' : 'dangers');
  const earlier = Object.values(record.state.decisions).filter(
    ({ id, answer }) => answer && (id === first || id.startsWith(`${first}/`)),
  );
  const covers = ({ answer, asked }: Decision) =>
    answer?.is !== 'declined' && plan.dangers.every(({ id }) => asked.dangers?.includes(id) ?? true);
  if (earlier.some(covers)) return true;
  place(run, step, 'decision');
  const answer = await ask(
    record,
    {
      id: earlier.length === 0 ? first : `${first}/${earlier.length + 1}`,
      stageId: run.stage.id,
      stepId: step.id,
      asked: {
        question: mustType ? { is: 'typed', expected: step.typed ?? '' } : { is: 'confirm' },
        title: step.title,
        text: [...plan.commands.map((command) => `$ ${command}`), ...plan.dangers.map((danger) => danger.text)],
        evidence: plan.evidence,
        dangers: plan.dangers.map(({ id }) => id),
      },
    },
    run.texts,
    signal,
  );
  place(run, step, undefined);
  // One that stood since before the program died spoke of what was planned then.
  if (answer.is !== 'declined') return agreed(run, step, number, plan);
  await record.append({ type: 'cancel.requested', stageId: run.stage.id, stepId: step.id });
  return false;
}

/** Asks what to do after a step that is not done, and does what follows at once. Returns false where the stage is left. */
async function afterVerdict(run: StageRun, step: Step, attempt: AttemptState): Promise<boolean> {
  const verdict = attempt.verdict;
  if (!verdict) return true;
  if (verdict.is === 'done') {
    await closeAsProved(run, step, verdict);
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
