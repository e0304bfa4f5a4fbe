import { LockLost } from './lock.ts';

/** What the engine does about an error: they differ in whether trying again can help. */
export type TroubleKind = 'ended' | 'lockLost' | 'credentials' | 'retry';

/** Sorts an error by what it says of itself; an AWS error carries `credentials`. */
export function troubleKind(error: unknown, signal: AbortSignal): TroubleKind {
  if (signal.aborted) return 'ended';
  if (error instanceof LockLost) return 'lockLost';
  if (error instanceof Error && 'credentials' in error && error.credentials === true) return 'credentials';
  return 'retry';
}

export const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
