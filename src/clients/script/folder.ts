import { readFile } from 'node:fs/promises';
import { writeDurably, writeOnce } from '../../durable.ts';

/**
 * What lies in a script's folder, which is all that its supervisor and we know of each other. Folders are 0700, files
 * 0600.
 */
export const FILES = {
  /** What to run, for the supervisor; the values of its environment are taken out once they are read. */
  command: 'command.json',
  /** Who runs it: written once, before the script begins. */
  supervisor: 'supervisor.json',
  /** Every byte that the script wrote to its terminal. */
  log: 'out.log',
  /** What is to be typed: 0001, 0002, … */
  answers: 'in',
  /** The number of the last one that was typed; written before it is. */
  typed: 'typed',
  /** How it ended: written and synced before the supervisor ends. */
  result: 'result.json',
  /** Where the supervisor says what went wrong with itself. */
  trouble: 'supervisor.log',
} as const;

/**
 * A supervisor begins within this time of its command, or never: whoever finds a folder older than
 * {@link ABANDONED_AFTER_MS} without one may rely on it. Wall clock milliseconds.
 */
export const BEGINS_WITHIN_MS = 15_000;
export const ABANDONED_AFTER_MS = 30_000;

/** command.json. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly givenAtMs: number;
}
/** A command as it may stay on the disk: the values of its environment hold keys of accounts. */
export const withoutValues = (command: Command): Command => ({
  ...command,
  env: Object.fromEntries(Object.keys(command.env).map((name) => [name, ''])),
});
/** supervisor.json; `start` as `processStart` gives it. */
export interface Supervisor {
  readonly pid: number;
  readonly start: string;
}
/** result.json. */
export interface Result {
  readonly exitCode: number;
  readonly endedAtMs: number;
}
/** in/0001. */
export type Entry = { readonly is: 'answer'; readonly text: string } | { readonly is: 'interrupt' };

export const entryName = (n: number): string => String(n).padStart(4, '0');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isTextRecord = (value: unknown): value is Record<string, string> =>
  isRecord(value) && isTexts(Object.values(value));

/** Each gives undefined for whatever is not of its form. */
export const parse = {
  command(value: unknown): Command | undefined {
    if (!isRecord(value)) return undefined;
    const { file, args, cwd, env, givenAtMs } = value;
    if (typeof file !== 'string' || typeof cwd !== 'string' || typeof givenAtMs !== 'number') return undefined;
    return isTexts(args) && isTextRecord(env) ? { file, args, cwd, env, givenAtMs } : undefined;
  },
  supervisor(value: unknown): Supervisor | undefined {
    if (!isRecord(value)) return undefined;
    const { pid, start } = value;
    return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : undefined;
  },
  result(value: unknown): Result | undefined {
    if (!isRecord(value)) return undefined;
    const { exitCode, endedAtMs } = value;
    return typeof exitCode === 'number' && typeof endedAtMs === 'number' ? { exitCode, endedAtMs } : undefined;
  },
  entry(value: unknown): Entry | undefined {
    if (!isRecord(value)) return undefined;
    if (value.is === 'interrupt') return { is: 'interrupt' };
    return value.is === 'answer' && typeof value.text === 'string' ? { is: 'answer', text: value.text } : undefined;
  },
};

/** A JSON file's value by one of the parsers; undefined where there is none, or none yet, or another thing. */
export async function readJson<T>(file: string, of: (value: unknown) => T | undefined): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return of(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** Whole or not at all, and durable when it resolves; replaces what was there. */
export const writeJson = (file: string, value: unknown): Promise<void> => writeDurably(file, lineOf(value));

/** As {@link writeJson}, but throws with code EEXIST where the file is there: of two writers one wins. */
export const writeJsonOnce = (file: string, value: unknown): Promise<void> => writeOnce(file, lineOf(value));
