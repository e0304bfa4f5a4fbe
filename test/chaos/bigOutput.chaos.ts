import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkoutOf } from '../../src/bosslet/bosslet.ts';
import { type Home, makeHome, openPanel } from '../support/program.ts';
import { prepareRehearsal } from '../support/rehearsal.ts';
import { until } from '../support/until.ts';

const MB = 1_000_000;
/** What the script prints: one that prints ten times as much as the other must not need more memory. */
const LITTLE_MB = 100;
const MUCH_MB = 1_000;
const GROWS_BY_LESS_THAN = 1.3;
/** Where the memory is looked at on the way. */
const MARKS_MB = [50, 100, 200, 500, 1_000];
/** Where there is plenty, V8 takes more for a long time before it collects: with so little, what grows is what is kept. */
const LITTLE_HEAP = { NODE_OPTIONS: '--max-old-space-size=128 --max-semi-space-size=8' };
const WITHIN_MS = 1_800_000;

interface Flood {
  /** What is printed, one after the other, as JavaScript. */
  readonly texts: string;
  /** Of the step in the end. */
  readonly verdict: 'done' | 'failed';
}

/** Lines of every kind, those that fail the step with them, and a line that never ends. */
const FLOODS: Readonly<Record<string, Flood>> = {
  lines: {
    texts: String.raw`[
    '\x1b[34mINFO: one more line, größer, with words\x1b[0m\n',
    'An error occurred (ResourceNotFoundException): Function not found: arn\n',
    '\n',
  ]`,
    verdict: 'failed',
  },
  'one line': {
    texts: String.raw`['/ Working on core\r                 \r', 'words 🙂 without an end, ']`,
    verdict: 'done',
  },
};

let homes: Home[] = [];
afterEach(async () => {
  for (const home of homes) await home.remove();
  homes = [];
});

/** Lets a checkout's script print so much before it updates a stack. */
async function flood(checkout: string, texts: string, bytesInAll: number): Promise<void> {
  const file = join(checkout, 'bin', 'cloudformation.py');
  const [shebang, ...program] = (await readFile(file, 'utf8')).split('\n');
  const print = `if (process.argv.includes('update')) {
  const { writeSync } = require('node:fs');
  const pieces = ${texts}.map((text) => Buffer.from(text.repeat(2_000)));
  for (let bytes = 0, n = 0; bytes < ${bytesInAll}; n += 1) bytes += writeSync(1, pieces[n % pieces.length]);
  writeSync(1, '\\r\\n');
}`;
  await writeFile(file, [shebang, print, ...program].join('\n'));
}

/** The most memory that a process ever had, in MB. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round((Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1_024) / MB);
}

async function supervisorOf(folder: string): Promise<number> {
  const { pid } = JSON.parse(await readFile(join(folder, 'supervisor.json'), 'utf8')) as { readonly pid: number };
  return pid;
}

/** The most memory of the programs up to a point, in MB. */
interface Peak {
  readonly at: string;
  readonly panel: number;
  readonly supervisor: number;
}

/** Plays the update of core by a script that prints so much first, and looks at the programs on the way. */
async function play({ texts, verdict }: Flood, printsMb: number): Promise<readonly Peak[]> {
  const home = await makeHome();
  homes.push(home);
  const rehearsal = await prepareRehearsal(home, { from: 'core', speed: 150 });
  await flood(checkoutOf(rehearsal.setup.bosslet), texts, printsMb * MB);
  const panel = openPanel(home, ['rehearse'], 160, 45, LITTLE_HEAP);
  await panel.sees('UPDATE_COMPLETE', WITHIN_MS);
  panel.type('1');
  await panel.sees('Ready: Enter runs it', WITHIN_MS);
  const isRunning = async () => (await rehearsal.record()).state.stages.core?.status === 'running';
  await until(
    'the card to be confirmed',
    () => {
      panel.type('\r');
      return isRunning();
    },
    WITHIN_MS,
  );
  const folder = join((await rehearsal.record()).folder, 'scripts', '1.1-1');
  const supervisor = await until('the supervisor', () => supervisorOf(folder));

  const peaks: Peak[] = [];
  const look = async (at: string) => {
    const ofSupervisor = await peakOf(supervisor).catch(() => peaks.at(-1)?.supervisor ?? Number.NaN);
    peaks.push({ at, panel: await peakOf(panel.pid), supervisor: ofSupervisor });
  };
  await look('begun');
  for (const mark of MARKS_MB.filter((each) => each <= printsMb)) {
    await until(`${mark} MB`, async () => (await stat(join(folder, 'out.log'))).size >= mark * MB, WITHIN_MS);
    await look(`${mark} MB`);
  }
  // It has read all of it when it finds the prompt behind it, and has read it again when it has proved the step.
  await panel.sees('approve with warnings', WITHIN_MS);
  await look('at the prompt');
  await until('the review to be approved', () => {
    panel.type('a');
    return !panel.screen().includes('approve with warnings');
  });
  const isProved = async () => (await rehearsal.record()).state.steps['1.1']?.attempts[0]?.verdict;
  expect((await until('the verdict', isProved, WITHIN_MS)).is).toBe(verdict);
  await look('proved');
  panel.kill('SIGKILL');
  await panel.exited;
  return peaks;
}

describe('a script that prints 1 GB', () => {
  it.each(Object.entries(FLOODS))(
    'needs no more memory than one that prints a tenth of it, in %s',
    {
      timeout: 4 * WITHIN_MS,
    },
    async (name, kind) => {
      const ends: (Peak | undefined)[] = [];
      for (const printsMb of [LITTLE_MB, MUCH_MB]) {
        const begun = performance.now();
        const peaks = await play(kind, printsMb);
        const told = peaks.map(({ at, panel, supervisor }) => `${at} ${panel} / ${supervisor}`).join(', ');
        const tookS = Math.round((performance.now() - begun) / 1_000);
        process.stdout.write(
          `chaos: ${printsMb} MB of output in ${name}, most memory of panel / supervisor in MB: ${told}; took ${tookS} s\n`,
        );
        ends.push(peaks.at(-1));
      }
      const [little, much] = ends;
      for (const of of ['panel', 'supervisor'] as const)
        expect(much?.[of], of).toBeLessThan(GROWS_BY_LESS_THAN * (little?.[of] ?? 0));
    },
  );
});
