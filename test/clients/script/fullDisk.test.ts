import { mkdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mountSmallDisk, needingSmallDisk, unmountSmallDisk } from '../../support/smallDisk.ts';
import { until } from '../../support/until.ts';
import { ended, logOf, scripts, shell, temporaryFolder } from './scriptFolder.ts';

/** A file system with room for a few pages, which goes when the test does. */
async function smallDisk(): Promise<string> {
  const disk = join(await temporaryFolder(), 'disk');
  await mkdir(disk);
  mountSmallDisk(disk, 128 * 1024);
  onTestFinished(() => unmountSmallDisk(disk));
  return disk;
}

const needed = needingSmallDisk('on a full disk');
describe.skipIf(!needed.isThere)(needed.name, () => {
  it('the script goes on, says what is not kept, and ends when there is room for its end', async () => {
    const disk = await smallDisk();
    const outside = await temporaryFolder();
    const folder = join(disk, 's');
    await scripts.start(folder, shell(outside, 'read x; head -c 200000 /dev/zero | tr "\\0" x; touch went-on; exit 3'));
    await scripts.answer(folder, 1, '');
    await until('the script to go on', () => stat(join(outside, 'went-on')).catch(() => undefined));
    await writeFile(join(disk, 'rest'), Buffer.alloc(1_000_000)).catch(() => {});
    const state = await until('what is told', async () => {
      const now = await scripts.state(folder);
      return now.is === 'running' && now.trouble?.includes('exit 3') ? now : undefined;
    });
    expect(state.trouble).toMatch(/^The script has ended with exit 3, which cannot be written: .*ENOSPC/);
    expect((await logOf(folder)).length).toBeLessThan(200_000);
    await rm(join(disk, 'rest'), { force: true });
    await truncate(join(folder, 'out.log'));
    expect(await ended(folder)).toMatchObject({ exitCode: 3 });
  });
});
