import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn as spawnTerminal } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** The built program. */
export const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

/** A home of its own for a test: state, configuration, nothing of the machine's user. */
export interface Home {
  readonly folder: string;
  readonly environment: Record<string, string>;
  /** Ends a rehearsal's world, if one runs, and removes everything. */
  remove(): Promise<void>;
}

export async function makeHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-home-'));
  const state = join(folder, 'state');
  return {
    folder,
    environment: {
      HOME: folder,
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      XDG_STATE_HOME: state,
      XDG_CONFIG_HOME: join(folder, 'config'),
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
    },
    remove: async () => {
      await endWorldIn(state);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Ends a rehearsal's world, if one runs, and waits until it is gone. */
export const endWorld = (home: Home): Promise<void> => endWorldIn(home.environment.XDG_STATE_HOME ?? '');

async function endWorldIn(state: string): Promise<void> {
  const pid = await worldPid(state);
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It ended by itself meanwhile.
  }
  await until('the world to end', () => isGone(pid));
}

async function worldPid(state: string): Promise<number | undefined> {
  const text = await readFile(join(state, 'boss-tui', 'rehearsal', 'world', 'world.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { pid?: number }).pid;
}

/** A child is gone when it is reaped or a zombie. */
export async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** What a program that ran without a terminal left. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program to its end, no terminal, no input. */
export function run(home: Home, args: readonly string[], options: { readonly cwd?: string } = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [BIN, ...args],
      { env: home.environment, cwd: options.cwd ?? home.folder, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** The same, with standard output closed after its first line. */
export function runUntilFirstLine(home: Home, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...args], { env: home.environment, cwd: home.folder });
    let stderr = '';
    child.stdin.end();
    child.stdout.once('data', () => child.stdout.destroy());
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('exit', (code) => resolve({ code, stdout: '', stderr }));
  });
}

/** The built program on a pseudo-terminal, seen through a terminal emulator. */
export interface Panel {
  readonly pid: number;
  /** The screen's rows as text, trailing blanks removed. */
  screen(): string;
  /** Bytes that the program wrote so far. */
  bytes(): number;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until the screen holds a text or matches a pattern; the error shows the screen. */
  sees(what: string | RegExp, timeoutMs?: number): Promise<string>;
  kill(signal: string): void;
  /** Its exit code, once the screen is as it left it. */
  readonly exited: Promise<number>;
}

export function openPanel(home: Home, args: readonly string[], columns = 160, rows = 45, env = {}): Panel {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const child = spawnTerminal(process.execPath, [BIN, ...args], {
    cols: columns,
    rows,
    cwd: home.folder,
    env: { ...home.environment, ...env },
    name: 'xterm-256color',
  });
  let bytes = 0;
  /** The screen's text, until something is written: whoever waits asks many times a second. */
  let read: string | undefined;
  child.onData((data) => {
    bytes += Buffer.byteLength(data);
    terminal.write(data, () => {
      read = undefined;
    });
  });
  let ended = false;
  const exited = new Promise<number>((resolve) =>
    child.onExit(({ exitCode }) => {
      ended = true;
      // What it wrote last is on the screen by then.
      terminal.write('', () => resolve(exitCode));
    }),
  );
  // A test that fails leaves it open.
  onTestFinished(async () => {
    if (!ended) child.kill('SIGKILL');
    await exited;
  });
  const screen = () => {
    read ??= Array.from(
      { length: terminal.rows },
      (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '',
    ).join('\n');
    return read;
  };
  return {
    pid: child.pid,
    screen,
    bytes: () => bytes,
    type: (keys) => child.write(keys),
    resize: (cols, lines) => {
      terminal.resize(cols, lines);
      read = undefined;
      child.resize(cols, lines);
    },
    sees: async (what, timeoutMs = 30_000) => {
      const seen = () => (typeof what === 'string' ? screen().includes(what) : what.test(screen()));
      await until(`${what} on the screen`, seen, timeoutMs).catch((error: Error) => {
        throw new Error(`${error.message}\n${screen()}`);
      });
      return screen();
    },
    kill: (signal) => child.kill(signal),
    exited,
  };
}
