import type { ScriptResult } from '../doors.ts';
import { decodeCaptured } from './captured.ts';
import type { TerminalCommand } from './terminal.ts';

/** Between the request to end and the end by force. Real milliseconds. */
const GRACE_MS = 3_000;

/** How the program inside is run: the supervisor's file, which is that program too. */
export interface Inside {
  readonly nodePath: string;
  readonly supervisorFile: string;
}

/**
 * Runs a command that only reads: its output stays in memory. Exit 0 gives what it printed to stdout; any other exit,
 * what it printed to stderr after it. It prints on pipes, in a session with a terminal of its own that nobody sees:
 * `ssh` needs one, and must not find the panel's. Throws where it cannot be run; an abort ends it with all that it
 * started.
 */
export async function captureOutput(
  command: TerminalCommand,
  { nodePath, supervisorFile }: Inside,
  signal?: AbortSignal,
): Promise<{ readonly exitCode: ScriptResult['exitCode']; readonly output: string }> {
  signal?.throwIfAborted();
  const { openTerminal, whyNotRunnable } = await import('./terminal.ts');
  const refused = await whyNotRunnable(command);
  if (refused !== undefined) throw new Error(`${command.file} could not be run: ${refused}; check the checkout.`);
  const pieces: Buffer[] = [];
  const terminal = openTerminal(
    { ...command, file: nodePath, args: [supervisorFile, '--capture', command.file, ...command.args] },
    (bytes) => pieces.push(bytes),
  );
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => {
    endSession(terminal.pid, terminal.exited);
    reject(signal?.reason);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([terminal.exited, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  const captured = decodeCaptured(Buffer.concat(pieces).toString('latin1'));
  if (captured === undefined)
    throw new Error(`${command.file} gave no answer: ${supervisorFile} did not run; build it.`);
  if ('failed' in captured)
    throw new Error(`${command.file} could not be run: ${captured.failed}; check the checkout.`);
  const { exitCode, stdout, stderr } = captured;
  return { exitCode, output: exitCode === 0 ? stdout : stdout + stderr };
}

/** The process leads its session and group: whatever the command started is in it, unless it left on purpose. */
function endSession(pid: number, exited: Promise<number>): void {
  const end = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  };
  end('SIGTERM');
  const force = setTimeout(() => end('SIGKILL'), GRACE_MS);
  void exited.then(() => clearTimeout(force));
}
