import { sanitise, sanitiseLine } from '../text/sanitise.ts';
import type { Ran } from './runToEnd.ts';

/** What was run. */
interface Asked {
  readonly bosslet: string;
  /** Absolute path of `boss-config.py`. */
  readonly file: string;
  readonly python: string | undefined;
  readonly timeoutMs: number;
}

/** What the script prints when it fails, and the end of the sentence that begins with its name. */
const FAILURES: readonly { readonly said: RegExp; readonly means: (match: RegExpExecArray, asked: Asked) => string }[] =
  [
    {
      said: /invalid choice: .*?\(choose from (.*?)\)\s*$/m,
      means: ([, names = ''], { bosslet }) =>
        `knows no bosslet "${bosslet}", but ${names.replaceAll("'", '')}: name one of them, or add its file to config/`,
    },
    {
      said: /^.*Variable '(\w+)' not defined/m,
      means: ({ input }, { bosslet }) => {
        const keys = [...input.matchAll(/Variable '(\w+)' not defined/g)].map(([, key]) => key);
        return `says that the file of ${bosslet} lacks ${keys.join(', ')}: define ${keys.length === 1 ? 'it' : 'them'} there`;
      },
    },
    {
      said: /(SSH_KEY|OUTBOUND_KEY) '(.*?)' doesn't exist/,
      means: ([, key, path]) => `finds no ssh key ${path}: put the key that ${key} names there, with mode 600`,
    },
    {
      said: /The config profile \((.*?)\) could not be found/,
      means: ([, profile]) =>
        `finds no AWS profile "${profile}": add it with "aws configure --profile ${profile}", or correct PROFILE or --profile`,
    },
    {
      said: /(?:ModuleNotFoundError|ImportError): (No module named '?([\w.]+)'?|.*)/,
      means: ([, reason, module]) =>
        module === undefined
          ? `cannot be run by this Python (${reason}): configure python as one of 3.7 to 3.9 with boss-manage's requirements`
          : `lacks the Python module ${module}: install boss-manage's requirements, or configure python as one that has them`,
    },
    {
      said: /AttributeError: module 'collections' has no attribute .*/,
      means: () => 'cannot be run by this Python, which is too new: configure python as one of 3.7 to 3.9',
    },
    {
      said: /env: ['‘]?([\w.-]+)['’]?: No such file or directory/,
      means: ([, program]) => `needs ${program}, which was not found: install it, or configure python`,
    },
  ];

/** Longest part of an unknown failure that is told. */
const LONGEST_REASON = 200;

/** Why `boss-config.py` gave no answer, in one sentence with the cure. */
export function whyBossConfigFailed(ran: Ran, asked: Asked): string {
  const { bosslet, file, python } = asked;
  const byHand = `run "${python === undefined ? '' : `${python} `}${file} ${bosslet}" by hand`;
  switch (ran.is) {
    case 'timedOut':
      return `${file} ${bosslet} did not end within ${asked.timeoutMs / 1_000} s and was ended: ${byHand} and see what it waits for.`;
    case 'tooLong':
      return `${file} ${bosslet} printed without end and was ended: ${byHand} and look at it.`;
    case 'notStarted':
      return notStarted(ran.code, asked);
    case 'exited': {
      const output = sanitise(`${ran.stdout}\n${ran.stderr}`);
      for (const { said, means } of FAILURES) {
        const match = said.exec(output);
        if (match) return `${file} ${sanitiseLine(means(match, asked))}.`;
      }
      if (ran.code === 0) return `${file} ${bosslet} printed nothing that could be read: ${byHand} and look at it.`;
      const last = sanitiseLine(lastLine(ran.stderr) ?? lastLine(ran.stdout) ?? '').slice(0, LONGEST_REASON);
      const how = ran.code === undefined ? 'was killed' : `failed with exit code ${ran.code}`;
      return `${file} ${bosslet} ${how}${last === '' ? '' : ` (${last})`}: ${byHand} and mend it.`;
    }
  }
}

function notStarted(code: string, { file, python }: Asked): string {
  if (python !== undefined)
    return code === 'ENOENT'
      ? `${python}, which is configured to run boss-manage's scripts, was not found: install it, or correct python.`
      : `${python}, which is configured to run boss-manage's scripts, could not be started (${code}): correct python.`;
  if (code === 'EACCES') return `${file} cannot be executed: chmod +x it, or configure python.`;
  if (code === 'ENOENT')
    return `The interpreter that ${file} names in its first line was not found: install it, or configure python.`;
  return `${file} could not be started (${code}): configure python.`;
}

const lastLine = (text: string): string | undefined => text.trim().split('\n').at(-1)?.trim() || undefined;
