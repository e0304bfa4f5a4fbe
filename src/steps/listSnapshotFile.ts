import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { ActContext, BlobRef, ReadContext } from './kind.ts';
import { type ListSnapshot, mergeSnapshots, parseSnapshot, takeSnapshot } from './mailingListSnapshot.ts';

const refSchema = z.object({ sha256: z.string(), bytes: z.number(), name: z.string() });
/** In the folder of the release: which evidence is the list's first snapshot. A second try must not take another. */
const refFile = (folder: string) => join(folder, 'mailing-list.snapshot.json');

/** The snapshot of this release; undefined where the list was never touched. Throws where it is damaged. */
export async function snapshotOf(
  context: ReadContext,
): Promise<{ readonly ref: BlobRef; readonly snapshot: ListSnapshot } | undefined> {
  const ref = refSchema.safeParse(context.release.facts.listSnapshot).data ?? (await readRef(context.release.folder));
  return ref && { ref, snapshot: parseSnapshot(await context.load(ref)) };
}

/**
 * Takes the list's snapshot and has it on disk, synced, before anything is touched; a second copy goes where the
 * configuration says. Where an earlier try of this release took one, that one counts, with whoever subscribed since.
 */
export async function keepSnapshot(context: ActContext, topicArn: string): Promise<BlobRef> {
  const known = await snapshotOf(context);
  const taken = await takeSnapshot(context.read.aws.sns, topicArn, context.clock.now(), context.signal);
  const snapshot = known ? mergeSnapshots(known.snapshot, taken) : taken;
  const body = JSON.stringify(snapshot, undefined, 1);
  const ref = await context.keep('mailing-list.json', body);
  await writeDurably(refFile(context.release.folder), JSON.stringify(ref));
  const name = `mailing-list-${context.release.id}-${ref.sha256.slice(0, 12)}.json`;
  if (context.bosslet.evidenceCopyTo !== undefined) await copyTo(context.bosslet.evidenceCopyTo, name, body, context);
  return ref;
}

/** Puts a second copy into a folder, or into S3 where it is read back: a copy that nobody saw is none. */
async function copyTo(place: string, name: string, body: string, { doors, signal }: ActContext): Promise<void> {
  const s3 = parseS3(place);
  if (s3 === undefined) {
    await mkdir(place, { recursive: true, mode: 0o700 });
    await writeDurably(join(place, name), body);
    return;
  }
  const location = { bucket: s3.bucket, key: `${s3.prefix}${name}` };
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

async function readRef(folder: string): Promise<BlobRef | undefined> {
  try {
    return refSchema.parse(JSON.parse(await readFile(refFile(folder), 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Temporary file, sync, rename, sync of the folder: a crash leaves the old content or the new one. */
async function writeDurably(path: string, body: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(join(path, '..'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
