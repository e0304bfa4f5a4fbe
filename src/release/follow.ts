import { watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isOpen, storedReleases } from './folders.ts';
import { JOURNAL_FILE } from './journal.ts';
import { type HolderLook, type LockHost, lookAtHolder } from './lock.ts';
import type { JournalRecord } from './records.ts';
import type { ReleaseState } from './state.ts';

/** What is followed, and who is told. */
export interface FollowParts {
  /** A bosslet's folder, as a desk's. */
  readonly folder: string;
  readonly machine: LockHost;
  /** Called with each new state of the open release; undefined: none is open. */
  readonly onRelease: (state: ReleaseState | undefined) => void;
  readonly onRecord?: (record: JournalRecord) => void;
  /** While this process only looks: who may act, at once and whenever that changed. Undefined: nobody does. */
  readonly onHolder?: (holder: HolderLook | undefined) => void;
}

/** How often a followed record is looked at besides the file system's own notices. */
const LOOK_MS = 1_000;

/** A record that is followed, up to where it was read. */
interface Followed {
  readonly folder: string;
  readonly seen: number;
}

/** Changes with each record that is added in a bosslet's folder, and with each release. */
async function journalSizes(folder: string): Promise<string> {
  const names = await readdir(folder).catch((): string[] => []);
  const sizes = names.map((name) =>
    stat(join(folder, name, JOURNAL_FILE)).then(
      ({ size, ino }) => `${name} ${size} ${ino}`,
      () => '',
    ),
  );
  return (await Promise.all(sizes)).join('\n');
}

/**
 * Follows whatever release of the bosslet is open, as another process writes it. Returns the way to stop. Throws where
 * a record is damaged: what it would show had never happened so.
 */
export async function follow(parts: FollowParts, from?: Followed): Promise<() => void> {
  let followed = from;
  let told: string | undefined;
  let read: string | undefined;
  let stopped = false;
  const lookAtRecord = async () => {
    // Reading verifies every record there ever was: only where something was written since.
    const sizes = await journalSizes(parts.folder);
    if (sizes === read) return;
    // The one that is open; once it is closed, the same one's end.
    const releases = await storedReleases(parts.folder);
    const release = releases.findLast(isOpen) ?? releases.find(({ folder }) => folder === followed?.folder);
    if (stopped) return;
    read = sizes;
    if (!release) return parts.onRelease(undefined);
    const { folder, records, state } = release;
    const seen = followed?.folder === folder ? followed.seen : 0;
    followed = { folder, seen: records.length };
    for (const record of records.slice(seen)) parts.onRecord?.(record);
    parts.onRelease(state);
  };
  const look = async () => {
    const holder = await lookAtHolder(parts.folder, parts.machine);
    const said = `${holder?.holder.id} ${holder?.lives}`;
    if (said !== told && !stopped) parts.onHolder?.(holder);
    told = said;
    await lookAtRecord();
  };
  await look();
  const stop = again(parts.folder, look);
  return () => {
    stopped = true;
    stop();
  };
}

/** Looks at once, then a second after a second and at each notice of the file system. Returns the way to stop. */
export function again(folder: string, look: () => Promise<void>): () => void {
  let busy = false;
  // A line that is being written looks torn for a moment; the next look sees it whole.
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
  const unwatch = onChange(folder, quietly);
  // What came between a look before this and the watching.
  setImmediate(quietly);
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
