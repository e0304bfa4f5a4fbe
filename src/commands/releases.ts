import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredRelease, storedReleases } from '../release/folders.ts';
import { stagesOf } from '../runbook/runbook.ts';
import { rehearsalFolder, stateFolder } from './stateFolder.ts';

/** A release on this machine, and whether it was a rehearsal. */
export interface KnownRelease extends StoredRelease {
  readonly rehearsal: boolean;
}

/** Every release on this machine, oldest first; of one bosslet where it is named. */
export async function knownReleases(bosslet?: string): Promise<readonly KnownRelease[]> {
  const found: KnownRelease[] = [];
  for (const [root, rehearsal] of [
    [stateFolder(), false],
    [rehearsalFolder(), true],
  ] as const) {
    for (const account of await foldersIn(root, /^\d{12}$/)) {
      for (const name of await foldersIn(join(root, account), /./)) {
        if (bosslet !== undefined && name !== bosslet) continue;
        const stored = await storedReleases(join(root, account, name));
        found.push(...stored.map((release) => ({ ...release, rehearsal })));
      }
    }
  }
  return found.sort((a, b) => a.state.openedAtMs - b.state.openedAtMs);
}

async function foldersIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && pattern.test(entry.name)).map(({ name }) => name);
}

/** `boss-tui releases`: a line each. */
export function releaseLines(releases: readonly KnownRelease[]): readonly string[] {
  if (releases.length === 0) return ['No release was recorded on this machine yet.'];
  return releases.map(({ state, rehearsal }) => {
    const stages = stagesOf(state.runbook);
    const over = stages.filter(({ id }) => ['done', 'skipped'].includes(state.stages[id]?.status ?? 'todo')).length;
    return [
      state.id,
      state.bosslet,
      rehearsal ? 'rehearsal ' : 'production',
      `${String(over).padStart(2)}/${stages.length} stages`,
      state.closed?.as ?? 'open',
    ].join('  ');
  });
}
