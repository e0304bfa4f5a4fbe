import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Bosslet } from '../bosslet/bosslet.ts';
import { binFolder } from './bossManage.ts';

type Scripted = Pick<Bosslet, 'bossManage' | 'python'>;

/** Whether the folder is a checkout of boss-manage at all: the scripts are in its `bin/`. */
export async function hasScripts(bosslet: Pick<Bosslet, 'bossManage'>): Promise<boolean> {
  if (bosslet.bossManage === undefined) return false;
  return stat(binFolder(bosslet)).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/**
 * What runs the scripts: the interpreter that is configured, else what their first line names: `python3`, `/bin/sh`.
 * Undefined where there is no script, or one without such a line.
 */
export async function interpreterOf(bosslet: Scripted): Promise<string | undefined> {
  if (bosslet.python !== undefined) return bosslet.python;
  const line = await firstLine(join(binFolder(bosslet), 'cloudformation.py'));
  const [, program = '', argument] = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(line) ?? [];
  if (program === '') return undefined;
  return basename(program) === 'env' ? argument : program;
}

/** Whether an interpreter is a Python. */
export const isPython = (interpreter: string): boolean => /^(python|pypy)[\d.]*$/.test(basename(interpreter));

/** Whether these are scripts of boss-manage and not a rehearsal's, which need no other program and open no tunnel. */
export async function scriptsAreReal(bosslet: Scripted): Promise<boolean> {
  const interpreter = await interpreterOf(bosslet);
  return interpreter !== undefined && basename(interpreter) !== 'node';
}

/** Empty where the file cannot be read. */
async function firstLine(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString('utf8', 0, bytesRead).split('\n')[0] ?? '';
  } finally {
    await handle.close();
  }
}
