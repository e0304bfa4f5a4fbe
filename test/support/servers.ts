import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Software that we did not write and that tests are held against, with where it comes from. */
const PROGRAMS = {
  'redis-server': { from: "Debian's redis-server" },
  sshd: { from: "Debian's openssh-server" },
  ssh: { from: "Debian's openssh-client" },
  knotd: { from: "Debian's knot" },
  python3: { from: "Debian's python3" },
  dig: { from: "Debian's bind9-dnsutils" },
  strace: { from: "Debian's strace" },
  moto_server: { from: 'the Python package moto 5.2.1, which Debian does not have', optional: true },
  aws: { from: 'the Python package awscli, which Debian has in another version', optional: true },
} satisfies Record<string, { readonly from: string; readonly optional?: true }>;

export type ServerProgram = keyof typeof PROGRAMS;

/** Where daemons are that are on no user's PATH. */
const SYSTEM_PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;

/** The absolute path of a program; undefined where this machine has none. */
export function findProgram(name: ServerProgram): string | undefined {
  const { stdout, status } = spawnSync('sh', ['-c', `command -v ${name}`], { env: { PATH: SYSTEM_PATH } });
  return status === 0 ? stdout.toString().trim() : undefined;
}

/** The programs that are missing on this machine, a sentence each. */
export const missingPrograms = (): readonly string[] =>
  (Object.keys(PROGRAMS) as ServerProgram[])
    .filter((name) => findProgram(name) === undefined)
    .map((name) => `${name} (${PROGRAMS[name].from})`);

/** What a group of tests needs: its name says why it is skipped, and `isThere` whether it is not. */
export interface Needed {
  readonly isThere: boolean;
  readonly name: string;
}

/**
 * Names a group of tests that needs programs of others. Throws where one is missing that Debian has and
 * BOSS_TUI_REQUIRE_SERVERS is 1: then a skip would hide that a door was not tested.
 */
export function needing(programs: readonly ServerProgram[], name: string): Needed {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  const required = missing.filter((program) => !('optional' in PROGRAMS[program]));
  if (required.length > 0 && process.env.BOSS_TUI_REQUIRE_SERVERS === '1')
    throw new Error(
      `BOSS_TUI_REQUIRE_SERVERS is 1 and there is no ${required.join(', ')} on this machine: install it.`,
    );
  return missing.length === 0
    ? { isThere: true, name }
    : { isThere: false, name: `${name} (skipped: this machine has no ${missing.join(', ')})` };
}

/** A loopback port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A program of others that runs until it is stopped, and that is gone when `stop` resolves. */
export interface Daemon {
  readonly pid: number;
  /** What it wrote to its standard error so far. */
  said(): string;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts a program; whoever calls waits for what tells that it is ready. */
export function startDaemon(
  program: ServerProgram,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Daemon {
  const file = findProgram(program);
  if (file === undefined) throw new Error(`This machine has no ${program}.`);
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-64 * 1024);
  });
  const gone = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    said: () => said,
    stop: async (signal = 'SIGKILL') => {
      child.kill(signal);
      await gone;
    },
  };
}
