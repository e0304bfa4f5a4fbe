import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** What the program inside says of the command to the one outside, between the marks and in base64. */
export type Captured =
  | { readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  | { readonly failed: string };

/** Around the answer: all else on that terminal is what ssh and the like wrote to it. */
export const BEGIN = '\x02';
export const END = '\x03';

/** More than any configuration or secret that a script prints. */
const LARGEST_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Runs a command on pipes, in a session whose controlling terminal is ours: `ssh` needs one. Its environment and folder
 * are ours as well.
 */
export async function runCaptured(file: string, args: readonly string[]): Promise<Captured> {
  const child = spawn(file, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const { promise, resolve } = Promise.withResolvers<Captured>();
  let bytes = 0;
  const collect = (stream: typeof child.stdout) => {
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= LARGEST_OUTPUT_BYTES) return void pieces.push(piece);
      child.kill('SIGKILL');
      resolve({ failed: `it prints more than ${LARGEST_OUTPUT_BYTES / 1024 / 1024} MiB and was ended` });
    });
    return () => Buffer.concat(pieces).toString('utf8');
  };
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  child.once('error', (error: NodeJS.ErrnoException) => resolve({ failed: error.code ?? error.message }));
  child.once('close', (code, signal) =>
    resolve({
      exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
      stdout: stdout(),
      stderr: stderr(),
    }),
  );
  return promise;
}

export const encodeCaptured = (captured: Captured): string =>
  BEGIN + Buffer.from(JSON.stringify(captured)).toString('base64') + END;

/** Undefined where the program inside died before it had said anything. */
export function decodeCaptured(output: string): Captured | undefined {
  const end = output.lastIndexOf(END);
  const begin = output.lastIndexOf(BEGIN, end);
  if (end < 0 || begin < 0) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(output.slice(begin + 1, end), 'base64').toString('utf8'));
    return isCaptured(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCaptured(value: unknown): value is Captured {
  if (value === null || typeof value !== 'object') return false;
  if ('failed' in value) return typeof value.failed === 'string';
  return 'exitCode' in value && typeof value.exitCode === 'number' && 'stdout' in value && 'stderr' in value;
}
