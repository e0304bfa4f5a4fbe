import type { Clock } from '../clock.ts';

/** Requests to AWS that may be made: one bucket for all watchers, so that more of them never mean more throttling. */
export interface Budget {
  /** Waits for a request's turn, first come, first served. Rejects with the signal's reason when it is aborted. */
  take(signal?: AbortSignal): Promise<void>;
  /** Counts requests that do not wait: a step's own, which the watchers then make room for. */
  spend(requests?: number): void;
}

/** A bucket that refills at `perSecond` of real time and holds `burst`; full at first. */
export function createBudget({
  perSecond,
  burst,
  nowMs = () => performance.now(),
}: {
  readonly perSecond: number;
  readonly burst: number;
  /** Real milliseconds, monotonic. */
  nowMs?(): number;
}): Budget {
  const waiting: (() => void)[] = [];
  let tokens = burst;
  let filledAtMs = nowMs();
  let timer: NodeJS.Timeout | undefined;

  function fill(): void {
    const now = nowMs();
    tokens = Math.min(burst, tokens + ((now - filledAtMs) / 1000) * perSecond);
    filledAtMs = now;
  }
  function serve(): void {
    timer = undefined;
    fill();
    while (tokens >= 1 && waiting.length > 0) {
      tokens -= 1;
      waiting.shift()?.();
    }
    if (waiting.length > 0) timer = setTimeout(serve, Math.max(1, Math.ceil(((1 - tokens) / perSecond) * 1000)));
  }

  return {
    async take(signal) {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const leave = () => {
        const place = waiting.indexOf(resolve);
        if (place >= 0) waiting.splice(place, 1);
        if (waiting.length === 0) clearTimeout(timer);
        if (waiting.length === 0) timer = undefined;
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.push(resolve);
      if (!timer) serve();
      await promise.finally(() => signal?.removeEventListener('abort', leave));
    },
    spend(requests = 1) {
      fill();
      // A step's flood holds the watchers up for some seconds at most.
      tokens = Math.max(-2 * burst, tokens - requests);
    },
  };
}

/** Users see throttling from about 5 requests a second (aws-cdk #5637, sam-cli #2671); the operator's other tools want a share. */
const PER_SECOND = 2;
const BURST = 5;
/** An embedded world stands more, and its clock runs faster than the screen could follow at two a second. */
const MOST_SPEEDUP = 5;

/** The bucket for one account: two requests a real second, a burst of five; up to five times that in a rehearsal. */
export function awsBudget(clock: Clock): Budget {
  const factor = Math.min(MOST_SPEEDUP, Math.max(1, clock.speed));
  return createBudget({ perSecond: PER_SECOND * factor, burst: BURST * factor });
}
