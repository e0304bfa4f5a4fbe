import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sanitiseLine } from '../../text/sanitise.ts';
import type { ScriptCommand, ScriptState, ScriptsAct } from '../doors.ts';
import { isAlive } from '../process.ts';
import { captureOutput, type Inside } from './capture.ts';
import { onChanges } from './changes.ts';
import {
  ABANDONED_AFTER_MS,
  type Command,
  type Entry,
  entryName,
  FILES,
  parse,
  readJson,
  withoutValues,
  writeJson,
  writeJsonOnce,
} from './folder.ts';
import { findProgram, isPortFree } from './surroundings.ts';

export interface ScriptsOptions {
  /** The whole environment that scripts get; nothing of our own is added. */
  readonly environment: Readonly<Record<string, string>>;
  /** The built supervisor: `dist/supervisor.js`. */
  readonly supervisorFile: string;
  /** The Node that runs it; absent: the one that runs us. */
  readonly nodePath?: string;
}

/**
 * Small enough that a long log holds up no key while it is read from its beginning, and that V8 keeps the text where it
 * collects cheaply: a megabyte at a time costs twice the time, and 70 MB more.
 */
const READ_BYTES = 128 * 1024;
/** A change is looked for this often even where the file system tells of none. */
const POLL_MS = 250;
const START_TIMEOUT_MS = 20_000;
const LONGEST_TROUBLE = 300;

/** Scripts by their folders: started under supervisors that outlive us, known by their files alone. */
export function createScripts(options: ScriptsOptions): ScriptsAct {
  const inside = { nodePath: options.nodePath ?? process.execPath, supervisorFile: options.supervisorFile };
  const program = (name: string) => findProgram(name, options.environment.PATH);
  const runnable = async ({ file, args, cwd, env: more }: ScriptCommand) => ({
    file: (await program(file)) ?? file,
    args,
    cwd,
    env: environmentOf(options.environment, more),
  });
  return {
    state: stateOf,
    read: readLog,
    changed,
    capture: async (command, signal) => captureOutput(await runnable(command), inside, signal),
    start: async (folder, command) => start(folder, { ...(await runnable(command)), givenAtMs: Date.now() }, inside),
    program,
    variable: (name) => options.environment[name],
    isPortFree,
    async answer(folder, n, text) {
      // Any of them would do more than fill in one line: end it, interrupt, or answer the next prompt as well.
      if (/[\x00-\x1f\x7f]/.test(text))
        throw new Error(`Answer ${n} holds a control character; type one line of plain text.`);
      await put(folder, n, { is: 'answer', text });
    },
    answered: (folder, n) => exists(join(folder, FILES.answers, entryName(n))),
    interrupt: (folder, n) => put(folder, n, { is: 'interrupt' }),
  };
}

/** What a command adds to the scripts' environment, and what it takes out. */
function environmentOf(
  environment: Readonly<Record<string, string>>,
  more: ScriptCommand['env'],
): Readonly<Record<string, string>> {
  const all = Object.entries<string | undefined>({ ...environment, ...more });
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

async function logBytesOf(folder: string): Promise<number> {
  return stat(join(folder, FILES.log)).then(
    ({ size }) => size,
    () => 0,
  );
}

async function stateOf(folder: string): Promise<ScriptState> {
  const about = await stat(folder).catch(() => undefined);
  if (about === undefined) return { is: 'missing' };
  const supervisor = await readJson(join(folder, FILES.supervisor), parse.supervisor);
  const lives =
    supervisor === undefined
      ? // It is being started, or was never: after a while none begins any more.
        Date.now() - about.ctimeMs < ABANDONED_AFTER_MS
      : await isAlive(supervisor.pid, supervisor.start);
  // Read after it was seen dead: it writes its result before it ends.
  const result = await readJson(join(folder, FILES.result), parse.result);
  const logBytes = await logBytesOf(folder);
  if (result !== undefined) return { is: 'ended', logBytes, result };
  const said = await troubleOf(folder);
  const trouble = said === '' ? {} : { trouble: said };
  return { is: lives ? 'running' : 'lost', logBytes, ...trouble };
}

/** The last thing that the supervisor could not do, in one line; empty where all is well. */
async function troubleOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, FILES.trouble), 'utf8').catch(() => '');
  return sanitiseLine(text.trim().split('\n').at(-1) ?? '').slice(0, LONGEST_TROUBLE);
}

