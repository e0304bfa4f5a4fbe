import { execFile } from 'node:child_process';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../support/until.ts';
import { ended, logOf, scripts, shell, temporaryFolder } from './scriptFolder.ts';

const run = promisify(execFile);
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A file system of its own with room for a few pages, which goes when the test does. */
async function smallDisk(): Promise<string> {
  const disk = join(await temporaryFolder(), 'disk');
  await mkdir(disk);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=128k,mode=0700', 'tmpfs', disk]);
  onTestFinished(async () => {
    await run('umount', ['-l', disk]);
  });
  return disk;
}

describe('on a full disk', () => {
  it.skipIf(!mayMount)(
    'the script goes on, says what is not kept, and ends when there is room for its end',
    async () => {
      const disk = await smallDisk();
      const outside = await temporaryFolder();
      const folder = join(disk, 's');
      await scripts.start(
        folder,
        shell(outside, 'read x; head -c 200000 /dev/zero | tr "\\0" x; touch went-on; exit 3'),
      );
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
      await run('truncate', ['-s', '0', join(folder, 'out.log')]);
      expect(await ended(folder)).toMatchObject({ exitCode: 3 });
    },
  );
});
