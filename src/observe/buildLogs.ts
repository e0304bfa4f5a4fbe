import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ScriptsRead } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { BuildLook, BuildsLook } from './observed.ts';
import { reasonOf } from './polling.ts';

/** Bytes before a log's end that are read: more than any pane shows of it. */
const TAIL_BYTES = 16 * 1024;
/** Last lines of a log that are kept. */
const LINES_KEPT = 40;
/** Real milliseconds between two looks: scripts do not run by a rehearsal's clock. */
const LOOK_MS = 1_000;
/** packer's longest silence in a build that goes well is its wait for the image, some ten minutes. */
const QUIET_AFTER_MS = 15 * 60_000;
/** packer writes the first line of a log at once. */
const MISSING_AFTER_MS = 2 * 60_000;
/** File times are coarser than the clock that they are compared with. */
const TIME_SLACK_MS = 2_000;

/** A build's log at its end. */
export interface BuildLog {
  /** The last lines that say something, sanitised, oldest first. */
  readonly lines: readonly string[];
  /** Wall-clock time of its last write. */
  readonly writtenAtMs: number;
}

/** The end of a log; undefined where there is none. Throws where it cannot be read. */
export async function readBuildLog(file: string): Promise<BuildLog | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!handle) return undefined;
  try {
    const { size, mtimeMs } = await handle.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - from), position: from });
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    // What was cut in its middle is no line.
    if (from > 0) lines.shift();
    const said = lines.map(sanitiseLine).filter((line) => line.trim() !== '');
    return { lines: said.slice(-LINES_KEPT), writtenAtMs: mtimeMs };
  } finally {
    await handle.close();
  }
}

/** What packer came to, by the last lines of its log: its exit code is 0 whatever becomes of the builds. */
export function judgeBuild(lines: readonly string[]): 'building' | 'built' | 'failed' {
  const end = lines.slice(-12);
  if (end.some((line) => /no artifacts were created|Some builds didn't complete successfully/.test(line)))
    return 'failed';
  return end.some((line) => /artifacts of successful builds are/.test(line)) ? 'built' : 'building';
}

/** The line that says most of how a build stands: why it failed, what was made, else the last one. */
export function tellingLine(lines: readonly string[]): string {
  const is = judgeBuild(lines);
  const telling =
    is === 'failed'
      ? lines.findLast((line) => /errored|^==> .*: (?:Error|Build was)|--> .*rror/.test(line))
      : is === 'built'
        ? lines.findLast((line) => /: ami-[0-9a-f]+/.test(line))
        : undefined;
  return telling ?? lines.at(-1) ?? '';
}

export interface BuildsOptions {
  /** Of the script that builds; made when it was started. */
  readonly scriptFolder: string;
  /** Where packer's logs are, `<machine>.log`. */
  readonly logsFolder: string;
  readonly machines: readonly string[];
  readonly scripts: Pick<ScriptsRead, 'state'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  seen(look: BuildsLook): void;
}

/** Follows the logs of builds that run side by side until the signal ends, with a last look then. Never rejects. */
export async function followBuilds(options: BuildsOptions): Promise<void> {
  const { signal, seen } = options;
  while (!signal.aborted) {
    seen(await look(options));
    await delay(LOOK_MS, undefined, { signal }).catch(() => {});
  }
  seen(await look(options));
}

async function look(options: BuildsOptions): Promise<BuildsLook> {
  const { scriptFolder, machines, scripts } = options;
  const [startedAtMs, state] = await Promise.all([
    stat(scriptFolder).then(
      ({ birthtimeMs }) => birthtimeMs,
      () => Date.now(),
    ),
    scripts.state(scriptFolder).catch(() => undefined),
  ]);
  const over = state?.is === 'ended' || state?.is === 'lost';
  const builds = await Promise.all(machines.map((machine) => lookAt(machine, startedAtMs, over, options)));
  return { scriptFolder, builds };
}

async function lookAt(
  machine: string,
  startedAtMs: number,
  over: boolean,
  { logsFolder, clock }: BuildsOptions,
): Promise<BuildLook> {
  const now = Date.now();
  // Counted in the clock's time, since what is waited for runs by it.
  const age = (sinceMs: number) => Math.max(0, now - sinceMs) * clock.speed;
  try {
    const log = await readBuildLog(join(logsFolder, `${machine}.log`));
    if (!log || log.writtenAtMs < startedAtMs - TIME_SLACK_MS) {
      const missing = over || age(startedAtMs) > clock.limit(MISSING_AFTER_MS);
      return { machine, is: missing ? 'missing' : 'waiting', lines: [], says: '', quietMs: undefined };
    }
    const is = judgeBuild(log.lines);
    const quietMs = age(log.writtenAtMs);
    const build = { machine, is, lines: log.lines, says: tellingLine(log.lines), quietMs };
    if (is !== 'building') return build;
    if (over) return { ...build, is: 'stopped' };
    return quietMs > clock.limit(QUIET_AFTER_MS) ? { ...build, is: 'quiet' } : build;
  } catch (error) {
    return { machine, is: 'waiting', lines: [], says: '', quietMs: undefined, error: reasonOf(error) };
  }
}
