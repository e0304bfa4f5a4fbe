import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, writeDurably } from '../durable.ts';
import type { Runbook } from '../runbook/runbook.ts';
import type { Finding, ReadContext } from '../steps/kind.ts';
import { ReleaseController } from './controller.ts';
import type { EngineParts } from './engine.ts';
import { fenceJournal } from './fence.ts';
import { isOpen, lastDurations, newReleaseId, type StoredRelease, storedReleases } from './folders.ts';
import { again, type FollowParts, follow } from './follow.ts';
import { JournalDamaged } from './journal.ts';
import { acquireLock, type Lock, type LockHolder, LockLost, lookAtHolder, readLock, type TakeOver } from './lock.ts';
import { OpenRecord } from './record.ts';
import { sentence } from './trouble.ts';

/** What is needed to sit down at a bosslet's releases. */
export interface DeskParts extends EngineParts, FollowParts {
  /** `<state>/<account>/<bosslet>`: holds the lock and a folder a release. */
  readonly folder: string;
  readonly version: string;
  readonly runbook: Runbook;
  readonly preflight: (context: ReadContext) => Promise<readonly Finding[]>;
  /** Takes the lock from a living holder: the operator typed the bosslet's name for it. Journaled. */
  readonly takeOver?: TakeOver;
  /** Somebody else took over: this process only looks from now on, and goes on following the record. */
  readonly onLost?: (holder: LockHolder | undefined) => void;
}

/** The right to act on a bosslet, with its open release if there is one. */
export interface OperatorDesk {
  readonly role: 'operator';
  readonly controller: ReleaseController;
  /** How long each stage took in the last release, clock milliseconds by stage id. */
  readonly lastTookMs: Readonly<Record<string, number>>;
  leave(): Promise<void>;
}
/** This process only looks. */
export interface WatcherDesk {
  readonly role: 'watcher';
  /** Who acts; undefined: nobody on this machine. */
  readonly holder: LockHolder | undefined;
  leave(): Promise<void>;
}

/**
 * Takes the lock of a bosslet and opens the release that is open, or, where somebody else on this machine holds it,
 * follows their record. Throws `JournalDamaged` where a record is not whole.
 */
export async function sitDown(parts: DeskParts): Promise<OperatorDesk | WatcherDesk> {
  const lock = await acquireLock(parts.folder, parts.machine, parts.clock.now(), parts.takeOver);
  if (!('verify' in lock)) {
    const stop = await follow(parts);
    return { role: 'watcher', holder: lock, leave: async () => stop() };
  }
  try {
    return await operate(parts, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Follows whatever release is open on this machine. Never takes the lock and writes nothing. Throws `JournalDamaged`
 * where a record is not whole: what it shows must be true.
 */
export async function lookOn(parts: DeskParts): Promise<WatcherDesk> {
  await storedReleases(parts.folder);
  const look = await lookAtHolder(parts.folder, parts.machine);
  const holder = look?.lives === 'ended' ? undefined : look?.holder;
  const stop = await follow(parts);
  return { role: 'watcher', holder, leave: async () => stop() };
}

async function operate(parts: DeskParts, lock: Lock): Promise<OperatorDesk> {
  const releases = await storedReleases(parts.folder);
  const open = releases.findLast(isOpen);
  const options = { clock: parts.clock, mayWrite: () => lock.verify() };
  let following: Promise<() => void> | undefined;
  let stopGuarding = () => {};
  const lost = (record: OpenRecord | undefined): void => {
    if (following) return;
    stopGuarding();
    following = (async () => {
      parts.onLost?.(await readLock(parts.folder));
      return follow(parts, record && { folder: record.folder, seen: record.records.length });
    })();
    following.catch(() => {});
  };
  const report = (record: OpenRecord) => {
    for (const each of record.records) parts.onRecord?.(each);
    record.subscribe((each) => parts.onRecord?.(each));
    record.onEnd((error) => {
      if (error instanceof LockLost) lost(record);
    });
    return record;
  };
  const operator = `${parts.machine.user}@${parts.machine.host}`;
  const begin = async () => {
    const id = newReleaseId(parts.clock.now());
    const folder = join(parts.folder, id);
    const head = await parts.doors.git.head();
    await makePrivateFolder(folder);
    const { name: bosslet, accountId, region } = parts.bosslet;
    const { version, runbook } = parts;
    const first = {
      type: 'release.opened',
      release: id,
      bosslet,
      accountId,
      region,
      operator,
      head,
      version,
      runbook,
    } as const;
    return report(await OpenRecord.open(folder, options, first));
  };
  const lastTookMs = lastDurations(releases);
  const controller = new ReleaseController({
    ...parts,
    begin,
    preflight: async (context) => [...(await parts.preflight(context)), await folderFinding(parts.folder)],
    record: open && report(await goOn(open, operator, options, parts.takeOver)),
    lastTookMs,
  });
  // Who was taken over must hear of it without trying to write: it may be waiting for hours, or have been stopped.
  stopGuarding = again(parts.folder, async () => {
    const { record } = controller;
    try {
      await lock.verify();
    } catch (error) {
      if (!(error instanceof LockLost)) throw error;
      // Ends every loop that might still write, and tells of it.
      await record?.verify().catch(() => {});
      lost(record);
    }
  });
  return {
    role: 'operator',
    controller,
    lastTookMs,
    leave: async () => {
      stopGuarding();
      await controller.stop();
      await lock.release();
      const stop = await following?.catch(() => undefined);
      stop?.();
    },
  };
}

/** Opens a release's record again; another operator, or a take-over, is written down and begins an epoch of its own. */
async function goOn(
  { folder, state }: StoredRelease,
  operator: string,
  options: Parameters<typeof OpenRecord.open>[1],
  takeOver: TakeOver | undefined,
): Promise<OpenRecord> {
  if (!takeOver && state.operator === operator) return OpenRecord.open(folder, options);
  if (takeOver) await fenceJournal(folder);
  const record = await OpenRecord.open(folder, { ...options, epoch: state.epoch + 1 });
  const reason = takeOver ? `taken over from ${state.operator}` : `${state.operator} had left it`;
  await record.append({ type: 'operator.changed', operator, reason });
  return record;
}

/**
 * What happens in a release must be written down, or it must not happen: writes a trial into `<account>/<bosslet>`, and
 * reads what is there.
 */
export async function folderFinding(folder: string): Promise<Finding> {
  const title = 'Record';
  const trial = join(folder, '.writable');
  try {
    await makePrivateFolder(folder);
    await writeDurably(trial, 'A trial of the preflight.');
    await rm(trial);
    await storedReleases(folder);
    return { level: 'ok', title, detail: folder, cure: undefined };
  } catch (error) {
    if (error instanceof JournalDamaged)
      return { level: 'stop', title, detail: sentence(error), cure: 'No release is opened beside a record that lies.' };
    const detail = `${folder} cannot be written: ${sentence(error)}`;
    return {
      level: 'stop',
      title,
      detail,
      cure: 'Free the disk, or make the folder yours; XDG_STATE_HOME names another.',
    };
  }
}
