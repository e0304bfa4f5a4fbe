import { resolve } from 'node:path';
import { readBossConfig } from './bossConfig.ts';
import type { Bosslet, Doubt } from './bosslet.ts';
import { bossletOf, isOfBossConfig, missingIn } from './bossletOf.ts';
import { checkoutAround } from './checkout.ts';
import { ConfigurationError } from './configurationError.ts';
import { type ConfigurationFile, loadConfigurationFile } from './configurationFile.ts';
import { doubtsOf } from './doubts.ts';
import { DEFAULTS, type Layer, layerOf, type Sourced } from './layer.ts';
import { publicHost } from './names.ts';
import { bossletName, type SettingName, settingOf } from './settings.ts';

/** The options of the command line that say something of a bosslet. */
export interface Flags {
  /** The configuration file, instead of the one that is found. */
  readonly config?: string;
  readonly bossManage?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly sprint?: string;
  readonly scenario?: string;
  readonly operator?: string;
}

/** Which bosslet is asked for, and where. */
export interface Asked {
  /** Absent: the one that is configured. */
  readonly name: string | undefined;
  readonly flags: Flags;
  /** The working folder: the file is looked for from there upward, and so is the checkout that nobody names. */
  readonly from: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** For each run of `boss-config.py`, in real milliseconds. */
  readonly timeoutMs?: number;
}

/** All that is said of a bosslet, complete or not. */
export interface Configured {
  readonly name: string;
  /** Absent: there is none. */
  readonly file?: string;
  /** What holds: the file over `boss-config.py`, the command line over both, defaults below all. */
  readonly settings: Layer;
  /** What `boss-config.py` says, whatever holds. */
  readonly script: Layer;
  readonly doubts: readonly Doubt[];
  /** Why `boss-config.py` said nothing, where there is one to ask. */
  readonly failure?: ConfigurationError;
}

/**
 * What is said of a bosslet: by `boss-config.py` of the checkout, the configuration file over it, the command line over
 * both. Undefined where none is named and none configured. Throws {@link ConfigurationError}.
 */
export async function configure(asked: Asked): Promise<Configured | undefined> {
  const { flags, from, environment } = asked;
  const file = await loadConfigurationFile(from, environment, flags.config);
  const name = asked.name ?? onlyOne(file);
  if (name === undefined) {
    if (Object.keys(flags).length > 0)
      throw new ConfigurationError('Options for a bosslet are given, and none is named or configured: name one.');
    return undefined;
  }
  if (!bossletName.safeParse(name).success)
    throw new ConfigurationError(`"${name}" is not the name of a bosslet: letters, digits, dots and dashes.`);
  const own: Layer = { ...file?.shared, ...file?.bosslets.get(name), ...flagLayer(flags, from) };
  const found = own.bossManage ? { checkout: own.bossManage } : await around(from);
  const isListed = file?.bosslets.has(name) ?? false;
  if (!isListed && !found.checkout) throw found.failure ?? unknownName(name, file);
  const said = await scriptLayers(name, own, found.checkout?.value, asked);
  const failure = found.failure ?? said.failure;
  if (!isListed && failure) throw failure;
  const { script, dev } = said;
  const settings = derived({
    ...DEFAULTS,
    ...script,
    ...dev,
    ...(found.checkout && { bossManage: found.checkout }),
    ...own,
  });
  return {
    name,
    ...(file && { file: file.file }),
    settings,
    script,
    doubts: doubtsOf(name, settings, script, failure, said.devFailure),
    ...(failure && { failure }),
  };
}

/** The bosslet, where all that it needs is said. Throws {@link ConfigurationError} naming what is missing and the cure. */
export function completeBosslet(configured: Configured): Bosslet {
  const problem = whatIsMissing(configured);
  if (problem !== undefined) throw new ConfigurationError(problem);
  return bossletOf(configured.name, configured.settings, configured.doubts);
}

