import type { Bosslet } from '../bosslet/bosslet.ts';
import { type Configured, completeBosslet, configure, type Flags } from '../bosslet/configuration.ts';
import { ConfigurationError } from '../bosslet/configurationError.ts';
import { systemClock } from '../clock.ts';
import { Failure } from './failure.ts';
import { programFile } from './programs.ts';
import { scriptEnvironment } from './scriptEnvironment.ts';
import type { Setup } from './setup.ts';
import { stateFolder } from './stateFolder.ts';
import { programVersion } from './version.ts';

export type { Flags };

/**
 * What is said of the bosslet that was named, or of the one that is configured. Undefined: none named and none
 * configured. Throws a {@link Failure} for an unknown name, a broken file, or a choice that must be made.
 */
export function configured(
  name: string | undefined,
  flags: Flags,
  signal?: AbortSignal,
): Promise<Configured | undefined> {
  const asked = { name, flags, from: process.cwd(), environment: process.env, ...(signal && { signal }) };
  return asFailure(() => configure(asked));
}

/** The same as a bosslet; a {@link Failure} also where something that it needs is said nowhere. */
export async function configuredBosslet(
  name: string | undefined,
  flags: Flags = {},
  signal?: AbortSignal,
): Promise<Bosslet | undefined> {
  const known = await configured(name, flags, signal);
  return known && asFailure(async () => completeBosslet(known));
}

async function asFailure<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof ConfigurationError ? new Failure(error.message, 2) : error;
  }
}

/** How production is reached. */
export async function productionSetup(bosslet: Bosslet, readOnly: boolean): Promise<Setup> {
  return {
    mode: 'production',
    bosslet,
    clock: systemClock,
    scriptEnvironment: scriptEnvironment(bosslet),
    supervisorFile: programFile('supervisor'),
    readOnly,
    recordsFolder: stateFolder(),
    faults: [],
    version: await programVersion(),
  };
}
