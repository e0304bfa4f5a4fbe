import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ReadContext } from './kind.ts';
import { copyName, parseRef, readCopy, readIfThere, refFile } from './listFiles.ts';
import { hasArn, type ListSnapshot, mutedBy, parseSnapshot, type SavedSubscription } from './mailingListSnapshot.ts';

/** A release's id as this program makes it: a mark on the list is text from outside, and names a folder here. */
const RELEASE_ID = /^\d{8}T\d{4}-[0-9a-f]{4}$/;

/** The releases that muted these subscriptions, but for the one that is open here. */
export function foreignMutes(list: readonly Pick<SavedSubscription, 'attributes'>[], ownId: string): readonly string[] {
  const ids = new Set(list.flatMap(({ attributes }) => mutedBy(attributes) ?? []));
  ids.delete(ownId);
  return [...ids].sort();
}

/** A snapshot of the list that another release took. */
export interface OtherSnapshot {
  readonly releaseId: string;
  readonly snapshot: ListSnapshot;
  /** The file or object that holds it. */
  readonly where: string;
}

/**
 * The snapshot of the release whose mutes are on the list and that is not the one that is open here: from its record on
 * this machine, else from the second copy. Undefined where nobody muted it, or nothing is found.
 */
export async function otherSnapshot(
  context: Pick<ReadContext, 'read' | 'signal' | 'bosslet' | 'release' | 'releasesFolder'>,
  topicArn: string,
  list: readonly SavedSubscription[],
): Promise<OtherSnapshot | undefined> {
  for (const releaseId of foreignMutes(list, context.release.id)) {
    if (!RELEASE_ID.test(releaseId)) continue;
    const found = (await fromRecord(context, releaseId)) ?? (await fromCopy(context, releaseId));
    if (found?.snapshot.topicArn === topicArn) return found;
  }
  return undefined;
}

async function fromRecord(
  { releasesFolder }: Pick<ReadContext, 'releasesFolder'>,
  releaseId: string,
): Promise<OtherSnapshot | undefined> {
  if (releasesFolder === undefined) return undefined;
  const folder = join(releasesFolder, releaseId);
  const ref = parseRef(await readIfThere(refFile(folder)));
  const where = ref && join(folder, 'evidence', ref.sha256);
  const body = where && (await readIfThere(where));
  if (!body || createHash('sha256').update(body).digest('hex') !== ref.sha256) return undefined;
  return { releaseId, snapshot: parseSnapshot(body), where };
}

async function fromCopy(
  context: Pick<ReadContext, 'read' | 'signal' | 'bosslet'>,
  releaseId: string,
): Promise<OtherSnapshot | undefined> {
  const place = context.bosslet.evidenceCopyTo;
  if (place === undefined) return undefined;
  const body = await readCopy(place, copyName(releaseId), context);
  return body === undefined
    ? undefined
    : { releaseId, snapshot: parseSnapshot(body), where: `${place}/${copyName(releaseId)}` };
}

/**
 * What the marks alone tell where no snapshot is found: whoever carries one had been on the list. Each is taken as it is
 * without the mark; a filter policy of its own that the mute replaced is not known. Whoever was removed is not told.
 */
export const snapshotOfMarks = (
  topicArn: string,
  list: readonly SavedSubscription[],
  ownId: string,
  nowMs: number,
): ListSnapshot => ({
  version: 1,
  topicArn,
  takenAtMs: nowMs,
  subscriptions: list.filter((each) => hasArn(each) && isForeign(each, ownId)).map(withoutPolicy),
});

const isForeign = ({ attributes }: SavedSubscription, ownId: string) => {
  const id = mutedBy(attributes);
  return id !== undefined && id !== ownId;
};
const withoutPolicy = ({ attributes, ...each }: SavedSubscription): SavedSubscription => {
  const { FilterPolicy: _mark, FilterPolicyScope: _scope, ...others } = attributes;
  return { ...each, attributes: others };
};
