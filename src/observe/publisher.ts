import { NOTHING_OBSERVED, type Observed } from './observed.ts';

/** Between two notifications, in real milliseconds: a flood of events costs four redraws a second, not a hundred. */
const NOTIFY_EVERY_MS = 250;

/** Holds what was last seen of everything and tells those who listen. */
export interface Publisher {
  observed(): Observed;
  update(change: Partial<Omit<Observed, 'troubles'>>): void;
  subscribe(listener: (observed: Observed) => void): () => void;
  /** Nobody is told any more. */
  stop(): void;
}

/** The first change is told at once (in a task of its own), later ones at most four times a second. */
export function createPublisher(): Publisher {
  const listeners = new Set<(observed: Observed) => void>();
  let observed = NOTHING_OBSERVED;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function tell(): void {
    timer = undefined;
    toldAtMs = performance.now();
    for (const listener of listeners) listener(observed);
  }
  return {
    observed: () => observed,
    update(change) {
      const next = { ...observed, ...change };
      observed = { ...next, troubles: troublesOf(next) };
      if (stopped || timer) return;
      timer = setTimeout(tell, Math.max(0, toldAtMs + NOTIFY_EVERY_MS - performance.now()));
    },
    subscribe(listener) {
      // A wrapper of its own, so that one function may listen twice and leave once.
      const own = (value: Observed) => listener(value);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      listeners.clear();
    },
  };
}

/** What is degraded in the watching, a line each: `DNS: …`. */
function troublesOf(observed: Observed): readonly string[] {
  const { repeatedCalls } = observed;
  const lines = [
    ...(repeatedCalls > 0
      ? [
          `AWS slows us down or was out of reach (repeated calls lately: ${repeatedCalls}). Nothing is lost, it only takes longer.`,
        ]
      : []),
    ...line('Stacks', observed.stacks.error),
    ...line('Events', observed.events.error),
    ...line('DNS', observed.dns.error),
    ...cacheLines(observed),
    ...line('Site', observed.site.error),
    ...Object.values(observed.scripts).flatMap((look) => line('Script output', look.error)),
  ];
  return [...new Set(lines)];
}

/** One line for a broken way: that each cache behind it cannot be reached goes without saying. */
function cacheLines({ caches, cacheWay }: Observed): readonly string[] {
  if (cacheWay.is === 'tunnel' && cacheWay.tunnel.is === 'broken') return line('Caches', cacheWay.tunnel.reason);
  return caches.value ? caches.value.flatMap((look) => line('Caches', look.error)) : line('Caches', caches.error);
}

const line = (title: string, error: string | undefined): readonly string[] =>
  error === undefined ? [] : [`${title}: ${error}`];
