import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { spawn } from '@lydell/node-pty';
import { TERMINAL_COLUMNS, TERMINAL_ROWS } from './prompt.ts';

/** A script on a pseudo-terminal of its own, which is its controlling terminal. */
export interface ScriptTerminal {
  /** The script's, which leads a session of its own. */
  readonly pid: number;
  write(text: string): void;
  /** 128 + n where it died of signal n. Resolves after its last byte was given to `onBytes`. */
  readonly exited: Promise<number>;
}

export interface TerminalCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What the native part writes and exits with where the program could not be run after all. */
const EXEC_FAILED = /^(?:execvp\(3\)|chdir\(2\)) failed\.?: .*\r\n$/;

/** Why it cannot be run, in a few words; undefined where nothing stands against it. */
export async function whyNotRunnable({ file, cwd }: TerminalCommand): Promise<string | undefined> {
  try {
    if (!(await stat(cwd)).isDirectory()) return `${cwd} is not a folder`;
    if (!file.includes('/')) return `${file} is not on the PATH`;
    if (!(await stat(file)).isFile()) return `${file} is not a file`;
    await access(file, constants.X_OK);
    const interpreter = await shebangOf(file);
    if (interpreter !== undefined) await access(interpreter, constants.X_OK);
    return undefined;
  } catch (error) {
    const { code = '', path = file } = error as NodeJS.ErrnoException;
    const reason = { ENOENT: 'does not exist', EACCES: 'may not be run' }[code] ?? `cannot be run (${code})`;
    return `${path} ${reason}`;
  }
}

/** `#!/usr/bin/env python3` → `/usr/bin/env`. */
async function shebangOf(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(256), position: 0 });
    return /^#![ \t]*([^\s]+)/.exec(buffer.toString('latin1', 0, bytesRead))?.[1];
  } finally {
    await handle.close();
  }
}

/** Starts the script. Its environment is the command's and nothing else but TERM, where that is not given, and PWD. */
export function openTerminal(command: TerminalCommand, onBytes: (bytes: Buffer) => void): ScriptTerminal {
  const pty = spawn(command.file, [...command.args], {
    cols: TERMINAL_COLUMNS,
    rows: TERMINAL_ROWS,
    cwd: command.cwd,
    env: { ...command.env },
    name: command.env.TERM ?? 'xterm-256color',
    encoding: null,
  });
  let bytesSeen = 0;
  let beginning = '';
  keepReadingToTheEnd(pty, () => bytesSeen);
  // With `encoding: null` it gives bytes, whatever its types say.
  pty.onData((data: string | Buffer) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data);
    bytesSeen += bytes.length;
    if (bytesSeen <= 512) beginning += bytes.toString('utf8');
    onBytes(bytes);
  });
  const { promise: exited, resolve } = Promise.withResolvers<number>();
  pty.onExit(({ exitCode, signal }) => {
    const neverRan = exitCode === 1 && bytesSeen <= 512 && EXEC_FAILED.test(beginning);
    resolve(neverRan ? 127 : signal ? 128 + signal : exitCode);
  });
  return { pid: pty.pid, write: (text) => pty.write(text), exited };
}

/**
 * node-pty closes the terminal 200 ms after the script's end, even where a slow disk or a busy machine has kept us from
 * reading what is left (the kernel holds up to 64 KiB). It closes only after two turns of the event loop that found
 * nothing more to read.
 */
function keepReadingToTheEnd(pty: object, bytesSeen: () => number): void {
  const socket: unknown = Reflect.get(pty, '_socket');
  if (socket === null || typeof socket !== 'object' || !('destroy' in socket)) return;
  const { destroy } = socket;
  if (typeof destroy !== 'function') return;
  Reflect.set(socket, 'destroy', (...args: unknown[]) => {
    let [before, quietTurns] = [bytesSeen(), 0];
    const turn = () => {
      quietTurns = bytesSeen() === before ? quietTurns + 1 : 0;
      before = bytesSeen();
      if (quietTurns > 2) Reflect.apply(destroy, socket, args);
      else setImmediate(turn);
    };
    setImmediate(turn);
    return socket;
  });
}
