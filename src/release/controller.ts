import { type Runbook, runnableStagesOf, type Stage, stagesOf } from '../runbook/runbook.ts';
import type { Answer, Finding, ReadContext } from '../steps/kind.ts';
import { refuseAnswer } from './answers.ts';
import { CardReader, stopsOf } from './card.ts';
import { readContext } from './contexts.ts';
import { Engine, type EngineParts } from './engine.ts';
import { cardChoiceId, confirmId, isCardDecision } from './fold.ts';
import type { OpenRecord } from './record.ts';
import type { Controller, ReleaseState } from './state.ts';
import { newestAttempt } from './stateParts.ts';
import { sentence } from './trouble.ts';

/** What a controller is made of besides the engine's parts. */
export interface ControllerParts extends EngineParts {
  readonly runbook: Runbook;
  readonly preflight: (context: ReadContext) => Promise<readonly Finding[]>;
  /** Opens a new release's record. */
  readonly begin: () => Promise<OpenRecord>;
  /** The release that is open, if one is. */
  readonly record: OpenRecord | undefined;
  readonly onRelease: (state: ReleaseState | undefined) => void;
  readonly lastTookMs: Readonly<Record<string, number>>;
}

/** A request that cannot be done, with a sentence for the operator. */
const refuse = (text: string): never => {
  throw new Error(text);
};

