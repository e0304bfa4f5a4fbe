import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { makePrivateFolder, writeDurably } from '../durable.ts';
import { sanitiseLine } from '../text/sanitise.ts';

const holderSchema = z.object({
  id: z.string(),
  pid: z.int().positive(),
  /** When the process started, as the system tells it: a pid alone may be another process by now. */
  processStart: z.string(),
  bootId: z.string(),
  host: z.string().transform(sanitiseLine),
  user: z.string().transform(sanitiseLine),
  sinceMs: z.number(),
});

/** Who holds the right to act on a bosslet. */
export type LockHolder = z.infer<typeof holderSchema>;

/** What the lock must know of this machine. */
export interface LockHost {
  readonly bootId: string;
  readonly host: string;
  readonly user: string;
  readonly processStart: string;
  /** Whether the process of this pid and start time lives; a zombie does not. */
  isAlive(pid: number, processStart: string): Promise<boolean>;
}

/** The lock is somebody else's now: this process may only look. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
}

export interface Lock {
  readonly holder: LockHolder;
  /** Throws {@link LockLost} where the file no longer holds this lock's id. */
  verify(): Promise<void>;
  release(): Promise<void>;
}

export const LOCK_FILE = 'lock';

/** Who holds the lock in a bosslet's folder, if anybody does. */
export async function readLock(folder: string): Promise<LockHolder | undefined> {
  const text = await readFile(join(folder, LOCK_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = holderSchema.safeParse(safeJson(text));
  return parsed.success ? parsed.data : undefined;
}

/** Who holds the lock, and what can be told of it from here. */
export interface HolderLook {
  readonly holder: LockHolder;
  /** `elsewhere`: on another machine, so that nothing here can tell; `ended`: killed, or gone with a restart. */
  readonly lives: 'here' | 'elsewhere' | 'ended';
}

/** A holder by name: one user may have several panels open. */
export const holderName = ({ user, host, pid }: Pick<LockHolder, 'user' | 'host' | 'pid'>): string =>
  `${user}@${host} (process ${pid})`;

/** Looks at the lock of a bosslet's folder; undefined where nobody has it. */
export async function lookAtHolder(folder: string, machine: LockHost): Promise<HolderLook | undefined> {
  const holder = await readLock(folder);
  if (!holder) return undefined;
  if (holder.host !== machine.host) return { holder, lives: 'elsewhere' };
  return { holder, lives: (await isHeld(holder, machine)) ? 'here' : 'ended' };
}

/** Whether a holder can still act. One of another machine or boot is taken at its word: nothing here can tell. */
export async function isHeld(holder: LockHolder, machine: LockHost): Promise<boolean> {
  if (holder.host !== machine.host) return true;
  if (holder.bootId !== machine.bootId) return false;
  return machine.isAlive(holder.pid, holder.processStart);
}

/** A lock is taken from whoever has it (`true`), or only from the one holder that the operator was shown. */
export type TakeOver = true | { readonly from: string | undefined };

/**
 * Takes the lock of a bosslet's folder, or says who has it. A dead holder's is taken; a living one's only with
 * `takeOver` (typed and journaled by the caller).
 */
export async function acquireLock(
  folder: string,
  machine: LockHost,
  nowMs: number,
  takeOver?: TakeOver,
): Promise<Lock | LockHolder> {
  await makePrivateFolder(folder);
  const file = join(folder, LOCK_FILE);
  const holder: LockHolder = {
    id: randomUUID(),
    pid: process.pid,
    processStart: machine.processStart,
    bootId: machine.bootId,
    host: machine.host,
    user: machine.user,
    sinceMs: nowMs,
  };
  const present = await readLock(folder);
  const mayTake = takeOver === true || (takeOver !== undefined && takeOver.from === present?.id);
  if (present && !mayTake && (await isHeld(present, machine))) return present;
  if (present || takeOver === true) await writeDurably(file, JSON.stringify(holder));
  else if (!(await createExclusively(file, JSON.stringify(holder)))) {
    // Somebody was quicker, or left half a lock: the file decides.
    const quicker = await readLock(folder);
    if (quicker) return quicker;
    await writeDurably(file, JSON.stringify(holder));
  }
  // Two that replaced a dead holder's lock at once: the last one in the file has it.
  const written = await readLock(folder);
  if (written && written.id !== holder.id) return written;
  return lockOf(folder, file, holder);
}

function lockOf(folder: string, file: string, holder: LockHolder): Lock {
  const holdsIt = async () => (await readLock(folder))?.id === holder.id;
  return {
    holder,
    verify: async () => {
      if (await holdsIt()) return;
      const now = await readLock(folder);
      throw new LockLost(
        now
          ? `${holderName(now)} has taken over this release; this panel only watches now.`
          : 'The lock of this release is gone; this panel only watches now.',
      );
    },
    release: async () => {
      if (await holdsIt()) await rm(file, { force: true });
    },
  };
}

/** Whole or not at all, and only where there is none: a hard link refuses to replace. */
async function createExclusively(file: string, body: string): Promise<boolean> {
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, body, { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
