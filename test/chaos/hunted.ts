import { setTimeout as delay } from 'node:timers/promises';
import { openDoors } from '../../src/commands/doors.ts';
import type { Setup } from '../../src/commands/setup.ts';
import { runbookOf } from '../../src/commands/setup.ts';
import { createWatchers } from '../../src/observe/watchers.ts';
import { sitDown } from '../../src/release/desk.ts';
import { storedReleases } from '../../src/release/folders.ts';
import { Live } from '../../src/release/live.ts';
import { operateByScript } from '../../src/release/scriptedOperator.ts';
import type { ReleaseState } from '../../src/release/state.ts';
import { stagesOf } from '../../src/runbook/runbook.ts';
import { preflight } from '../../src/steps/preflight.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { sceneAt } from '../release/sceneAt.ts';
import { type Fate, journalDisk, pointOf } from './journalDisk.ts';
import { followNobody, Life, type Mutation, mortalClock, mortalDoors, never } from './life.ts';

/** What a release that was ended again and again came to. */
export interface Hunted {
  /** Points at which it was ended, each once. */
  readonly points: readonly string[];
  /** How often it was started. */
  readonly starts: number;
  /** Every call that changed the world, of all starts, in order. */
  readonly mutations: readonly Mutation[];
  readonly release: ReleaseState;
}

export interface HuntOptions {
  readonly setup: Setup;
  /** Holds the record. */
  readonly folder: string;
  /** What befalls a record, the first time that its point is reached and each time again until it is `written`. */
  readonly fates: (point: string) => readonly Fate[];
  /** Stages that are played; the others are skipped. Absent: all. */
  readonly stages?: readonly string[];
  /** Gives up after so long without one more record. */
  readonly patienceMs?: number;
}

/**
 * Plays one release by the scripted operator, over as many starts as it takes: each record meets its fates one after
 * another, and each fate but `written` ends the process that met it. Throws where the release does not get to its end.
 */
export async function hunt({ setup, folder, fates, stages, patienceMs = 60_000 }: HuntOptions): Promise<Hunted> {
  const met = new Map<string, Fate[]>();
  const points: string[] = [];
  const mutations: Mutation[] = [];
  let life = new Life();
  let failing = false;
  using disk = await journalDisk((record) => {
    const point = pointOf(record);
    const left = met.get(point) ?? [...fates(point)];
    met.set(point, left);
    // After an error of the disk the program ends by itself: what it still tries is tried in vain.
    const fate = failing ? 'ENOSPC' : (left.shift() ?? 'written');
    if (fate === 'ENOSPC' || fate === 'EIO' || fate === 'halfALine') failing = true;
    if (fate !== 'written' && !points.includes(`${fate} ${point}`)) points.push(`${fate} ${point}`);
    return { fate, life };
  });
  for (let starts = 1; ; starts += 1) {
    life = new Life();
    failing = false;
    await disk.closeFiles();
    const release =
      (await storedReleases(folder)).find(({ state }) => state.closed !== undefined)?.state ??
      (await oneLife({ setup, folder, ...(stages && { stages }), life, patienceMs, mutations }));
    if (release) return { points, starts, mutations, release };
  }
}

/** Plays until the release is finished, and returns it; undefined where the process ended before. */
async function oneLife(options: {
  readonly setup: Setup;
  readonly folder: string;
  readonly stages?: readonly string[];
  readonly life: Life;
  readonly patienceMs: number;
  readonly mutations: Mutation[];
}): Promise<ReleaseState | undefined> {
  const { setup, folder, stages, life, patienceMs, mutations } = options;
  const { bosslet } = setup;
  const ended = new AbortController();
  const over = new AbortController();
  const clock = mortalClock(setup.clock, life);
  const real = openDoors(setup);
  const doors = mortalDoors(real, life, (call) => mutations.push(call));
  const watchers = createWatchers({ bosslet, doors, clock, signal: ended.signal });
  const live = new Live();
  const runbook = runbookOf(bosslet);
  const scene = sceneAt(runbook, live);
  const released = () => scene.getState().release;
  const born = `start ${mutations.length} ${Math.random()}`;
  const play = async () => {
    const desk = await sitDown({
      bosslet,
      doors,
      watchers,
      clock,
      live,
      kinds: stepKinds,
      texts: new Map(),
      folder,
      // Whoever held the lock is dead by now.
      machine: { bootId: 'b', host: 'h', user: 'you', processStart: born, isAlive: async () => false },
      version: '0',
      runbook,
      preflight,
      onLost: followNobody,
      onRelease: (release) => scene.setState({ release }),
    });
    if (desk.role !== 'operator') throw new Error('The lock was held.');
    try {
      const { controller } = desk;
      await controller.resume();
      // It only reads, and takes longest; a release that has begun needs it no more.
      if (released()) live.set({ preflight: { findings: [], running: false, atMs: clock.now() } });
      // Whatever stops a release from beginning is looked at again, as an operator would.
      else
        do await controller.preflight();
        while (!released() && live.state.preflight.findings.some(({ level }) => level === 'stop'));
      for (const { id } of stagesOf(runbook)) {
        const status = released()?.stages[id]?.status ?? 'todo';
        if (stages && !stages.includes(id) && status === 'todo')
          await controller.skipStage(id, 'not part of this exercise');
      }
      for (;;) {
        try {
          await operateByScript(scene, controller, over.signal);
          break;
        } catch (error) {
          // A card that could not be read is opened again, as an operator would.
          if (!String(error).includes('It cannot be planned') || over.signal.aborted) throw error;
          controller.closeCard();
        }
      }
    } finally {
      await desk.leave();
    }
    return released();
  };
  const stuck = async (): Promise<never> => {
    for (;;) {
      const before = released();
      await delay(patienceMs, undefined, { signal: over.signal }).catch(never);
      if (released() === before) break;
    }
    const open = Object.values(released()?.decisions ?? {}).filter(({ answer, withdrawn }) => !answer && !withdrawn);
    throw new Error(
      `Nothing moves any more: ${JSON.stringify({ at: live.state.at, progress: live.state.progress, trouble: live.state.trouble, open: open.map(({ id }) => id) })}`,
    );
  };
  try {
    const played = play();
    played.catch(() => {});
    return await Promise.race([played, life.over.then(() => undefined), stuck()]);
  } catch (error) {
    // A full disk ends a start in words; whatever else it is must be heard.
    if (live.state.trouble?.includes('journal') || /journal/i.test(String(error))) return undefined;
    throw error;
  } finally {
    life.end();
    over.abort();
    ended.abort(new Error('This process is dead.'));
    await real.caches.close();
  }
}
