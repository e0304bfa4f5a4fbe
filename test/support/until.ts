import { setTimeout as delay } from 'node:timers/promises';

/** Between two looks: what takes long is looked at less often. */
const LEAST_APART_MS = 20;
const MOST_APART_MS = 100;

/** Waits until `probe` gives something truthy, for 20 s at most; `what` names it in the error. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const begun = Date.now();
  const deadline = begun + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}; last: ${String(last)}`);
    await delay(Math.min(MOST_APART_MS, LEAST_APART_MS + (Date.now() - begun) / 40));
  }
}
