import { spawn } from 'node:child_process';

/** A program that only says something. */
export interface Runnable {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Real milliseconds, after which it is ended with all that it started. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** How it ended. */
export type Ran =
  /** `code` is undefined where a signal ended it. */
  | { readonly is: 'exited'; readonly code: number | undefined; readonly stdout: string; readonly stderr: string }
  | { readonly is: 'timedOut' }
  | { readonly is: 'tooLong' }
  /** `code`: ENOENT, EACCES. */
  | { readonly is: 'notStarted'; readonly code: string };

/** More than any configuration. */
const LARGEST_OUTPUT_BYTES = 1024 * 1024;

/**
 * Runs a program on pipes, without input and in a session of its own: it has no terminal to ask on, and what it started
 * ends with it. Throws the reason of an aborted signal.
 */
export async function runToEnd({ file, args, cwd, env, timeoutMs, signal }: Runnable): Promise<Ran> {
  signal?.throwIfAborted();
  const child = spawn(file, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const collect = (stream: typeof child.stdout) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > LARGEST_OUTPUT_BYTES) resolve({ is: 'tooLong' });
      else pieces.push(piece);
    });
    return () => Buffer.concat(pieces).toString('utf8');
  };
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  child.once('error', (error: NodeJS.ErrnoException) =>
    resolve({ is: 'notStarted', code: error.code ?? error.message }),
  );
  child.once('close', (code) => resolve({ is: 'exited', code: code ?? undefined, stdout: stdout(), stderr: stderr() }));
  const timeout = setTimeout(() => resolve({ is: 'timedOut' }), timeoutMs);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
    clearTimeout(timeout);
    signal?.removeEventListener('abort', abort);
    endGroup(child.pid);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Whatever is still there of its session: it only reads, so there is nothing to tidy up. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
