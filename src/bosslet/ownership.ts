import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Group and others. */
const WRITABLE_BY_OTHERS = 0o022;
/** In such a folder everybody may make files, and nobody may rename or remove those of somebody else: `/tmp`. */
const STICKY = 0o1000;

/**
 * Why somebody else than this user could change what stands in a file, with the cure, as the end of a sentence that
 * begins with the file's name; undefined where nobody could. Whoever can write in a folder on the way to the file can
 * put another in its place. The administrator may do everything anyway.
 */
export async function othersMayChange(file: string, about: Stats): Promise<string | undefined> {
  const user = process.getuid?.();
  // Windows has neither owners by number nor modes.
  if (user === undefined) return undefined;
  const isTrusted = ({ uid }: Stats) => uid === user || uid === 0;
  if (!isTrusted(about)) return `belongs to another user: use a copy that is yours`;
  if ((about.mode & WRITABLE_BY_OTHERS) !== 0)
    return `can be written by others: make it yours alone with "chmod go-w ${file}"`;
  for (const folder of await foldersTo(file)) {
    const entry = await stat(folder);
    if (!isTrusted(entry))
      return `can be replaced by the user whom its folder ${folder} belongs to: move it into a folder of your own`;
    if ((entry.mode & WRITABLE_BY_OTHERS) !== 0 && (entry.mode & STICKY) === 0)
      return `can be replaced by others, who may write in the folder ${folder}: take that from them with "chmod go-w ${folder}"`;
  }
  return undefined;
}

/** Every folder above a file, as it is named and, where that is a link, as it really lies. */
async function foldersTo(file: string): Promise<ReadonlySet<string>> {
  const folders = new Set<string>();
  for (const start of [await realpath(dirname(resolve(file))), dirname(await realpath(file))])
    for (let folder = start; !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  return folders;
}
