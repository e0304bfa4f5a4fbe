import type { Caches, CacheWay } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import { watchCache } from './cacheWatch.ts';
import { clean } from './clean.ts';
import type { Aged, CacheLook } from './observed.ts';
import { poll } from './polling.ts';

/** Clock milliseconds. */
const LOOK_MS = 5_000;

/** Every cache that some scenario has. */
export const CACHES = ['cache', 'cache-state', 'cache-session', 'cache-throttle'] as const;
/** The written procedure does not know it: where there is none, that is not worth a line. */
export const SHOWN_WHERE_THERE = 'cache-throttle';

export interface CachesOptions {
  readonly caches: Caches;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Somebody waits for passes. */
  isScanWanted(): boolean;
  seen(caches: Aged<readonly CacheLook[]>): void;
  /** How the way to them stands now. */
  seenWay(way: CacheWay): void;
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
  const looks = () =>
    watched
      .flatMap((cache) => cache.look() ?? [])
      .filter(({ name, absent }) => !(absent && name === SHOWN_WHERE_THERE));
  const sizes = poll<readonly CacheLook[]>({
    clock,
    signal,
    intervalMs: () => LOOK_MS,
    async look(own) {
      const errors = (await Promise.all(watched.map((cache) => cache.measure(own)))).flatMap((error) => error ?? []);
      const present = watched.filter((cache) => cache.look()?.absent === false).length;
      if (present > 0 && errors.length === present) {
        sizes.set(looks());
        throw new Error(errors[0]);
      }
      return looks();
    },
    seen: options.seen,
  });
  const show = () => sizes.set(looks());
  let stood = false;
  const seeWay = (way: CacheWay) => {
    const stands = way.is === 'direct' || way.tunnel.is === 'up';
    if (stood && !stands) for (const cache of watched) cache.lost('the tunnel to it broke');
    // Nobody should wait for the next look to see that the caches are there again.
    if (!stood && stands) sizes.nudge();
    stood = stands;
    options.seenWay(clean(way));
  };
  seeWay(options.caches.way());
  const unwatch = options.caches.onWay(seeWay);
  signal.addEventListener('abort', unwatch, { once: true });
  return {
    nudge: () => {
      for (const cache of watched) cache.nudge();
    },
    ended: Promise.all([sizes.ended, ...watched.map((cache) => cache.ended)]),
  };
}
