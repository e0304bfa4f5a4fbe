import { beforePhase } from './before.ts';
import { finishPhase } from './finish.ts';
import { goDownPhase } from './goDown.ts';
import { goUpPhase } from './goUp.ts';
import { provePhase } from './prove.ts';
import { rescueStages } from './rescue.ts';
import type { Runbook } from './runbook.ts';
import { updatePhase } from './update.ts';

/** Whose procedure it is: what a step's words and params depend on. */
export interface RunbookInput {
  /** boss-manage's own name: `production.boss`. */
  readonly bosslet: string;
  readonly internalDomain: string;
  readonly externalDomain: string;
  /** How a machine is called in it: `{machine}-integration`; absent: by its name alone. */
  readonly externalFormat?: string;
  readonly scenario?: string;
  /** Label of the release's AMIs: `sprint42`. */
  readonly sprint: string;
  /** The bosslet of the dev account; without one its stages become manual. */
  readonly devBosslet?: string;
}

/** Raised when stages, ids or params change their meaning; a release goes on by the runbook it was opened with. */
const RUNBOOK_VERSION = 1;

/**
 * The written procedure "Updating the existing Production stack" as data, for any bosslet. The integration bosslet is
 * itself the rehearsal of production, so the stages that prepare it are not part of its own runbook.
 */
export function runbookFor(input: RunbookInput): Runbook {
  const phases = [
    beforePhase(input),
    goDownPhase(input),
    updatePhase(input),
    goUpPhase(input),
    provePhase(input),
    finishPhase(input),
  ];
  return {
    version: RUNBOOK_VERSION,
    phases: phases.filter((phase) => phase.stages.length > 0),
    rescue: rescueStages(),
  };
}
