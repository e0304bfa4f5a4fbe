import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, createClock } from '../clock.ts';
import type { FaultName } from './faults.ts';
import type { WorldAddresses } from './world.ts';
import { claimant, isAlive, readWorldFile, type WorldFile } from './worldFile.ts';

/** A world that runs in a process of its own, as its world.json tells of it. */
export interface RunningWorld {
  readonly folder: string;
  readonly pid: number;
  /** As the system tells it; with the pid it names one process for ever. */
  readonly processStart: string;
  /** The same clock as the world's. */
  readonly clock: Clock;
  readonly faults: readonly FaultName[];
  readonly addresses: WorldAddresses;
}

/** How long a world may take to start or to end, in real milliseconds: the slowest machine that is still worth it. */
const START_MS = 60_000;
const STOP_MS = 10_000;
const LOOK_MS = 20;
/** As much of a dead world's log as is told. */
const LAST_LINES = 8;

const logFile = (folder: string): string => join(folder, 'world.log');

const runningWorld = (folder: string, file: WorldFile): RunningWorld => ({
  folder,
  pid: file.pid,
  processStart: file.processStart,
  clock: createClock(file.clock),
  faults: file.faults,
  addresses: file.addresses,
});

/** The world that runs in a folder; undefined where there is none or it has died. */
export async function joinWorld(folder: string): Promise<RunningWorld | undefined> {
  const file = await readWorldFile(folder);
  return file && (await isAlive(file)) ? runningWorld(folder, file) : undefined;
}

/**
 * Starts a world that outlives this process and waits until it can be reached; where somebody else starts one in the
 * same folder at the same time, both get that one. Throws with the last lines of its log where it dies before.
 */
export async function launchWorld(options: {
  readonly folder: string;
  readonly speed: number;
  readonly faults: readonly FaultName[];
  /** The stage before which it begins. */
  readonly from?: string;
  /** The built `dist/world.js` and `dist/boss-manage.js`. */
  readonly worldProgram: string;
  readonly scriptProgram: string;
}): Promise<RunningWorld> {
  const { folder, speed, faults, from, worldProgram, scriptProgram } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await claimant(folder))) await rm(logFile(folder), { force: true });
  const log = await open(logFile(folder), 'a', 0o600);
  const args = [worldProgram, folder, '--speed', String(speed), '--scripts', scriptProgram];
  for (const fault of faults) args.push('--fault', fault);
  if (from !== undefined) args.push('--from', from);
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: folder,
    // It needs git to make its checkout, and nothing of the operator's.
    env: { PATH: `${dirname(process.execPath)}:${process.env.PATH ?? '/usr/bin:/bin'}`, HOME: folder, LANG: 'C.UTF-8' },
  });
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  child.once('error', () => ended.abort());
  try {
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline && (!ended.signal.aborted || (await claimant(folder)))) {
      const world = await joinWorld(folder);
      if (world) {
        child.unref();
        return world;
      }
      await delay(LOOK_MS);
    }
    child.kill('SIGKILL');
    throw new Error(await deathNotice(folder, ended.signal.aborted));
  } finally {
    await log.close();
  }
}

async function deathNotice(folder: string, died: boolean): Promise<string> {
  const log = await readFile(logFile(folder), 'utf8').catch(() => '');
  const lines = log.trim().split('\n').slice(-LAST_LINES).join('\n');
  const what = died ? 'ended before it could be reached' : `was not there after ${START_MS / 1000} seconds`;
  return `The rehearsal's world ${what}; its log ${logFile(folder)} ends with:\n${lines || '(nothing)'}`;
}

/** Ends a world and waits until it is gone. Does nothing where it has ended already. */
export async function stopWorld(running: Pick<RunningWorld, 'pid' | 'processStart' | 'folder'>): Promise<void> {
  const deadline = Date.now() + STOP_MS;
  for (let asked = false; await isAlive(running); asked = true) {
    const isLate = Date.now() > deadline;
    if (!asked || isLate) signal(running.pid, isLate ? 'SIGKILL' : 'SIGTERM');
    await delay(LOOK_MS);
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