/** How many bytes at the end are the beginning of a character that goes on after them. */
function openBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

async function readLog(folder: string, offset: number, maxBytes = READ_BYTES) {
  const handle = await open(join(folder, FILES.log), 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return { text: '', nextOffset: offset };
  try {
    const { size } = await handle.stat();
    // Never less than one character, which would be read for ever; and no more memory than there is to read.
    const wanted = Math.max(4, maxBytes);
    const length = Math.min(wanted, Math.max(0, size - offset));
    if (length === 0) return { text: '', nextOffset: offset };
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.allocUnsafe(length), position: offset });
    const bytes = buffer.subarray(0, bytesRead);
    const cut = openBytes(bytes);
    // A log may end in the middle of a character; then it stays as broken as it is.
    const final = cut > 0 && length < wanted && (await exists(join(folder, FILES.result)));
    const whole = final ? bytes : bytes.subarray(0, bytes.length - cut);
    return { text: whole.toString('utf8'), nextOffset: offset + whole.length };
  } finally {
    await handle.close();
  }
}

async function changed(folder: string, offset: number, ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = async () => {
    if ((await logBytesOf(folder)) > offset) return resolve();
    const { is } = await stateOf(folder);
    if (is === 'ended' || is === 'lost') resolve();
  };
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const timeout = setTimeout(resolve, ms);
  const stop = onChanges(folder, POLL_MS, () => void look().catch(reject));
  try {
    await promise;
  } finally {
    stop();
    clearTimeout(timeout);
    signal?.removeEventListener('abort', abort);
  }
}

async function start(folder: string, command: Command, inside: Inside): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST'
      ? new Error(`The script folder ${folder} exists: its script was started before; look at its log.`)
      : error;
  });
  await mkdir(join(folder, FILES.answers), { mode: 0o700 });
  await writeJson(join(folder, FILES.command), command);
  const trouble = await open(join(folder, FILES.trouble), 'a', 0o600);
  try {
    const supervisor = spawn(inside.nodePath, [inside.supervisorFile, folder], {
      cwd: folder,
      // Nothing of ours: NODE_OPTIONS and the like would reach into it.
      env: {},
      detached: true,
      stdio: ['ignore', 'ignore', trouble.fd],
    });
    await begun(folder, supervisor, inside.supervisorFile).catch(async (error: unknown) => {
      // A command that old is not taken any more; the values of its environment must not stay.
      await writeJson(join(folder, FILES.command), withoutValues(command));
      throw error;
    });
    supervisor.unref();
  } finally {
    await trouble.close();
  }
}

/** Resolves when the supervisor has said who it is: from then on the folder tells everything. */
async function begun(folder: string, supervisor: ChildProcess, file: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = async (why: string) => {
    if (await exists(join(folder, FILES.supervisor))) return resolve();
    const said = sanitiseLine(await readFile(join(folder, FILES.trouble), 'utf8').catch(() => '')).slice(-400);
    reject(new Error(`The supervisor ${file} ${why}${said === '' ? '' : `: ${said}`}; build the program again.`));
  };
  const look = () =>
    void exists(join(folder, FILES.supervisor)).then((there) => (there ? resolve() : undefined), reject);
  supervisor.once('error', (error) => void failed(`could not be started (${error.message})`));
  supervisor.once('exit', (code, signal) => void failed(`ended before it began (${signal ?? `exit ${code}`})`));
  const timeout = setTimeout(() => void failed('did not begin in time'), START_TIMEOUT_MS);
  const stop = onChanges(folder, POLL_MS, look);
  try {
    await promise;
  } finally {
    stop();
    clearTimeout(timeout);
    supervisor.removeAllListeners();
  }
}

async function put(folder: string, n: number, entry: Entry): Promise<void> {
  const inbox = join(folder, FILES.answers);
  // The supervisor types them in order: one that skips a number would wait for ever.
  if (!Number.isInteger(n) || n < 1 || (n > 1 && !(await exists(join(inbox, entryName(n - 1))))))
    throw new Error(`Answer ${n} cannot be given to ${folder}: numbers go 1, 2, … without a gap.`);
  await writeJsonOnce(join(inbox, entryName(n)), entry).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new Error(`Answer ${n} was given to ${folder} before; look at its log.`);
    if (error.code === 'ENOENT') throw new Error(`There is no script in ${folder} to answer.`);
    throw error;
  });
}
