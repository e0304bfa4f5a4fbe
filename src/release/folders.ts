import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fold } from './fold.ts';
import { loadJournal } from './journal.ts';
import type { JournalRecord } from './records.ts';
import type { ReleaseState } from './state.ts';

/** A release in a bosslet's folder. */
export interface StoredRelease {
  readonly folder: string;
  readonly state: ReleaseState;
  readonly records: readonly JournalRecord[];
}

/** Neither finished nor abandoned. */
export const isOpen = ({ state }: StoredRelease): boolean => state.closed === undefined;

/** A new release's id: its minute (UTC) and four digits against two in one minute. Sorts by time. */
export function newReleaseId(nowMs: number): string {
  const minute = new Date(nowMs).toISOString().slice(0, 16).replaceAll('-', '').replace(':', '');
  return `${minute}-${randomBytes(2).toString('hex')}`;
}

/**
 * The releases in a bosslet's folder, oldest first. Throws `JournalDamaged` for one that is not whole: which release
 * is open must not be guessed.
 */
export async function storedReleases(bossletFolder: string): Promise<readonly StoredRelease[]> {
  const entries = await readdir(bossletFolder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const releases: StoredRelease[] = [];
  for (const entry of entries.filter((each) => each.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const folder = join(bossletFolder, entry.name);
    const content = await loadJournal(folder);
    const state = content && fold(content.records);
    if (content && state) releases.push({ folder, state, records: content.records });
  }
  return releases;
}

/** How long each stage took in the newest release that finished it, in clock milliseconds. */
export function lastDurations(releases: readonly StoredRelease[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    releases.flatMap(({ state }) =>
      Object.values(state.stages).flatMap((stage) =>
        stage.status === 'done' && stage.startedAtMs !== undefined && stage.endedAtMs !== undefined
          ? [[stage.id, stage.endedAtMs - stage.startedAtMs] as const]
          : [],
      ),
    ),
  );
}
