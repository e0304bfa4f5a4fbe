import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storedReleases } from '../../src/release/folders.ts';
import { failed, fallbackBook, ListWorld, listKind, sitDownAt } from '../release/deskRig.ts';
import { type Fate, journalDisk, pointOf } from './journalDisk.ts';
import { followNobody, Life } from './life.ts';

/** The world of the small release: one update in it fails. */
export function listWorld(): ListWorld {
  const world = new ListWorld();
  world.verdicts.set('2.1#1', [failed]);
  return world;
}

/** What happens in an undisturbed release, in order, each once. */
export const UNDISTURBED = ['1.1#1', '1.2#1', '2.1#1', '2.recreate.1#1', '2.recreate.2#1', '3.1#1'];

/** A small release over as many starts as it takes; `fateOf` is asked anew for each try of a record. */
export async function huntList(fateOf: (point: string, time: number) => Fate): Promise<{
  readonly done: readonly string[];
  /** Fates that were met, other than `written`. */
  readonly met: number;
  readonly closed: readonly (string | undefined)[];
}> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-hunt-'));
  const world = listWorld();
  const times = new Map<string, number>();
  let met = 0;
  let life = new Life();
  let isDiskBroken = false;
  const disk = await journalDisk((record) => {
    const point = pointOf(record);
    const time = (times.get(point) ?? 0) + 1;
    times.set(point, time);
    const fate = isDiskBroken ? 'ENOSPC' : fateOf(point, time);
    if (fate === 'ENOSPC' || fate === 'halfALine' || fate === 'EIO') isDiskBroken = true;
    if (fate !== 'written') met += 1;
    return { fate, life };
  });
  try {
    for (;;) {
      const closed = (await storedReleases(folder)).map(({ state }) => state.closed?.as);
      if (closed.some((as) => as !== undefined)) return { done: world.done, met, closed };
      life = new Life();
      isDiskBroken = false;
      await Promise.race([
        life.over,
        // An error of the disk ends a start in words; the end of the whole hunt tells whether anything was lost by it.
        playOn(folder, world).catch((error: unknown) => {
          if (!isDiskBroken) throw error;
        }),
      ]);
      await disk.closeFiles();
    }
  } finally {
    disk[Symbol.dispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One start of the small release. Throws in words where it cannot go on. */
export async function playOn(folder: string, world: ListWorld): Promise<void> {
  const rig = await sitDownAt(folder, listKind(world), fallbackBook, { onLost: followNobody });
  try {
    await rig.play();
  } finally {
    await rig.desk.leave();
  }
}
