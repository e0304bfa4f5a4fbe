import type { GateNeed, Json, Overridable, Runbook, Step } from '../runbook/runbook.ts';
import type { Acted, Answer, Asked, Finding, GateResult, Plan, Progress, Verdict } from '../steps/kind.ts';
import type { Secret } from '../text/secret.ts';

/** A question that waits for the operator, or was answered. */
export interface Decision {
  /** Unique in the release: `<step>#<attempt>/<key>`, `<stage>/confirm`. */
  readonly id: string;
  readonly stageId: string | undefined;
  readonly stepId: string | undefined;
  readonly asked: Asked;
  readonly askedAtMs: number;
  readonly answer: Answer | undefined;
  readonly withdrawn: boolean;
}

export interface AttemptState {
  readonly number: number;
  readonly intendedAtMs: number;
  readonly plan: Plan;
  /** Ids of its gates that did not hold when it was intended, and were overridden; absent in older records. */
  readonly overridden?: readonly string[];
  /** Key → result; a key in `intended` without a result is what `probe` is asked about. */
  readonly effectsIntended: { readonly [key: string]: string };
  readonly effects: { readonly [key: string]: Json };
  readonly acted: Acted | undefined;
  readonly verdict: Verdict | undefined;
  readonly cancelRequested: boolean;
  /** How often it was asked for; absent: as {@link cancelRequested} says, once or never. */
  readonly cancelRequests?: number;
}

export type StepStatus = 'todo' | 'running' | 'failed' | 'done' | 'skipped';
export interface StepState {
  readonly id: string;
  readonly status: StepStatus;
  /** How it was closed. */
  readonly closedAs: 'done' | 'skipped' | 'byFallback' | 'signed' | undefined;
  readonly closedAtMs: number | undefined;
  readonly startedAtMs: number | undefined;
  readonly attempts: readonly AttemptState[];
  /** So many of the attempts are of an earlier run of the stage or of the fallback; absent: none. */
  readonly history?: number;
  /** Fallbacks that were taken, each with the attempt that it followed. */
  readonly fallbacks: readonly { readonly id: string; readonly attempt: number }[];
  readonly note: string | undefined;
  readonly overrides: readonly {
    readonly gateId: string;
    readonly note: string;
    readonly atMs: number;
    /** What was typed; undefined: a note was enough. */
    readonly typed?: string | undefined;
    /** What was unproven when it was given, in number; absent in older records. */
    readonly unproven?: number | undefined;
    /** What was unproven, by name (a cache's keys), as far as it was listed. */
    readonly names?: readonly string[] | undefined;
  }[];
  /** So many of the overrides were given for attempts that have acted; absent: none. */
  readonly spentOverrides?: number;
}

/**
 * - `todo`: not begun; `running`: an engine loop is in it, or was when the program ended
 * - `stopped`: begun, then cancelled or failed and left; its key goes on with it
 */
export type StageStatus = 'todo' | 'running' | 'stopped' | 'done' | 'skipped';
export interface StageState {
  readonly id: string;
  readonly status: StageStatus;
  /** 1, 2, …: repeatable stages may run more than once. 0: never. */
  readonly run: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
}

/** What happened, in the order of the journal: the record as the operator reads it. */
export interface NoteState {
  readonly atMs: number;
  readonly text: string;
}

/** The fold over the journal. Undefined fields: no release is open. */
export interface ReleaseState {
  readonly id: string;
  readonly bosslet: string;
  readonly openedAtMs: number;
  readonly operator: string;
  readonly epoch: number;
  readonly head: string;
  readonly runbook: Runbook;
  readonly stages: { readonly [stageId: string]: StageState };
  /** Every step, those of fallbacks included. */
  readonly steps: { readonly [stepId: string]: StepState };
  readonly decisions: { readonly [id: string]: Decision };
  readonly facts: { readonly [name: string]: Json };
  readonly notes: readonly NoteState[];
  readonly paused: string | undefined;
  readonly closed: { readonly as: 'finished' | 'abandoned'; readonly atMs: number } | undefined;
}

