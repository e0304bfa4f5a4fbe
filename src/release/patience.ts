import type { Clock } from '../clock.ts';
import type { World } from './contexts.ts';
import type { OpenRecord } from './record.ts';
import { isOfWrongAccount, reasonToWait, sentence, troubleKind } from './trouble.ts';

/** Between two looks whether the credentials were renewed. Clock milliseconds, and the least of it in real time. */
const RENEWED_LOOK_MS = 10_000;
const RENEWED_LOOK_REAL_MS = 1_000;
/** The least real time between two tries. */
const AGAIN_REAL_MS = 200;

/**
 * Credentials that expired, or that are of another account, pause and never pass: one pause for all steps that run into
 * it, written down, which ends by itself when AWS says that they are of the account they should be of.
 */
export class Pause {
  readonly #world: Pick<World, 'doors' | 'clock'>;
  readonly #record: OpenRecord;
  readonly #end: AbortSignal;
  #running: Promise<void> | undefined;

  constructor(world: Pick<World, 'doors' | 'clock'>, record: OpenRecord, end: AbortSignal) {
    this.#world = world;
    this.#record = record;
    this.#end = end;
  }

  /** Resolves when the credentials work again; rejects when the signal ends. */
  async wait(reason: string, signal: AbortSignal): Promise<void> {
    this.#begin(reason);
    signal.throwIfAborted();
    const left = Promise.withResolvers<never>();
    const onAbort = () => left.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#running, left.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** A pause that the program ended in goes on, or is over by now. */
  resume(): void {
    const { paused } = this.#record.state;
    if (paused !== undefined) this.#begin(paused);
  }

  #begin(reason: string): void {
    this.#running ??= this.#untilRenewed(reason).finally(() => {
      this.#running = undefined;
    });
    // Who waits hears of it; nobody may be waiting any more.
    this.#running.catch(() => {});
  }

  async #untilRenewed(reason: string): Promise<void> {
    const { doors, clock } = this.#world;
    if (this.#record.state.paused === undefined) await this.#record.append({ type: 'paused', reason });
    const { aws, dev } = doors;
    // Where the bosslet's own account answers at once, it was the dev account that did not.
    const account = (await this.#answers(aws)) ? dev : aws;
    while (account && !(await this.#answers(account)))
      await clock.sleep(Math.max(RENEWED_LOOK_MS, RENEWED_LOOK_REAL_MS * clock.speed), this.#end);
    await this.#record.append({ type: 'resumed' });
  }

  async #answers(account: { readonly sts: World['doors']['aws']['sts'] }): Promise<boolean> {
    try {
      await account.sts.mustBeOurs(this.#end);
      return true;
    } catch (error) {
      this.#end.throwIfAborted();
      // Whoever logs in to another account must not wait for the first reason to go away.
      if (isOfWrongAccount(error) && this.#record.state.paused !== sentence(error))
        await this.#record.append({ type: 'paused', reason: sentence(error) });
      return false;
    }
  }
}

/**
 * Calls something until it answers. A world that is away for a while is waited for as long as it takes, since that says
 * nothing of the step; after `tries` other errors the last one is thrown.
 */
export async function patiently<T>(
  parts: {
    readonly clock: Clock;
    readonly pause: Pause;
    readonly signal: AbortSignal;
    /** Shown while it waits for the next try. */
    readonly tell: (text: string) => void;
  },
  tries: number,
  call: () => Promise<T>,
): Promise<T> {
  const { clock, pause, signal, tell } = parts;
  let failures = 0;
  for (let time = 1; ; time += 1) {
    try {
      return await call();
    } catch (error) {
      const kind = troubleKind(error, signal);
      if (kind === 'retry') failures += 1;
      else if (kind !== 'later' && kind !== 'credentials') throw error;
      if (failures >= tries) throw error;
      tell(`${sentence(error)} Trying again.`);
      if (kind === 'credentials') await pause.wait(reasonToWait(error), signal);
      await clock.sleep(backoffMs(clock, time), signal);
    }
  }
}

const backoffMs = (clock: Clock, time: number) =>
  Math.max(1_000 * 2 ** Math.min(time, 5), AGAIN_REAL_MS * clock.speed) * (0.5 + Math.random() / 2);
