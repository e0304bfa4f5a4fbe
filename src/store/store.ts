import { createStore, type StoreApi } from 'zustand/vanilla';
import { NOTHING_OBSERVED, type Observed } from '../observe/observed.ts';
import type { HolderLook } from '../release/lock.ts';
import { type LiveState, NOTHING_LIVE, type ReleaseState } from '../release/state.ts';
import type { Runbook } from '../runbook/runbook.ts';
import type { ReviewSubject } from './types.ts';
import { INITIAL_UI, type UiState } from './ui.ts';

/** Who looks at what: fixed for a run of the program, but for the clock's tick and the credentials' end. */
export interface Session {
  readonly mode: 'production' | 'rehearsal';
  readonly role: 'operator' | 'watcher';
  readonly bosslet: string;
  readonly accountId: string;
  readonly region: string;
  /** It was started only to look and may never act. */
  readonly readOnly?: true;
  /** Who holds the right to act, while this panel watches; absent: nobody does. */
  readonly holder?: Holder | undefined;
  /** `you@host`. */
  readonly operator: string;
  readonly sprint: string;
  /** An AWS endpoint that is not AWS. */
  readonly customEndpoint: string | undefined;
  readonly credentialsEndMs: number | undefined;
  /** The credentials are of another account than the bosslet's: one sentence with its cure. */
  readonly accountError?: string | undefined;
  readonly publicHost: string;
  /** The machine that can be entered over ssh, by its Name tag; absent in a rehearsal and where no way in is configured. */
  readonly machine?: string;
  /** Rehearsal's speed; 1 in production. */
  readonly speed: number;
  readonly faults: readonly string[];
  readonly runbook: Runbook;
}

/** Another panel that holds the right to act on the bosslet. */
export type Holder = HolderLook['holder'] & { readonly lives: HolderLook['lives'] };

export interface AppState {
  readonly session: Session;
  /** Clock time, set once a real second: what every age and duration on the screen is counted to. */
  readonly nowMs: number;
  readonly observed: Observed;
  /** Undefined: no release is open for this bosslet. */
  readonly release: ReleaseState | undefined;
  readonly live: LiveState;
  readonly ui: UiState;
  /** What open reviews show, by the hash of their blob. The composition root reads them; absent: being read. */
  readonly subjects: Readonly<Record<string, ReviewSubject>>;
  /** How long each stage took in the last release of this bosslet, clock milliseconds by stage id. */
  readonly lastTook: Readonly<Record<string, number>>;
}

export type Store = StoreApi<AppState>;

export function createAppStore(session: Session, nowMs: number): Store {
  return createStore<AppState>()(() => ({
    session,
    nowMs,
    observed: NOTHING_OBSERVED,
    release: undefined,
    live: NOTHING_LIVE,
    ui: INITIAL_UI,
    subjects: {},
    lastTook: {},
  }));
}
