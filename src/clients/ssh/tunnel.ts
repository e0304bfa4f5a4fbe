import type { Clock } from '../../clock.ts';
import { sanitiseLine } from '../../text/sanitise.ts';
import type { TunnelState } from '../doors.ts';
import { channelFailure, NoWay, type SshFailure } from './failure.ts';
import type { Forward } from './forward.ts';

/** Until the first new try, and at most; clock milliseconds. */
const AGAIN_MS = 1_000;
const AGAIN_AT_MOST_MS = 30_000;
/** Where only somebody's doing can help, and each try is a line in the bastion's log; clock milliseconds. */
const LASTING_MS = 60_000;
/** A tunnel that stood so long has broken anew: it is not the same trouble going on. Clock milliseconds. */
const STEADY_MS = 30_000;
/** What the far end said of a connection is about one that failed within this time. Real milliseconds. */
const REFUSAL_COUNTS_MS = 5_000;

export interface TunnelOptions {
  readonly clock: Clock;
  /** Enters the deployment and forwards; `turn` counts the attempts. */
  open(turn: number, onLine: (line: string) => void, signal: AbortSignal): Promise<Forward>;
}

/** A tunnel that is made when it is first used, and made again whenever it breaks. */
export interface Tunnel {
  state(): TunnelState;
  /** Called after each change. Returns the way to stop. */
  subscribe(listener: (state: TunnelState) => void): () => void;
  /** Resolves when it stands. Rejects with {@link NoWay} where it is broken, until it was made again. */
  ready(signal?: AbortSignal): Promise<void>;
  /** What the far end said against a connection just now, if anything; what breaks the tunnel as a whole otherwise. */
  objection(): Promise<SshFailure | undefined>;
  close(): Promise<void>;
}

export function createTunnel({ clock, open }: TunnelOptions): Tunnel {
  const end = new AbortController();
  const listeners = new Set<(state: TunnelState) => void>();
  let state: TunnelState = { is: 'idle' };
  let failure: SshFailure | undefined;
  let refused: { readonly failure: SshFailure; readonly atMs: number } | undefined;
  let running: Promise<void> | undefined;

  const show = (next: TunnelState) => {
    state = next;
    for (const listener of [...listeners]) listener(next);
  };
  const onLine = (line: string) => {
    const said = channelFailure(line);
    if (said) refused = { failure: said, atMs: performance.now() };
  };

  async function run(): Promise<void> {
    let failures = 0;
    for (let turn = 0; !end.signal.aborted; turn += 1) {
      show({ is: 'connecting', sinceMs: clock.now() });
      const stoodMs = await once(turn);
      if (end.signal.aborted) return;
      failures = stoodMs >= STEADY_MS ? 1 : failures + 1;
      const waitMs = failure?.lasts ? LASTING_MS : backoffMs(failures);
      const now = clock.now();
      const reason = failure ? `${failure.reason}; ${failure.cure}` : '';
      show({ is: 'broken', sinceMs: now, reason, nextTryMs: now + waitMs });
      await clock.sleep(waitMs, end.signal).catch(() => undefined);
    }
  }

  /** One tunnel, from its making to its end. Returns how long it stood, in clock milliseconds. */
  async function once(turn: number): Promise<number> {
    let forward: Forward | undefined;
    let sinceMs: number | undefined;
    try {
      forward = await open(turn, onLine, end.signal);
      sinceMs = clock.now();
      show({ is: 'up', sinceMs });
      const { promise: left, resolve } = Promise.withResolvers<undefined>();
      end.signal.addEventListener('abort', () => resolve(undefined), { once: true });
      const why = await Promise.race([forward.ended, left]);
      if (why) failure = why;
    } catch (error) {
      if (!end.signal.aborted) failure = failureOf(error);
    } finally {
      await forward?.stop();
    }
    return sinceMs === undefined ? 0 : clock.now() - sinceMs;
  }

  const tunnel: Tunnel = {
    state: () => state,
    subscribe(listener) {
      const own = (next: TunnelState) => listener(next);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    async ready(signal) {
      signal?.throwIfAborted();
      if (end.signal.aborted) throw new Error('it was closed by us');
      running ??= run();
      if (state.is === 'up') return;
      if (state.is !== 'broken') await settled(tunnel, AbortSignal.any([end.signal, ...(signal ? [signal] : [])]));
      if (tunnel.state().is !== 'up' && failure) throw new NoWay(failure);
    },
    async objection() {
      // What ssh wrote and the connection that it ended arrive in the same turn of the loop, in any order.
      await new Promise((resolve) => setImmediate(resolve));
      if (refused && performance.now() - refused.atMs < REFUSAL_COUNTS_MS) return refused.failure;
      return state.is === 'up' ? undefined : failure;
    },
    async close() {
      end.abort(new Error('it was closed by us'));
      await running;
    },
  };
  return tunnel;
}

/** Resolves when the tunnel stands or is broken. */
async function settled(tunnel: Tunnel, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = tunnel.subscribe(({ is }) => {
    if (is === 'up' || is === 'broken') resolve();
  });
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await promise;
  } finally {
    stop();
    signal.removeEventListener('abort', abort);
  }
}

/** Half of it at least, so that a bastion is not asked at once again, and chance for the rest. */
function backoffMs(failures: number): number {
  const ceiling = Math.min(AGAIN_AT_MOST_MS, AGAIN_MS * 2 ** Math.min(failures, 16));
  return Math.round((ceiling * (1 + Math.random())) / 2);
}

/** What goes wrong before ssh is started has a sentence of its own: EC2's, a file's. */
function failureOf(error: unknown): SshFailure {
  if (error instanceof NoWay) return error.failure;
  const said = error instanceof Error ? error.message : String(error);
  return { reason: sanitiseLine(said).replace(/\.$/, ''), cure: 'it is tried again by itself', lasts: false };
}
