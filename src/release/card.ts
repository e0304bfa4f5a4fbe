import { runnableStagesOf, type Stage, type Step } from '../runbook/runbook.ts';
import type { Asked, Finding, Plan } from '../steps/kind.ts';
import { readContext } from './contexts.ts';
import type { ControllerParts } from './controller.ts';
import { kindOf } from './engine.ts';
import { gatesSinceMs, gateViews, watchGates } from './gates.ts';
import type { OpenRecord } from './record.ts';
import { olderAmis } from './stackAmis.ts';
import type { Card, ReleaseState, StepCard } from './state.ts';
import { fallbackOf } from './stateParts.ts';
import { sentence } from './trouble.ts';

const NO_RELEASE = { id: '', head: '', folder: '', facts: {}, closedAtMs: () => undefined };

/** Reads what a stage would do, shows it, and reads it again at Enter. */
export class CardReader {
  readonly #parts: ControllerParts;
  readonly #record: () => OpenRecord | undefined;
  readonly #end: AbortSignal;
  #reading: AbortController | undefined;

  constructor(parts: ControllerParts, record: () => OpenRecord | undefined, end: AbortSignal) {
    this.#parts = parts;
    this.#record = record;
    this.#end = end;
  }

  /** Shows the card at once, fills in the plans as they are read, and keeps its gates as they stand. */
  open(stage: Stage): void {
    this.close();
    const reading = new AbortController();
    this.#reading = reading;
    this.#show(stage, { steps: this.#openSteps(stage), ready: false, changed: false });
    const signal = AbortSignal.any([reading.signal, this.#end]);
    void this.#fill(stage, signal);
    void this.#watch(stage, signal);
  }

  close(): void {
    this.#reading?.abort(new Error('The card was closed.'));
    this.#reading = undefined;
    if (this.#parts.live.state.card) this.#parts.live.set({ card: undefined });
  }

  /** Judges again whether the open card's stage may run: the preflight has come to an end. */
  refresh(): void {
    const { live } = this.#parts;
    const card = live.state.card;
    if (card) live.set({ card: { ...card, ...this.#blocked(this.#stageOf(card.stageId)) } });
  }

  /**
   * Reads everything again. Throws a sentence for the operator where it may not run: not read yet, blocked, not
   * typed, or changed since it was shown (the card then shows what is new).
   */
  async confirm(input: { readonly typed?: string; readonly note?: string }): Promise<{ card: Card; stage: Stage }> {
    const card = this.#parts.live.state.card;
    if (!card?.ready) throw new Error('The card is still being read.');
    const stage = this.#stageOf(card.stageId);
    if (card.typed !== undefined && input.typed !== card.typed)
      throw new Error(`Type ${card.typed} to run this stage.`);
    if (card.blockedBy.length > 0 && !(card.overridable && input.note?.trim())) {
      throw new Error(`Not yet: ${card.blockedBy.join(', ')}.${card.overridable ? ' A note overrides it.' : ''}`);
    }
    const unread = card.steps.find(({ error }) => error !== undefined);
    if (unread && unread === card.steps[0]) throw new Error(`It cannot be planned: ${unread.error}`);
    const again = await this.#read(stage, this.#end, () => {});
    const news = newDangers(card.steps, again);
    if (news.length > 0) {
      this.#show(stage, { steps: again, ready: true, changed: true });
      throw new Error(`Read it again, this is new: ${news.join(' ')}`);
    }
    return { card: { ...card, steps: again }, stage };
  }

  /** What the operator agreed to, as the record keeps it: the dangers by their ids. */
  confirmation(card: Card, stage: Stage): Asked {
    const plans = card.steps.flatMap(({ plan }) => (plan ? [plan] : []));
    return {
      question: card.typed === undefined ? { is: 'confirm' } : { is: 'typed', expected: card.typed },
      title: stage.title,
      text: plans.flatMap(({ commands }) => commands),
      evidence: plans.flatMap(({ dangers }) =>
        dangers.map((danger) => ({ label: danger.id, value: danger.text, tone: danger.level })),
      ),
    };
  }

  async #fill(stage: Stage, signal: AbortSignal): Promise<void> {
    const steps = await this.#read(stage, signal, (partial) =>
      this.#show(stage, { steps: partial, ready: false, changed: false }),
    );
    if (!signal.aborted) this.#show(stage, { steps, ready: true, changed: false });
  }

  /** Shows how the gates of the open card stand, until it is closed. */
  async #watch(stage: Stage, signal: AbortSignal): Promise<void> {
    const gates = stage.steps.flatMap((step) => step.gates);
    if (gates.length === 0) return;
    const { live } = this.#parts;
    await watchGates(this.#parts, this.#record(), gates, signal, () => {
      const card = live.state.card;
      if (!card) return false;
      const steps = this.#withGates(stage, card.steps);
      if (JSON.stringify(steps.map((step) => step.gates)) !== JSON.stringify(card.steps.map((step) => step.gates)))
        live.set({ card: { ...card, steps } });
      return false;
    }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  async #read(
    stage: Stage,
    signal: AbortSignal,
    onPartial: (steps: readonly StepCard[]) => void,
  ): Promise<readonly StepCard[]> {
    let steps = this.#openSteps(stage);
    const read = steps.map(async (card, index) => {
      const plan = await this.#plan(card.step, signal).catch((error: unknown) => sentence(error));
      if (signal.aborted) return;
      steps = steps.with(index, typeof plan === 'string' ? { ...card, error: plan } : { ...card, plan });
      onPartial(steps);
    });
    await Promise.all(read);
    return steps;
  }

  async #plan(step: StepCard['step'], signal: AbortSignal): Promise<Plan> {
    const kind = kindOf(this.#parts.kinds, step.kind);
    const ended = new AbortController();
    try {
      return await kind.plan(kind.parse(step.params), this.#context(step, AbortSignal.any([signal, ended.signal])));
    } finally {
      ended.abort();
    }
  }

  #context(step: StepCard['step'], signal: AbortSignal) {
    const facts = this.#record()?.facts() ?? { ...NO_RELEASE, openedAtMs: this.#parts.clock.now() };
    // A plan's progress would be mistaken for the step's own.
    return { ...readContext(this.#parts, facts, step, signal), progress: () => {} };
  }

  #openSteps(stage: Stage): readonly StepCard[] {
    const state = this.#record()?.state;
    const allClosed = stage.steps.every((step) => state?.steps[step.id]?.closedAs !== undefined);
    const open = allClosed || !state ? stage.steps : openIn(state, stage.steps);
    return open.map((step) => ({ step, plan: undefined, error: undefined, gates: [] }));
  }

  /** The same steps with their gates as they stand now. */
  #withGates(stage: Stage, steps: readonly StepCard[]): readonly StepCard[] {
    const state = this.#record()?.state;
    return steps.map((card) => ({
      ...card,
      gates: gateViews(
        this.#parts,
        state,
        card.step,
        state ? gatesSinceMs(state, stage, siblingsOf(stage.steps, card.step.id), card.step) : 0,
      ),
    }));
  }

  #show(stage: Stage, part: Pick<Card, 'steps' | 'ready' | 'changed'>): void {
    const { live, clock, lastTookMs } = this.#parts;
    const before = live.state.card;
    live.set({
      card: {
        stageId: stage.id,
        ...part,
        steps: this.#withGates(stage, part.steps),
        readyAtMs: part.ready ? (part.changed ? clock.now() : (before?.readyAtMs ?? clock.now())) : undefined,
        ...this.#blocked(stage),
        typed: part.steps.find(({ step }) => step.typed !== undefined)?.step.typed,
        lastTookMs: lastTookMs[stage.id],
      },
    });
  }

  #blocked(stage: Stage): Pick<Card, 'blockedBy' | 'overridable'> {
    const state = this.#record()?.state;
    const stops = stopsOf(this.#parts.live.state.preflight.findings, stage.id);
    if (!state && stops.length > 0) {
      return { blockedBy: stops.map(({ title, detail }) => `${title}: ${detail}`), overridable: false };
    }
    if (!state && this.#parts.live.state.preflight.atMs === undefined) {
      return { blockedBy: ['the preflight is still running'], overridable: false };
    }
    // A stack that took older AMIs is offered again, as if it had not been updated.
    const isClosed = state?.stages[stage.id]?.status === 'done' && olderAmis(state, stage).length === 0;
    const again = isClosed && !stage.repeatable ? [`${stage.title} is done already`] : [];
    return {
      blockedBy: [...again, ...unmetNeeds(state, stage, runnableStagesOf(this.#parts.runbook))],
      overridable: true,
    };
  }

  #stageOf(stageId: string): Stage {
    const stage = runnableStagesOf(this.#record()?.state.runbook ?? this.#parts.runbook).find(
      ({ id }) => id === stageId,
    );
    if (!stage) throw new Error(`There is no stage ${stageId}.`);
    return stage;
  }
}

/** The steps that are left, in the order in which they run: those of a fallback that was taken before its own step. */
function openIn(state: ReleaseState, steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step): readonly Step[] => {
    const known = state.steps[step.id];
    if (!known || known.closedAs !== undefined) return known ? [] : [step];
    const fallback = fallbackOf(known, step);
    const left = fallback ? openIn(state, fallback.steps) : [];
    if (left.length === 0) return [step];
    return fallback?.then === 'again' ? [...left, step] : left;
  });
}

/** The steps that a step stands among: its stage's, or those of the fallback that it is in. */
function siblingsOf(steps: readonly Step[], stepId: string): readonly Step[] {
  if (steps.some(({ id }) => id === stepId)) return steps;
  const inner = steps.flatMap(({ fallbacks = [] }) => fallbacks.map((fallback) => siblingsOf(fallback.steps, stepId)));
  return inner.find((all) => all.length > 0) ?? [];
}

/** What keeps a release from beginning with this stage. */
export const stopsOf = (findings: readonly Finding[], stageId: string): readonly Finding[] =>
  findings.filter(({ level, mendedBy }) => level === 'stop' && mendedBy !== stageId);

/** Titles of the stages that a stage needs and that are neither done nor skipped. */
export function unmetNeeds(state: ReleaseState | undefined, stage: Stage, stages: readonly Stage[]): readonly string[] {
  return stage.needs
    .filter((need) => !['done', 'skipped'].includes(state?.stages[need]?.status ?? 'todo'))
    .map((need) => `${stages.find(({ id }) => id === need)?.title ?? need} is not done`);
}

function newDangers(shown: readonly StepCard[], now: readonly StepCard[]): readonly string[] {
  const known = new Set(shown.flatMap(({ plan }) => plan?.dangers.map(({ id }) => id) ?? []));
  return now.flatMap(({ plan }) => plan?.dangers.filter(({ id }) => !known.has(id)).map(({ text }) => text) ?? []);
}
