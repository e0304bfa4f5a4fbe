import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bosslet } from '../bosslet/bosslet.ts';
import type { Danger } from './kind.ts';

/** The stack version that an unfinished update wrote down, for the migrations that it was to do. */
export interface ProgressFile {
  readonly file: string;
  /** What stands in it. */
  readonly version: string;
}

/** Undefined where no update of the config was left unfinished. */
export async function readProgress(
  bosslet: Pick<Bosslet, 'bossManage'>,
  config: string,
): Promise<ProgressFile | undefined> {
  // Without a checkout nothing is run that could find it.
  if (bosslet.bossManage === undefined) return undefined;
  const file = join(bosslet.bossManage, 'cloud_formation', 'configs', 'migrations', config, 'progress');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  return text === undefined ? undefined : { file, version: text.trim() };
}

/**
 * Each declined or empty update leaves its file behind, which is nothing. One with a number below the stack's version is
 * of a stack that has moved on: the next update would do migrations again that were done.
 */
export function progressDangers(
  config: string,
  progress: ProgressFile | undefined,
  stackVersion: string | undefined,
): readonly Danger[] {
  if (!progress || stackVersion === undefined || !(Number(progress.version) < Number(stackVersion))) return [];
  return [
    {
      id: `progress:${config}:${progress.version}`,
      level: 'danger',
      text: `${progress.file} says that ${config} is at version ${progress.version}, while its stack is at ${stackVersion}: the update would begin with migrations that were done. Remove the file.`,
    },
  ];
}
