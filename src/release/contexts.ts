import type { Bosslet } from '../bosslet/bosslet.ts';
import type { ActDoors } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import type { Watchers } from '../observe/observed.ts';
import type { Json, Step } from '../runbook/runbook.ts';
import { StepCancelled } from '../steps/cancelled.ts';
import type { ActContext, Answer, Asked, Attempt, Effect, ReadContext, ReleaseFacts } from '../steps/kind.ts';
import type { Secret } from '../text/secret.ts';
import { keepEvidence, loadEvidence } from './evidence.ts';
import { attemptDecisionId, cardChoiceId } from './fold.ts';
import type { Live } from './live.ts';
import type { OpenRecord } from './record.ts';
import type { AttemptState } from './state.ts';
import { GateClosed } from './trouble.ts';

/**
 * How long what was under way is given to become visible before the world is asked whether it happened, in clock
 * milliseconds: a call of a killed or taken-over panel may still be on its way, and a list of AWS follows its writes
 * only after a moment.
 */
const SETTLE_MS = 5_000;

/** What every context is made of. */
export interface World {
  readonly bosslet: Bosslet;
  readonly doors: ActDoors;
  readonly watchers: Watchers;
  readonly clock: Clock;
  readonly live: Live;
  /** `<state>/<account>/<bosslet>`: the releases of this machine. */
  readonly folder?: string;
}

/** What `plan` and `prove` get: nothing that could change anything. */
export function readContext(
  world: World,
  release: ReleaseFacts,
  step: Pick<Step, 'id' | 'title'>,
  signal: AbortSignal,
): ReadContext {
  return {
    read: world.doors,
    bosslet: world.bosslet,
    release,
    ...(world.folder !== undefined && { releasesFolder: world.folder }),
    step,
    observed: () => world.watchers.observed(),
    want: (interest) => {
      if (signal.aborted) return;
      signal.addEventListener('abort', world.watchers.want(interest), { once: true });
    },
    clock: world.clock,
    signal,
    progress: (progress) => world.live.put('progress', step.id, progress),
    load: (ref) => loadEvidence(release.folder, ref),
  };
}

/** The attempt as a step sees it, from the state as it is now. */
export function attemptView(record: OpenRecord, stepId: string, number: number): Attempt {
  const attempt = attemptState(record, stepId, number);
  const prefix = attemptDecisionId(stepId, number, '');
  const decisions = Object.values(record.state.decisions).flatMap(({ id, answer }) =>
    answer && id.startsWith(prefix) ? [[id.slice(prefix.length), answer] as const] : [],
  );
  return {
    number,
    intendedAtMs: attempt.intendedAtMs,
    baseline: attempt.plan.baseline,
    ...(attempt.acted && { acted: attempt.acted }),
    overridden: attempt.overridden ?? [],
    effects: attempt.effects,
    decisions: Object.fromEntries(decisions),
    scriptFolder: record.scriptFolder(stepId, number),
  };
}

function attemptState(record: OpenRecord, stepId: string, number: number): AttemptState {
  const attempt = record.state.steps[stepId]?.attempts.find((each) => each.number === number);
  if (!attempt) throw new Error(`Step ${stepId} has no attempt ${number}.`);
  return attempt;
}

/** What `act` gets: the doors that change the world, and the two primitives that make it safe to be called again. */
export function actContext(
  world: World,
  record: OpenRecord,
  step: Step,
  place: {
    readonly stageId: string;
    readonly run: number;
    readonly attempt: number;
    readonly texts: Map<string, string>;
    /** Whether the step's gates hold now. */
    readonly gatesHold: () => boolean;
  },
  signal: AbortSignal,
): ActContext {
  const decisionId = (key: string) => attemptDecisionId(step.id, place.attempt, key);
  return {
    ...readContext(world, record.facts(), step, signal),
    doors: world.doors,
    get attempt() {
      return attemptView(record, step.id, place.attempt);
    },
    effect: (key, effect) => {
      const settle = async () => {
        world.live.put('progress', step.id, { text: `Seeing whether it happened before: ${effect.what}` });
        await world.clock.sleep(SETTLE_MS, signal);
      };
      const mayBegin = () => {
        if (!place.gatesHold()) throw new GateClosed(step.id);
      };
      return runEffect(record, step.id, place.attempt, key, effect, { settle, mayBegin });
    },
    decide: async (key, asked) => {
      const onCard = record.state.decisions[cardChoiceId(step.id, place.run, key)]?.answer;
      if (onCard) return onCard;
      world.live.put('at', place.stageId, { stepId: step.id, waits: 'decision' });
      try {
        const { continues } = asked;
        const news = continues === undefined ? asked : { ...asked, continues: decisionId(continues) };
        const question = { id: decisionId(key), stageId: place.stageId, stepId: step.id, asked: news };
        const isCancelled = () => attemptState(record, step.id, place.attempt).cancelRequested;
        return await askUnlessCancelled(record, question, isCancelled, place.texts, signal);
      } finally {
        world.live.put('secrets', decisionId(key), undefined);
        world.live.put('at', place.stageId, { stepId: step.id, waits: undefined });
      }
    },
    withdraw: async (key) => {
      const open = record.state.decisions[decisionId(key)];
      if (open && !open.withdrawn && !open.answer) await record.append({ type: 'decision.withdrawn', id: open.id });
    },
    keep: (name, body) => keepEvidence(record.folder, name, body),
    reveal: (key: string, secret: Secret) => world.live.put('secrets', decisionId(key), secret),
    cancelRequested: () => attemptState(record, step.id, place.attempt).cancelRequested,
    cancelRequests: () => attemptState(record, step.id, place.attempt).cancelRequests ?? 0,
  };
}

