import type { Snapshot } from '@aws-sdk/client-elasticache';
import type { CacheSnapshot, ElastiCacheAct, ElastiCacheRead } from '../doors.ts';
import { isAbsent } from './awsError.ts';
import { allOf, type Connection, present } from './connection.ts';

const snapshotOf = (one: Snapshot): CacheSnapshot => {
  const madeAtMs = one.NodeSnapshots?.flatMap(({ SnapshotCreateTime: at }) => at?.getTime() ?? []).at(0);
  const isAutomatic = one.SnapshotSource !== 'manual';
  return { name: one.SnapshotName ?? '', isAutomatic, status: one.SnapshotStatus ?? '', ...present({ madeAtMs }) };
};

/** How a request names whose snapshots it asks for. */
type By =
  | { readonly ReplicationGroupId: string }
  | { readonly CacheClusterId: string }
  | { readonly SnapshotName: string };

const ABSENT = ['SnapshotNotFoundFault', 'ReplicationGroupNotFoundFault', 'CacheClusterNotFoundFault'];

/** ElastiCache's snapshots; a cache that is not there has none. */
export function createElastiCache(connection: Connection): ElastiCacheRead & ElastiCacheAct {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/elastiCache.ts');
    return { sdk, client: new sdk.ElastiCacheClient(config) };
  });
  const described = (by: By, signal?: AbortSignal) =>
    run(signal, async ({ sdk, client }, options) => {
      try {
        const all = await allOf(
          (Marker) => client.send(new sdk.DescribeSnapshotsCommand({ ...by, Marker }), options),
          (page) => page.Marker,
          (page) => page.Snapshots,
        );
        return all.map(snapshotOf);
      } catch (error) {
        if (isAbsent(error, ABSENT)) return [];
        throw error;
      }
    });
  return {
    snapshots: (ReplicationGroupId, signal) => described({ ReplicationGroupId }, signal),
    clusterSnapshots: (CacheClusterId, signal) => described({ CacheClusterId }, signal),
    snapshot: async (SnapshotName, signal) => (await described({ SnapshotName }, signal))[0],
    createSnapshot: ({ replicationGroupId, name }, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const input = { ReplicationGroupId: replicationGroupId, SnapshotName: name };
        await client.send(new sdk.CreateSnapshotCommand(input), options);
      }),
  };
}
