import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Clock } from '../../clock.ts';
import { PythonError } from './scriptErrors.ts';
import type { ScriptBosslet, ScriptWorld } from './scriptWorld.ts';
import type { Terminal } from './terminal.ts';

/** What a script runs in. */
export interface ScriptContext {
  /** Its file's name: `maintenance.py`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly world: ScriptWorld;
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** The boss-manage checkout, absolute. */
  readonly checkout: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A script ends by returning (exit 0) or by one of the errors of `scriptErrors.ts`. */
export type Script = (context: ScriptContext) => Promise<void>;

/** The bosslet that a command line named, with its name. */
export interface NamedBosslet extends ScriptBosslet {
  readonly name: string;
}

export const bossletNames = ({ world }: ScriptContext): readonly string[] => Object.keys(world.bosslets).sort();

/** Throws where there is none of this name; command lines are checked before. */
export function bossletOf({ world }: ScriptContext, name: string | undefined): NamedBosslet {
  const bosslet = name === undefined ? undefined : world.bosslets[name];
  if (name === undefined || !bosslet) throw new PythonError('KeyError', `'${name}'`);
  return { name, ...bosslet };
}

/** 40 hex digits. */
export async function headOf({
  checkout,
  environment,
}: Pick<ScriptContext, 'checkout' | 'environment'>): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], {
    cwd: checkout,
    env: { ...environment },
  });
  return stdout.trim();
}

/**
 * The AWS profile that a bosslet's file names, or undefined where it has none and the environment's keys are used.
 * The bosslets of another account than that of the environment's key have one.
 */
export function profileOf(
  { world, environment }: Pick<ScriptContext, 'world' | 'environment'>,
  bosslet: ScriptBosslet,
): string | undefined {
  const owner = Object.values(world.bosslets).find(({ accessKeyId }) => accessKeyId === environment.AWS_ACCESS_KEY_ID);
  return owner && owner.accountId !== bosslet.accountId ? 'dev' : undefined;
}