/**
 * Intent, run, result; after a crash between the two, the world is asked whether it happened. The first change of an
 * attempt may come hours after its gates held (credentials had to be renewed, the program was dead): `mayBegin` throws
 * where they do not hold at that moment.
 */
async function runEffect<T extends Json>(
  record: OpenRecord,
  stepId: string,
  attempt: number,
  key: string,
  effect: Effect<T>,
  { settle, mayBegin }: { readonly settle: () => Promise<void>; readonly mayBegin: () => void },
): Promise<T> {
  const { effects, effectsIntended } = attemptState(record, stepId, attempt);
  // The journal holds what this very effect returned.
  if (Object.hasOwn(effects, key)) return effects[key] as T;
  if (Object.hasOwn(effectsIntended, key)) {
    await settle();
    const found = await effect.probe();
    if (found !== 'notHappened') {
      await record.append({ type: 'effect.resulted', stepId, attempt, key, result: found, probed: true });
      return found as T;
    }
  } else {
    await record.append({ type: 'effect.intended', stepId, attempt, key, what: effect.what });
  }
  // The intent may be of an earlier try: whoever cannot write down what happens must not let it happen.
  await record.verify();
  if (Object.keys(attemptState(record, stepId, attempt).effects).length === 0) mayBegin();
  const result = await effect.run();
  await record.append({ type: 'effect.resulted', stepId, attempt, key, result });
  return result;
}

/** As {@link ask}; where the step is cancelled first the question is taken back, and it throws {@link StepCancelled}. */
export async function askUnlessCancelled(
  record: OpenRecord,
  question: Parameters<typeof ask>[1],
  isCancelled: () => boolean,
  texts: Map<string, string>,
  signal: AbortSignal,
): Promise<Answer> {
  if (isCancelled() && !record.state.decisions[question.id])
    throw new StepCancelled(`${question.asked.title}: cancelled.`);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const cancelled = record.when(() => isCancelled() || undefined, either).then(() => 'cancelled' as const);
  const answer = ask(record, question, texts, either);
  // Whichever loses ends by `over`, and nobody needs to hear of it.
  for (const each of [cancelled, answer]) each.catch(() => {});
  try {
    const first = await Promise.race([answer, cancelled]);
    if (first !== 'cancelled') return first;
    // The question may be on its way to the disk.
    const open = await record.when(({ decisions }) => decisions[question.id], signal);
    if (open.answer) return await answer;
    if (!open.withdrawn) await record.append({ type: 'decision.withdrawn', id: question.id });
    throw new StepCancelled(`${question.asked.title}: cancelled.`);
  } finally {
    over.abort(new Error('Another answer was quicker.'));
  }
}

/**
 * Asks once and waits for the answer. Asked again after a crash, an answered question returns at once, but for a text
 * whose length alone was kept: that one is asked anew.
 */
export async function ask(
  record: OpenRecord,
  question: { readonly id: string; readonly stageId?: string; readonly stepId?: string; readonly asked: Asked },
  texts: Map<string, string>,
  signal: AbortSignal,
): Promise<Answer> {
  const known = record.state.decisions[question.id];
  const textIsGone = known?.answer?.is === 'text' && !texts.has(question.id);
  if (!known || known.withdrawn || textIsGone) await record.append({ type: 'decision.asked', ...question });
  const { answer } = await record.when(({ decisions }) => {
    const decision = decisions[question.id];
    return decision?.answer || decision?.withdrawn ? decision : undefined;
  }, signal);
  if (!answer) throw new Error(`The question "${question.asked.title}" was taken back.`);
  const text = texts.get(question.id);
  return answer.is === 'text' && text !== undefined ? { ...answer, text } : answer;
}
