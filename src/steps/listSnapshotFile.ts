import { createHash } from 'node:crypto';
import { writeDurably } from '../durable.ts';
import { StepCancelled } from './cancelled.ts';
import { otherSnapshot } from './foreignMute.ts';
import type { ActContext, BlobRef, ReadContext } from './kind.ts';
import { copyName, copyTo, parseRef, readCopy, readIfThere, refFile, refSchema } from './listFiles.ts';
import { takeSnapshot } from './mailingListReading.ts';
import { type ListSnapshot, mergeSnapshots, parseSnapshot } from './mailingListSnapshot.ts';

/** The snapshot of this release; undefined where the list was never touched. Throws where it is damaged. */
export async function snapshotOf(context: ReadContext): Promise<
  | {
      readonly ref: BlobRef;
      readonly snapshot: ListSnapshot;
      /** The second copy, where what was kept is damaged or gone. */
      readonly copy?: string;
    }
  | undefined
> {
  // The file is written before the fact is: where a later try died, it alone knows who subscribed in between.
  const ref = (await readRef(context.release.folder)) ?? refSchema.safeParse(context.release.facts.listSnapshot).data;
  if (ref === undefined) return undefined;
  const { body, copy } = await bodyOf(context, ref);
  return { ref, snapshot: parseSnapshot(body), ...(copy !== undefined && { copy }) };
}

/** What was kept, from the evidence or, where that is damaged or gone, from its second copy: whichever has its hash. */
async function bodyOf(context: ReadContext, ref: BlobRef): Promise<{ readonly body: string; readonly copy?: string }> {
  try {
    return { body: await context.load(ref) };
  } catch (error) {
    const place = context.bosslet.evidenceCopyTo;
    if (place === undefined) throw error;
    const name = copyOf(context.release.id, ref);
    const why = error instanceof Error ? error.message : String(error);
    const body = await readCopy(place, name, context).catch((thrown: unknown) => {
      throw new Error(`${why} Its second copy ${place}/${name} cannot be read either: ${String(thrown)}`, {
        cause: thrown,
      });
    });
    if (body === undefined || createHash('sha256').update(body).digest('hex') !== ref.sha256)
      throw new Error(
        `${why} Its second copy ${place}/${name} ${body === undefined ? 'is not there' : 'was changed, too'}: restore either from a backup.`,
      );
    return { body, copy: `${place}/${name}` };
  }
}

/** The second copy of one snapshot, by its hash. */
const copyOf = (releaseId: string, { sha256 }: BlobRef): string =>
  `mailing-list-${releaseId}-${sha256.slice(0, 12)}.json`;

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
    await copyTo(evidenceCopyTo, copyOf(context.release.id, ref), body, context);
    // Under a name that another machine can tell from a mute's mark alone.
    await copyTo(evidenceCopyTo, copyName(context.release.id), body, context);
  }
  return ref;
}

async function readRef(folder: string): Promise<BlobRef | undefined> {
  // No release is open.
  if (folder === '') return undefined;
  return parseRef(await readIfThere(refFile(folder)));
}
