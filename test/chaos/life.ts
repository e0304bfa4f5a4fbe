import type { Clock } from '../../src/clock.ts';

/** One process, as far as a test may end it: once it is dead, nothing that it asks is answered and nothing it does is done. */
export class Life {
  #isOver = false;
  readonly #over = Promise.withResolvers<void>();

  get isOver(): boolean {
    return this.#isOver;
  }
  /** Resolves when it has died. */
  get over(): Promise<void> {
    return this.#over.promise;
  }
  /** What kill -9 does: no `finally`, no `catch`, no goodbye. */
  end(): void {
    this.#isOver = true;
    this.#over.resolve();
  }
}

/** What a dead process does when the next one has its lock: an `onLost` that keeps it from following the record. */
export const followNobody = (): never => {
  throw new Error('This process is dead.');
};

export const never = (): Promise<never> => new Promise(() => {});

/** Resolves or rejects as `promise` does, while the process lives. */
async function whileAlive<T>(life: Life, promise: Promise<T>): Promise<T> {
  try {
    const value = await promise;
    return life.isOver ? await never() : value;
  } catch (error) {
    if (life.isOver) await never();
    throw error;
  }
}

/** One call of a method that changes the world: `sns.setSubscriptionAttribute`, with what it was told. */
export interface Mutation {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Methods of the doors that change something outside. */
const MUTATING =
  /^(aws|dev|git|scripts)\.(.*\.)?(create|delete|set|subscribe|unsubscribe|publish|copy|disable|write|restore|start$|answer$|interrupt$|cancel|continue|execute)/;

/** The doors as a mortal process has them. `onMutation` is told of each call that changes the world, before it is made. */
export function mortalDoors<T extends object>(doors: T, life: Life, onMutation: (call: Mutation) => void): T {
  const wrap = (target: object, path: string): object =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof name !== 'string' || value === null) return value;
        const here = path === '' ? name : `${path}.${name}`;
        if (typeof value === 'object') return wrap(value, here);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (life.isOver) return never();
          if (MUTATING.test(here))
            onMutation({ method: here, args: args.filter((each) => !(each instanceof AbortSignal)) });
          const returned: unknown = Reflect.apply(value, target, args);
          if (returned instanceof Promise) return whileAlive(life, returned);
          return typeof returned === 'object' && returned !== null ? wrap(returned, here) : returned;
        };
      },
    });
  return wrap(doors, '') as T;
}

/** A clock whose sleepers do not wake in a dead process. */
export const mortalClock = (clock: Clock, life: Life): Clock => ({
  ...clock,
  sleep: (ms, signal) => whileAlive(life, clock.sleep(ms, signal)),
});
