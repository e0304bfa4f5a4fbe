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
  const { evidenceCopyTo } = context.bosslet;
  if (evidenceCopyTo !== undefined) {
    await mkdir(evidenceCopyTo, { recursive: true, mode: 0o700 });
    await writeDurably(
      join(evidenceCopyTo, `mailing-list-${context.release.id}-${ref.sha256.slice(0, 12)}.json`),
      body,
    );
  }
  return ref;
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
