import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { sanitiseLine } from '../text/sanitise.ts';
import type { GitAct } from './doors.ts';

/** A diff may be long: an IAM export is a few hundred kilobytes. */
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** What the environment may not change: the language of messages, questions on the terminal, pagers, optional locks. */
const ENVIRONMENT = { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_PAGER: 'cat' };

/** The checkout at `folder`, by the git binary. No shell, no pager, no external diff program. */
export function createGit({ folder }: { readonly folder: string }): GitAct {
  return {
    async head(signal) {
      const written = await writtenHead(folder);
      signal?.throwIfAborted();
      if (written !== undefined) return written;
      const head = (await runGit(folder, ['rev-parse', '--verify', 'HEAD'], signal)).trim();
      if (!COMMIT.test(head))
        throw new Error(`HEAD of ${folder} is not a commit of 40 hex digits; use a checkout with SHA-1 object names.`);
      return head;
    },
    async status(signal) {
      // Whatever its settings say of submodules: what lies in them is deployed too.
      const text = await runGit(folder, ['status', '--porcelain', '--ignore-submodules=none'], signal);
      return text.split('\n').filter((line) => line !== '');
    },
    async diff(paths, signal) {
      const diffs: string[] = [];
      for (const [where, names] of byFolder(folder, paths)) {
        const args = ['diff', '--no-color', '--no-ext-diff', '--no-textconv', 'HEAD', '--', ...names];
        diffs.push(await runGit(where, args, signal));
      }
      return diffs.join('');
    },
    async restore(paths, signal) {
      if (paths.length === 0) return;
      for (const [where, names] of byFolder(folder, paths))
        await runGit(where, ['restore', '--source=HEAD', '--staged', '--worktree', '--', ...names], signal);
    },
  };
}

/** Stands in for a checkout that is not there: every question fails with `why`. */
export function noGit(why: string): GitAct {
  const fail = async (): Promise<never> => {
    throw new Error(why);
  };
  return { head: fail, status: fail, diff: fail, restore: fail };
}

const COMMIT = /^[0-9a-f]{40}$/;

/**
 * HEAD as it stands in the checkout's own files (gitrepository-layout(5)): each card asks for it, and a process for each
 * costs more than the rest of the card. Undefined where git must be asked: a worktree or submodule, a packed or
 * symbolic reference, no checkout at all.
 */
async function writtenHead(folder: string): Promise<string | undefined> {
  const line = (name: string) =>
    readFile(join(folder, '.git', name), 'utf8').then(
      (text) => text.trimEnd(),
      () => '',
    );
  const head = await line('HEAD');
  const branch = /^ref: (refs\/heads\/[\w./-]+)$/.exec(head)?.[1];
  const commit = branch === undefined || branch.includes('..') ? head : await line(branch);
  return COMMIT.test(commit) ? commit : undefined;
}

/**
 * Where git is run for these paths, with what they are called there: the folder that a file lies in, so that a file of
 * a submodule is the submodule's. No path at all is the whole checkout.
 */
function byFolder(checkout: string, paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  if (paths.length === 0) return new Map([[checkout, []]]);
  const names = new Map<string, string[]>();
  for (const path of paths) {
    const file = resolve(checkout, path);
    let where = dirname(file);
    while (!existsSync(where) && where !== dirname(where)) where = dirname(where);
    names.set(where, [...(names.get(where) ?? []), `:(literal)${relative(where, file)}`]);
  }
  return names;
}

async function runGit(folder: string, args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile(
    'git',
    ['-C', folder, ...args],
    {
      env: { ...withoutGit(process.env), ...ENVIRONMENT },
      maxBuffer: LARGEST_OUTPUT_BYTES,
      timeout: TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    },
    (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(signal?.aborted ? signal.reason : new Error(sentenceOf(folder, args, error, stderr)));
    },
  );
  return promise;
}

/** GIT_DIR and its like would lead to another repository than the folder's. */
function withoutGit(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE)$/.test(name)),
  );
}

function sentenceOf(folder: string, args: readonly string[], error: Error, stderr: string): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'git was not found; install it and see that it is on the PATH.';
  if ('killed' in error && error.killed) return `git ${args[0]} in ${folder} took too long and was ended; try again.`;
  if (/cannot change to|No such file/.test(stderr)) return `The folder ${folder} does not exist; configure bossManage.`;
  if (/not a git repository/.test(stderr))
    return `${folder} is not a git checkout; configure bossManage as the folder of boss-manage.`;
  if (/Needed a single revision|ambiguous argument 'HEAD'/.test(stderr))
    return `The checkout ${folder} has no commit; check one out.`;
  if (/dubious ownership/.test(stderr))
    return `git refuses ${folder}, as it belongs to somebody else; use a checkout of your own, or add it to safe.directory.`;
  if (/index\.lock/.test(stderr))
    return `Another git works in ${folder}; wait for it, or remove .git/index.lock where none does.`;
  const said = sanitiseLine(stderr).replace(/^fatal: |^error: /, '') || sanitiseLine(error.message);
  return `git ${args[0]} in ${folder} failed: ${said}; look at the checkout.`;
}
