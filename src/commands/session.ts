import type { Watchers } from '../observe/observed.ts';
import { createWatchers } from '../observe/watchers.ts';
import { type DeskParts, lookOn, type OperatorDesk, sitDown, type WatcherDesk } from '../release/desk.ts';
import { loadEvidence } from '../release/evidence.ts';
import { Live } from '../release/live.ts';
import { holderName, type LockHolder } from '../release/lock.ts';
import type { ReleaseState } from '../release/state.ts';
import type { ReviewSubject } from '../steps/kind.ts';
import { preflight } from '../steps/preflight.ts';
import { stepKinds } from '../steps/registry.ts';
import type { Store } from '../store/store.ts';
import {
  setLastTook,
  setLive,
  setObserved,
  setRelease,
  setSession,
  setSubject,
  setUi,
  tick,
} from '../store/updates.ts';
import { type OpenDoors, openDoors } from './doors.ts';
import { followCredentials } from './followCredentials.ts';
import { thisMachine } from './machine.ts';
import type { Setup } from './setup.ts';

/** Everything that runs behind a screen, or behind lines on a pipe. */
export interface OpenSession {
  /** Changes with {@link OpenSession.takeOver}. */
  readonly desk: OperatorDesk | WatcherDesk;
  /** The way into the deployment's machines; absent where there is none. */
  readonly ssh: OpenDoors['ssh'];
  /**
   * Makes the one who watches the operator, in place of the holder that the screen showed: `typed` is the bosslet's
   * name. Throws, with a sentence, where it must not be, or where somebody else was quicker.
   */
  takeOver(typed: string): Promise<OperatorDesk>;
  /** Ends watchers and loops; scripts and AWS go on. */
  close(): Promise<void>;
}

/** How often the screen's time moves, in real milliseconds. */
const TICK_MS = 1_000;

/** Wires watchers, record and engine to the store. Throws where the record is damaged or cannot be written. */
export async function openSession(setup: Setup, folder: string, store: Store): Promise<OpenSession> {
  const { bosslet, clock } = setup;
  const doors = openDoors(setup);
  const ended = new AbortController();
  const watchers = createWatchers({ bosslet, doors, clock, signal: ended.signal });
  const settle = showCalmly(watchers, store);
  const live = new Live();
  live.subscribe((state) => setLive(store, state));
  const subjects = subjectReader(store, folder);
  const credentials = followCredentials(doors.aws.sts, store, ended.signal);
  const parts: DeskParts = {
    bosslet,
    doors,
    watchers,
    clock,
    live,
    kinds: stepKinds,
    texts: new Map(),
    folder,
    machine: await thisMachine(),
    version: setup.version,
    runbook: store.getState().session.runbook,
    preflight,
    onRelease: (state) => {
      const { release } = store.getState();
      setRelease(store, state);
      // A pause for credentials has begun or ended: there may be others.
      if (release?.paused !== state?.paused) credentials.look();
      if (state) subjects(state);
    },
    onLost: (holder) => stepBack(store, live, holder),
    onHolder: (holder) => setSession(store, { holder: holder && { ...holder.holder, lives: holder.lives } }),
    ...(setup.onRecord && { onRecord: setup.onRecord }),
  };
  let desk: OperatorDesk | WatcherDesk;
  try {
    desk = await (setup.readOnly ? lookOn : sitDown)(parts);
  } catch (error) {
    ended.abort(error);
    await watchers.stop();
    await doors.caches.close();
    throw error;
  }
  const seated = (at: OperatorDesk | WatcherDesk) => {
    desk = at;
    setSession(store, { role: at.role });
    if (at.role === 'operator') setLastTook(store, at.lastTookMs);
  };
  seated(desk);
  const ticking = setInterval(() => tick(store, clock.now()), TICK_MS);
  return {
    get desk() {
      return desk;
    },
    ssh: doors.ssh,
    takeOver: async (typed) => {
      const { role, holder } = store.getState().session;
      if (setup.readOnly) throw new Error(ONLY_WATCHES);
      if (role === 'operator') throw new Error('You are the operator.');
      if (typed !== bosslet.name) throw new Error(`Type ${bosslet.name} to take over its release.`);
      await desk.leave();
      const taken = await sitDown({ ...parts, takeOver: { from: holder?.id } }).catch(async (error: unknown) => {
        seated(await lookOn(parts));
        throw error;
      });
      seated(taken);
      if (taken.role === 'operator') {
        live.set({ trouble: undefined });
        return taken;
      }
      throw new Error(`${taken.holder ? holderName(taken.holder) : 'Somebody'} was quicker and operates now.`);
    },
    close: async () => {
      clearInterval(ticking);
      settle();
      await desk.leave();
      ended.abort(new Error('The control panel ends.'));
      await watchers.stop();
      await doors.caches.close();
    },
  };
}

const ONLY_WATCHES =
  'This was started as boss-tui watch, which never acts: leave it (q) and start boss-tui for the bosslet.';

/** Somebody else has taken over: from now on this panel only follows, and what stood open to be answered is theirs. */
function stepBack(store: Store, live: Live, holder: LockHolder | undefined): void {
  const trouble = `${holder ? holderName(holder) : 'Somebody'} has taken over; this panel only watches now.`;
  live.set({ card: undefined, secrets: {}, trouble });
  setUi(store, { prompt: undefined, input: '', about: undefined, revealed: undefined });
  setSession(store, { role: 'watcher' });
}

/** While nothing runs, the world need not be painted more often than this; real milliseconds. */
const CALM_MS = 1_500;

/** Puts what the watchers see into the store: at once while a stage runs or a card is open, calmly otherwise. */
function showCalmly(watchers: Watchers, store: Store): () => void {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const show = () => {
    clearTimeout(timer);
    timer = undefined;
    shownAtMs = performance.now();
    setObserved(store, watchers.observed());
  };
  const stop = watchers.subscribe(() => {
    const { release, live, observed } = store.getState();
    const isBusy = live.card || Object.values(release?.stages ?? {}).some(({ status }) => status === 'running');
    const isFirst = observed.stacks.value === undefined || observed.caches.value === undefined;
    const waitMs = isBusy || isFirst ? 0 : shownAtMs + CALM_MS - performance.now();
    if (waitMs <= 0) show();
    else timer ??= setTimeout(show, waitMs);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

/** Reads what open reviews show, once each, into the store. */
function subjectReader(store: Store, folder: string): (state: ReleaseState) => void {
  const read = new Set<string>();
  return (state) => {
    for (const { asked, answer } of Object.values(state.decisions)) {
      const question = asked.question;
      if (question.is !== 'review' || answer || read.has(question.subject.sha256)) continue;
      read.add(question.subject.sha256);
      void loadEvidence(`${folder}/${state.id}`, question.subject)
        // The evidence's hash proves that it is the subject that a step of this program kept.
        .then((body) => setSubject(store, question.subject.sha256, JSON.parse(body) as ReviewSubject))
        .catch(() => read.delete(question.subject.sha256));
    }
  };
}
