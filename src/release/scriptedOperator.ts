import { type Runbook, stagesOf } from '../runbook/runbook.ts';
import type { Answer, Question } from '../steps/kind.ts';
import type { Controller, Decision, LiveState, ReleaseState } from './state.ts';

/** What the scripted operator sees. */
export interface Seen {
  readonly session: { readonly runbook: Runbook };
  readonly release: ReleaseState | undefined;
  readonly live: LiveState;
}
/** What it looks at, and how it is told of changes: the store that the screen is drawn from. */
export interface Scene {
  getState(): Seen;
  subscribe(listener: () => void): () => void;
}

/** How often the same step may fail in the same way before the scripted operator gives up. */
const PATIENCE = 5;

/**
 * `--auto`: an operator who takes what is recommended and answers the same decisions by the same controller as a
 * person does. Exists in rehearsal only. Resolves when the release is finished; rejects where it cannot go on.
 */
export async function operateByScript(
  scene: Scene,
  controller: Controller,
  signal: AbortSignal,
): Promise<{ readonly done: number; readonly skipped: number; readonly id: string }> {
  let changed = Promise.withResolvers<void>();
  const stop = scene.subscribe(() => changed.resolve());
  const onAbort = () => changed.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const asked = new Map<string, number>();
  try {
    for (;;) {
      signal.throwIfAborted();
      changed = Promise.withResolvers<void>();
      changed.promise.catch(() => {});
      const { release } = scene.getState();
      const tally = release && finishedTally(release);
      if (tally) {
        await controller.finish();
        return tally;
      }
      if (!(await move(scene, controller, asked))) await changed.promise;
    }
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}

function finishedTally(release: ReleaseState) {
  const stages = stagesOf(release.runbook);
  const of = (status: string) => stages.filter(({ id }) => release.stages[id]?.status === status).length;
  const [done, skipped] = [of('done'), of('skipped')];
  return done + skipped === stages.length ? { done, skipped, id: release.id } : undefined;
}

/** One move: an answer, or the next stage. Returns false where there is nothing to do but wait. */
async function move(scene: Scene, controller: Controller, asked: Map<string, number>): Promise<boolean> {
  const { release, live } = scene.getState();
  const open = release && Object.values(release.decisions).find((decision) => !decision.answer && !decision.withdrawn);
  if (open) {
    await controller.answer(open.id, recommendedAnswer(open, asked)).catch((error: unknown) => {
      // Its prompt went away, or an address confirmed, before it was answered.
      const now = scene.getState().release?.decisions[open.id];
      if (now && !now.answer && !now.withdrawn) throw error;
    });
    return true;
  }
  // Whatever it was, the stage's loop has ended: waiting would be for ever.
  if (live.trouble !== undefined) throw new Error(live.trouble);
  const stages = release ? Object.values(release.stages) : [];
  if (stages.some(({ status }) => status === 'running')) return false;
  if (live.preflight.running || live.preflight.atMs === undefined) return false;
  const card = live.card;
  if (card && !card.ready) return false;
  if (card) {
    if (card.blockedBy.length > 0) throw new Error(`${card.stageId} may not run: ${card.blockedBy.join(', ')}`);
    const typed = card.typed === undefined ? {} : { typed: card.typed };
    await controller.confirmCard({ ...typed, choices: {} }).catch((error: unknown) => {
      if (!scene.getState().live.card?.changed) throw error;
    });
    return true;
  }
  return openNext(scene, controller, asked);
}

function openNext(scene: Scene, controller: Controller, asked: Map<string, number>): boolean {
  const { release, session } = scene.getState();
  const states = release?.stages ?? {};
  const next = stagesOf(session.runbook).find(({ id }) => !['done', 'skipped'].includes(states[id]?.status ?? 'todo'));
  if (!next) return false;
  const tries = (asked.get(`stage ${next.id}`) ?? 0) + 1;
  asked.set(`stage ${next.id}`, tries);
  if (tries > PATIENCE) throw new Error(`${next.title} was begun ${PATIENCE} times and is still not done.`);
  controller.openCard(next.id);
  return true;
}

function recommendedAnswer(decision: Decision, asked: Map<string, number>): Answer {
  const title = decision.asked.title;
  const times = (asked.get(title) ?? 0) + 1;
  asked.set(title, times);
  if (times > PATIENCE * 4) throw new Error(`"${title}" was asked ${times} times: the release does not get on.`);
  return answerOf(decision.asked.question, times);
}

function answerOf(question: Question, times: number): Answer {
  switch (question.is) {
    case 'confirm':
      return { is: 'confirmed' };
    case 'typed':
      return { is: 'typed', text: question.expected };
    case 'choose': {
      const note = question.options.find(({ id }) => id === question.recommended)?.note;
      return { is: 'chosen', option: question.recommended, ...(note ? { note: `as recommended, time ${times}` } : {}) };
    }
    case 'review':
      return question.recommended === 'approve'
        ? { is: 'approved', hash: question.hash, typed: question.mustType }
        : { is: 'rejected' };
    case 'sign':
      return { is: 'signed', note: 'signed in a rehearsal' };
    case 'type':
      throw new Error('A script asks something that nobody foresaw; only a person can answer it.');
  }
}
