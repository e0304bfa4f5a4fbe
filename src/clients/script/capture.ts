import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { TerminalCommand } from './terminal.ts';

/** More than any configuration or secret that a script prints. */
const LARGEST_OUTPUT_BYTES = 16 * 1024 * 1024;
/** Between the request to end and the end by force. Real milliseconds. */
const GRACE_MS = 3_000;

/**
 * Runs a command that only reads: its output stays in memory. Exit 0 gives what it printed to stdout; any other exit,
 * what it printed to stderr after it. Throws where it cannot be run or prints too much; an abort ends it with all that
 * it started.
 */
export async function captureOutput(
  command: TerminalCommand,
  signal?: AbortSignal,
): Promise<{ readonly exitCode: number; readonly output: string }> {
  signal?.throwIfAborted();
  const child = spawnPrivately(command);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const [stdout, stderr] = [collect(child.stdout, reject, command), collect(child.stderr, reject, command)];
  child.once('error', (error: NodeJS.ErrnoException) => reject(new Error(whyNot(command, error))));
  child.once('close', (code, died) => resolve(code ?? 128 + (died ? constants.signals[died] : 0)));
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const exitCode = await promise;
    return { exitCode, output: exitCode === 0 ? stdout() : stdout() + stderr() };
  } catch (error) {
    endGroup(child);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** In a session of its own: nothing that it starts (ssh) can ask its questions on the panel's terminal. */
function spawnPrivately(command: TerminalCommand): ChildProcess {
  // A file that it writes on the way is nobody else's to read; a child takes the mask of this moment.
  const mask = process.umask(0o077);
  try {
    return spawn(command.file, [...command.args], {
      cwd: command.cwd,
      env: { ...command.env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } finally {
    process.umask(mask);
  }
}

function collect(stream: ChildProcess['stdout'], fail: (error: Error) => void, command: TerminalCommand): () => string {
  const pieces: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= LARGEST_OUTPUT_BYTES) pieces.push(piece);
    else fail(new Error(`${command.file} prints more than ${LARGEST_OUTPUT_BYTES / 1024 / 1024} MiB; it was ended.`));
  });
  return () => Buffer.concat(pieces).toString('utf8');
}

function whyNot({ file, cwd }: TerminalCommand, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return `${file} could not be run in ${cwd}: one of them does not exist.`;
  if (error.code === 'EACCES') return `${file} may not be run; make it executable.`;
  return `${file} could not be run: ${error.code ?? error.message}.`;
}

function endGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const end = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  };
  end('SIGTERM');
  const force = setTimeout(() => end('SIGKILL'), GRACE_MS);
  child.once('close', () => clearTimeout(force));
}
