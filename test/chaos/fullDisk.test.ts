import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedReleases } from '../../src/release/folders.ts';
import { mountSmallDisk, needingSmallDisk, unmountSmallDisk } from '../support/smallDisk.ts';
import { listWorld, playOn, UNDISTURBED } from './huntList.ts';

const SIZE_BYTES = 256 * 1024;
const PAGE_BYTES = 4096;

let mounted: string;

const needed = needingSmallDisk('a record on a file system that is really full');
describe.skipIf(!needed.isThere)(needed.name, () => {
  beforeAll(async () => {
    mounted = await mkdtemp(join(tmpdir(), 'boss-tui-full-'));
    mountSmallDisk(mounted, SIZE_BYTES);
  });
  afterAll(async () => {
    unmountSmallDisk(mounted);
    await rm(mounted, { recursive: true, force: true });
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'with %i pages left it stops in words, and goes on where it was when there is room again',
    async (pages) => {
      const folder = join(mounted, String(pages));
      const filler = join(mounted, 'filler');
      const world = listWorld();
      const freeBytes = Number(spawnSync('stat', ['-f', '-c', '%a', mounted]).stdout.toString()) * PAGE_BYTES;
      await writeFile(filler, Buffer.alloc(freeBytes - pages * PAGE_BYTES));
      await expect(playOn(folder, world)).rejects.toThrow(/no space left|found room/);
      expect(world.done).toEqual(UNDISTURBED.slice(0, world.done.length));

      await rm(filler);
      await playOn(folder, world);
      expect(world.done).toEqual(UNDISTURBED);
      expect((await storedReleases(folder)).map(({ state }) => state.closed?.as)).toEqual(['finished']);
      await rm(folder, { recursive: true });
    },
  );
});
