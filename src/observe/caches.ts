import type { Caches } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import { watchCache } from './cacheWatch.ts';
import type { Aged, CacheLook } from './observed.ts';
import { poll } from './polling.ts';

/** Clock milliseconds. */
const LOOK_MS = 5_000;

/** Every cache that some scenario has and that a release cares for. */
export const CACHES = ['cache', 'cache-state', 'cache-session'] as const;

export interface CachesOptions {
  readonly caches: Caches;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Somebody waits for passes. */
  isScanWanted(): boolean;
  seen(caches: Aged<readonly CacheLook[]>): void;
}
export interface CachesWatch {
  /** An interest in passes came or went. */
  nudge(): void;
  readonly ended: Promise<unknown>;
}

/** Looks at every cache's size, and counts what must not be lost by full passes. */
export function watchCaches(options: CachesOptions): CachesWatch {
  const { clock, signal } = options;
  const watched = CACHES.map((name) => watchCache({ ...options, name, changed: () => show() }));
  const looks = () => watched.map((cache) => cache.look());
  const sizes = poll<readonly CacheLook[]>({
    clock,
    signal,
    intervalMs: () => LOOK_MS,
    async look(own) {
      const errors = (await Promise.all(watched.map((cache) => cache.measure(own)))).flatMap((error) => error ?? []);
      const present = watched.filter((cache) => !cache.look().absent).length;
      if (present > 0 && errors.length === present) {
        sizes.set(looks());
        throw new Error(errors[0]);
      }
      return looks();
    },
    seen: options.seen,
  });
  const show = () => sizes.set(looks());
  return {
    nudge: () => {
      for (const cache of watched) cache.nudge();
    },
    ended: Promise.all([sizes.ended, ...watched.map((cache) => cache.ended)]),
  };
}
