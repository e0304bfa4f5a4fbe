import { execFile } from 'node:child_process';
import { appendFile, chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { CONFIGS } from '../../bosslet/bosslet.ts';
import type { FaultName } from '../faults.ts';
import { LOCAL_EDIT, TILE_INDEX_FILE } from './checkoutFiles.ts';
import { IAM_FILES } from './checkoutIam.ts';
import { RENAMED_TILE_INDEX_SCHEMA, TILE_INDEX_SCHEMA } from './templates.ts';

/** The scripts that the checkout's `bin/` holds. */
export const SCRIPT_NAMES = [
  'bastion.py',
  'boss-config.py',
  'cloudformation.py',
  'iam_utils.py',
  'maintenance.py',
  'packer.py',
] as const;

/** The bosslets whose files the checkout has. */
const BOSSLETS = ['dev.boss', 'integration.boss', 'production.boss'];

/** A time and an identity of its own keep HEAD the same wherever the world is made. */
const COMMIT_DATE = '2026-08-01T09:00:00Z';
const GIT_ENVIRONMENT = {
  GIT_AUTHOR_NAME: 'boss-manage',
  GIT_AUTHOR_EMAIL: 'boss-manage@example.invalid',
  GIT_AUTHOR_DATE: COMMIT_DATE,
  GIT_COMMITTER_NAME: 'boss-manage',
  GIT_COMMITTER_EMAIL: 'boss-manage@example.invalid',
  GIT_COMMITTER_DATE: COMMIT_DATE,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
};

/** In the repository's own settings, so that no default of the machine decides what the files are. */
const GIT_SETTINGS = `[core]
\tautocrlf = false
\tfileMode = true
[commit]
\tgpgSign = false
`;

/**
 * Makes a boss-manage checkout in a folder that is new or empty: a git repository whose HEAD depends on nothing but
 * this program and its faults, with executables in `bin/` that run `scriptProgram`. The environment reaches git by PATH alone.
 */
export async function createCheckout({
  folder,
  scriptProgram,
  faults,
}: {
  readonly folder: string;
  /** Absolute path of the built `boss-manage.js`. */
  readonly scriptProgram: string;
  readonly faults: ReadonlySet<FaultName>;
}): Promise<{ readonly head: string }> {
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(TRACKED)) await put(join(folder, file), text);
  if (faults.has('gsi')) await put(join(folder, TILE_INDEX_FILE), inJson(RENAMED_TILE_INDEX_SCHEMA));
  for (const name of SCRIPT_NAMES) {
    await put(join(folder, 'bin', name), EXECUTABLE);
    await chmod(join(folder, 'bin', name), 0o755);
  }
  const git = async (...args: readonly string[]) => {
    const env = { PATH: process.env.PATH, HOME: folder, ...GIT_ENVIRONMENT };
    return (await promisify(execFile)('git', args, { cwd: folder, env })).stdout.trim();
  };
  await git('init', '--quiet', '--initial-branch=master', '--template=');
  await appendFile(join(folder, '.git', 'config'), GIT_SETTINGS);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Sprint 42');
  const head = await git('rev-parse', 'HEAD');

  // What git ignores: where the program is (it differs from machine to machine), and what scripts leave.
  await put(join(folder, '.rehearsal', 'program'), pathToFileURL(scriptProgram).href);
  await mkdir(join(folder, 'cloud_formation', 'templates'), { recursive: true });
  await mkdir(join(folder, 'packer', 'logs'), { recursive: true });
  for (const bosslet of BOSSLETS)
    await put(join(folder, 'vault', 'private', `vault.${bosslet}`, 'vault_token'), 'rehearsal-token\n', 0o600);
  if (faults.has('danger-change'))
    await put(join(folder, LOCAL_EDIT), 'tileindex: the task id is no longer part of the key\n');
  return { head };
}

async function put(file: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode });
}

/** Runs the built program under the executable's own name; CommonJS, because that is what Node takes `.py` for. */
const EXECUTABLE = `#!/usr/bin/env node
const { readFileSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { basename, dirname, join } = require('node:path');
const { fileURLToPath } = require('node:url');
const checkout = dirname(__dirname);
process.env.BOSS_MANAGE_DIR ||= checkout;
const program = readFileSync(join(checkout, '.rehearsal', 'program'), 'utf8');
// Beside the program, which only its owner can change; where it cannot be written there is none.
enableCompileCache(fileURLToPath(new URL('.compile-cache', program)));
process.argv.splice(1, 1, program, basename(__filename));
import(program);
`;

const GITIGNORE = `.rehearsal/
cloud_formation/templates/
cloud_formation/configs/migrations/*/progress
packer/logs/
vault/private/
`;

const bossletFile = (name: string): string => {
  const stage = name.split('.')[0];
  return `# What the rehearsal's world says of ${name} goes before this file.
INTERNAL_DOMAIN = '${name}'
SSH_KEY = '${stage}-key'
`;
};

const inJson = (schema: object): string => `${JSON.stringify(schema, undefined, 2)}\n`;

/** Every file that is committed, by its path; the executables come on top. */
const TRACKED: Readonly<Record<string, string>> = {
  '.gitignore': GITIGNORE,
  'README.md':
    '# boss-manage\n\nThe checkout of a rehearsal: its scripts prompt, print and fail as the real ones do.\n',
  // Without it a package.json in a folder above could make modules of the executables.
  'package.json': '{ "private": true }\n',
  ...Object.fromEntries(BOSSLETS.map((name) => [`config/custom/${name}.py`, bossletFile(name)])),
  ...Object.fromEntries(Object.entries(IAM_FILES).map(([name, text]) => [`config/iam/${name}.json`, text])),
  ...Object.fromEntries(CONFIGS.map((config) => [`cloud_formation/configs/${config}.py`, `# ${config}\n`])),
  [TILE_INDEX_FILE]: inJson(TILE_INDEX_SCHEMA),
};
