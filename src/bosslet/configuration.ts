import { lstat, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import type { Bosslet } from './bosslet.ts';

/** The configuration is missing or wrong. The message names file, field and cure. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const NAMES = ['boss-tui.config.yaml', 'boss-tui.config.yml', 'boss-tui.config.json'] as const;

/** BOSS' own machines: an Amazon bastion, Ubuntu behind it. */
const SSH = { user: 'ubuntu', bastionUser: 'ec2-user', port: 22 };

const sshSchema = z.strictObject({
  user: z.string().default(SSH.user),
  bastionUser: z.string().default(SSH.bastionUser),
  port: z.int().min(1).max(65_535).default(SSH.port),
  identityFile: z.string().optional(),
  configFile: z.string().optional(),
});

const bossletSchema = z.strictObject({
  internalDomain: z.string().min(1),
  externalDomain: z.string().min(1),
  region: z.string().min(1).default('us-east-1'),
  accountId: z.string().regex(/^\d{12}$/, 'twelve digits in quotes'),
  profile: z.string().optional(),
  alertTopic: z.string().default('ProductionMicronsMailingList'),
  operator: z.string().min(1),
  scenario: z.string().optional(),
  sprint: z.string().min(1),
  amiSuffix: z.string().default('.boss'),
  dev: z
    .strictObject({ bosslet: z.string(), accountId: z.string().regex(/^\d{12}$/), profile: z.string().optional() })
    .optional(),
  apiUrl: z.url().optional(),
  caFile: z.string().optional(),
  maintenance: z.strictObject({ contains: z.string().min(1) }).default({ contains: 'Down for Maintenance' }),
  dns: z
    .strictObject({ resolvers: z.array(z.string()), authoritative: z.boolean().default(true) })
    .default({ resolvers: ['8.8.8.8', '1.1.1.1', '9.9.9.9', 'system'], authoritative: true }),
  redis: z
    .strictObject({
      via: z.enum(['endpoint', 'bastion', 'direct']),
      caches: z.record(z.string(), z.string()).default({}),
      ssh: sshSchema.default(SSH),
    })
    .default({ via: 'endpoint', caches: {}, ssh: SSH }),
  evidence: z.strictObject({ copyTo: z.string() }).optional(),
});

const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  bossManage: z.string().optional(),
  python: z.string().optional(),
  bosslets: z.record(z.string(), bossletSchema),
});

/** A configuration file, checked. */
export interface Configuration {
  readonly file: string;
  readonly bosslets: Readonly<Record<string, Bosslet>>;
}

/**
 * The configuration file that holds for a folder: found upward from it, then in the user's configuration folder.
 * Undefined where there is none. Throws {@link ConfigurationError}.
 */
export async function loadConfiguration(
  from: string = process.cwd(),
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Configuration | undefined> {
  for (const folder of searched(from, environment)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      const stat = await lstat(file).catch(() => undefined);
      if (!stat) continue;
      // It names programs to run: whoever can write it can run anything as this user.
      if (stat.uid !== process.getuid?.() || (stat.mode & 0o022) !== 0) {
        throw new ConfigurationError(
          `${file} can be written by others, and it names programs to run: make it yours alone with "chown $USER" and "chmod go-w".`,
        );
      }
      return { file, bosslets: bossletsOf(await readFile(file, 'utf8'), file) };
    }
  }
  return undefined;
}

function searched(from: string, environment: NodeJS.ProcessEnv): readonly string[] {
  const folders: string[] = [];
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    folders.push(folder);
    if (folder === dirname(folder)) break;
  }
  const base = environment.XDG_CONFIG_HOME;
  return [...folders, join(base && isAbsolute(base) ? base : join(homedir(), '.config'), 'boss-tui')];
}

/** Parses the text of a configuration file. Throws {@link ConfigurationError} naming the field. */
export function bossletsOf(text: string, file: string): Readonly<Record<string, Bosslet>> {
  let value: unknown;
  try {
    // JSON is YAML.
    value = parseYaml(text);
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    throw new ConfigurationError(`${file} is not YAML: ${reason}`);
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') || 'the file';
    throw new ConfigurationError(`${file}: ${field}: ${issue?.message ?? 'wrong'}. Correct the field and start again.`);
  }
  const { bossManage, python, bosslets } = parsed.data;
  const checkout = bossManage === undefined ? process.cwd() : absolute(bossManage, dirname(file));
  return Object.fromEntries(
    Object.entries(bosslets).map(([name, { evidence, ...fields }]): [string, Bosslet] => [
      name,
      {
        ...withoutUndefined(fields),
        name,
        apiUrl: fields.apiUrl ?? `https://api.${fields.externalDomain}`,
        bossManage: checkout,
        ...(python === undefined ? {} : { python }),
        ...(evidence && { evidenceCopyTo: evidence.copyTo }),
      },
    ]),
  );
}

const absolute = (path: string, from: string): string =>
  path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(from, path);

type Present<T> = T extends readonly unknown[] | string | number | boolean
  ? T
  : { [K in keyof T]: Present<Exclude<T[K], undefined>> };

/** `{a: undefined}` and `{}` mean the same in a file and not in our types. */
function withoutUndefined<T extends object>(value: T): Present<T> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === undefined
        ? []
        : [[key, item !== null && typeof item === 'object' && !Array.isArray(item) ? withoutUndefined(item) : item]],
    ),
  ) as Present<T>;
}
