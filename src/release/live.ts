import { type LiveState, NOTHING_LIVE } from './state.ts';

/** The live part of the state: what the engine knows and no journal needs to remember. */
export class Live {
  #state: LiveState = NOTHING_LIVE;
  readonly #listeners = new Set<(state: LiveState) => void>();

  get state(): LiveState {
    return this.#state;
  }

  subscribe(listener: (state: LiveState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }

  /** Sets one entry of one of the keyed parts; undefined removes it. */
  put<K extends 'gates' | 'progress' | 'at' | 'secrets'>(
    part: K,
    key: string,
    value: LiveState[K][string] | undefined,
  ): void {
    const { [key]: before, ...rest } = this.#state[part];
    if (value === undefined && before === undefined) return;
    this.set({ [part]: value === undefined ? rest : { ...rest, [key]: value } } as Partial<LiveState>);
  }
}
