import { join } from 'node:path';
import { type Bosslet, type Config, checkoutOf, type Machine } from '../bosslet/bosslet.ts';
import type { ScriptCommand } from '../clients/doors.ts';

/** Stacks whose scripts may delete and create them. Never core and api: they hold what exists nowhere else. */
export const RECREATABLE = ['redis', 'cachedb', 'activities', 'cloudwatch', 'idindexing', 'dynamolambda'] as const;
export type RecreatableConfig = (typeof RECREATABLE)[number];

type Scripted = Pick<Bosslet, 'bossManage' | 'python'>;

/** A script of boss-manage's `bin/`, by its own shebang unless an interpreter is configured. */
function script(
  bosslet: Scripted,
  name: string,
  args: readonly string[],
  env: NonNullable<ScriptCommand['env']> = {},
): ScriptCommand {
  const cwd = binFolder(bosslet);
  const file = join(cwd, name);
  return {
    ...(bosslet.python ? { file: bosslet.python, args: [file, ...args] } : { file, args }),
    cwd,
    env: { PYTHONUNBUFFERED: '1', ...env },
  };
}

/** Where all scripts are. */
export const binFolder = (bosslet: Pick<Bosslet, 'bossManage'>): string => join(checkoutOf(bosslet), 'bin');

/** The scripts that a release runs. */
export const SCRIPTS = ['cloudformation.py', 'maintenance.py', 'bastion.py', 'iam_utils.py', 'packer.py'] as const;

/** Prints how it is called; where a module that it imports is missing, it exits non-zero and names it. */
export const scriptHelp = (bosslet: Scripted, name: (typeof SCRIPTS)[number]): ScriptCommand =>
  script(bosslet, name, ['--help']);

/** What every `cloudformation.py` command is told, so that nothing falls back to a default of the bosslet's file. */
export interface StackCommandOptions {
  /** `latest`, `sprint42`. */
  readonly amiVersion: string;
}

function cloudformation(
  bosslet: Bosslet,
  action: 'update' | 'generate' | 'delete' | 'create',
  config: Config,
  { amiVersion }: StackCommandOptions,
): ScriptCommand {
  if (bosslet.scenario === undefined)
    throw new Error(
      `The scenario of ${bosslet.name} is not known, and without it an update of redis removes CacheSession: set scenario in the configuration, or SCENARIO in the bosslet's file.`,
    );
  const options = ['--scenario', bosslet.scenario, '--ami-version', amiVersion];
  return script(bosslet, 'cloudformation.py', [...options, action, bosslet.name, config]);
}

export const updateStack = (bosslet: Bosslet, config: Config, options: StackCommandOptions): ScriptCommand =>
  cloudformation(bosslet, 'update', config, options);

/** Writes `cloud_formation/templates/<Stack>.template` and `.arguments`. */
export const generateTemplate = (bosslet: Bosslet, config: Config, options: StackCommandOptions): ScriptCommand =>
  cloudformation(bosslet, 'generate', config, options);

export const deleteStack = (bosslet: Bosslet, config: RecreatableConfig, options: StackCommandOptions): ScriptCommand =>
  cloudformation(bosslet, 'delete', recreatable(config), options);

export const createStack = (bosslet: Bosslet, config: RecreatableConfig, options: StackCommandOptions): ScriptCommand =>
  cloudformation(bosslet, 'create', recreatable(config), options);

export const isRecreatable = (config: string): boolean => RECREATABLE.some((each) => each === config);

/** Throws for core and api, whatever a journal or a runbook says. */
export function recreatable(config: string): RecreatableConfig {
  const known = RECREATABLE.find((each) => each === config);
  if (!known) throw new Error(`${config} is never deleted or created: it holds data that exists nowhere else.`);
  return known;
}

export const maintenance = (bosslet: Bosslet, turn: 'on' | 'off'): ScriptCommand =>
  script(bosslet, 'maintenance.py', [turn, bosslet.name]);

/** `path` is absolute: a relative one would be taken from the script's own folder. */
export const vaultExport = (bosslet: Bosslet, path: string): ScriptCommand =>
  script(bosslet, 'bastion.py', [`vault.${bosslet.name}`, 'vault-export', path]);

export const vaultRead = (bosslet: Bosslet, path: string): ScriptCommand =>
  script(bosslet, 'bastion.py', [`vault.${bosslet.name}`, 'vault-read', path]);

/** The three files that {@link iamExport} writes, relative to the checkout. */
export const IAM_TYPES = ['groups', 'roles', 'policies'] as const;
export const iamFile = (type: (typeof IAM_TYPES)[number]): string => `config/iam/${type}.json`;

/** Runs against the account of the bosslet it names: the dev bosslet's. */
export const iamExport = (bosslet: Bosslet, devBosslet: string): ScriptCommand =>
  script(bosslet, 'iam_utils.py', [devBosslet, 'export', ...IAM_TYPES], environmentFor(bosslet, devBosslet));

/**
 * Whose account a script for another bosslet finds in its environment, where that bosslet's file names no PROFILE: never
 * this one's. Its own profile, where we know one, counts before keys of the environment, as it does for our own clients.
 */
function environmentFor(bosslet: Bosslet, ofBosslet: string): NonNullable<ScriptCommand['env']> {
  if (ofBosslet === bosslet.name) return {};
  const profile = bosslet.dev?.bosslet === ofBosslet ? bosslet.dev.profile : undefined;
  if (profile !== undefined) return { ...NO_KEYS, AWS_PROFILE: profile };
  return bosslet.profile === undefined ? {} : { AWS_PROFILE: undefined };
}

/** boto3 takes keys of the environment before AWS_PROFILE. */
const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined };

/** Builds images, named after HEAD or, where one is given, after a version. Its exit code says nothing. */
export const packer = (
  bosslet: Bosslet,
  ofBosslet: string,
  machines: readonly Machine[],
  amiVersion?: string,
): ScriptCommand =>
  script(
    bosslet,
    'packer.py',
    [...(amiVersion ? ['--ami-version', amiVersion] : []), ofBosslet, ...machines],
    environmentFor(bosslet, ofBosslet),
  );

/** As it would be typed in `bin/`: `./cloudformation.py update production.boss redis`. */
export function asTyped({ file, args, cwd }: ScriptCommand): string {
  const here = (word: string) => (word.startsWith(`${cwd}/`) ? `./${word.slice(cwd.length + 1)}` : word);
  return [here(file), ...args.map(here)].map((word) => (/[^\w./:=,@+-]/.test(word) ? `'${word}'` : word)).join(' ');
}
