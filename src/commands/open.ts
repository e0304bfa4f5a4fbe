import type { Bosslet } from '../bosslet/bosslet.ts';
import type { Flags } from '../bosslet/configuration.ts';
import { createWatchers } from '../observe/watchers.ts';
import { readContext } from '../release/contexts.ts';
import { folderFinding } from '../release/desk.ts';
import { isOpen, storedReleases } from '../release/folders.ts';
import { Live } from '../release/live.ts';
import { factsOf } from '../release/record.ts';
import { preflight } from '../steps/preflight.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import { openDoors } from './doors.ts';
import { watchLines } from './headless.ts';
import { linesTo } from './lines.ts';
import { planAll, planLines } from './plan.ts';
import { configuredBosslet, productionSetup } from './production.ts';
import type { Setup } from './setup.ts';
import { bossletFolder, rehearsalFolder } from './stateFolder.ts';

/** `boss-tui [bosslet]`: the control panel of production; without a terminal it is only watched. Returns the exit code. */
export async function open(name: string | undefined, signal: AbortSignal, flags: Flags = {}): Promise<number> {
  const bosslet = await configuredBosslet(name, flags, signal);
  if (!bosslet) {
    const { rehearse } = await import('./rehearse.ts');
    return rehearse({ auto: false, fresh: false }, signal);
  }
  return show(await productionSetup(bosslet, !inTerminal()), signal);
}

/** `boss-tui watch`: the same, and nothing can be done from it, in a terminal or without. Returns the exit code. */
export async function watch(name: string | undefined, signal: AbortSignal, flags: Flags = {}): Promise<number> {
  return show({ ...(await setupFor(name, signal, flags)), readOnly: true }, signal);
}

const inTerminal = () => process.stdin.isTTY === true && process.stdout.isTTY === true;

/** The full screen in a terminal, else a line an event. */
async function show(setup: Setup, signal: AbortSignal): Promise<number> {
  const folder = bossletFolder(setup.recordsFolder, setup.bosslet);
  if (inTerminal()) {
    const { controlPanel } = await import('./controlPanel.ts');
    return (await controlPanel(setup, folder, { auto: false })).exitCode;
  }
  const lines = linesTo(process.stdout);
  await watchLines(setup, folder, lines, signal);
  return lines.closed.aborted ? 1 : 0;
}

/** The bosslet that was named or is configured, else the one of the rehearsal that runs (or is begun for it). */
async function setupFor(name: string | undefined, signal: AbortSignal, flags: Flags): Promise<Setup> {
  const bosslet: Bosslet | undefined = await configuredBosslet(name, flags, signal);
  if (bosslet) return productionSetup(bosslet, true);
  const { enterRehearsal } = await import('./rehearse.ts');
  return enterRehearsal(rehearsalFolder());
}

/** `boss-tui plan`. */
export async function plan(
  name: string | undefined,
  json: boolean,
  signal: AbortSignal,
  flags: Flags = {},
): Promise<readonly string[]> {
  const setup = await setupFor(name, signal, flags);
  const planned = await planAll(setup, signal);
  return json ? [JSON.stringify(planned, undefined, 2)] : planLines(planned);
}

/** `boss-tui status`. */
export async function status(name: string | undefined, json: boolean, signal: AbortSignal, flags: Flags = {}) {
  const [setup, { status: look }] = await Promise.all([setupFor(name, signal, flags), import('./status.ts')]);
  return look(setup, json, signal);
}

const MARKS = { ok: '✔', warn: '!', stop: '✖' } as const;

/** What the preflight still waits for, on one line of a terminal that looks on. Returns the way to take it away. */
function tellProgress(live: Live): () => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => {};
  const begin = '\r\x1b[K';
  const stop = live.subscribe(({ progress }) => {
    const text = sanitiseLine(progress.preflight?.text ?? '');
    stderr.write(`${begin}${text.slice(0, stderr.columns - 1)}`);
  });
  return () => {
    stop();
    stderr.write(begin);
  };
}

/** `boss-tui doctor`: the preflight's findings with their cures. */
export async function doctor(
  name: string | undefined,
  signal: AbortSignal,
  flags: Flags = {},
): Promise<{ readonly lines: readonly string[]; readonly exitCode: 0 | 1 }> {
  const setup = await setupFor(name, signal, flags);
  const { bosslet, clock } = setup;
  const doors = openDoors({ ...setup, readOnly: true });
  const watchers = createWatchers({ bosslet, doors, clock, signal });
  try {
    const head = await doors.git.head(signal).catch(() => '');
    const folder = bossletFolder(setup.recordsFolder, bosslet);
    // One whose record is damaged is a finding of its own.
    const open = (await storedReleases(folder).catch(() => [])).findLast(isOpen);
    const none = { id: '', openedAtMs: clock.now(), head, folder: '', facts: {}, closedAtMs: () => undefined };
    const release = open ? factsOf(open.folder, () => open.state) : none;
    const world = { bosslet, doors, watchers, clock, live: new Live(), folder };
    const step = { id: 'preflight', title: 'Preflight' };
    const stopTelling = tellProgress(world.live);
    const findings = [
      ...(await preflight(readContext(world, release, step, signal)).finally(stopTelling)),
      await folderFinding(folder),
    ];
    const lines = findings.flatMap(({ level, title, detail, cure }) => [
      `${MARKS[level]} ${title}: ${sanitiseLine(detail)}`,
      ...(cure === undefined ? [] : [`    → ${sanitiseLine(cure)}`]),
    ]);
    return { lines, exitCode: findings.some(({ level }) => level === 'stop') ? 1 : 0 };
  } finally {
    await watchers.stop();
    await doors.caches.close();
  }
}
