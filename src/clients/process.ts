import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Stat {
  readonly state: string;
  /** The process group that its terminal's Ctrl-C goes to; -1 where it has no terminal. */
  readonly foreground: number;
  /** Start time since boot. */
  readonly ticks: string;
}

/** Fields 3, 8 and 22 of /proc/<pid>/stat; the name before them may hold anything. */
function parseStat(stat: string): Stat | undefined {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/);
  const [state, foreground, ticks] = [fields[0], fields[5], fields[19]];
  return state !== undefined && ticks !== undefined ? { state, foreground: Number(foreground), ticks } : undefined;
}

let boot: Promise<string> | undefined;
/** Read once: it does not change while we live. */
function bootId(): Promise<string> {
  boot ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  return boot;
}

async function startOnLinux(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const parsed = stat === undefined ? undefined : parseStat(stat);
  if (parsed === undefined || parsed.state === 'Z' || parsed.state === 'X') return undefined;
  return `${await bootId()}/${parsed.ticks}`;
}

async function startByPs(pid: number): Promise<string | undefined> {
  const answer = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
  })
    .then(({ stdout }) => /^\s*(\S+)\s+(.*\S)\s*$/.exec(stdout))
    .catch(() => null);
  return answer?.[1] === undefined || answer[1].startsWith('Z') ? undefined : answer[2];
}

/**
 * When a process started, as a text to be compared and nothing else: process ids are used again, a pair of pid and
 * start is not (on Linux not even over a reboot). Undefined where there is no such process or it is dead and only not
 * yet reaped: such a zombie still answers `kill(pid, 0)`.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
}

/** Whether that very process, known by its {@link processStart}, still lives. */
export async function isAlive(pid: number, start: string): Promise<boolean> {
  return (await processStart(pid)) === start;
}

/**
 * Whether a process has taken the terminal that it was started on. One that was forked a moment ago has not, and a
 * Ctrl-C that is typed before it has reaches nobody and is lost.
 */
export async function hasTerminal(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return (parseStat(stat)?.foreground ?? -1) > 0;
  }
  const args = ['-o', 'tpgid=', '-p', String(pid)];
  const answer = await run('ps', args, { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } }).catch(() => undefined);
  return Number(answer?.stdout ?? 0) > 0;
}
