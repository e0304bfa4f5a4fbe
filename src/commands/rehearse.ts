import { join } from 'node:path';
import { FAULTS, type FaultName, isFaultName } from '../rehearsal/faults.ts';
import { joinWorld, launchWorld, type RunningWorld, stopWorld } from '../rehearsal/joinWorld.ts';
import { storedReleases } from '../release/folders.ts';
import { Journal } from '../release/journal.ts';
import { Failure } from './failure.ts';
import { playRelease } from './headless.ts';
import { linesTo } from './lines.ts';
import { programFile } from './programs.ts';
import type { Setup } from './setup.ts';
import { bossletFolder, rehearsalFolder } from './stateFolder.ts';
import { programVersion } from './version.ts';

/** What was asked for on the command line. */
export interface RehearseOptions {
  readonly auto: boolean;
  readonly fresh: boolean;
  /** Times the wall clock; absent: whatever runs, else a default. */
  readonly speed?: number;
  readonly faults?: readonly string[];
}

/** Minutes of waiting pass in seconds, and an eye can still follow. */
const SPEED_FOR_PEOPLE = 20;
/** Nobody looks at each event. */
const SPEED_ALONE = 60;
/** Above it the machine, not the clock, decides how long things take. */
const FASTEST = 1_000;

/** The faults that can be asked for, a line each. */
export const listFaults = (): readonly string[] =>
  Object.entries(FAULTS).map(([name, about]) => `${name.padEnd(20)} ${about}`);

/** Parses `--speed`. Throws a {@link Failure} naming what is allowed. */
export function parseSpeed(text: string): number {
  const speed = Number(text);
  if (text.trim() !== '' && speed >= 1 && speed <= FASTEST) return speed;
  throw new Failure(`--speed is a number from 1 to ${FASTEST}, not "${text}".`, 2);
}

function parseFaults(names: readonly string[]): readonly FaultName[] {
  return names.map((name) => {
    if (isFaultName(name)) return name;
    throw new Failure(`There is no fault "${name}". Known: ${Object.keys(FAULTS).join(', ')}.`, 2);
  });
}

/** Runs the rehearsal: in a terminal as the control panel, otherwise by itself. Returns the exit code. */
export async function rehearse(options: RehearseOptions, signal: AbortSignal): Promise<number> {
  const faults = options.faults && parseFaults(options.faults);
  const inTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const root = rehearsalFolder();
  const speed = options.speed ?? (inTerminal && !options.auto ? SPEED_FOR_PEOPLE : SPEED_ALONE);
  const world = await enterWorld(root, { ...options, speed, faults });
  const setup = await rehearsalSetup(world, root);
  const folder = bossletFolder(root, setup.bosslet);
  if (inTerminal) {
    const { controlPanel } = await import('./controlPanel.ts');
    const ended = await controlPanel(setup, folder, { auto: options.auto });
    if (ended.released) await stopWorld(world);
    return ended.exitCode;
  }
  const lines = linesTo(process.stdout);
  const last = await playRelease(setup, folder, lines, signal);
  await stopWorld(world);
  lines.print(last);
  await lines.flush();
  return lines.closed.aborted ? 1 : 0;
}

async function enterWorld(
  root: string,
  wanted: { readonly fresh: boolean; readonly speed: number; readonly faults: readonly FaultName[] | undefined },
): Promise<RunningWorld> {
  const folder = join(root, 'world');
  const running = await joinWorld(folder);
  if (running && !wanted.fresh) {
    const missing = wanted.faults?.filter((fault) => !running.faults.includes(fault)) ?? [];
    if (missing.length > 0) {
      throw new Failure(`A rehearsal without ${missing.join(', ')} is running; begin another with --fresh.`, 2);
    }
    return running;
  }
  if (running) await stopWorld(running);
  await abandonReleasesOf(root);
  return launchWorld({
    folder,
    speed: wanted.speed,
    faults: wanted.faults ?? [],
    worldProgram: programFile('world'),
    scriptProgram: programFile('boss-manage'),
  });
}

/** A release cannot go on in another world than its own: what a vanished one left open is closed, with the reason. */
async function abandonReleasesOf(root: string): Promise<void> {
  const { readdir } = await import('node:fs/promises');
  const { systemClock } = await import('../clock.ts');
  const accounts = (await readdir(root, { withFileTypes: true }).catch(() => [])).filter(
    (entry) => entry.isDirectory() && /^\d{12}$/.test(entry.name),
  );
  for (const account of accounts) {
    for (const bosslet of await readdir(join(root, account.name))) {
      for (const { folder, state } of await storedReleases(join(root, account.name, bosslet))) {
        if (state.closed) continue;
        const journal = await Journal.open(folder, { clock: systemClock, mayWrite: async () => {} });
        await journal.append({ type: 'release.closed', as: 'abandoned', note: 'its embedded world ended' });
        await journal.close();
      }
    }
  }
}

/** The rehearsal that runs, or a new one. */
export async function enterRehearsal(root: string): Promise<Setup> {
  return rehearsalSetup(await enterWorld(root, { fresh: false, speed: SPEED_FOR_PEOPLE, faults: undefined }), root);
}

/** How a running world is reached: explicitly in everything, so that no real account can be. */
export async function rehearsalSetup(world: RunningWorld, recordsFolder: string): Promise<Setup> {
  const { addresses } = world;
  return {
    mode: 'rehearsal',
    bosslet: addresses.bosslet,
    clock: world.clock,
    awsEndpoint: addresses.awsEndpoint,
    credentials: addresses.credentials,
    devCredentials: addresses.devCredentials,
    scriptEnvironment: addresses.scriptEnvironment,
    supervisorFile: programFile('supervisor'),
    readOnly: false,
    recordsFolder,
    faults: world.faults,
    version: await programVersion(),
  };
}
