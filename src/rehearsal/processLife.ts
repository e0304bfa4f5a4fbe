import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** From `/proc/<pid>/stat`: the name in parentheses may hold anything, so fields are counted from its end. */
function fromProc(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  return state === 'Z' || state === 'X' ? undefined : startTime;
}

async function fromPs(pid: number): Promise<string | undefined> {
  const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
  }).catch(() => ({ stdout: '' }));
  const [state = '', ...started] = stdout.trim().split(/\s+/);
  return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
}

/**
 * When a process began, in the system's own words: together with its pid it names one process for ever. Undefined
 * where there is none; a zombie is none.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return fromPs(pid);
  return readFile(`/proc/${pid}/stat`, 'utf8').then(fromProc, () => undefined);
}
