import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, processStart } from '../process.ts';

const PREFIX = 'boss-tui-ssh-';
const PIDS = 'pids.json';
/** What a unix socket's path may be long (macOS; Linux has four more), without the end mark. */
const LONGEST_SOCKET_PATH = 103;
/** What mkdtemp appends, a slash, and the longest name of a socket of ours with what ssh appends while it binds. */
const ROOM_FOR_NAMES = 6 + 1 + 24;
/** A folder without a note of its owner belongs to somebody who is just making it. Real milliseconds. */
const BEING_MADE_MS = 60_000;

interface Process {
  readonly pid: number;
  readonly start: string;
}

/** A folder of ours alone, for sockets and the generated configuration; it goes with us. */
export interface SshFolder {
  readonly path: string;
  /** Notes a child, so that the next start of the program ends it where we could not. */
  note(childPid: number): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Makes the folder, and clears away what runs that were killed left behind. Its path holds nothing that means something
 * to a shell: ssh passes it on to the jump unquoted.
 */
export async function makeSshFolder(environment: NodeJS.ProcessEnv = process.env): Promise<SshFolder> {
  const places = [environment.XDG_RUNTIME_DIR, tmpdir(), '/tmp'].filter(
    (place): place is string =>
      place !== undefined &&
      /^\/[\w./+-]*$/.test(place) &&
      join(place, PREFIX).length + ROOM_FOR_NAMES <= LONGEST_SOCKET_PATH,
  );
  for (const place of new Set(places)) await sweep(place);
  const path = await firstThatWorks(places);
  const owner = { pid: process.pid, start: (await processStart(process.pid)) ?? '' };
  const note = (children: readonly Process[]) =>
    writeFile(join(path, PIDS), JSON.stringify({ owner, children }), { mode: 0o600 });
  await note([]);
  return {
    path,
    async note(pid) {
      const start = await processStart(pid);
      if (start !== undefined) await note([{ pid, start }]);
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

async function firstThatWorks(places: readonly string[]): Promise<string> {
  let reason: unknown;
  for (const place of places) {
    try {
      return await mkdtemp(join(place, PREFIX));
    } catch (error) {
      reason = error;
    }
  }
  const said = reason instanceof Error ? reason.message : 'their paths are too long for a socket';
  throw new Error(`No folder for the tunnel's sockets could be made (${said}); set TMPDIR to a short, writable one.`);
}

/** Removes the folders of owners that are dead, with the ssh that they started. */
async function sweep(place: string): Promise<void> {
  const names = await readdir(place).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const path = join(place, name);
    const found = await lstat(path).catch(() => undefined);
    if (!found?.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) continue;
    const pids = await readPids(path);
    if (
      pids === undefined ? Date.now() - found.mtimeMs < BEING_MADE_MS : await isAlive(pids.owner.pid, pids.owner.start)
    )
      continue;
    for (const { pid, start } of pids?.children ?? []) if (await isAlive(pid, start)) endGroup(pid, 'SIGTERM');
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function readPids(
  path: string,
): Promise<{ readonly owner: Process; readonly children: readonly Process[] } | undefined> {
  try {
    // Written by us, into a folder that is ours alone.
    return JSON.parse(await readFile(join(path, PIDS), 'utf8')) as {
      readonly owner: Process;
      readonly children: readonly Process[];
    };
  } catch {
    return undefined;
  }
}

/** Ends a process that leads a group, with what it started: the ssh that makes the jump. */
export function endGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
