import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasTerminal, processStart } from '../process.ts';
import { encodeCaptured, runCaptured } from './captured.ts';
import { onChanges } from './changes.ts';
import {
  BEGINS_WITHIN_MS,
  type Command,
  entryName,
  FILES,
  parse,
  type Result,
  readJson,
  withoutValues,
  writeJson,
  writeJsonOnce,
} from './folder.ts';
import { openTerminal, type ScriptTerminal, whyNotRunnable } from './terminal.ts';

/**
 * The program that owns a script's terminal: `node supervisor.js <folder>`, in a session of its own. Whoever started it
 * may die: it speaks through the folder's files alone (see folder.ts), and ends when the script has.
 */

/** What cannot be run ends as a shell would say it. */
const CANNOT_RUN = 127;
/** Looks into in/ even where the file system tells of no change. */
const POLL_MS = 1_000;
/** Between two looks whether a script that was just forked has taken its terminal. */
const TAKEN_LOOK_MS = 5;

const ENTER = '\r';
const CTRL_C = '\x03';

/** Into the folder's supervisor.log; none of it is worth the script, not even that it cannot be written. */
function complain(error: unknown): void {
  try {
    writeSync(2, `${error instanceof Error ? error.message : String(error)}\n`);
  } catch {
    // The disk is full. What stands there already is enough to be told of it.
  }
}

/** How often and how long a result that finds no room is tried again, in real milliseconds: somebody frees the disk. */
const ROOM_AGAIN_MS = 1_000;
const ROOM_WITHIN_MS = 60 * 60_000;

async function supervise(folder: string): Promise<void> {
  // The first byte takes the room for what may have to be said when there is none left.
  complain('');
  const command = await claim(folder);
  const log = openLog(join(folder, FILES.log));
  const exitCode = await run(folder, command, log);
  log.close();
  await writeResult(folder, { exitCode, endedAtMs: Date.now() });
}

/** A full disk must not cost the exit code: it is kept until there is room, and whoever looks is told why it waits. */
async function writeResult(folder: string, result: Result): Promise<void> {
  const giveUpAtMs = Date.now() + ROOM_WITHIN_MS;
  for (let first = true; ; first = false) {
    try {
      return await writeJson(join(folder, FILES.result), result);
    } catch (error) {
      if (first)
        complain(`The script has ended with exit ${result.exitCode}, which cannot be written: ${String(error)}`);
      if (Date.now() > giveUpAtMs) throw error;
      await delay(ROOM_AGAIN_MS);
    }
  }
}

/** Takes the command, once in the folder's life, and takes the values of its environment out of the file. */
async function claim(folder: string): Promise<Command> {
  const file = join(folder, FILES.command);
  const command = await readJson(file, parse.command);
  if (command === undefined) throw new Error(`${file} holds no command.`);
  const start = await processStart(process.pid);
  if (start === undefined) throw new Error('The start time of this process cannot be read.');
  if (Math.abs(Date.now() - command.givenAtMs) > BEGINS_WITHIN_MS)
    throw new Error(`The command is older than ${BEGINS_WITHIN_MS / 1000} s and was given up; start it again.`);
  await writeJsonOnce(join(folder, FILES.supervisor), { pid: process.pid, start });
  await writeJson(file, withoutValues(command));
  return command;
}

interface Log {
  append(bytes: Buffer): void;
  close(): void;
}

/** Written at once and in order: what is in the log needs no memory, however much it is. */
function openLog(file: string): Log {
  const fd = openSync(file, 'a', 0o600);
  let full = false;
  return {
    append(bytes) {
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
        full = false;
      } catch (error) {
        // A full disk costs log, never the script: it goes on, and so do later bytes that find room.
        if (!full) complain(`The script's output is not kept: ${error instanceof Error ? error.message : error}`);
        full = true;
      }
    },
    close() {
      try {
        fsyncSync(fd);
      } catch (error) {
        complain(error);
      }
      closeSync(fd);
    },
  };
}

async function run(folder: string, command: Command, log: Log): Promise<number> {
  const refused = await whyNotRunnable(command);
  if (refused !== undefined) return cannotRun(log, refused);
  let terminal: ScriptTerminal;
  try {
    terminal = openTerminal(command, (bytes) => log.append(bytes));
  } catch (error) {
    return cannotRun(log, `${command.file} could not be started (${String(error)})`);
  }
  const stopTyping = typeAnswers(folder, terminal);
  const exitCode = await terminal.exited;
  stopTyping();
  return exitCode;
}

function cannotRun(log: Log, reason: string): number {
  log.append(Buffer.from(`boss-tui: ${reason}.\r\n`));
  return CANNOT_RUN;
}

/** Types what is put into in/, each number once and none before the one before it. Returns the way to stop. */
function typeAnswers(folder: string, terminal: ScriptTerminal): () => void {
  const inbox = join(folder, FILES.answers);
  let typed = 0;
  let stopped = false;
  let looking = false;
  let lookAgain = false;

  const typeAll = async () => {
    for (;;) {
      const entry = await readJson(join(inbox, entryName(typed + 1)), (value) => ({ read: parse.entry(value) }));
      if (entry === undefined || stopped) return;
      if (entry.read?.is === 'interrupt') await untilTaken(terminal.pid, () => stopped);
      if (stopped) return;
      typed += 1;
      // Before it is typed. Only this process ever types, so it does even where that cannot be written.
      await writeJson(join(folder, FILES.typed), typed).catch(complain);
      if (entry.read === undefined) process.stderr.write(`in/${entryName(typed)} is neither answer nor interrupt.\n`);
      else terminal.write(entry.read.is === 'interrupt' ? CTRL_C : entry.read.text + ENTER);
    }
  };
  const look = async () => {
    lookAgain = true;
    if (looking) return;
    looking = true;
    while (lookAgain && !stopped) {
      lookAgain = false;
      await typeAll().catch(complain);
    }
    looking = false;
  };

  const stopLooking = onChanges(inbox, POLL_MS, () => void look());
  return () => {
    stopped = true;
    stopLooking();
  };
}

/** Resolves when the script has taken its terminal, or has ended. */
async function untilTaken(pid: number, isOver: () => boolean): Promise<void> {
  while (!isOver() && !(await hasTerminal(pid))) await delay(TAKEN_LOOK_MS);
}

/** The same file is the program inside a capture (capture.ts), where its parent holds the other end of its terminal. */
async function main([first, file, ...args]: readonly string[]): Promise<number> {
  if (first === '--capture' && file !== undefined) {
    process.stdout.write(encodeCaptured(await runCaptured(file, args)));
    return 0;
  }
  if (first === undefined || first.startsWith('-')) {
    process.stderr.write('usage: node supervisor.js FOLDER\n');
    return 2;
  }
  // The terminal of whoever started us may go; a handler and not "ignore", which the script would inherit.
  for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => undefined);
  await supervise(first);
  return 0;
}

process.umask(0o077);
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
