import type { Clock } from '../clock.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import { backoffMs } from './backoff.ts';
import type { Aged } from './observed.ts';

/** A look that takes longer is given up: something hangs. Clock milliseconds. */
const LOOK_LIMIT_MS = 30_000;
/** Real milliseconds between two looks, however fast a rehearsal's clock runs: so many, and more for a longer interval. */
const SHORTEST_PAUSE_MS = 200;
const SHORTEST_SHARE = 1 / 50;
/** Longest wait after failures, in clock milliseconds. */
const BACKOFF_CAP_MS = 60_000;

/** An interval as it can be kept: in a fast clock no shorter than the machine likes. */
export const pace = (clock: Clock, intervalMs: number): number =>
  Math.max(intervalMs, (SHORTEST_PAUSE_MS + intervalMs * SHORTEST_SHARE) * clock.speed);

export interface PollOptions<T> {
  readonly clock: Clock;
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /** Clock milliseconds from the end of a look to the next, asked after each look. */
  intervalMs(): number;
  /** Waits for the right to look; what is seen afterwards is not older than this wait's end. */
  before?(signal: AbortSignal): Promise<void>;
  /** One look. Its errors are told and never end the loop. */
  look(signal: AbortSignal): Promise<T>;
  /** Called after each look and each {@link Poll.set}. */
  seen(aged: Aged<T>): void;
  /** The look ends by itself however long it takes (it bounds its own silence). */
  readonly unbounded?: true;
}
export interface Poll<T> {
  /** Looks at once, if it is not looking already; then again as the interval says. */
  nudge(): void;
  /** Shows another value with the same age. */
  set(value: T): void;
  /** Resolves when the loop has ended; never rejects. */
  readonly ended: Promise<void>;
}

/** Looks again and again until its signal ends: at its interval while all is well, with backoff while it is not. */
export function poll<T>(options: PollOptions<T>): Poll<T> {
  const { clock, signal } = options;
  const interval = () => pace(clock, options.intervalMs());
  let aged: Aged<T> = { value: undefined, atMs: undefined, error: undefined, intervalMs: interval() };
  let resting = new AbortController();
  const show = (change: Partial<Aged<T>>) => {
    aged = { ...aged, ...change, intervalMs: interval() };
    options.seen(aged);
  };

  async function once(): Promise<boolean> {
    try {
      await options.before?.(signal);
      const atMs = clock.now();
      const value = await bounded(options.look, options.unbounded ? undefined : clock, signal);
      if (!signal.aborted) show({ value, atMs, error: undefined });
      return true;
    } catch (error) {
      if (!signal.aborted) show({ error: reasonOf(error) });
      return false;
    }
  }
  const rest = (ms: number) =>
    within(signal, async (own) => {
      resting = own;
      await clock.sleep(ms, own.signal).catch(() => {});
    });
  async function loop(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      failures = (await once()) ? 0 : failures + 1;
      if (signal.aborted) return;
      const baseMs = interval();
      await rest(
        failures === 0
          ? baseMs
          : Math.max(pace(clock, 0), backoffMs(failures, { baseMs, capMs: Math.max(baseMs, BACKOFF_CAP_MS) })),
      );
    }
  }
  return {
    nudge: () => resting.abort(),
    set: (value) => show({ value }),
    ended: loop(),
  };
}

/** Runs with a controller that ends with `signal`, and leaves nothing behind on a signal that lives for days. */
async function within<T>(signal: AbortSignal, run: (own: AbortController) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const end = () => own.abort(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await run(own);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** Runs a look with a limit; one that ignores its signal is left behind. Without a clock only the signal ends it. */
function bounded<T>(
  look: (signal: AbortSignal) => Promise<T>,
  clock: Clock | undefined,
  signal: AbortSignal,
): Promise<T> {
  return within(signal, async (own) => {
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(own.signal.reason);
    if (own.signal.aborted) leave();
    own.signal.addEventListener('abort', leave, { once: true });
    const timer = clock && silenceTimer(clock, own);
    return Promise.race([look(own.signal), left]).finally(() => clearTimeout(timer));
  });
}

function silenceTimer(clock: Clock, own: AbortController): NodeJS.Timeout {
  const limitMs = clock.limit(LOOK_LIMIT_MS) / clock.speed;
  const reason = new Error(
    `No answer within ${Math.round(limitMs / 1000)} s: check the network and what stands between (VPN, proxy, endpoint). It is asked again.`,
  );
  return setTimeout(() => own.abort(reason), limitMs);
}

/** What an operator reads of something thrown. */
export const reasonOf = (error: unknown): string =>
  sanitiseLine(error instanceof Error ? error.message : String(error));
