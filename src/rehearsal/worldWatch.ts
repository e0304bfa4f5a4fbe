import { setTimeout as delay } from 'node:timers/promises';

/** Why a world ends. */
export type WorldEnd = 'told' | 'forgotten' | 'abandoned';

const LOOK_MS = 1_000;

/**
 * Waits until a world is to end: it was told to, its folder is gone or is another's, or nobody has asked it anything
 * for `abandonedAfterMs` (real milliseconds).
 */
export async function untilItIsOver(options: {
  readonly isOurs: () => Promise<boolean>;
  readonly lastRequestAtMs: () => number;
  readonly abandonedAfterMs: number;
  readonly signal: AbortSignal;
}): Promise<WorldEnd> {
  const { isOurs, lastRequestAtMs, abandonedAfterMs, signal } = options;
  while (!signal.aborted) {
    if (!(await isOurs())) return 'forgotten';
    const leftMs = lastRequestAtMs() + abandonedAfterMs - Date.now();
    if (leftMs <= 0) return 'abandoned';
    await delay(Math.min(LOOK_MS, leftMs), undefined, { signal }).catch(() => undefined);
  }
  return 'told';
}
