/**
 * The shapes of the procedure as data. Nothing here does anything: a whole runbook is written into the first record
 * of a release, so that a release goes on by the runbook it was opened with.
 */

/** A value that survives JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** How a gate may be passed while it does not hold. */
export type Overridable = 'never' | 'typed' | 'note';

/** What a gate asks of the observations. A new condition is a new member here and a row in `observe/gates`. */
export type GateNeed =
  /** Every authoritative server answers the target, no row is old, one resolver at least is new: three rounds in a row. */
  | { readonly is: 'dns'; readonly target: 'maintenance' | 'live' }
  /** Two complete SCAN passes without a `WRITE-CUBOID*` key; maintenance proven and still so. */
  | { readonly is: 'cacheDrained'; readonly caches: readonly string[] }
  /** The public name still leads to the maintenance page. */
  | { readonly is: 'inMaintenance' }
  /** No stack of the bosslet is in progress. */
  | { readonly is: 'noStackInProgress' }
  /** The API's load balancer has healthy targets and answers `/ping/` with 200. */
  | { readonly is: 'loadBalancerHealthy' }
  /**
   * So much time has passed since a step was closed; a mute takes up to 15 minutes. `onlyWhere` names a fact of the
   * release that must have this value for there to be anything to wait for: a removed list is silent at once.
   */
  | {
      readonly is: 'settled';
      readonly stepId: string;
      readonly ms: number;
      readonly onlyWhere?: { readonly fact: string; readonly is: string };
    };

/** A condition on observations that must hold before its step acts. Pure data. */
export interface Gate {
  /** Unique in its step: `drained`. */
  readonly id: string;
  readonly title: string;
  readonly needs: GateNeed;
  readonly overridable: Overridable;
  /** What the operator types to override, where `overridable` is `typed`. `<n>` is replaced by a count of what is unproven. */
  readonly typed?: string;
}

/** Why an attempt did not end in `done`, as a word that fallbacks can wait for. */
export type OutcomeCode =
  | 'updateFailed'
  /** AWS could not roll the update back: the stack takes no update until its rollback was continued. */
  | 'rollbackFailed'
  | 'createFailed'
  | 'deleteFailed'
  | 'functionNotFound'
  | 'rejected'
  /** The operator wants the export made again, with other names. */
  | 'exportAgain'
  | 'exitCode'
  | 'lost'
  | 'unknownPrompt'
  | 'forbiddenPrompt'
  | 'amiFellBack'
  /** More than one index of a table would be created or deleted in one update, which DynamoDB refuses. */
  | 'twoIndexChanges'
  | 'headMoved'
  | 'cancelled'
  | 'credentialsExpired'
  | 'notFound'
  | 'refused'
  | 'error';

/** What is planned, acted and proved. Data; its kind gives it meaning. */
export interface Step {
  /** Unique in the runbook: `2.1`, `2.recreate.1`. */
  readonly id: string;
  readonly title: string;
  /** Name of a step kind in the registry of `steps/`. */
  readonly kind: string;
  readonly params: Json;
  readonly gates: readonly Gate[];
  /** The word that the operator types before it acts: a delete's stack, `m`'s host. */
  readonly typed?: string;
  /** Never logged, journaled or drawn unless revealed. */
  readonly sensitive?: true;
  /** May be skipped without a note. */
  readonly optional?: true;
  readonly fallbacks?: readonly Fallback[];
}

/** A way on, offered when a step ended with one of `when`. */
export interface Fallback {
  readonly id: string;
  readonly title: string;
  readonly when: readonly OutcomeCode[];
  readonly steps: readonly Step[];
  /** Whether the failed step is then done, or tried again. */
  readonly then: 'done' | 'again';
  /** Other steps that are done with it: recreating cachedb recreates activities too. */
  readonly alsoDone?: readonly string[];
}

/** What one key triggers. */
export interface Stage {
  /** `core`, `maintenanceOn`. */
  readonly id: string;
  /** One character. */
  readonly key: string;
  readonly title: string;
  /** One sentence for the card: what it is for. */
  readonly about: string;
  /** Stages that must be done or skipped before. `preflight` is always implied. */
  readonly needs: readonly string[];
  /** May be skipped without a note. */
  readonly optional?: true;
  /** May be run again at any time: maintenance on and off, restoring the list. */
  readonly repeatable?: true;
  /** The stage whose work this one takes back: what is under way of that one ends, and it begins anew after this. */
  readonly undoes?: string;
  /** Of a rescue: the status of a stack in which CloudFormation takes it. */
  readonly offeredIn?: string;
  readonly steps: readonly Step[];
  /**
   * Undoes what a stack was given, once this stage is done: a stage of its own, which is none of those that make a
   * release complete. Its key is its parent's card's to give.
   */
  readonly rollBack?: Stage;
}

export interface Phase {
  readonly title: string;
  readonly stages: readonly Stage[];
}

/** The whole procedure for one bosslet. */
export interface Runbook {
  readonly version: number;
  readonly phases: readonly Phase[];
  /** Stages that are no part of the procedure, for what may go wrong in it. Absent in records of earlier versions. */
  readonly rescue?: readonly Stage[];
}

/** Every stage of the procedure in order: what a release is made of. */
export const stagesOf = (runbook: Runbook): readonly Stage[] => runbook.phases.flatMap((phase) => phase.stages);

/** Every stage that can be run: those in order, each with the one that rolls it back, then the ways out. */
export const runnableStagesOf = (runbook: Runbook): readonly Stage[] => [
  ...stagesOf(runbook).flatMap((stage) => (stage.rollBack ? [stage, stage.rollBack] : [stage])),
  ...(runbook.rescue ?? []),
];

/** Every step of a stage with those of its fallbacks, in order. */
export function stepsOf(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) => [step, ...(step.fallbacks ?? []).flatMap((fallback) => stepsOf(fallback.steps))]);
}
