import type { Bosslet } from '../bosslet/bosslet.ts';
import type { ReadDoors } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import { awsBudget, type Budget } from './budget.ts';
import { followBuilds } from './buildLogs.ts';
import { watchCaches } from './caches.ts';
import { watchDns } from './dns.ts';
import { watchEvents } from './events.ts';
import type { Interest, ScriptLook, Watchers } from './observed.ts';
import { createPublisher } from './publisher.ts';
import { followScript } from './scripts.ts';
import { watchSite } from './site.ts';
import { watchStacks } from './stacks.ts';

/** Scripts whose last screenful is kept after they were let go. */
const SCRIPTS_KEPT = 20;

export interface WatchersOptions {
  readonly bosslet: Bosslet;
  readonly doors: ReadDoors;
  readonly clock: Clock;
  /** Ends them all. */
  readonly signal: AbortSignal;
  /** Requests to AWS; absent: the account's usual share. Whoever else asks AWS may `spend` from it. */
  readonly budget?: Budget;
}

/** Starts watching. Whatever goes wrong marks what is seen as old and never ends anything. */
export function createWatchers({
  bosslet,
  doors,
  clock,
  signal: outer,
  budget = awsBudget(clock),
}: WatchersOptions): Watchers {
  const end = new AbortController();
  const signal = AbortSignal.any([outer, end.signal]);
  const publisher = createPublisher();
  const interests = new Set<Interest>();
  const wanted = <I extends Interest['is']>(is: I) =>
    [...interests].filter((interest): interest is Extract<Interest, { is: I }> => interest.is === is);
  const isWanted = (is: Interest['is']) => wanted(is).length > 0;
  const shared = { bosslet, budget, clock, signal, cloudFormation: doors.aws.cloudFormation };

  const repeatedLately = recentGrowth(doors.aws.repeatedCalls);
  const events = watchEvents({
    ...shared,
    interests: () => wanted('stack'),
    seen: (seen) => publisher.update({ events: seen }),
    moved: () => stacks.refresh(),
  });
  const stacks = watchStacks({
    ...shared,
    isWanted: () => isWanted('stack'),
    operationOf: events.operationOf,
    seen: (seen) => publisher.update({ stacks: seen }),
    onBoard: (board) => {
      events.onBoard(board);
      publisher.update({ repeatedCalls: repeatedLately() });
    },
  });
  const dns = watchDns({
    ...shared,
    aws: doors.aws,
    dig: doors.dig,
    isWanted: () => isWanted('dns'),
    seen: (seen) => publisher.update({ dns: seen }),
  });
  const caches = watchCaches({
    ...shared,
    caches: doors.caches,
    isScanWanted: () => isWanted('cacheScan'),
    seen: (seen) => publisher.update({ caches: seen }),
    seenWay: (cacheWay) => publisher.update({ cacheWay }),
  });
  const asked = watchAsked(signal, {
    site: (own) =>
      watchSite({
        ...shared,
        aws: doors.aws,
        http: doors.http,
        signal: own,
        seen: (seen) => publisher.update({ site: seen }),
      }).ended,
    script: (folder, own) =>
      followScript({ folder, scripts: doors.scripts, signal: own, seen: (look) => showScript(look) }),
    builds: ({ folder, logsFolder, machines }, own) =>
      followBuilds({
        scriptFolder: folder,
        logsFolder,
        machines,
        scripts: doors.scripts,
        clock,
        signal: own,
        seen: (look) => publisher.update({ builds: { [look.scriptFolder]: look } }),
      }),
  });

  function showScript(look: ScriptLook): void {
    const { [look.folder]: _, ...others } = publisher.observed().scripts;
    const kept = Object.entries({ ...others, [look.folder]: look }).slice(-SCRIPTS_KEPT);
    publisher.update({ scripts: Object.fromEntries(kept) });
  }
  function changed(interest: Interest): void {
    asked.reconcile(interests);
    if (interest.is === 'dns') dns.nudge();
    if (interest.is === 'cacheScan') caches.nudge();
    if (interest.is === 'stack') events.onInterests();
    if (interest.is === 'stack') stacks.nudge();
  }
  return {
    observed: publisher.observed,
    subscribe: publisher.subscribe,
    want(interest) {
      // A copy, so that the same object may be wanted twice and let go once.
      const own = { ...interest };
      interests.add(own);
      changed(own);
      return () => {
        if (interests.delete(own)) changed(own);
      };
    },
    async stop() {
      end.abort(new Error('The watchers were stopped.'));
      publisher.stop();
      await Promise.all([stacks.ended, dns.ended, caches.ended, events.ended(), asked.ended()]);
    },
  };
}

/** What is only watched while somebody asks for it, each begun with the first interest and ended with the last. */
function watchAsked(
  signal: AbortSignal,
  begin: {
    site(signal: AbortSignal): Promise<void>;
    script(folder: string, signal: AbortSignal): Promise<void>;
    builds(interest: Extract<Interest, { is: 'builds' }>, signal: AbortSignal): Promise<void>;
  },
): { reconcile(interests: ReadonlySet<Interest>): void; ended(): Promise<void> } {
  const running = new Map<string, { readonly end: AbortController; readonly ended: Promise<void> }>();
  const loops = new Set<Promise<void>>();
  const start = (key: string, interest: Interest) => {
    const end = new AbortController();
    const own = AbortSignal.any([signal, end.signal]);
    const ended =
      interest.is === 'script'
        ? begin.script(interest.folder, own)
        : interest.is === 'builds'
          ? begin.builds(interest, own)
          : begin.site(own);
    running.set(key, { end, ended });
    loops.add(ended);
    void ended.then(() => loops.delete(ended));
  };
  return {
    reconcile(interests) {
      if (signal.aborted) return;
      const keys = new Set<string>();
      for (const interest of interests) {
        if (interest.is !== 'site' && interest.is !== 'script' && interest.is !== 'builds') continue;
        const key = interest.is === 'site' ? 'site' : `${interest.is} ${interest.folder}`;
        keys.add(key);
        if (!running.has(key)) start(key, interest);
      }
      for (const [key, { end }] of running)
        if (!keys.has(key)) {
          running.delete(key);
          end.abort();
        }
    },
    ended: async () => void (await Promise.all(loops)),
  };
}

/** How many looks at the board a repeated call is remembered for. */
const LOOKS_REMEMBERED = 6;

/** By how much a counter grew over the last calls of the returned function. */
function recentGrowth(counter: () => number): () => number {
  const seen = [counter()];
  return () => {
    seen.push(counter());
    if (seen.length > LOOKS_REMEMBERED) seen.shift();
    return (seen.at(-1) ?? 0) - (seen[0] ?? 0);
  };
}
