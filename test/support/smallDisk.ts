import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Needed } from './servers.ts';

/** A file system of its own with room for so many bytes on a folder. Throws where this user may not mount one. */
export function mountSmallDisk(folder: string, sizeBytes: number): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0700`, 'none', folder]);
  if (status !== 0) throw new Error(`No tmpfs could be mounted on ${folder}: ${stderr ?? 'there is no mount'}`);
}

/** Takes it away, whoever still has a file on it. */
export const unmountSmallDisk = (folder: string): void => void spawnSync('umount', ['-l', folder]);

/** Names a group of tests that fills a disk: root may mount one, but not in every container. */
export function needingSmallDisk(name: string): Needed {
  const folder = mkdtempSync(join(tmpdir(), 'boss-tui-mount-'));
  try {
    mountSmallDisk(folder, 64 * 1024);
    unmountSmallDisk(folder);
    return { isThere: true, name };
  } catch {
    return { isThere: false, name: `${name} (skipped: this user may not mount a tmpfs)` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