/** The one way in for keys, modals and the scripted operator. */
export class ReleaseController implements Controller {
  readonly #parts: ControllerParts;
  readonly #cards: CardReader;
  readonly #end = new AbortController();
  #record: OpenRecord | undefined;
  #engine: Engine | undefined;
  #confirming = false;
  readonly #answering = new Set<string>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#cards = new CardReader(parts, () => this.#record, this.#end.signal);
    if (parts.record) this.#adopt(parts.record);
  }

  get record(): OpenRecord | undefined {
    return this.#record;
  }

  #adopt(record: OpenRecord): Engine {
    this.#record = record;
    this.#engine = new Engine(this.#parts, record);
    record.subscribe(() => this.#parts.onRelease(record.state));
    this.#parts.onRelease(record.state);
    return this.#engine;
  }

  /** Goes on with what was running when the program ended. A card that was being confirmed then must be opened again. */
  async resume(): Promise<void> {
    const record = this.#record;
    for (const { id, answer, withdrawn } of Object.values(record?.state.decisions ?? {})) {
      if (isCardDecision(id) && !answer && !withdrawn) await record?.append({ type: 'decision.withdrawn', id });
    }
    this.#engine?.resume();
  }

  /** Ends every loop; nothing in the world is cancelled. */
  async stop(): Promise<void> {
    this.#end.abort(new Error('The control panel ends.'));
    await this.#engine?.stop();
    await this.#record?.close();
  }

  async preflight(): Promise<void> {
    const { live } = this.#parts;
    if (live.state.preflight.running) return;
    live.set({ preflight: { ...live.state.preflight, running: true } });
    const none = {
      id: '',
      openedAtMs: this.#parts.clock.now(),
      head: '',
      folder: '',
      facts: {},
      closedAtMs: () => undefined,
    };
    const context = readContext(
      this.#parts,
      this.#record?.facts() ?? none,
      { id: 'preflight', title: 'Preflight' },
      this.#end.signal,
    );
    const findings = await this.#parts
      .preflight(context)
      .catch((error: unknown): readonly Finding[] => [
        { level: 'stop', title: 'Preflight', detail: sentence(error), cure: 'Mend it and run the preflight again.' },
      ]);
    live.set({ preflight: { findings, running: false, atMs: this.#parts.clock.now() } });
    this.#cards.refresh();
  }

  openCard(stageId: string): void {
    this.#cards.open(this.#stage(stageId));
  }

  closeCard(): void {
    this.#cards.close();
  }

  async confirmCard(input: Parameters<Controller['confirmCard']>[0]): Promise<void> {
    if (this.#confirming) return;
    this.#confirming = true;
    try {
      const { card, stage } = await this.#cards.confirm(input);
      // Reading it again took a while; who closed the card meanwhile does not want it run.
      if (this.#parts.live.state.card?.stageId !== stage.id) refuse(`The card was closed: ${stage.title} was not run.`);
      if (this.#engine?.isRunning(stage.id)) refuse(`${stage.title} is already running.`);
      await this.#leaveUndone(stage);
      const { record, engine } = await this.#open(stage.id);
      const run = (record.state.stages[stage.id]?.run ?? 0) + 1;
      const note = input.note?.trim();
      if (card.blockedBy.length > 0) {
        await record.append({
          type: 'note',
          text: `${stage.title} was run out of order (${card.blockedBy.join(', ')}): ${note}`,
        });
      }
      for (const { step, plan } of card.steps) {
        for (const choice of plan?.choices ?? []) {
          const id = cardChoiceId(step.id, run, choice.key);
          const option = input.choices[`${step.id}/${choice.key}`] ?? choice.recommended;
          const asked = {
            question: { is: 'choose', options: choice.options, recommended: choice.recommended } as const,
            title: choice.title,
            text: [],
          };
          await record.append({ type: 'decision.asked', id, stageId: stage.id, stepId: step.id, asked });
          await record.append({ type: 'decision.answered', id, answer: { is: 'chosen', option } });
        }
      }
      const id = confirmId(stage.id, run);
      await record.append({
        type: 'decision.asked',
        id,
        stageId: stage.id,
        asked: this.#cards.confirmation(card, stage),
      });
      const typed = card.typed;
      await record.append({
        type: 'decision.answered',
        id,
        answer: typed === undefined ? { is: 'confirmed' } : { is: 'typed', text: typed },
      });
      this.#cards.close();
      engine.start(stage.id);
    } finally {
      this.#confirming = false;
    }
  }

  /** Ends the stage that this one takes back, where it waits for what can never come now. */
  async #leaveUndone({ undoes }: Stage): Promise<void> {
    if (undoes === undefined || !this.#engine?.isRunning(undoes)) return;
    const waits = this.#parts.live.state.at[undoes]?.waits;
    if (waits !== 'gate' && waits !== 'turn' && waits !== 'proof')
      refuse(`${this.#stage(undoes).title} is at work: cancel it first.`);
    await this.cancel(undoes);
  }

  async answer(decisionId: string, answer: Answer): Promise<void> {
    const record = this.#record ?? refuse('No release is open.');
    const decision = record.state.decisions[decisionId] ?? refuse('This question is not open any more.');
    if (decision.answer || decision.withdrawn || this.#answering.has(decisionId))
      refuse('This question is not open any more.');
    const objection = refuseAnswer(decision.asked.question, answer);
    if (objection) refuse(objection);
    if (answer.is === 'text' && answer.text !== undefined) this.#parts.texts.set(decisionId, answer.text);
    const kept: Answer = answer.is === 'text' ? { is: 'text', length: answer.length } : answer;
    this.#answering.add(decisionId);
    try {
      await record.append({ type: 'decision.answered', id: decisionId, answer: kept });
    } finally {
      this.#answering.delete(decisionId);
    }
  }

  async override(
    stepId: string,
    gateId: string,
    input: { readonly typed?: string; readonly note: string },
  ): Promise<void> {
    const record = this.#record ?? refuse('No release is open.');
    const gate =
      this.#parts.live.state.gates[stepId]?.find((each) => each.id === gateId) ??
      refuse('Nothing waits for this gate.');
    if (gate.overridable === 'never') refuse(`"${gate.title}" cannot be overridden.`);
    if (gate.overridable === 'typed' && input.typed !== gate.typed) refuse(`Type "${gate.typed}" to go on without it.`);
    if (!input.note.trim()) refuse('An override needs a note: say why.');
    await record.append({
      type: 'gate.overridden',
      stepId,
      gateId,
      note: input.note.trim(),
      summary: gate.result.summary,
      unproven: gate.result.unproven,
      evidence: gate.result.evidence,
      ...(input.typed === undefined ? {} : { typed: input.typed }),
    });
  }

  async cancel(stageId: string): Promise<void> {
    const record = this.#record ?? refuse('No release is open.');
    const at = this.#parts.live.state.at[stageId];
    if (!at || !this.#engine?.isRunning(stageId)) return refuse('Nothing of this stage is running.');
    const step = record.state.steps[at.stepId];
    const attempt = step && newestAttempt(step);
    const isActing = attempt !== undefined && !attempt.acted;
    if (at.waits === 'decision' && !isActing) refuse('A question of this stage is open: answer it instead.');
    if (isActing && (at.waits === undefined || at.waits === 'decision')) {
      await record.append({ type: 'cancel.requested', stageId, stepId: at.stepId, attempt: attempt.number });
    } else {
      // Nothing that could be stopped runs: what was begun is proved when the stage is run again.
      await this.#engine.leave(stageId);
      await record.append({ type: 'cancel.requested', stageId, stepId: at.stepId });
    }
  }

  async skipStage(stageId: string, note: string): Promise<void> {
    const stage = this.#stage(stageId);
    if (!note.trim() && !stage.optional) refuse(`Skipping ${stage.title} needs a note: say why.`);
    const { at, preflight } = this.#parts.live.state;
    const waits = at[stageId]?.waits;
    if (this.#engine?.isRunning(stageId) && waits !== 'gate' && waits !== 'turn')
      refuse(`${stage.title} is at work: cancel it first.`);
    if (!this.#record && preflight.atMs === undefined) refuse('The preflight is still running.');
    const { record, engine } = await this.#open(stageId);
    if (record.state.stages[stageId]?.status === 'done') refuse(`${stage.title} is done already.`);
    await engine.leave(stageId);
    this.#cards.close();
    for (const step of stage.steps) {
      if (record.state.steps[step.id]?.closedAs !== undefined) continue;
      await record.append({ type: 'step.closed', stepId: step.id, as: 'skipped', note: note.trim() });
    }
  }

  async note(text: string): Promise<void> {
    const record = this.#record ?? refuse('No release is open: a note belongs to one.');
    if (text.trim()) await record.append({ type: 'note', text: text.trim() });
  }

  async finish(note = ''): Promise<void> {
    const record = this.#record ?? refuse('No release is open.');
    const statusOf = ({ id }: Stage) => record.state.stages[id]?.status ?? 'todo';
    const main = new Set(stagesOf(record.state.runbook));
    // A stack that nobody rolled back need not be, and no way out need be taken.
    const open = runnableStagesOf(record.state.runbook).filter(
      (stage) => !['done', 'skipped', ...(main.has(stage) ? [] : ['todo'])].includes(statusOf(stage)),
    );
    if (open.length > 0)
      refuse(`Not finished: ${open.map(({ title }) => title).join(', ')}. Run or skip each by name.`);
    await this.#close(record, 'finished', note);
  }

  async abandon({ typed, note }: { readonly typed: string; readonly note: string }): Promise<void> {
    const record = this.#record ?? refuse('No release is open.');
    if (typed !== record.state.bosslet) refuse(`Type ${record.state.bosslet} to abandon its release.`);
    // A script that waits at its prompt would wait for ever, with its change set.
    const running = Object.entries(this.#parts.live.state.at).find(
      ([, at]) => at.waits === undefined || (at.waits === 'decision' && this.#acts(record, at.stepId)),
    );
    if (running) refuse(`${this.#stage(running[0]).title} is at work: cancel it first.`);
    await this.#close(record, 'abandoned', note);
  }

  #acts({ state }: OpenRecord, stepId: string): boolean {
    const step = state.steps[stepId];
    const attempt = step && newestAttempt(step);
    return attempt !== undefined && !attempt.acted && Object.keys(attempt.effectsIntended).length > 0;
  }

  async #close(record: OpenRecord, as: 'finished' | 'abandoned', note: string): Promise<void> {
    await this.#engine?.stop();
    await record.append({ type: 'release.closed', as, note });
    await record.close();
    this.#record = undefined;
    this.#engine = undefined;
  }

  async #open(stageId: string): Promise<{ record: OpenRecord; engine: Engine }> {
    if (this.#record && this.#engine) return { record: this.#record, engine: this.#engine };
    const [stop] = stopsOf(this.#parts.live.state.preflight.findings, stageId);
    if (stop) refuse(`A release may not begin: ${stop.title}: ${stop.detail}`);
    const record = await this.#parts.begin();
    return { record, engine: this.#adopt(record) };
  }

  #stage(stageId: string): Stage {
    const runbook = this.#record?.state.runbook ?? this.#parts.runbook;
    return runnableStagesOf(runbook).find(({ id }) => id === stageId) ?? refuse(`There is no stage ${stageId}.`);
  }
}
