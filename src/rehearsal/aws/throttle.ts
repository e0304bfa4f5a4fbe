import type { FaultName } from '../faults.ts';

/** Often enough to slow everything down; an SDK waits half a second or so for each. */
const EVERY = 10;
/** How many throttled calls are remembered, so that their next attempt is let through. */
const REMEMBERED = 1_000;

/**
 * Says of each request whether it is throttled: with the fault `throttling` every tenth one, but never the next
 * attempt of a call that was throttled already, so that any client that tries again gets through.
 */
export function createThrottle(faults: ReadonlySet<FaultName>): (invocationId: string | undefined) => boolean {
  if (!faults.has('throttling')) return () => false;
  const throttledBefore = new Set<string>();
  let requests = 0;
  return (invocationId) => {
    requests += 1;
    if (requests % EVERY !== 0 || (invocationId !== undefined && throttledBefore.has(invocationId))) return false;
    if (invocationId !== undefined) throttledBefore.add(invocationId);
    for (const oldest of throttledBefore) {
      if (throttledBefore.size <= REMEMBERED) break;
      throttledBefore.delete(oldest);
    }
    return true;
  };
}
