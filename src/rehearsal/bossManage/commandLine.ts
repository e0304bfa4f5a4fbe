import { ScriptExit } from './scriptErrors.ts';
import type { Terminal } from './terminal.ts';

/** The command line of a script, as argparse is told. */
export interface CommandLine {
  /** The file's name: `packer.py`. */
  readonly program: string;
  /** Options by their long or only name. */
  readonly options: Readonly<Record<string, Option>>;
  readonly positionals: readonly Positional[];
}
export interface Option {
  readonly short?: string;
  /** Shown in the usage; absent: the option takes no value. */
  readonly metavar?: string;
  readonly choices?: readonly string[];
}
export interface Positional {
  readonly name: string;
  readonly choices?: readonly string[];
  /** `+`: one or more; `*`: any number. */
  readonly repeats?: '+' | '*';
}
export interface Arguments {
  /** Value by option name; `true` for one that takes none. */
  readonly options: ReadonlyMap<string, string | true>;
  /** Values by position's name. */
  readonly positionals: ReadonlyMap<string, readonly string[]>;
}

/** Parses, or prints what argparse would and ends with exit 2 (0 for `--help`). */
export function parseArguments(line: CommandLine, args: readonly string[], terminal: Terminal): Arguments {
  const fail = (problem: string): never => {
    terminal.printError(usage(line));
    terminal.printError(`${line.program}: error: ${problem}`);
    throw new ScriptExit(2);
  };
  const options = new Map<string, string | true>();
  const words: string[] = [];
  const unknown: string[] = [];
  // Words behind an option are no positionals any more once each position has had its word.
  let closed = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '-h' || word === '--help') {
      terminal.print(usage(line));
      throw new ScriptExit(0);
    }
    const [name = word, inline] = word.startsWith('--') ? splitOnce(word, '=') : [word];
    const found = Object.entries(line.options).find(([long, { short }]) => name === long || name === short);
    const isOption = word.startsWith('-') && word !== '-';
    if (isOption) closed = words.length >= line.positionals.length;
    if (!found) (isOption || closed ? unknown : words).push(word);
    else if (found[1].metavar === undefined) options.set(found[0], true);
    else {
      const value = inline ?? args[++at];
      const shown = [found[1].short, found[0]].filter(Boolean).join('/');
      if (value === undefined) return fail(`argument ${shown}: expected one argument`);
      check(`argument ${shown}`, value, found[1].choices, fail);
      options.set(found[0], value);
    }
  }
  return { options, positionals: place(line, words, unknown, fail) };
}

function place(
  line: CommandLine,
  words: readonly string[],
  unknown: readonly string[],
  fail: (problem: string) => never,
): ReadonlyMap<string, readonly string[]> {
  const positionals = new Map<string, readonly string[]>();
  let rest = words;
  for (const { name, choices, repeats } of line.positionals) {
    const taken = repeats === undefined ? rest.slice(0, 1) : rest;
    for (const value of taken) check(`argument ${name}`, value, choices, fail);
    positionals.set(name, taken);
    rest = rest.slice(taken.length);
  }
  const missing = line.positionals.filter(
    ({ name, repeats }) => repeats !== '*' && positionals.get(name)?.length === 0,
  );
  if (missing.length > 0) fail(`the following arguments are required: ${missing.map(({ name }) => name).join(', ')}`);
  const extra = [...unknown, ...rest];
  if (extra.length > 0) fail(`unrecognized arguments: ${extra.join(' ')}`);
  return positionals;
}

function check(
  argument: string,
  value: string,
  choices: readonly string[] | undefined,
  fail: (problem: string) => never,
): void {
  if (choices && !choices.includes(value))
    fail(`${argument}: invalid choice: '${value}' (choose from ${choices.map((choice) => `'${choice}'`).join(', ')})`);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function usage({ program, options, positionals }: CommandLine): string {
  const optional = Object.entries(options).map(
    ([long, { short, metavar }]) => `[${short ?? long}${metavar === undefined ? '' : ` ${metavar}`}]`,
  );
  const required = positionals.map(({ name, repeats }) =>
    repeats === undefined ? name : repeats === '+' ? `${name} [${name} ...]` : `[${name} ...]`,
  );
  return `usage: ${[program, '[-h]', ...optional, ...required].join(' ')}`;
}
