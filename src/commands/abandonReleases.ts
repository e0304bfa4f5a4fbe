import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { isOpen, storedReleases } from '../release/folders.ts';
import { Journal } from '../release/journal.ts';

/** Closes every open release below a folder of rehearsals, and tells which: none can go on in another world than its own. */
export async function abandonReleases(root: string, note: string): Promise<readonly string[]> {
  const closed: string[] = [];
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const accounts = entries.filter((entry) => entry.isDirectory() && /^\d{12}$/.test(entry.name));
  for (const account of accounts) {
    for (const bosslet of await readdir(join(root, account.name))) {
      for (const release of await storedReleases(join(root, account.name, bosslet))) {
        if (!isOpen(release)) continue;
        // Its own clock ended with its world; no record is older than the one before it.
        const lastMs = release.records.at(-1)?.at ?? 0;
        const clock = { ...systemClock, now: () => Math.max(systemClock.now(), lastMs) };
        const journal = await Journal.open(release.folder, { clock, mayWrite: async () => {} });
        await journal.append({ type: 'release.closed', as: 'abandoned', note });
        await journal.close();
        closed.push(release.state.id);
      }
    }
  }
  return closed;
}
