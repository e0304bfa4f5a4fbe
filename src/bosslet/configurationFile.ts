import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { ConfigurationError } from './configurationError.ts';
import { fileSchema, knownNames } from './fileSchema.ts';
import { type Layer, layerOf, type Origin } from './layer.ts';
import { othersMayChange } from './ownership.ts';
import { lineOf } from './places.ts';
import { SETTING_NAMES, type SettingName, SHARED_SETTINGS, settingOf } from './settings.ts';

const NAMES = ['boss-tui.config.yaml', 'boss-tui.config.yml', 'boss-tui.config.json'] as const;

/** A configuration file, checked; paths in it are absolute. */
export interface ConfigurationFile {
  readonly file: string;
  /** What holds for all its bosslets. */
  readonly shared: Layer;
  /** What it says of each bosslet, in its order. */
  readonly bosslets: ReadonlyMap<string, Layer>;
}

/**
 * The configuration file that was named, or the one that holds for a folder: found upward from it, then in the user's
 * configuration folder. Undefined where there is none. Throws {@link ConfigurationError}.
 */
export async function loadConfigurationFile(
  from: string,
  environment: NodeJS.ProcessEnv,
  named?: string,
): Promise<ConfigurationFile | undefined> {
  if (named !== undefined) {
    const file = resolve(from, named);
    const text = await readOwn(file);
    if (text === undefined) throw new ConfigurationError(`${file} does not exist; correct --config.`);
    return parseConfiguration(text, file);
  }
  for (const folder of searched(from, environment)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      const text = await readOwn(file);
      if (text !== undefined) return parseConfiguration(text, file);
    }
  }
  return undefined;
}

/** The file's text; undefined where there is none. It names programs to run: whoever can write it can run anything as this user. */
async function readOwn(file: string): Promise<string | undefined> {
  // Without O_NONBLOCK, a pipe of that name would be waited for.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new ConfigurationError(`${file} cannot be read (${error.code}): make it readable for you.`);
  });
  if (!handle) return undefined;
  try {
    const about = await handle.stat();
    if (!about.isFile()) throw new ConfigurationError(`${file} is not a file: move it away.`);
    const reason =
      process.getuid && about.uid !== process.getuid()
        ? 'belongs to another user: use a copy that is yours'
        : await othersMayChange(file, about);
    if (reason !== undefined) throw new ConfigurationError(`${file}, which names programs to run, ${reason}.`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
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

/** Checks the text of a configuration file. Throws {@link ConfigurationError} naming file, line and field. */
export function parseConfiguration(text: string, file: string): ConfigurationFile {
  const lines = new LineCounter();
  // JSON is YAML.
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken) throw notYaml(file, broken);
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw notYaml(file, error);
  }
  const lineAt = (path: readonly PropertyKey[]) => lineOf(document, lines, path);
  const parsed = fileSchema.safeParse(value);
  const [issue] = parsed.error?.issues ?? [];
  if (issue) throw new ConfigurationError(sentenceOf(issue, value, file, lineAt));
  const layer = (path: readonly string[], below: unknown, names: readonly SettingName[]) =>
    layerOf(
      Object.fromEntries(names.map((name) => [name, absolute(name, at(below, name.split('.')), dirname(file))])),
      (name): Origin => ({ is: 'file', file, line: lineAt([...path, ...name.split('.')]) }),
      (name, expected) =>
        new ConfigurationError(`${file}: ${[...path, name].join('.')} must be ${expected}; correct it.`),
    );
  const own = SETTING_NAMES.filter((name) => !isShared(name));
  return {
    file,
    shared: layer([], value, SETTING_NAMES.filter(isShared)),
    bosslets: new Map(
      Object.entries(at(value, ['bosslets']) ?? {}).map(([name, below]) => [
        name,
        layer(['bosslets', name], below, own),
      ]),
    ),
  };
}

const isShared = (name: SettingName) => name in SHARED_SETTINGS;

function notYaml(file: string, error: unknown): ConfigurationError {
  const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
  return new ConfigurationError(`${file} is not YAML: ${reason.replace(/[:.]$/, '')}; correct it and start again.`);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (below, step) =>
      below !== null && typeof below === 'object' && Object.hasOwn(below, step) ? Reflect.get(below, step) : undefined,
    value,
  );
}

/** A path as it is meant from anywhere; a program without a slash is looked for on the PATH. */
function absolute(name: SettingName, value: unknown, from: string): unknown {
  if (typeof value !== 'string') return value;
  const isPath = name === 'python' ? value.includes('/') : settingOf(name).isPath && !value.startsWith('s3://');
  if (!isPath) return value;
  return value === '~' || value.startsWith('~/') ? join(homedir(), value.slice(1)) : resolve(from, value);
}

/** What an issue says, without the value: it may hold a password. */
function sentenceOf(
  issue: z.core.$ZodIssue,
  value: unknown,
  file: string,
  lineAt: (path: readonly PropertyKey[]) => number | undefined,
): string {
  const named = (path: readonly PropertyKey[]) => path.map(String).join('.') || 'the file';
  const place = (path: readonly PropertyKey[]) => {
    const line = lineAt(path);
    return line === undefined ? file : `${file}:${line}`;
  };
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0] ?? ''];
    return `${place(path)}: ${named(path)} is not known; correct it to one of ${knownNames(issue.path).join(', ')}, or remove it.`;
  }
  if (issue.code === 'invalid_key')
    return `${place(issue.path)}: ${named(issue.path)} must be ${issue.issues[0]?.message}; correct it and start again.`;
  return `${place(issue.path)}: ${named(issue.path)} must be ${issue.message}, and is ${kindOf(at(value, issue.path))}; correct it and start again.`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'another text' : typeof value === 'boolean' ? 'true or false' : 'a number';
}
