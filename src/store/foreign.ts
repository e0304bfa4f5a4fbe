import { stagesOf, stepsOf } from '../runbook/runbook.ts';
import type { Observed, ReleaseState, StackRow } from './types.ts';

/** An operation on a stack of the bosslet that no step of this release began. */
export interface ForeignOperation {
  readonly config: string;
  readonly stackStatus: string;
  readonly sinceMs: number | undefined;
}

/** How far the clock of AWS and ours may be apart. */
const SKEW_MS = 60_000;

/** Whatever is in progress on the bosslet's stacks and was begun by somebody else: it must end before a step of ours. */
export function foreignOperations(
  board: Observed['stacks']['value'],
  release: ReleaseState | undefined,
): readonly ForeignOperation[] {
  return (board ?? []).flatMap((row) => {
    const { config, stack } = row;
    if (!stack?.stackStatus.endsWith('_IN_PROGRESS') || stack.stackStatus === 'REVIEW_IN_PROGRESS') return [];
    const sinceMs = startOf(row);
    if (release && isOurs(release, config, sinceMs)) return [];
    return [{ config, stackStatus: stack.stackStatus, sinceMs }];
  });
}

const startOf = ({ stack, operation }: StackRow): number | undefined =>
  operation?.endedAtMs === undefined ? (operation?.startedAtMs ?? stack?.lastUpdatedTimeMs) : stack?.lastUpdatedTimeMs;

/** A step on that stack was at it when the operation began, whatever became of the step since. */
function isOurs(release: ReleaseState, config: string, sinceMs: number | undefined): boolean {
  const steps = stagesOf(release.runbook).flatMap((stage) => stepsOf(stage.steps));
  return steps.some(({ id, params }) => {
    if (params === null || typeof params !== 'object' || !('config' in params) || params.config !== config)
      return false;
    const { attempts = [], closedAtMs } = release.steps[id] ?? {};
    const begun = attempts.some(
      ({ intendedAtMs, acted, effectsIntended }) =>
        (acted !== undefined || Object.keys(effectsIntended).length > 0) &&
        (sinceMs === undefined || intendedAtMs - SKEW_MS <= sinceMs),
    );
    return begun && (closedAtMs === undefined || sinceMs === undefined || sinceMs <= closedAtMs + SKEW_MS);
  });
}
