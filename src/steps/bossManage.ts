import { join } from 'node:path';
import { type Bosslet, type Config, checkoutOf, type Machine } from '../bosslet/bosslet.ts';
import type { ScriptCommand } from '../clients/doors.ts';

/** Stacks whose scripts may delete and create them. Never core and api: they hold what exists nowhere else. */
export const RECREATABLE = ['redis', 'cachedb', 'activities', 'cloudwatch', 'idindexing', 'dynamolambda'] as const;
export type RecreatableConfig = (typeof RECREATABLE)[number];

type Scripted = Pick<Bosslet, 'bossManage' | 'python'>;

/** A script of boss-manage's `bin/`, by its own shebang unless an interpreter is configured. */
function script(bosslet: Scripted, name: string, args: readonly string[]): ScriptCommand {
  const cwd = join(checkoutOf(bosslet), 'bin');
  const file = join(cwd, name);
  return {
    ...(bosslet.python ? { file: bosslet.python, args: [file, ...args] } : { file, args }),
    cwd,
    env: { PYTHONUNBUFFERED: '1' },
  };
}

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
  // Without its scenario, `update redis` removes CacheSession.
  const scenario = bosslet.scenario === undefined ? [] : ['--scenario', bosslet.scenario];
  const options = [...scenario, '--ami-version', amiVersion];
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
  script(bosslet, 'iam_utils.py', [devBosslet, 'export', ...IAM_TYPES]);

/** Builds images, named after HEAD or, where one is given, after a version. Its exit code says nothing. */
export const packer = (
  bosslet: Bosslet,
  ofBosslet: string,
  machines: readonly Machine[],
  amiVersion?: string,
): ScriptCommand =>
  script(bosslet, 'packer.py', [...(amiVersion ? ['--ami-version', amiVersion] : []), ofBosslet, ...machines]);

/** As it would be typed in `bin/`: `./cloudformation.py update production.boss redis`. */
export function asTyped({ file, args, cwd }: ScriptCommand): string {
  const here = (word: string) => (word.startsWith(`${cwd}/`) ? `./${word.slice(cwd.length + 1)}` : word);
  return [here(file), ...args.map(here)].map((word) => (/[^\w./:=,@+-]/.test(word) ? `'${word}'` : word)).join(' ');
}
