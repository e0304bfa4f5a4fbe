import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredRelease, storedReleases } from '../../src/release/folders.ts';

/**
 * The way to read a bosslet's releases from the disk again and again: whole journals are read and verified only where
 * one has changed, since a test that waits asks fifty times a second.
 */
export function recordsIn(bossletFolder: string): () => Promise<readonly StoredRelease[]> {
  let read: { readonly as: string; readonly releases: readonly StoredRelease[] } | undefined;
  return async () => {
    const as = await journalsOf(bossletFolder);
    // What is written while they are read is read next time.
    if (read?.as !== as) read = { as, releases: await storedReleases(bossletFolder) };
    return read.releases;
  };
}

/** What tells whether any journal has changed: journals only grow. */
async function journalsOf(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name, 'journal.jsonl')).then(
        ({ size }) => `${name} ${size}`,
        () => '',
      ),
    ),
  );
  return sizes.join('\n');
}
