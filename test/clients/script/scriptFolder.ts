import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ScriptCommand } from '../../../src/clients/doors.ts';
import { createScripts } from '../../../src/clients/script/scripts.ts';
import { until } from '../../support/until.ts';

/** Node runs the source as it is; the bundle is the same program. */
export const supervisorFile = fileURLToPath(new URL('../../../src/clients/script/supervisor.ts', import.meta.url));

export const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', FROM_OPTIONS: 'yes' };
export const scripts = createScripts({ environment, supervisorFile });

/** A folder that goes when the test does. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-scripts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** An executable with this text. */
export async function program(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

export const shell = (folder: string, text: string): ScriptCommand => ({
  file: '/bin/sh',
  args: ['-c', text],
  cwd: folder,
});

export const logOf = (folder: string) => readFile(join(folder, 'out.log'), 'utf8').catch(() => '');

/** The log once it holds `text`. */
export const logWith = (folder: string, text: string) =>
  until(`${text} in the log`, async () => {
    const log = await logOf(folder);
    if (!log.includes(text)) throw new Error(JSON.stringify(log.slice(-300)));
    return log;
  });

/** How it ended, once it has. */
export const ended = (folder: string) =>
  until(`the end of ${folder}`, async () => {
    const state = await scripts.state(folder);
    return state.is === 'ended' ? state.result : undefined;
  });
