import { execFile, execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bosslet } from '../../src/bosslet/bosslet.ts';
import type { ReadDoors, ScriptsRead } from '../../src/clients/doors.ts';
import { createGit } from '../../src/clients/git.ts';
import { createScripts } from '../../src/clients/script/scripts.ts';
import { systemClock } from '../../src/clock.ts';
import { NOTHING_OBSERVED } from '../../src/observe/observed.ts';
import { SCRIPTS } from '../../src/steps/bossManage.ts';
import type { Check } from '../../src/steps/finding.ts';
import { INDEX_FILE } from '../../src/steps/indexFile.ts';
import type { Finding, Progress, ReadContext } from '../../src/steps/kind.ts';
import { BOSSLET } from './bosslet.ts';

const supervisorFile = fileURLToPath(new URL('../../dist/supervisor.js', import.meta.url));
/** What the stand-ins themselves are made of. */
const SYSTEM = ['/usr/bin', '/bin'];

/** A checkout whose scripts are Python's by their first line, on a machine that the test furnishes. */
export interface PythonCheckout {
  readonly folder: string;
  readonly bosslet: Bosslet;
  /** Puts a program on the PATH of the scripts; its text is a shell's. */
  program(name: string, text?: string): Promise<void>;
  /** What a script does: a shell's text. */
  script(name: string, text: string): Promise<void>;
  /** What the interpreter answers when it is asked for its modules. */
  python(version: readonly [number, number, number], modules?: Readonly<Record<string, string | null>>): Promise<void>;
  write(path: string, text: string, mode?: number): Promise<string>;
  git(...args: readonly string[]): string;
  /** As production captures: with a terminal that nobody sees. Tests that need none are quicker without. */
  readonly capture: ScriptsRead['capture'];
  context(more?: More): ReadContext;
  remove(): Promise<void>;
}
export interface More {
  readonly bosslet?: Partial<Bosslet>;
  readonly read?: Partial<ReadDoors>;
  readonly scripts?: Partial<ScriptsRead>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly told?: Progress[];
}

const MODULES = {
  boto3: '1.26.1',
  botocore: '1.29.1',
  hvac: '0.11.2',
  yaml: '6.0',
  funcparserlib: '0.3.6',
  iso8601: '1.0',
};

/** Made once; each test has a copy. */
let whole: Promise<string> | undefined;

/** Whole and committed, with everything that a release needs. */
export async function pythonCheckout(): Promise<PythonCheckout> {
  whole ??= furnished();
  const root = await temporaryRoot();
  await cp(await whole, root, { recursive: true });
  return checkoutIn(root);
}

const temporaryRoot = () => mkdtemp(join(tmpdir(), 'boss-tui-python-'));

async function furnished(): Promise<string> {
  const root = await temporaryRoot();
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  const { bosslet, git, program, python, script, write } = checkoutIn(root);
  await python([3, 9, 18]);
  for (const name of ['packer', 'pyminify']) await program(name);
  for (const name of SCRIPTS) await script(name, 'exit 0');
  await write('.gitignore', 'cloud_formation/templates/\nvault/private/\n');
  await write('cloud_formation/templates/.keep', '');
  await write(`vault/private/vault.${bosslet.name}/vault_token`, 'token\n', 0o600);
  await write(INDEX_FILE, '{"GlobalSecondaryIndexes": []}\n');
  git('init', '--quiet', '--initial-branch=master');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'all');
  return root;
}

function checkoutIn(root: string): PythonCheckout {
  const folder = join(root, 'boss-manage');
  const path = join(root, 'path');
  const bosslet = { ...BOSSLET, bossManage: folder };
  const write = async (file: string, text: string, mode = 0o644) => {
    const whole = join(folder, file);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, text);
    await chmod(whole, mode);
    return whole;
  };
  const program = async (name: string, text = 'exit 0') => {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(path, name), 0o755);
  };
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      encoding: 'utf8',
    });
  const self: PythonCheckout = {
    folder,
    bosslet,
    program,
    write,
    git,
    capture: createScripts({ environment: environmentOf(path), supervisorFile }).capture,
    script: async (name, text) => {
      await write(`bin/${name}`, `#!/usr/bin/env python3\n${text}\n`, 0o755);
    },
    python: (version, modules = MODULES) =>
      program(
        'python3',
        // Asked for its modules it answers; a script it runs as the shell that its text is for.
        `if [ "$1" = -c ]; then echo '${JSON.stringify({ python: version, modules })}'; else exec /bin/sh "$@"; fi`,
      ),
    context: (more = {}) => ({
      read: doors(folder, path, more),
      bosslet: { ...bosslet, ...more.bosslet },
      release: { id: '', openedAtMs: 0, head: '', folder: '', facts: {}, closedAtMs: () => undefined },
      step: { id: 'preflight', title: 'Preflight' },
      observed: () => NOTHING_OBSERVED,
      want: () => {},
      clock: systemClock,
      signal: new AbortController().signal,
      progress: (progress) => more.told?.push(progress),
      load: async () => '',
    }),
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
  return self;
}

const environmentOf = (path: string, variables: More['variables'] = {}) => ({
  PATH: [path, ...SYSTEM].join(':'),
  ...variables,
});

function doors(folder: string, path: string, { read, scripts, variables }: More): ReadDoors {
  const environment = environmentOf(path, variables);
  const own = createScripts({ environment, supervisorFile });
  const quickly: ScriptsRead['capture'] = async ({ file, args, cwd, env }, signal) => {
    const program = await own.program(file);
    if (program === undefined) throw new Error(`${file} could not be run.`);
    return new Promise((resolve) => {
      const options = { cwd, env: { ...environment, ...env }, signal };
      execFile(program, [...args], options, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : Number(error.code);
        resolve({ exitCode, output: exitCode === 0 ? stdout : stdout + stderr });
      });
    });
  };
  return {
    aws: NOT_ASKED,
    git: createGit({ folder }),
    scripts: { ...own, capture: quickly, ...scripts },
    ...read,
  } as ReadDoors;
}

/** Every AWS call throws: what a test does not tell is not there. */
const NOT_ASKED = new Proxy(
  {},
  {
    get: (_aws, service) =>
      new Proxy(
        {},
        {
          get: (_service, call) => async () => {
            throw new Error(`${String(service)}.${String(call)} does not answer.`);
          },
        },
      ),
  },
) as ReadDoors['aws'];

/** What checks find, by their titles; one that throws fails the test. */
export async function found(
  checks: readonly Check[],
  titles: readonly string[] = checks.map(({ title }) => title),
): Promise<Readonly<Record<string, readonly Omit<Finding, 'title'>[]>>> {
  const all = await Promise.all(
    checks
      .filter(({ title }) => titles.includes(title))
      .map(async ({ title, run }) => {
        const one = await run();
        return [title, (Array.isArray(one) ? one : [one]) as Omit<Finding, 'title'>[]] as const;
      }),
  );
  return Object.fromEntries(all);
}
