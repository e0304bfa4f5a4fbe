import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sanitiseLine } from '../../text/sanitise.ts';
import { shield } from '../shield.ts';
import { noSsh, sshFailure } from './failure.ts';
import type { ShellCommand } from './ssh.ts';

/** What ssh exits with where it failed itself; all else is the remote shell's own. */
const SSH_FAILED = 255;
const KEPT_SAID = 16 * 1024;

/**
 * Runs an interactive ssh on this process's own terminal and waits for its end. Returns what there is to say of it. A
 * signal that is aborted ends it.
 */
export async function runOnTerminal(
  { file, args, environment, machine, knownHostsFile }: ShellCommand,
  terminal: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const named = sanitiseLine(machine);
  terminal.write(`Entering ${named}. The panel goes on behind it; exit or Ctrl-D brings it back.\r\n`);
  const restore = shield();
  const child = spawn(file, [...args], {
    env: { ...environment, LC_MESSAGES: 'C' },
    stdio: ['inherit', 'inherit', 'pipe'],
  });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  let said = '';
  // Its own words are shown, and read: they say why it could not get in.
  child.stderr.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-KEPT_SAID);
    terminal.write(bytes);
  });
  try {
    const [code, by] = (await once(child, 'close')) as [number | null, string | null];
    if (code === 0) return `Back from ${named}.`;
    if (code !== SSH_FAILED && by === null) return `Back from ${named}: its shell ended with exit ${code}.`;
    const { reason, cure } = sshFailure(said, { code, signal: by }, knownHostsFile);
    return `ssh into ${named}: ${reason}; ${cure}.`;
  } catch (error) {
    const { reason, cure } = noSsh((error as NodeJS.ErrnoException).code);
    return `ssh into ${named}: ${reason}; ${cure}.`;
  } finally {
    signal.removeEventListener('abort', end);
    restore();
  }
}