/** A sentence with its cure; undefined where nothing is missing. */
export function whatIsMissing({ name, file, settings, failure }: Configured): string | undefined {
  const missing = missingIn(settings);
  if (missing.length === 0) return undefined;
  const scriptKnows = missing.some(isOfBossConfig);
  // Once it answers, less is missing.
  if (scriptKnows && failure) return failure.message;
  const flags = missing.flatMap((setting) => settingOf(setting).flag ?? []);
  const ways = [
    `say ${missing.length === 1 ? 'it' : 'them'} below bosslets.${name} in ${file ?? 'boss-tui.config.yaml'}`,
    ...(flags.length > 0 ? [`by ${flags.join(' and ')}`] : []),
    ...(scriptKnows && !settings.bossManage ? ['name the boss-manage checkout by --boss-manage'] : []),
  ];
  return `Nobody says ${missing.join(', ')} of ${name}: ${ways.join(', or ')}.`;
}

function onlyOne(file: ConfigurationFile | undefined): string | undefined {
  const names = [...(file?.bosslets.keys() ?? [])];
  if (names.length > 1) throw new ConfigurationError(`Several bosslets are configured: ${names.join(', ')}. Name one.`);
  return names[0];
}

function unknownName(name: string, file: ConfigurationFile | undefined): ConfigurationError {
  const known = file
    ? `${file.file} knows ${[...file.bosslets.keys()].join(', ') || 'none'}`
    : 'there is no boss-tui.config.yaml here, above, or in the configuration folder';
  return new ConfigurationError(
    `The bosslet "${name}" is not configured: ${known}, and no boss-manage checkout is named by --boss-manage or around this folder.`,
  );
}

function flagLayer({ config: _, bossManage, ...flags }: Flags, from: string): Layer {
  return layerOf(
    { ...flags, bossManage: bossManage === undefined ? undefined : resolve(from, bossManage) },
    (name) => ({ is: 'flag', flag: settingOf(name).flag ?? '' }),
    (name, expected) => new ConfigurationError(`${settingOf(name).flag} must be ${expected}; correct it.`),
  );
}

interface Found {
  readonly checkout?: Sourced<string> | undefined;
  readonly failure?: ConfigurationError;
}

async function around(from: string): Promise<Found> {
  try {
    return { checkout: await checkoutAround(from) };
  } catch (error) {
    return { failure: onlyConfiguration(error) };
  }
}

function onlyConfiguration(error: unknown): ConfigurationError {
  if (error instanceof ConfigurationError) return error;
  throw error;
}

interface Said {
  readonly script: Layer;
  /** What the dev bosslet's says, as settings of this one. */
  readonly dev: Layer;
  readonly failure?: ConfigurationError;
  readonly devFailure?: ConfigurationError;
}

/** What `boss-config.py` says, of the dev bosslet as well where the file leaves that open. */
async function scriptLayers(name: string, own: Layer, checkout: string | undefined, asked: Asked): Promise<Said> {
  if (checkout === undefined) return { script: {}, dev: {} };
  const read = async (bosslet: string, profile: string | undefined) => {
    try {
      const layer = await readBossConfig(bosslet, {
        checkout,
        environment: { ...asked.environment, ...(profile === undefined ? {} : { AWS_PROFILE: profile }) },
        ...(own.python && { python: own.python.value }),
        ...(asked.signal && { signal: asked.signal }),
        ...(asked.timeoutMs !== undefined && { timeoutMs: asked.timeoutMs }),
      });
      return { layer };
    } catch (error) {
      return { layer: {}, failure: onlyConfiguration(error) };
    }
  };
  const devName = own['dev.bosslet']?.value;
  const asksDev = devName !== undefined && !(own['dev.accountId'] && own['dev.profile']);
  const [main, dev] = await Promise.all([
    read(name, own.profile?.value),
    asksDev ? read(devName, own['dev.profile']?.value) : undefined,
  ]);
  const { accountId, profile }: Layer = dev?.layer ?? {};
  return {
    script: main.layer,
    dev: { ...(accountId && { 'dev.accountId': accountId }), ...(profile && { 'dev.profile': profile }) },
    ...(main.failure && { failure: main.failure }),
    ...(dev?.failure && { devFailure: dev.failure }),
  };
}

/** With what follows from the rest. */
function derived(settings: Layer): Layer {
  const from: SettingName = 'externalDomain';
  const { externalDomain, externalFormat } = settings;
  if (settings.apiUrl || !externalDomain) return settings;
  const host = publicHost({
    internalDomain: '',
    externalDomain: externalDomain.value,
    ...(externalFormat && { externalFormat: externalFormat.value }),
  });
  return { ...settings, apiUrl: { value: `https://${host}`, origin: { is: 'derived', from } } };
}
