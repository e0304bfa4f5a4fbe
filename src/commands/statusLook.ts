import type { Bosslet } from '../bosslet/bosslet.ts';
import { wrongAccount } from '../clients/aws/awsError.ts';
import type { StsRead } from '../clients/doors.ts';
import { reasonOf } from '../observe/polling.ts';
import type { Unread } from './statusReport.ts';

/** Real milliseconds that a part may be silent. */
const LIMIT_MS = 20_000;

/** What is still waited for: a part's name with how far it is, or nothing to say of it. */
export type Waiting = Map<string, string>;

export interface StatusLookOptions {
  readonly bosslet: Bosslet;
  readonly sts: StsRead;
  /** An AWS endpoint that is not AWS' own. */
  readonly endpoint: string | undefined;
  readonly signal: AbortSignal;
  readonly limitMs?: number;
  readonly waiting?: Waiting;
}

/** Reads parts side by side, each with a bound of its own; what fails becomes an {@link Unread}. */
export class StatusLook {
  readonly #options: StatusLookOptions;
  /** The credentials' account, where it is the bosslet's. */
  readonly account: Promise<string | Unread>;
  /** Why nothing that AWS says is the bosslet's; undefined where it is, as far as anybody can tell. */
  readonly #stranger: Promise<Unread | undefined>;

  constructor(options: StatusLookOptions) {
    this.#options = options;
    const { bosslet } = options;
    const asked = this.part('account', this.#awsCure(), async (signal) => options.sts.callerIdentity(signal));
    const isOurs = (account: string) => account === bosslet.accountId;
    this.account = asked.then((who) => {
      if ('error' in who) return who;
      return isOurs(who.account)
        ? who.account
        : { error: wrongAccount(who.account, bosslet.accountId, bosslet.profile).message };
    });
    this.#stranger = asked.then((who) =>
      'error' in who || isOurs(who.account)
        ? undefined
        : {
            error: `Not read: the credentials are of the account ${who.account}, ${bosslet.name} is in ${bosslet.accountId}.`,
          },
    );
  }

  /** Something of the bosslet's account. What another account says of the same names would be a lie. */
  async aws<T>(name: string, read: (signal: AbortSignal) => Promise<T>): Promise<T | Unread> {
    const [stranger, part] = await Promise.all([this.#stranger, this.part(name, this.#awsCure(), read)]);
    return stranger ?? part;
  }

  /** Reads until it is silent for the limit; `alive` tells that it is not, with how far it is. */
  async part<T>(
    name: string,
    cure: string,
    read: (signal: AbortSignal, alive: (progress: string) => void) => Promise<T>,
  ): Promise<T | Unread> {
    const { signal: outer, limitMs = LIMIT_MS, waiting } = this.#options;
    const silent = new AbortController();
    const signal = AbortSignal.any([outer, silent.signal]);
    const left = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => left.reject(signal.reason), { once: true });
    const seconds = Math.max(1, Math.round(limitMs / 1_000));
    const timer = setTimeout(() => silent.abort(new Error(`No answer within ${seconds} s; ${cure}.`)), limitMs);
    const alive = (progress: string) => {
      timer.refresh();
      waiting?.set(name, progress);
    };
    waiting?.set(name, '');
    try {
      return await Promise.race([read(signal, alive), left.promise]);
    } catch (error) {
      return { error: reasonOf(error) };
    } finally {
      clearTimeout(timer);
      waiting?.delete(name);
      // Whatever was left behind need not go on.
      silent.abort();
    }
  }

  #awsCure(): string {
    const { bosslet, endpoint } = this.#options;
    return endpoint === undefined
      ? `check the network and the region ${bosslet.region}`
      : `check the endpoint ${endpoint}: something there hangs`;
  }
}
