import type { Call } from './account.ts';
import { AwsError } from './awsError.ts';
import { isDeleted } from './cloudFormation/stack.ts';
import { page } from './page.ts';
import type { QueryService } from './protocol.ts';
import { listOf, type XmlFields } from './xml.ts';

/** A snapshot of a replication group; it is there some minutes after it was begun. */
export interface CacheSnapshot {
  readonly name: string;
  readonly replicationGroupId: string;
  readonly begunAtMs: number;
}

/** How long a snapshot takes, in clock milliseconds. */
const SNAPSHOT_MS = 150_000;
const PAGE_SIZE = 50;

const isCache = ({ account }: Call, type: string, id: string): boolean =>
  account.stacks.some(
    (stack) =>
      !isDeleted(stack) &&
      [...stack.resources.values()].some(
        ({ physicalResourceId, definition }) => definition.Type === type && physicalResourceId === id,
      ),
  );

const described = ({ aws }: Call, { name, replicationGroupId, begunAtMs }: CacheSnapshot): XmlFields => {
  const isMade = aws.agenda.now() >= begunAtMs + SNAPSHOT_MS;
  return {
    SnapshotName: name,
    ReplicationGroupId: replicationGroupId,
    SnapshotStatus: isMade ? 'available' : 'creating',
    SnapshotSource: 'manual',
    NodeSnapshots: listOf('NodeSnapshot', [
      { CacheNodeId: '0001', ...(isMade && { SnapshotCreateTime: new Date(begunAtMs + SNAPSHOT_MS) }) },
    ]),
  };
};

/** ElastiCache, as far as snapshots go. */
export const elastiCache: QueryService = {
  protocol: 'query',
  xmlns: 'http://elasticache.amazonaws.com/doc/2015-02-02/',
  operations: {
    DescribeSnapshots(params, call) {
      const { ReplicationGroupId: group, CacheClusterId: cluster, SnapshotName: name, Marker } = params;
      if (group && cluster)
        throw new AwsError(
          'InvalidParameterCombination',
          'Only one of CacheClusterId or ReplicationGroupId can be provided.',
        );
      if (cluster && !isCache(call, 'AWS::ElastiCache::CacheCluster', cluster))
        throw new AwsError('CacheClusterNotFound', `CacheCluster not found: ${cluster}`, 404);
      // Nobody takes one of a cache cluster that stands alone.
      const found = call.account.cacheSnapshots.filter(
        (one) => !cluster && (!group || one.replicationGroupId === group) && (!name || one.name === name),
      );
      if (name && found.length === 0)
        throw new AwsError('SnapshotNotFoundFault', `${name} is either not present or not available.`, 404);
      const { items, nextToken } = page(found, Marker, PAGE_SIZE);
      return {
        Snapshots: listOf(
          'Snapshot',
          items.map((one) => described(call, one)),
        ),
        Marker: nextToken,
      };
    },
    CreateSnapshot(params, call) {
      const { ReplicationGroupId: replicationGroupId = '', SnapshotName: name = '' } = params;
      if (!/^[a-z][a-z0-9-]*$/.test(name))
        throw new AwsError(
          'InvalidParameterValue',
          'The snapshot name must begin with a letter and hold letters, digits and hyphens.',
        );
      if (!isCache(call, 'AWS::ElastiCache::ReplicationGroup', replicationGroupId))
        throw new AwsError('ReplicationGroupNotFoundFault', `ReplicationGroup ${replicationGroupId} not found.`, 404);
      if (call.account.cacheSnapshots.some((one) => one.name === name))
        throw new AwsError('SnapshotAlreadyExistsFault', `Snapshot with specified name already exists: ${name}`);
      const snapshot = { name, replicationGroupId, begunAtMs: call.aws.agenda.now() };
      call.account.cacheSnapshots.push(snapshot);
      return { Snapshot: described(call, snapshot) };
    },
  },
};
