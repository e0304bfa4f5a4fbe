import type { Bosslet } from '../bosslet/bosslet.ts';
import { ConfigurationError, loadConfiguration } from '../bosslet/configuration.ts';
import { systemClock } from '../clock.ts';
import { Failure } from './failure.ts';
import { programFile } from './programs.ts';
import type { Setup } from './setup.ts';
import { stateFolder } from './stateFolder.ts';
import { programVersion } from './version.ts';

/**
 * The bosslet that was named, or the one that is configured. Undefined: none named and none configured. Throws a
 * {@link Failure} for an unknown name, a broken file, or a choice that must be made.
 */
export async function configuredBosslet(name: string | undefined): Promise<Bosslet | undefined> {
  const configuration = await loadConfiguration().catch((error: unknown) => {
    throw error instanceof ConfigurationError ? new Failure(error.message, 2) : error;
  });
  const names = Object.keys(configuration?.bosslets ?? {});
  if (name === undefined) {
    if (names.length > 1) throw new Failure(`Several bosslets are configured: ${names.join(', ')}. Name one.`, 2);
    return names[0] === undefined ? undefined : configuration?.bosslets[names[0]];
  }
  const bosslet = configuration?.bosslets[name];
  if (bosslet) return bosslet;
  const known = configuration
    ? `${configuration.file} knows ${names.join(', ') || 'none'}.`
    : 'There is no boss-tui.config.yaml here, above, or in the configuration folder.';
  throw new Failure(`The bosslet "${name}" is not configured. ${known}`, 2);
}

/** The environment of boss-manage's scripts in production: the operator's own, unbuffered. */
function scriptEnvironment(bosslet: Bosslet): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  return {
    ...Object.fromEntries(own),
    PYTHONUNBUFFERED: '1',
    AWS_REGION: bosslet.region,
    ...(bosslet.profile === undefined ? {} : { AWS_PROFILE: bosslet.profile }),
  };
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
