import { watch } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runbook } from '../runbook/runbook.ts';
import type { Finding, ReadContext } from '../steps/kind.ts';
import { ReleaseController } from './controller.ts';
import { makePrivateFolder, writeDurably } from './durable.ts';
import type { EngineParts } from './engine.ts';
import { fold } from './fold.ts';
import { lastDurations, newReleaseId, type StoredRelease, storedReleases } from './folders.ts';
import { JOURNAL_FILE, loadJournal } from './journal.ts';
import { acquireLock, isHeld, type Lock, type LockHolder, type LockHost, LockLost, readLock } from './lock.ts';
import { OpenRecord } from './record.ts';
import type { JournalRecord } from './records.ts';
import type { ReleaseState } from './state.ts';
import { sentence } from './trouble.ts';

/** What is needed to sit down at a bosslet's releases. */
export interface DeskParts extends EngineParts {
  /** `<state>/<account>/<bosslet>`: holds the lock and a folder a release. */
  readonly folder: string;
  readonly machine: LockHost;
  readonly version: string;
  readonly runbook: Runbook;
  readonly preflight: (context: ReadContext) => Promise<readonly Finding[]>;
  /** Called with each new state of the open release; undefined: none is open. */
  readonly onRelease: (state: ReleaseState | undefined) => void;
  readonly onRecord?: (record: JournalRecord) => void;
  /** Takes the lock from a living holder: the operator typed the bosslet's name for it. Journaled. */
  readonly takeOver?: true;
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

const isOpen = ({ state }: StoredRelease) => state.closed === undefined;

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
  const present = await readLock(parts.folder);
  const holder = present && (await isHeld(present, parts.machine)) ? present : undefined;
  const stop = await follow(parts);
  return { role: 'watcher', holder, leave: async () => stop() };
}

async function operate(parts: DeskParts, lock: Lock): Promise<OperatorDesk> {
  const releases = await storedReleases(parts.folder);
  const open = releases.findLast(isOpen);
  const options = { clock: parts.clock, mayWrite: () => lock.verify() };
  let following: Promise<() => void> | undefined;
  const lost = async (record: OpenRecord): Promise<() => void> => {
    parts.onLost?.(await readLock(parts.folder));
    return follow(parts, { folder: record.folder, seen: record.records.length, size: -1 });
  };
  const report = (record: OpenRecord) => {
    for (const each of record.records) parts.onRecord?.(each);
    record.subscribe((each) => parts.onRecord?.(each));
    record.onEnd((error) => {
      if (!(error instanceof LockLost)) return;
      following = lost(record);
      following.catch(() => {});
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
  return {
    role: 'operator',
    controller,
    lastTookMs,
    leave: async () => {
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
  takeOver: true | undefined,
): Promise<OpenRecord> {
  if (!takeOver && state.operator === operator) return OpenRecord.open(folder, options);
  const record = await OpenRecord.open(folder, { ...options, epoch: state.epoch + 1 });
  const reason = takeOver ? `taken over from ${state.operator}` : `${state.operator} had left it`;
  await record.append({ type: 'operator.changed', operator, reason });
  return record;
}

/** What happens in a release must be written down, or it must not happen: writes a trial into `<account>/<bosslet>`. */
export async function folderFinding(folder: string): Promise<Finding> {
  const title = 'Record';
  const trial = join(folder, '.writable');
  try {
    await makePrivateFolder(folder);
    await writeDurably(trial, 'A trial of the preflight.');
    await rm(trial);
    return { level: 'ok', title, detail: folder, cure: undefined };
  } catch (error) {
    const detail = `${folder} cannot be written: ${sentence(error)}`;
    return {
      level: 'stop',
      title,
      detail,
      cure: 'Free the disk, or make the folder yours; XDG_STATE_HOME names another.',
    };
  }
}

/** How often a followed record is looked at besides the file system's own notices. */
const LOOK_MS = 1_000;

/** A record that is followed, up to where it was read. */
interface Followed {
  readonly folder: string;
  readonly seen: number;
  readonly size: number;
}

/**
 * Follows whatever release of the bosslet is open, as another process writes it. Returns the way to stop. Throws where
 * a record is damaged: what it would show had never happened so.
 */
async function follow(parts: DeskParts, from?: Followed): Promise<() => void> {
  let followed = from;
  const look = async () => {
    // The one that is open; once it is closed, the same one's end.
    const releases = await storedReleases(parts.folder);
    const release = releases.findLast(isOpen) ?? releases.find(({ folder }) => folder === followed?.folder);
    if (!release) return parts.onRelease(undefined);
    const { folder } = release;
    const { size } = await stat(join(folder, JOURNAL_FILE));
    const before = followed?.folder === folder ? followed : { seen: 0, size: -1 };
    if (size === before.size) return;
    const content = await loadJournal(folder);
    if (!content) return;
    followed = { folder, seen: content.records.length, size };
    for (const record of content.records.slice(before.seen)) parts.onRecord?.(record);
    parts.onRelease(fold(content.records));
  };
  await look();
  // A line that is being written looks torn for a moment; the next look sees it whole.
  let busy = false;
  const quietly = () => {
    if (busy) return;
    busy = true;
    void look()
      .catch(() => {})
      .finally(() => {
        busy = false;
      });
  };
  const timer = setInterval(quietly, LOOK_MS);
  const unwatch = onChange(parts.folder, quietly);
  // What came between the first look and the watching.
  quietly();
  return () => {
    clearInterval(timer);
    unwatch();
  };
}

/** The file system's own notices of a folder. Where there are none (no folder yet, no more of them to have), looking will do. */
function onChange(folder: string, changed: () => void): () => void {
  try {
    const watcher = watch(folder, { recursive: false }, changed);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
