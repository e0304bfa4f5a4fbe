import type { Observed } from '../observe/observed.ts';
import type { LiveState, ReleaseState } from '../release/state.ts';
import type { Session, Store } from './store.ts';
import type { ReviewSubject } from './types.ts';
import type { PaneId, Prompt, TabId, UiState } from './ui.ts';
import { TABS } from './ui.ts';

/** The ways the state changes. Each replaces one part and leaves the others as they are, so that selectors stay stable. */

export const setObserved = (store: Store, observed: Observed): void => store.setState({ observed });

export const setRelease = (store: Store, release: ReleaseState | undefined): void => store.setState({ release });

export const setLive = (store: Store, live: LiveState): void => store.setState({ live });

/** Clock time, once a real second. */
export const tick = (store: Store, nowMs: number): void => store.setState({ nowMs });

/** What may change of the session while the program runs: the role after a take-over, the credentials' end. */
export const setSession = (
  store: Store,
  change: Partial<Pick<Session, 'role' | 'holder' | 'operator' | 'credentialsEndMs' | 'accountError'>>,
): void => store.setState(({ session }) => ({ session: { ...session, ...change } }));

/** How long each stage took in the last release, by stage id. */
export const setLastTook = (store: Store, lastTook: Readonly<Record<string, number>>): void =>
  store.setState({ lastTook });

/** What a review shows, once its blob was read. */
export const setSubject = (store: Store, sha256: string, subject: ReviewSubject): void =>
  store.setState(({ subjects }) => ({ subjects: { ...subjects, [sha256]: subject } }));

export const setUi = (store: Store, change: Partial<UiState>): void =>
  store.setState(({ ui }) => ({ ui: { ...ui, ...change } }));

const isTab = (pane: PaneId): pane is TabId => TABS.some((tab) => tab === pane);

/** Focus; a pane that is a tab comes to the front. */
export const focusPane = (store: Store, focus: PaneId): void =>
  setUi(store, isTab(focus) ? { focus, tab: focus } : { focus });

/** Undefined: the pane follows the newest (or stays at its top) again. */
export const scrollPane = (store: Store, pane: PaneId, first: number | undefined): void =>
  store.setState(({ ui }) => {
    const { [pane]: _, ...others } = ui.scroll;
    return { ui: { ...ui, scroll: first === undefined ? others : { ...others, [pane]: first } } };
  });

/** Changes what is typed, chosen and scrolled in a dialog; what was typed into another one is dropped first. */
export const editDialog = (
  store: Store,
  about: string,
  change: Partial<Pick<UiState, 'input' | 'typed' | 'typing' | 'cursor' | 'modalScroll'>>,
): void =>
  store.setState(({ ui }) => {
    const fresh = { input: '', typed: [], typing: false, cursor: undefined, modalScroll: undefined };
    return { ui: { ...ui, ...(ui.about === about ? {} : fresh), about, ...change } };
  });

/** Opens a key's own question. */
export const ask = (store: Store, prompt: Prompt): void => setUi(store, { prompt, input: '', about: undefined });

/** Leaves a question (by its `questionId`) waiting, or takes it up again. */
export const setAside = (store: Store, question: string, aside: boolean): void =>
  store.setState(({ ui }) => ({
    ui: { ...ui, aside: [...ui.aside.filter((id) => id !== question), ...(aside ? [question] : [])] },
  }));

export const say = (store: Store, message: string | undefined): void => {
  if (store.getState().ui.message !== message) setUi(store, { message });
};
