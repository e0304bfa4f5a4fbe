import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createClock } from '../clock.ts';
import { FAULTS, type FaultName, isFaultName } from './faults.ts';
import { startWorld } from './startWorld.ts';
import { claim, isClaimedBy, release, thisProcess, writeWorldFile } from './worldFile.ts';
import { untilItIsOver } from './worldWatch.ts';

/** How long a world stays without a request of any kind, in real milliseconds. */
const ABANDONED_MS = 15 * 60_000;

interface Arguments {
  readonly folder: string;
  readonly speed: number;
  readonly faults: readonly FaultName[];
  readonly from: string | undefined;
  readonly scriptProgram: string;
}

/** Throws one sentence that says what is wrong with the command line. */
function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      speed: { type: 'string', default: '60' },
      fault: { type: 'string', multiple: true, default: [] },
      from: { type: 'string' },
      scripts: { type: 'string', default: fileURLToPath(new URL('./boss-manage.js', import.meta.url)) },
    },
  });
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) throw new Error('Name the one folder that the world may live in.');
  const speed = Number(values.speed);
  if (!(speed > 0 && Number.isFinite(speed))) throw new Error(`--speed is a number above 0, not ${values.speed}.`);
  const unknown = values.fault.find((name) => !isFaultName(name));
  if (unknown !== undefined)
    throw new Error(`There is no fault ${unknown}; name one of ${Object.keys(FAULTS).join(', ')}.`);
  return {
    folder: resolve(folder),
    speed,
    faults: values.fault.filter(isFaultName),
    from: values.from,
    scriptProgram: resolve(values.scripts),
  };
}

/** Runs a world until it is told to end, its folder forgets it, or nobody has asked it anything for a long time. */
async function main(): Promise<void> {
  const { folder, speed, faults, from, scriptProgram } = readArguments(process.argv.slice(2));
  const told = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => told.abort());
  const self = await thisProcess();
  if (!(await claim(folder, self))) throw new Error(`Another world runs in ${folder}; end it first, or name another.`);
  const startedAtMs = Date.now();
  const reading = { speed, originMs: startedAtMs, startedAtMs };
  const options = {
    folder,
    clock: createClock(reading),
    faults,
    scriptProgram,
    ...(from === undefined ? {} : { from }),
  };
  const world = await startWorld(options);
  try {
    await writeWorldFile(folder, { ...self, clock: reading, faults: [...faults], addresses: world.addresses });
    await untilItIsOver({
      isOurs: () => isClaimedBy(folder, self),
      lastRequestAtMs: () => world.lastRequestAtMs(),
      abandonedAfterMs: ABANDONED_MS,
      signal: told.signal,
    });
    await release(folder, self);
  } finally {
    await world.stop();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// A client's half-open connection is no reason to stay.
process.exit();
