import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { binFolder, SCRIPTS, scriptHelp } from './bossManage.ts';
import { type Check, type Found, ok, stop, warn } from './finding.ts';
import { hasScripts, interpreterOf, isPython, scriptsAreReal } from './interpreter.ts';
import type { ReadContext } from './kind.ts';
import { askPython, installing, pythonFindings } from './python.ts';

/** Whether the scripts can run on this machine, found out by asking them and what runs them. */
export const scriptChecks = (context: ReadContext): readonly Check[] => {
  const { bosslet } = context;
  const real = (check: () => Promise<Found | readonly Found[]>) => async (): Promise<Found | readonly Found[]> => {
    if (!(await hasScripts(bosslet))) return [];
    return (await scriptsAreReal(bosslet)) ? check() : ok('the scripts bring their own');
  };
  // Where what runs them is missing, that is one finding: nothing that they would say is asked.
  const runnable = (check: () => Promise<Found | readonly Found[]>) =>
    real(async () => {
      const interpreter = await interpreterOf(bosslet);
      return interpreter && (await context.read.scripts.program(interpreter)) ? check() : [];
    });
  let helps: Promise<readonly Help[]> | undefined;
  const helpsOnce = () => {
    helps ??= askForHelp(context);
    return helps;
  };
  return [
    { title: 'Scripts', run: async () => ((await hasScripts(bosslet)) ? scripts(context) : []) },
    { title: 'Script imports', run: runnable(() => imports(context, helpsOnce)) },
    { title: 'Python', run: real(() => python(context, helpsOnce)) },
    { title: 'Programs', run: real(() => programs(context)) },
  ];
};

/** How a script answered `--help`. */
interface Help {
  readonly name: string;
  readonly exitCode: number;
  /** The last line: of a traceback, the error. */
  readonly said: string;
}

/** A script imports all that it needs before it knows what it was called for. */
const askForHelp = ({ read, bosslet, signal }: ReadContext): Promise<readonly Help[]> =>
  Promise.all(
    SCRIPTS.map(async (name) => {
      const { exitCode, output } = await read.scripts.capture(scriptHelp(bosslet, name), signal);
      return { name, exitCode, said: output.trimEnd().split('\n').at(-1)?.trim() ?? '' };
    }),
  );

async function scripts({ bosslet }: ReadContext): Promise<Found> {
  const bin = binFolder(bosslet);
  const mode = bosslet.python ? constants.R_OK : constants.X_OK;
  const missing: string[] = [];
  for (const name of SCRIPTS) await access(join(bin, name), mode).catch(() => missing.push(name));
  if (missing.length === 0) return ok(`${SCRIPTS.length} in ${bin}`);
  return stop(
    `${missing.join(', ')} in ${bin} cannot be ${bosslet.python ? 'read' : 'executed'}.`,
    bosslet.python ? 'Configure bossManage as the checkout of boss-manage.' : 'chmod +x them, or configure python.',
  );
}

async function imports(
  { bosslet }: ReadContext,
  helps: () => Promise<readonly Help[]>,
): Promise<Found | readonly Found[]> {
  const failed = (await helps()).filter(({ exitCode }) => exitCode !== 0);
  if (failed.length === 0) return ok('each has what it imports');
  const interpreter = (await interpreterOf(bosslet)) ?? 'python3';
  // Most often all of them lack the same.
  return [
    ...Map.groupBy(failed, ({ exitCode, said }) => `ends with exit ${exitCode}: ${said || 'it says nothing'}`),
  ].map(([how, of]) =>
    stop(
      `--help of ${of.map(({ name }) => name).join(', ')} ${how.replace(/\.$/, '')}.`,
      cureOf(interpreter, of[0]?.said ?? ''),
    ),
  );
}

function cureOf(interpreter: string, said: string): string {
  const module = /No module named '([\w.]+)'/.exec(said)?.[1];
  if (module !== undefined) return installing(interpreter, module);
  return 'Run it by hand in bin/, and mend what it says; python in the configuration names another interpreter.';
}

/** What is missing that the scripts got over may be needed later, or never: it stops nothing. */
async function python(context: ReadContext, helps: () => Promise<readonly Help[]>): Promise<Found | readonly Found[]> {
  const interpreter = (await interpreterOf(context.bosslet)) ?? '';
  if (!isPython(interpreter)) return ok(`the scripts run on ${interpreter}`);
  const program = await context.read.scripts.program(interpreter);
  if (program === undefined)
    return stop(
      `${interpreter}, which runs the scripts, was not found.`,
      'Install a Python from 3.7 to 3.9, and name it by python in the configuration.',
    );
  const about = await askPython(context, program);
  const areFine = await helps().then(
    (all) => all.every(({ exitCode }) => exitCode === 0),
    () => false,
  );
  return pythonFindings(interpreter, about, areFine);
}

/** Programs that the scripts call; `without`: what cannot be done where one is missing. Absent: nothing can. */
const PROGRAMS: readonly { readonly name: string; readonly without?: string }[] = [
  { name: 'git' },
  { name: 'ssh' },
  { name: 'packer', without: 'no AMI can be built' },
  { name: 'pyminify', without: 'lambdas cannot be packed' },
];

/** Names the program that lambdas are built in; without it they are built on this machine, or on the bosslet's server. */
const CONTAINER = 'LAMBDA_BUILD_CONTAINER';

async function programs({ read }: ReadContext): Promise<Found | readonly Found[]> {
  const container = read.scripts.variable(CONTAINER);
  const needed = container
    ? [...PROGRAMS, { name: container, without: `no lambda can be built (${CONTAINER} names it)` }]
    : PROGRAMS;
  const found = await Promise.all(
    needed.map(async ({ name, without }): Promise<readonly Found[]> => {
      if ((await read.scripts.program(name)) !== undefined) return [];
      const cure = `Install ${name}, or put it on the PATH.`;
      return [without ? warn(`${name} was not found: ${without}.`, cure) : stop(`${name} was not found.`, cure)];
    }),
  );
  const all = found.flat();
  return all.length > 0 ? all : ok(needed.map(({ name }) => name).join(', '));
}
