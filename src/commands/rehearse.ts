import { devNull } from 'node:os';
import { join } from 'node:path';
import { FAULTS, type FaultName, isFaultName, STRIKES_IN } from '../rehearsal/faults.ts';
import { joinWorld, launchWorld, type RunningWorld, stopWorld } from '../rehearsal/joinWorld.ts';
import { isStageName, STAGES, type StageName } from '../rehearsal/stages.ts';
import { Failure } from './failure.ts';
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
  /** The stage before which it begins; absent: before the first. */
  readonly from?: string;
}

/** Minutes of waiting pass in seconds, and an eye can still follow. */
const SPEED_FOR_PEOPLE = 20;
/** Nobody looks at each event. */
const SPEED_ALONE = 90;
/** Above it the machine, not the clock, decides how long things take. */
const FASTEST = 1_000;

/** The faults that can be asked for, a line each, with the stage that meets it. */
export const listFaults = (): readonly string[] =>
  Object.entries(FAULTS).map(
    ([name, about]) => `${name.padEnd(20)} ${STRIKES_IN[name as FaultName].padEnd(14)} ${about}`,
  );

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

function parseStage(name: string): StageName {
  if (isStageName(name)) return name;
  throw new Failure(`There is no stage "${name}" to begin before. Known: ${STAGES.join(', ')}.`, 2);
}

/** Runs the rehearsal: in a terminal as the control panel, otherwise by itself. Returns the exit code. */
export async function rehearse(options: RehearseOptions, signal: AbortSignal): Promise<number> {
  const faults = options.faults && parseFaults(options.faults);
  const from = options.from === undefined ? undefined : parseStage(options.from);
  const inTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const root = rehearsalFolder();
  const speed = options.speed ?? (inTerminal && !options.auto ? SPEED_FOR_PEOPLE : SPEED_ALONE);
  const { world, remark } = await enterWorld(root, { ...options, speed, faults, from });
  const setup = await rehearsalSetup(world, root);
  const folder = bossletFolder(root, setup.bosslet);
  if (from !== undefined) {
    process.stderr.write(`Preparing a release that has come to ${from} …\n`);
    const { beginBefore } = await import('./beginBefore.ts');
    await beginBefore(setup, folder, from);
  }
  if (inTerminal) {
    const { controlPanel } = await import('./controlPanel.ts');
    const ended = await controlPanel(setup, folder, { auto: options.auto, remark });
    if (ended.released) await stopWorld(world);
    return ended.exitCode;
  }
  const [{ linesTo }, { playRelease }] = await Promise.all([import('./lines.ts'), import('./headless.ts')]);
  const lines = linesTo(process.stdout);
  if (remark !== undefined) lines.print(remark);
  const last = await playRelease(setup, folder, lines, signal);
  await stopWorld(world);
  lines.print(last);
  await lines.flush();
  return lines.closed.aborted ? 1 : 0;
}

/** AWS' clients read the user's settings even where they are told everything, so a rehearsal has none. */
function leaveAwsBehind(environment = process.env): void {
  for (const name of Object.keys(environment)) if (name.startsWith('AWS_')) delete environment[name];
  environment.AWS_CONFIG_FILE = devNull;
  environment.AWS_SHARED_CREDENTIALS_FILE = devNull;
}

/** Whoever operates a rehearsal would go on in a world that is gone. Throws a {@link Failure} that names them. */
async function mustBeLeft(root: string, { addresses }: RunningWorld): Promise<void> {
  const [{ holderName, lookAtHolder }, { thisMachine }] = await Promise.all([
    import('../release/lock.ts'),
    import('./machine.ts'),
  ]);
  const look = await lookAtHolder(bossletFolder(root, addresses.bosslet), await thisMachine());
  if (look?.lives === 'here')
    throw new Failure(
      `${holderName(look.holder)} operates this rehearsal: leave it there (q) before you begin another.`,
      1,
    );
}

interface Entered {
  readonly world: RunningWorld;
  /** What the operator should know of it. */
  readonly remark: string | undefined;
}

async function enterWorld(
  root: string,
  wanted: {
    readonly fresh: boolean;
    readonly speed: number;
    readonly faults: readonly FaultName[] | undefined;
    readonly from?: StageName | undefined;
  },
): Promise<Entered> {
  leaveAwsBehind();
  const folder = join(root, 'world');
  const running = await joinWorld(folder);
  if (running && !wanted.fresh) {
    if (wanted.from !== undefined)
      throw new Failure(`A rehearsal is running; begin another before ${wanted.from} with --fresh.`, 2);
    const missing = wanted.faults?.filter((fault) => !running.faults.includes(fault)) ?? [];
    if (missing.length > 0) {
      throw new Failure(`A rehearsal without ${missing.join(', ')} is running; begin another with --fresh.`, 2);
    }
    return { world: running, remark: undefined };
  }
  if (running) {
    await mustBeLeft(root, running);
    await stopWorld(running);
  }
  const { abandonReleases } = await import('./abandonReleases.ts');
  const [abandoned] = await abandonReleases(root, 'its embedded world ended');
  const world = await launchWorld({
    folder,
    speed: wanted.speed,
    faults: wanted.faults ?? [],
    ...(wanted.from !== undefined && { from: wanted.from }),
    worldProgram: programFile('world'),
    scriptProgram: programFile('boss-manage'),
  });
  const remark =
    abandoned === undefined || wanted.fresh
      ? undefined
      : `The world of the rehearsal ${abandoned} has ended: it is left alone for 15 minutes at most. This one begins anew.`;
  return { world, remark };
}

/** The rehearsal that runs, or a new one. */
export async function enterRehearsal(root: string): Promise<Setup> {
  const { world } = await enterWorld(root, { fresh: false, speed: SPEED_FOR_PEOPLE, faults: undefined });
  return rehearsalSetup(world, root);
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
