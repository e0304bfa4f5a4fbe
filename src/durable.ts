import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Files that a crash, whenever it comes, leaves as they were or as they are to be. Files are 0600, folders 0700. */

/** Makes a directory's entries durable, after a file was created or renamed in it. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder (and those above it) that is its user's alone, durably. */
export async function makePrivateFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  // Each that was made is an entry of the one above it.
  for (let made = resolve(folder); ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === resolve(first) || made === dirname(made)) return;
  }
}

/** Writes a file whole or not at all, durable when it resolves; replaces what was there. */
export const writeDurably = (file: string, body: string | Buffer): Promise<void> => put(file, body, rename);

/** As {@link writeDurably}, but throws with code EEXIST where the file is there: of two writers one wins. */
export const writeOnce = (file: string, body: string | Buffer): Promise<void> => put(file, body, link);

/** Temporary file, sync, its name in the place, sync of the folder. What fails leaves no file behind. */
async function put(
  file: string,
  body: string | Buffer,
  place: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(file), `.${process.pid}-${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await place(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(file));
}
