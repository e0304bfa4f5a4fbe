import { writeDurably } from '../durable.ts';
import { StepCancelled } from './cancelled.ts';
import { otherSnapshot } from './foreignMute.ts';
import type { ActContext, BlobRef, ReadContext } from './kind.ts';
import { copyName, copyTo, readIfThere, refFile, refSchema } from './listFiles.ts';
import { takeSnapshot } from './mailingListReading.ts';
import { type ListSnapshot, mergeSnapshots, parseSnapshot } from './mailingListSnapshot.ts';

/** The snapshot of this release; undefined where the list was never touched. Throws where it is damaged. */
export async function snapshotOf(
  context: ReadContext,
): Promise<{ readonly ref: BlobRef; readonly snapshot: ListSnapshot } | undefined> {
  // The file is written before the fact is: where a later try died, it alone knows who subscribed in between.
  const ref = (await readRef(context.release.folder)) ?? refSchema.safeParse(context.release.facts.listSnapshot).data;
  return ref && { ref, snapshot: parseSnapshot(await context.load(ref)) };
}

/**
 * Takes the list's snapshot and has it on disk, synced, before anything is touched; a second copy goes where the
 * configuration says. Where an earlier try of this release took one, that one counts, with whoever subscribed since; so
 * does the snapshot of a release that muted the list and is not open any more, since the list is not as people want it.
 */
export async function keepSnapshot(context: ActContext, topicArn: string): Promise<BlobRef> {
  const own = await snapshotOf(context);
  const taken = await takeSnapshot(context.read.aws.sns, topicArn, context.clock.now(), {
    signal: context.signal,
    progress: context.progress,
    unlessCancelled: () => {
      if (context.cancelRequested()) throw new StepCancelled('The list was not read to its end: cancelled.');
    },
  });
  const known = own?.snapshot ?? (await otherSnapshot(context, topicArn, taken.subscriptions))?.snapshot;
  const snapshot = known ? mergeSnapshots(known, taken) : taken;
  return adoptSnapshot(context, snapshot);
}

/** Has a snapshot durably as this release's own, with its second copy. */
export async function adoptSnapshot(context: ActContext, snapshot: ListSnapshot): Promise<BlobRef> {
  const body = JSON.stringify(snapshot, undefined, 1);
  const ref = await context.keep('mailing-list.json', body);
  await writeDurably(refFile(context.release.folder), JSON.stringify(ref));
  const { evidenceCopyTo } = context.bosslet;
  if (evidenceCopyTo !== undefined) {
    await copyTo(evidenceCopyTo, `mailing-list-${context.release.id}-${ref.sha256.slice(0, 12)}.json`, body, context);
    // Under a name that another machine can tell from a mute's mark alone.
    await copyTo(evidenceCopyTo, copyName(context.release.id), body, context);
  }
  return ref;
}

async function readRef(folder: string): Promise<BlobRef | undefined> {
  // No release is open.
  if (folder === '') return undefined;
  const text = await readIfThere(refFile(folder));
  return text === undefined ? undefined : refSchema.parse(JSON.parse(text));
}
