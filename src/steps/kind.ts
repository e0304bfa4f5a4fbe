import type { Bosslet } from '../bosslet/bosslet.ts';
import type { ActDoors, ReadDoors } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import type { Interest, Observed } from '../observe/observed.ts';
import type { Json, OutcomeCode, Overridable } from '../runbook/runbook.ts';
import type { Secret } from '../text/secret.ts';

/** One line of proof. */
export interface Evidence {
  readonly label: string;
  readonly value: string;
  readonly tone: 'plain' | 'ok' | 'warn' | 'danger';
}

/** What may go wrong, said before it does. New ones open a confirmed card again. */
export interface Danger {
  /** Stable over reads: `delete:DynamoDB:vault`. */
  readonly id: string;
  readonly level: 'warn' | 'danger';
  readonly text: string;
}

/** A question that the card asks, answered under this decision key before the step acts. */
export interface CardChoice {
  readonly key: string;
  readonly title: string;
  readonly options: readonly ChooseOption[];
  readonly recommended: string;
}

/** What would happen. Reading it changes nothing. */
export interface Plan<B extends Json = Json> {
  /** Each as it would be typed: `./cloudformation.py update production.boss redis …`; or the API calls in words. */
  readonly commands: readonly string[];
  readonly dangers: readonly Danger[];
  readonly evidence: readonly Evidence[];
  readonly baseline: B;
  /** Nothing is left to do: `act` is not called, `prove` is. */
  readonly alreadyDone: boolean;
  readonly choices?: readonly CardChoice[];
}

/** How an act ended; `prove` decides what it is worth. */
export interface Acted {
  readonly how: 'finished' | 'cancelled' | 'lost';
  readonly exitCode?: number;
  readonly codes: readonly OutcomeCode[];
  /** What the program itself ran into, in one sentence, where it could not see the act through. */
  readonly error?: string;
  /** What later steps need of it (`amiVersion`, `listSnapshot`); no secret. Merged into `context.release.facts`. */
  readonly facts?: { readonly [name: string]: Json };
  /** What was so before anything was changed; merged like `facts`, but whatever becomes of the attempt. */
  readonly before?: { readonly [name: string]: Json };
}

/** What the world shows, read afresh and compared with the baseline. */
export interface Verdict {
  readonly is: 'done' | 'notDone' | 'failed' | 'pending' | 'unknown';
  readonly code?: OutcomeCode;
  /** Of `done`: the operator left it out; it counts as skipped. */
  readonly skipped?: true;
  /** One sentence for the operator: what happened, to what. */
  readonly summary: string;
  readonly evidence: readonly Evidence[];
}

/** A file in the release's evidence folder, named by the hash of its bytes. */
export interface BlobRef {
  readonly sha256: string;
  readonly bytes: number;
  readonly name: string;
}

export interface ChooseOption {
  readonly id: string;
  readonly label: string;
  readonly detail?: string;
  /** The choice must come with a note. */
  readonly note?: true;
  /** Absolute path of a file: whoever chooses this at a terminal is given it in an editor first. */
  readonly edits?: string;
}

/** What the operator is asked. */
export type Question =
  | { readonly is: 'confirm' }
  | { readonly is: 'typed'; readonly expected: string }
  | { readonly is: 'choose'; readonly options: readonly ChooseOption[]; readonly recommended: string }
  | {
      readonly is: 'review';
      /** A {@link ReviewSubject} as JSON. */
      readonly subject: BlobRef;
      readonly hash: string;
      /** Logical ids that must be typed, one by one, before it can be approved. */
      readonly mustType: readonly string[];
      readonly recommended: 'approve' | 'reject';
    }
  | { readonly is: 'sign'; readonly text: string }
  /** Text for a script's unknown prompt; its length alone is journaled. */
  | { readonly is: 'type'; readonly masked: boolean };

export type Answer =
  | { readonly is: 'confirmed' }
  | { readonly is: 'declined' }
  | { readonly is: 'typed'; readonly text: string }
  | { readonly is: 'chosen'; readonly option: string; readonly note?: string }
  | { readonly is: 'approved'; readonly hash: string; readonly typed: readonly string[] }
  | { readonly is: 'rejected' }
  | { readonly is: 'signed'; readonly note: string }
  /** `text` is absent when it is read back from the journal. */
  | { readonly is: 'text'; readonly length: number; readonly text?: string };

/** What stands around a question on the screen. */
export interface Asked {
  readonly question: Question;
  readonly title: string;
  /** Lines above the question. */
  readonly text: readonly string[];
  readonly evidence?: readonly Evidence[];
  /**
   * The key of an earlier question of the same act that this one only brings news of (in the record, its id): who left
   * that one waiting is not called again.
   */
  readonly continues?: string;
  /** A secret stands beside it: nobody has seen what is asked about before that is there. */
  readonly reveals?: true;
  /** Ids of the dangers that whoever answers agrees to. */
  readonly dangers?: readonly string[];
}

/** What a review shows: a change set, classified. Stored as a blob, so that what was reviewed can be read for ever. */
export interface ReviewSubject {
  readonly title: string;
  readonly changeSetArn: string;
  readonly stackName: string;
  /** Danger first, then warn, then safe. */
  readonly changes: readonly ReviewedChange[];
  readonly findings: readonly Danger[];
}
export interface ReviewedChange {
  readonly level: 'safe' | 'warn' | 'danger';
  /** Part of what a usual release changes. */
  readonly usual: boolean;
  readonly action: string;
  readonly logicalResourceId: string;
  readonly physicalResourceId: string;
  readonly resourceType: string;
  readonly replacement: string;
  readonly policyAction: string;
  /** Why it has its level, in words. */
  readonly reason: string;
  /** To what moment a danger's data could be put back, in words. */
  readonly recovery?: string;
  /** `Properties.ImageId: ami-1 → ami-2`, redacted. */
  readonly details: readonly string[];
}

