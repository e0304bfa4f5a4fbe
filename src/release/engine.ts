import { type Runbook, runnableStagesOf, type Stage, stepsOf } from '../runbook/runbook.ts';
import type { StepKind } from '../steps/kind.ts';
import type { World } from './contexts.ts';
import { Pause } from './patience.ts';
import type { OpenRecord } from './record.ts';
import { runSteps } from './stepRun.ts';
import { sentence, troubleKind } from './trouble.ts';
import { Turn } from './turn.ts';

/** What the engine runs with. */
export interface EngineParts extends World {
  readonly kinds: ReadonlyMap<string, StepKind>;
  /** Texts for unknown prompts, by decision id: they never reach the journal. */
  readonly texts: Map<string, string>;
}

/** The kind of a step. Throws for a runbook that names one that this program does not have. */
export function kindOf(kinds: ReadonlyMap<string, StepKind>, name: string): StepKind {
  const kind = kinds.get(name);
  if (!kind)
    throw new Error(
      `This version of boss-tui has no step kind "${name}". Open the release with the version that began it.`,
    );
  return kind;
}

/** Runs the stages of one open release, each in the background; at most one step of all of them mutates at a time. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #record: OpenRecord;
  readonly #turn = new Turn();
  readonly #stages = new Map<string, { readonly controller: AbortController; readonly ended: Promise<void> }>();
  readonly #end = new AbortController();
  readonly #pause: Pause;

  constructor(parts: EngineParts, record: OpenRecord) {
    this.#parts = parts;
    this.#record = record;
    this.#pause = new Pause(parts, record, this.#end.signal);
    // Nothing can be written down any more: no loop may do anything, whether it has noticed or not.
    record.onEnd((error) => {
      parts.live.set({ trouble: sentence(error) });
      this.#end.abort(error);
    });
  }

  get runbook(): Runbook {
    return this.#record.state.runbook;
  }

  /** Goes on with every stage that was running when the program ended. */
  resume(): void {
    this.#pause.resume();
    for (const stage of runnableStagesOf(this.runbook)) {
      if (this.#record.state.stages[stage.id]?.status === 'running') this.start(stage.id);
    }
  }

  isRunning(stageId: string): boolean {
    return this.#stages.has(stageId);
  }

  /** Starts (or goes on with) a stage whose beginning is journaled. Does nothing where it runs already. */
  start(stageId: string): void {
    const stage = runnableStagesOf(this.runbook).find((each) => each.id === stageId);
    if (!stage || this.#stages.has(stageId)) return;
    if (!this.#end.signal.aborted) this.#parts.live.set({ trouble: undefined });
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, this.#end.signal]);
    const ended = this.#run(stage, signal);
    this.#stages.set(stageId, { controller, ended });
  }

  async #run(stage: Stage, signal: AbortSignal): Promise<void> {
    try {
      // Started only after the caller has put it into the map, so that it can take itself out again.
      await Promise.resolve();
      await runSteps(
        { ...this.#parts, record: this.#record, turn: this.#turn, pause: this.#pause, stage, signal },
        stage.steps,
      );
    } catch (error) {
      if (troubleKind(error, signal) !== 'ended')
        this.#parts.live.set({ trouble: `${stage.title}: ${sentence(error)}` });
    } finally {
      this.#stages.delete(stage.id);
      this.#parts.live.put('at', stage.id, undefined);
      for (const step of stepsOf(stage.steps)) {
        this.#parts.live.put('gates', step.id, undefined);
        this.#parts.live.put('progress', step.id, undefined);
      }
    }
  }

  /** Ends a stage's loop where it waits; what it has begun in the world goes on. */
  async leave(stageId: string): Promise<void> {
    const running = this.#stages.get(stageId);
    running?.controller.abort(new Error(`Stage ${stageId} was left.`));
    await running?.ended;
  }

  /** Ends every loop. The journal says where each of them was. */
  async stop(): Promise<void> {
    this.#end.abort(new Error('The control panel ends.'));
    await Promise.all([...this.#stages.values()].map(({ ended }) => ended));
  }
}
