import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClock } from '../../src/clock.ts';
import { beginBefore, skipBefore } from '../../src/commands/beginBefore.ts';
import { rehearsalSetup } from '../../src/commands/rehearse.ts';
import { type OpenSession, openSession } from '../../src/commands/session.ts';
import { createStore, type Setup } from '../../src/commands/setup.ts';
import { bossletFolder, rehearsalFolder } from '../../src/commands/stateFolder.ts';
import type { FaultName } from '../../src/rehearsal/faults.ts';
import { launchWorld } from '../../src/rehearsal/joinWorld.ts';
import { startWorld } from '../../src/rehearsal/startWorld.ts';
import type { World } from '../../src/rehearsal/world.ts';
import type { ReleaseController } from '../../src/release/controller.ts';
import type { StoredRelease } from '../../src/release/folders.ts';
import { operateByScript } from '../../src/release/scriptedOperator.ts';
import type { ReleaseState } from '../../src/release/state.ts';
import { stagesOf } from '../../src/runbook/runbook.ts';
import type { Store } from '../../src/store/store.ts';
import type { Home } from './program.ts';
import { recordsIn } from './records.ts';

const program = (name: string) => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));

/** A release in an embedded world of this process, begun before a stage by the engine itself. */
export interface Rehearsal {
  readonly world: World;
  readonly session: OpenSession;
  readonly store: Store;
  readonly controller: ReleaseController;
  release(): ReleaseState | undefined;
  /** Holds the lock and a folder for each release. */
  readonly bossletFolder: string;
  /** Where the release's record and evidence are. */
  releaseFolder(): string;
  /** Skips all stages but these; the scripted operator plays what is left and finishes the release. */
  play(...stageIds: readonly string[]): Promise<void>;
  end(): Promise<void>;
}

/** An embedded world in this process, and the way into it. Records go below the same folder. */
export async function worldInProcess(
  folder: string,
  options: { readonly from?: string; readonly faults?: readonly FaultName[]; readonly speed?: number },
): Promise<{ readonly world: World; readonly setup: Setup }> {
  const startedAtMs = Date.now();
  const clock = createClock({ speed: options.speed ?? 200, originMs: startedAtMs, startedAtMs });
  const faults = options.faults ?? [];
  const world = await startWorld({
    folder: join(folder, 'world'),
    clock,
    faults,
    ...(options.from !== undefined && { from: options.from }),
    scriptProgram: program('boss-manage'),
  });
  const { addresses } = world;
  const setup: Setup = {
    mode: 'rehearsal',
    bosslet: addresses.bosslet,
    clock,
    awsEndpoint: addresses.awsEndpoint,
    credentials: addresses.credentials,
    devCredentials: addresses.devCredentials,
    scriptEnvironment: addresses.scriptEnvironment,
    supervisorFile: program('supervisor'),
    readOnly: false,
    recordsFolder: folder,
    faults,
    version: '0.0.0',
  };
  return { world, setup };
}

/** Starts a world before a stage, with a journal in which the engine skipped everything earlier. */
export async function rehearseFrom(options: {
  readonly from: string;
  readonly faults?: readonly FaultName[];
  readonly speed?: number;
  /** What of the way into the world is another one. */
  readonly change?: (setup: Setup, world: World) => Setup;
  /** Stands between the program and the world's AWS: gives the address of what does. */
  readonly through?: (awsEndpoint: string) => Promise<string>;
}): Promise<Rehearsal> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-rehearsal-'));
  const { world, setup: usual } = await worldInProcess(folder, options);
  const changed = options.change?.(usual, world) ?? usual;
  const setup = options.through ? { ...changed, awsEndpoint: await options.through(world.aws.url) } : changed;
  const store = createStore(setup);
  const inFolder = bossletFolder(folder, setup.bosslet);
  const session = await openSession(setup, inFolder, store);
  if (session.desk.role !== 'operator') throw new Error('The lock of a new folder was held.');
  const { controller } = session.desk;
  const release = () => store.getState().release;
  await controller.preflight();
  const runbook = store.getState().session.runbook;
  await skipBefore(controller, runbook, options.from);
  const isOver = (id: string) => ['done', 'skipped'].includes(release()?.stages[id]?.status ?? '');
  return {
    world,
    session,
    store,
    controller,
    release,
    bossletFolder: inFolder,
    releaseFolder: () => join(inFolder, release()?.id ?? ''),
    play: async (...stageIds) => {
      for (const { id } of stagesOf(runbook)) {
        if (!isOver(id) && !stageIds.includes(id)) await controller.skipStage(id, 'not part of this exercise');
      }
      await operateByScript(store, controller, AbortSignal.timeout(60_000));
    },
    end: async () => {
      await session.close();
      await world.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A release in a world of its own process, begun before a stage: what a panel that is opened in this home joins. */
export interface PreparedRehearsal {
  readonly setup: Setup;
  /** The record as it is on the disk now. */
  record(): Promise<StoredRelease>;
}

export async function prepareRehearsal(
  home: Home,
  options: { readonly from: string; readonly faults?: readonly FaultName[]; readonly speed: number },
): Promise<PreparedRehearsal> {
  const root = rehearsalFolder(home.environment);
  const world = await launchWorld({
    folder: join(root, 'world'),
    speed: options.speed,
    faults: options.faults ?? [],
    from: options.from,
    worldProgram: program('world'),
    scriptProgram: program('boss-manage'),
  });
  const setup = { ...(await rehearsalSetup(world, root)), supervisorFile: program('supervisor') };
  const folder = bossletFolder(root, setup.bosslet);
  await beginBefore(setup, folder, options.from);
  const releases = recordsIn(folder);
  return {
    setup,
    record: async () => {
      const newest = (await releases()).at(-1);
      if (!newest) throw new Error('No release was recorded.');
      return newest;
    },
  };
}
