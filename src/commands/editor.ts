import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { shield } from '../clients/shield.ts';

/** What edits where the operator names nothing. */
const USUAL = 'vi';

/** The operator's editor as an argument vector: `code --wait` is a program and an option. No shell is involved. */
export function editorOf(environment: Readonly<Record<string, string | undefined>>): readonly [string, ...string[]] {
  const named = environment.VISUAL?.trim() || environment.EDITOR?.trim() || USUAL;
  const [file = USUAL, ...args] = named.split(/\s+/);
  return [file, ...args];
}

/**
 * Runs the operator's editor on a file, on this process's own terminal, and waits for its end. Returns what there is to
 * say of it; rejects, with its cure, where the file cannot count as edited.
 */
export async function runEditor(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const [file, ...args] = editorOf(environment);
  const restore = shield();
  const child = spawn(file, [...args, path], { stdio: 'inherit' });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  let exitCode: number | null;
  try {
    [exitCode] = (await once(child, 'close')) as [number | null];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The editor ${file} could not be run (${reason}): set EDITOR to one that is installed.`);
  } finally {
    signal.removeEventListener('abort', end);
    restore();
  }
  if (exitCode !== 0)
    throw new Error(
      `The editor ${file} ended with exit ${exitCode ?? 'by a signal'}: ${basename(path)} does not count as edited.`,
    );
  return `Back from ${basename(file)}.`;
}
