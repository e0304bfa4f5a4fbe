import type { DatabaseSnapshot, RdsRead, Restorable } from '../doors.ts';
import { isAbsent } from './awsError.ts';
import { allOf, type Connection, present } from './connection.ts';

interface Described {
  readonly BackupRetentionPeriod?: number | undefined;
  readonly LatestRestorableTime?: Date | undefined;
  readonly DBClusterIdentifier?: string | undefined;
}

/** A retention of no days is how RDS says that automated backups are off. */
const restorableOf = (one: Described): Restorable => ({
  toMs: one.BackupRetentionPeriod === 0 ? 'never' : (one.LatestRestorableTime?.getTime() ?? 'notYet'),
});

interface DescribedSnapshot {
  readonly Status?: string | undefined;
  readonly SnapshotCreateTime?: Date | undefined;
}

const snapshotOf = (name: string | undefined, one: DescribedSnapshot): DatabaseSnapshot => ({
  name: name ?? '',
  status: one.Status ?? '',
  ...present({ madeAtMs: one.SnapshotCreateTime?.getTime() }),
});

/** RDS's databases, and those of DocumentDB and Neptune: one endpoint describes them all. */
export function createRds(connection: Connection): RdsRead {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/rds.ts');
    return { sdk, client: new sdk.RDSClient(config) };
  });
  return {
    instance: (DBInstanceIdentifier, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        try {
          const command = new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier });
          const { DBInstances: [found] = [] } = await client.send(command, options);
          return found && { ...restorableOf(found), ...present({ clusterId: found.DBClusterIdentifier }) };
        } catch (error) {
          if (isAbsent(error, ['DBInstanceNotFoundFault'])) return undefined;
          throw error;
        }
      }),
    cluster: (DBClusterIdentifier, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        try {
          const command = new sdk.DescribeDBClustersCommand({ DBClusterIdentifier });
          const { DBClusters: [found] = [] } = await client.send(command, options);
          return found && restorableOf(found);
        } catch (error) {
          if (isAbsent(error, ['DBClusterNotFoundFault'])) return undefined;
          throw error;
        }
      }),
    instanceSnapshots: (DBInstanceIdentifier, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const input = { DBInstanceIdentifier, SnapshotType: 'manual' };
        const all = await allOf(
          (Marker) => client.send(new sdk.DescribeDBSnapshotsCommand({ ...input, Marker }), options),
          (page) => page.Marker,
          (page) => page.DBSnapshots,
        );
        return all.map((one) => snapshotOf(one.DBSnapshotIdentifier, one));
      }),
    clusterSnapshots: (DBClusterIdentifier, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const input = { DBClusterIdentifier, SnapshotType: 'manual' };
        const all = await allOf(
          (Marker) => client.send(new sdk.DescribeDBClusterSnapshotsCommand({ ...input, Marker }), options),
          (page) => page.Marker,
          (page) => page.DBClusterSnapshots,
        );
        return all.map((one) => snapshotOf(one.DBClusterSnapshotIdentifier, one));
      }),
  };
}
