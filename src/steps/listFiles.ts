import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeDurably } from '../durable.ts';
import type { ActContext, ReadContext } from './kind.ts';

/** A reference to evidence, as the file beside the journal holds it. */
export const refSchema = z.object({ sha256: z.string(), bytes: z.number(), name: z.string() });
/** A reference as a file holds it; undefined where there is none, or a damaged one: the record or a copy may know it. */
export function parseRef(text: string | undefined): z.infer<typeof refSchema> | undefined {
  try {
    return refSchema.safeParse(JSON.parse(text ?? 'null')).data;
  } catch {
    return undefined;
  }
}
/** In the folder of the release: which evidence is the list's first snapshot. A second try must not take another. */
export const refFile = (folder: string): string => join(folder, 'mailing-list.snapshot.json');

/** The second copy of a release's newest snapshot. */
export const copyName = (releaseId: string): string => `mailing-list-${releaseId}.json`;

/** Puts a second copy into a folder, or into S3 where it is read back: a copy that nobody saw is none. */
export async function copyTo(place: string, name: string, body: string, { doors, signal }: ActContext): Promise<void> {
  const s3 = parseS3(place);
  if (s3 === undefined) {
    await mkdir(place, { recursive: true, mode: 0o700 });
    await writeDurably(join(place, name), body);
    return;
  }
  const location = { bucket: s3.bucket, key: `${s3.prefix}${name}` };
  // Put there before the program died, it is not put there again. What cannot be read is written: it says so below.
  if ((await doors.aws.s3.read(location, signal).catch(() => undefined)) === body) return;
  await doors.aws.s3.write(location, body, signal);
  if ((await doors.aws.s3.read(location, signal)) !== body)
    throw new Error(
      `The copy of the list in s3://${location.bucket}/${location.key} is not what was put there; try again.`,
    );
}

/** `s3://bucket/prefix` → its parts, the prefix ending in `/` or empty; undefined for anything else: a folder. */
export function parseS3(place: string): { readonly bucket: string; readonly prefix: string } | undefined {
  const [, bucket, path = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place) ?? [];
  if (bucket === undefined) return undefined;
  const prefix = path.replace(/\/+$/, '');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

/** A second copy by its name; undefined where there is none. */
export async function readCopy(
  place: string,
  name: string,
  { read, signal }: Pick<ReadContext, 'read' | 'signal'>,
): Promise<string | undefined> {
  const s3 = parseS3(place);
  if (s3) return read.aws.s3.read({ bucket: s3.bucket, key: `${s3.prefix}${name}` }, signal);
  return readIfThere(join(place, name));
}

/** A file's text; undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}
