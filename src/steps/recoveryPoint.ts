import type { CacheSnapshot } from '../clients/doors.ts';
import type { ClassifiedChangeSet } from './changeSetReview.ts';
import type { ReadContext } from './kind.ts';
import { age } from './words.ts';

type Context = Pick<ReadContext, 'read' | 'clock' | 'signal'>;

/** How each kind of store tells to what moment it could be put back. */
const POINTS: Readonly<Record<string, (physicalId: string, context: Context) => Promise<string>>> = {
  'AWS::ElastiCache::ReplicationGroup': async (id, { read, clock, signal }) => {
    const newest = newestSnapshot(await read.aws.elastiCache.snapshots(id, signal));
    if (newest?.madeAtMs === undefined) return 'there is no snapshot of it';
    return `its last snapshot is ${newest.name}, ${age(clock.now() - newest.madeAtMs)} old`;
  },
  'AWS::DynamoDB::Table': async (name, { read, clock, signal }) => {
    const toMs = await read.aws.dynamoDb.restorableToMs(name, signal);
    if (toMs === undefined) return 'there is no such table';
    if (toMs === 'never') return 'it cannot be put back: point-in-time recovery is off';
    return `it can be put back to ${age(clock.now() - toMs)} ago`;
  },
};

/** The newest one that could be restored from. */
function newestSnapshot(all: readonly CacheSnapshot[]): CacheSnapshot | undefined {
  const made = all.filter(({ status, madeAtMs }) => status === 'available' && madeAtMs !== undefined);
  return made.toSorted((a, b) => (b.madeAtMs ?? 0) - (a.madeAtMs ?? 0))[0];
}

/**
 * To what moment a resource's data could be put back, in words. Undefined for a type that nobody asks of here. What
 * cannot be read is said, and stops nothing: it stands beside a danger and is none itself.
 */
export async function recoveryPoint(
  resourceType: string,
  physicalId: string | undefined,
  context: Context,
): Promise<string | undefined> {
  const read = POINTS[resourceType];
  if (!read || !physicalId) return undefined;
  try {
    return await read(physicalId, context);
  } catch (error) {
    context.signal.throwIfAborted();
    return `its last recovery point could not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A review in which each danger to a store tells its last recovery point, before what of it changes. The hash is of what AWS would do, and stays. */
export async function withRecoveryPoints(
  classified: ClassifiedChangeSet,
  context: Context,
): Promise<ClassifiedChangeSet> {
  const { subject } = classified;
  const changes = await Promise.all(
    subject.changes.map(async (change) => {
      if (change.level !== 'danger') return change;
      const point = await recoveryPoint(change.resourceType, change.physicalResourceId, context);
      return point === undefined ? change : { ...change, details: [point, ...change.details] };
    }),
  );
  return { ...classified, subject: { ...subject, changes } };
}
