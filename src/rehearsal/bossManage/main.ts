import { basename, dirname, resolve } from 'node:path';
import type { Script, ScriptContext } from './script.ts';
import { BossManageError, KeyboardInterrupt, PythonError, ScriptExit } from './scriptErrors.ts';
import { clockOf, readScriptWorld } from './scriptWorld.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** The scripts of `bin/`, each loaded when it is the one that runs. */
const SCRIPTS: Readonly<Record<string, () => Promise<{ readonly run: Script }>>> = {
  'boss-config.py': () => import('./scripts/bossConfig.ts'),
  'maintenance.py': () => import('./scripts/maintenance.ts'),
  'cloudformation.py': () => import('./scripts/cloudformation.ts'),
  'packer.py': () => import('./scripts/packer.ts'),
  'bastion.py': () => import('./scripts/bastion.ts'),
  'iam_utils.py': () => import('./scripts/iamUtils.ts'),
};

/** `node dist/boss-manage.js <script> <arguments…>`: plays one script of the checkout. */
async function main(): Promise<number> {
  const [name = '', ...args] = process.argv.slice(2);
  const load = SCRIPTS[name];
  if (!load) {
    process.stderr.write(
      `There is no script ${name || '(none named)'}; name one of ${Object.keys(SCRIPTS).join(', ')}.\n`,
    );
    return 2;
  }
  let context: ScriptContext;
  try {
    const world = readScriptWorld(process.env);
    const clock = clockOf(world);
    const terminal = openTerminal(clock);
    context = { program: name, args, world, clock, terminal, checkout: checkoutFolder(), environment: process.env };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  const { run } = await load();
  try {
    await run(context);
    context.terminal.statusDone();
    return 0;
  } catch (error) {
    return ending(error, context);
  } finally {
    context.terminal.end();
  }
}

/** BOSS_MANAGE_DIR, which the executables set to the folder above their own; else the folder above this one. */
function checkoutFolder(): string {
  const given = process.env.BOSS_MANAGE_DIR;
  if (given) return resolve(given);
  return basename(process.cwd()) === 'bin' ? dirname(process.cwd()) : process.cwd();
}

/** Prints what Python and boss-manage print at the end of a failed script; returns its exit code. */
function ending(error: unknown, { terminal, program, checkout }: ScriptContext): number {
  terminal.statusDone();
  if (error instanceof ScriptExit) return error.code;
  if (error instanceof BossManageError) {
    terminal.print();
    terminal.print(`Boss Manage Error: ${error.message}`);
    for (const cause of error.causes) terminal.print(`\t${cause}`);
    return 2;
  }
  if (error instanceof KeyboardInterrupt) {
    terminal.print();
    traceback(terminal, `${checkout}/bin/${program}`, 'KeyboardInterrupt');
    return 130;
  }
  terminal.print();
  traceback(terminal, `${checkout}/bin/${program}`, lastLine(error));
  return 1;
}

/** What Python's traceback ends with. */
function lastLine(error: unknown): string {
  if (error instanceof PythonError) return `${error.type}: ${error.message}`;
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error)
    return `FileNotFoundError: [Errno 2] No such file or directory: '${error.path}'`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function traceback(terminal: Terminal, file: string, last: string): void {
  terminal.printError('Traceback (most recent call last):');
  terminal.printError(`  File "${file}", line 1, in <module>`);
  terminal.printError(last);
}

process.exit(await main());
