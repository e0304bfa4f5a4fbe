import { StepCancelled } from '../steps/cancelled.ts';
import { JournalClosed } from './journal.ts';
import { LockLost } from './lock.ts';

/** A gate closed while the step waited, before its first change: it must hold again first. */
export class GateClosed extends Error {
  constructor(stepId: string) {
    super(`A gate of step ${stepId} does not hold any more.`);
  }
}

/**
 * What the engine does about an error: they differ in whether trying again can help.
 * - `noRecord`: nothing can be written down any more, so nothing may be done
 * - `gate`: what the step needs does not hold any more, and it has changed nothing
 * - `later`: AWS or the network is away for a while; it says nothing of the step
 * - `retry`: anything else; a few tries, then the operator
 */
export type TroubleKind = 'ended' | 'noRecord' | 'cancelled' | 'gate' | 'credentials' | 'later' | 'retry';

/** Sorts an error by what it says of itself; an AWS error carries `credentials` and `retryable`. */
export function troubleKind(error: unknown, signal: AbortSignal): TroubleKind {
  if (signal.aborted) return 'ended';
  if (error instanceof LockLost || error instanceof JournalClosed) return 'noRecord';
  if (error instanceof StepCancelled) return 'cancelled';
  if (error instanceof GateClosed) return 'gate';
  if (error instanceof Error && 'credentials' in error && error.credentials === true) return 'credentials';
  if (error instanceof Error && 'retryable' in error && error.retryable === true) return 'later';
  return 'retry';
}

/** Whether an AWS error says that the credentials are of an account that is not the bosslet's. */
export const isOfWrongAccount = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'WrongAccount';

/** Why a release waits: what to do about it first, since a screen may have no room for more. */
export function reasonToWait(error: unknown): string {
  const said = sentence(error);
  const cure = error instanceof Error && 'cure' in error && typeof error.cure === 'string' ? error.cure : undefined;
  return cure === undefined || !said.endsWith(cure)
    ? said
    : [cure, said.slice(0, -cure.length).trim()].join(' ').trim();
}

export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