export interface Progress {
  readonly text: string;
  /** 0 to 1. */
  readonly fraction?: number;
  /** The folder of the script whose output the step's pane shows. */
  readonly script?: string;
}

/** What a step may know of the release that it belongs to. */
export interface ReleaseFacts {
  readonly id: string;
  readonly openedAtMs: number;
  /** HEAD of the checkout when it was opened. */
  readonly head: string;
  /** 0700, holds `scripts/`, `evidence/`. */
  readonly folder: string;
  /** `facts` of all steps that were done, later ones over earlier ones. */
  readonly facts: { readonly [name: string]: Json };
  /** When a step was last closed as done. */
  closedAtMs(stepId: string): number | undefined;
}

export interface ReadContext {
  readonly read: ReadDoors;
  readonly bosslet: Bosslet;
  readonly release: ReleaseFacts;
  /** `<state>/<account>/<bosslet>`: the releases of this machine, one folder each; absent where nothing is kept. */
  readonly releasesFolder?: string;
  readonly step: { readonly id: string; readonly title: string };
  readonly observed: () => Observed;
  /** Makes the watchers look closer until `signal` ends. */
  want(interest: Interest): void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /** Reads evidence back. Throws where it is missing or its hash differs. */
  load(ref: BlobRef): Promise<string>;
}

/** One mutation. `probe` is asked after a crash between intent and result: did it happen? */
export interface Effect<T extends Json> {
  readonly what: string;
  run(): Promise<T>;
  probe(): Promise<T | 'notHappened'>;
}

export interface ActContext<B extends Json = Json> extends ReadContext {
  readonly doors: ActDoors;
  readonly attempt: Attempt<B>;
  /** Journals the intent, runs, journals the result. Called again with a key that has a result, it returns that. */
  effect<T extends Json>(key: string, effect: Effect<T>): Promise<T>;
  /**
   * Asks once; asked again after a crash it returns the journaled answer at once. Throws `StepCancelled` where the
   * operator cancels the step instead of answering.
   */
  decide(key: string, asked: Asked): Promise<Answer>;
  /** Takes back a question that no longer makes sense (its prompt went away). */
  withdraw(key: string): Promise<void>;
  /** Writes evidence durably, before anything refers to it. */
  keep(name: string, body: string): Promise<BlobRef>;
  /** Shows a secret beside the open question of this key, until it is answered. Never stored. */
  reveal(key: string, secret: Secret): void;
  /** True once the operator asked to cancel this step. */
  readonly cancelRequested: () => boolean;
  /** How often the operator asked for it: a script that does not heed one Ctrl-C is sent another. */
  readonly cancelRequests: () => number;
}

/** One try of a step. */
export interface Attempt<B extends Json = Json> {
  /** 1, 2, … */
  readonly number: number;
  readonly intendedAtMs: number;
  readonly baseline: B;
  readonly acted?: Acted;
  /** Ids of its gates that did not hold when it began, and were overridden. */
  readonly overridden: readonly string[];
  /** Results of its effects, by key. */
  readonly effects: { readonly [key: string]: Json };
  readonly decisions: { readonly [key: string]: Answer };
  /** Folder for the attempt's script: `<release>/scripts/<step>-<n>`. */
  readonly scriptFolder: string;
}

/** A step kind is these three functions, one file each, one line in the registry. `P` is parsed by `parse`. */
export interface StepKind<P = unknown, B extends Json = Json> {
  readonly name: string;
  /** Whether `act` changes the world: only one such step acts at a time. */
  readonly mutates: boolean;
  /** Acts without waiting for that: it ends what another step has begun, and may be waiting for. */
  readonly interrupts?: true;
  /** Parses a step's params with zod. Throws a readable error. */
  parse(params: Json): P;
  plan(params: P, context: ReadContext): Promise<Plan<B>>;
  /** Re-entrant: after a crash it is called again for the same attempt. */
  act(params: P, context: ActContext<B>): Promise<Acted>;
  /** Asked again, some seconds later, while it says 'pending'. */
  prove(params: P, context: ReadContext, attempt: Attempt<B>): Promise<Verdict>;
}

/** How a gate stands. */
export interface GateResult {
  readonly holds: boolean;
  /** One line: `2 of 6 servers still lead to the load balancer, 3m10s at most`. */
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  /** What is still unproven, in number: keys, servers. Replaces `<n>` in the words that override it. */
  readonly unproven: number;
  /** How it may be passed as it stands now, where that differs from the gate's own: a silent resolver needs only a note. */
  readonly overridable?: Overridable;
  /** The words that override it as it stands now, where they differ from the gate's own: `delete unreachable cache`. */
  readonly typed?: string;
}

/** One finding of the preflight, with its cure. A `stop` keeps a release from beginning. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'stop';
  readonly title: string;
  readonly detail: string;
  readonly cure: string | undefined;
  /** Of a stop: the one stage that may run in spite of it, because that mends it. */
  readonly mendedBy?: string;
}
