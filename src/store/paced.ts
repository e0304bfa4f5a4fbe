import type { AppState, Store } from './store.ts';

/** What panes are drawn from: the state as it was a moment ago, or as it is. */
export interface Paced extends Pick<Store, 'getState' | 'getInitialState' | 'subscribe'> {
  /** Tells of what has changed now. */
  catchUp(): void;
}

/** Between two tellings, in real milliseconds. */
const TELL_EVERY_MS = 125;

/**
 * The state, told of eight times a second at most: each telling is rendered and laid out, and a running step changes
 * something at every record and every look. What a key changed on the screen itself is told at once.
 */
export function pace(store: Store, now: () => number = () => performance.now()): Paced {
  const listeners = new Set<(state: AppState, before: AppState) => void>();
  let told = store.getState();
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;

  function tell(): void {
    clearTimeout(timer);
    timer = undefined;
    const before = told;
    told = store.getState();
    if (told === before) return;
    toldAtMs = now();
    for (const listener of listeners) listener(told, before);
  }
  function changed(state: AppState): void {
    const waitMs = state.ui === told.ui ? toldAtMs + TELL_EVERY_MS - now() : 0;
    if (waitMs <= 0) tell();
    else timer ??= setTimeout(tell, waitMs);
  }
  return {
    // Without a listener nobody keeps what was told up to date.
    getState: () => (stop ? told : store.getState()),
    getInitialState: store.getInitialState,
    subscribe(listener) {
      listeners.add(listener);
      if (!stop) {
        told = store.getState();
        stop = store.subscribe(changed);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
        clearTimeout(timer);
        timer = undefined;
      };
    },
    catchUp: tell,
  };
}