// --- Live: what the engine knows and the journal does not -----------------------------------------------------

export interface GateView {
  readonly id: string;
  readonly title: string;
  readonly needs: GateNeed;
  readonly overridable: Overridable;
  /** What must be typed to override it now; undefined where a note is enough or nothing helps. */
  readonly typed: string | undefined;
  readonly overridden: boolean;
  readonly result: GateResult;
}

/** One step on a card. */
export interface StepCard {
  readonly step: Step;
  /** Undefined while it is being read. */
  readonly plan: Plan | undefined;
  readonly error: string | undefined;
  readonly gates: readonly GateView[];
}

/** What a stage's key opens. */
export interface Card {
  readonly stageId: string;
  readonly steps: readonly StepCard[];
  /** Every step's plan has been read (or failed). */
  readonly ready: boolean;
  /** Clock time of `ready`. Enter counts half a real second after the card was drawn. */
  readonly readyAtMs: number | undefined;
  /** Stages that must be done before and are not; preflight findings that stop. */
  readonly blockedBy: readonly string[];
  /** `blockedBy` may be overridden by a note (a stage out of order). */
  readonly overridable: boolean;
  /** The word that must be typed; undefined: Enter is enough. */
  readonly typed: string | undefined;
  /** How long the stage took in the last release, clock milliseconds. */
  readonly lastTookMs: number | undefined;
  /** New dangers were found at Enter: the card must be read again. */
  readonly changed: boolean;
}

export interface LiveState {
  readonly preflight: {
    readonly findings: readonly Finding[];
    readonly running: boolean;
    readonly atMs: number | undefined;
  };
  readonly card: Card | undefined;
  /** By step id, for steps whose gates are being waited for. */
  readonly gates: { readonly [stepId: string]: readonly GateView[] };
  readonly progress: { readonly [stepId: string]: Progress };
  /** What step each running stage is in, and what it waits for: `gate`, `decision`, `turn` (another step mutates). */
  readonly at: {
    readonly [stageId: string]: {
      readonly stepId: string;
      readonly waits: 'gate' | 'decision' | 'turn' | 'proof' | undefined;
    };
  };
  /** By decision id. */
  readonly secrets: { readonly [decisionId: string]: Secret };
  /** The last thing that went wrong in the program itself: one line. */
  readonly trouble: string | undefined;
}

export const NOTHING_LIVE: LiveState = {
  preflight: { findings: [], running: false, atMs: undefined },
  card: undefined,
  gates: {},
  progress: {},
  at: {},
  secrets: {},
  trouble: undefined,
};

// --- The controller ---------------------------------------------------------------------------------------------

/**
 * The only way in for whoever acts: keys, the modal, `--auto`. Every call returns at once or when its record is
 * durable; what follows shows in the state. A refused call rejects with one sentence for the operator.
 */
export interface Controller {
  /** Reads the plans of a stage's open steps into `live.card`. */
  openCard(stageId: string): void;
  closeCard(): void;
  /**
   * Enter on the card: plans are read again; where no new danger came up the release is opened (if none is) and the
   * stage runs. `typed` for a typed card, `choices` by `<stepId>/<key>`, `note` where it is out of order.
   */
  confirmCard(input: {
    readonly typed?: string;
    readonly note?: string;
    readonly choices: { readonly [key: string]: string };
  }): Promise<void>;
  answer(decisionId: string, answer: Answer): Promise<void>;
  /** Passes a gate that does not hold; `typed` where its override is typed. */
  override(stepId: string, gateId: string, input: { readonly typed?: string; readonly note: string }): Promise<void>;
  /** Asks the running step of a stage to stop; what comes of it shows in its verdict. */
  cancel(stageId: string): Promise<void>;
  skipStage(stageId: string, note: string): Promise<void>;
  note(text: string): Promise<void>;
  /** Refused while a stage is neither done nor skipped. */
  finish(note?: string): Promise<void>;
  /** `typed` is the bosslet's name. */
  abandon(input: { readonly typed: string; readonly note: string }): Promise<void>;
  /** Runs the preflight again. */
  preflight(): Promise<void>;
}
