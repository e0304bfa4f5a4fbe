import type { RdsRead, Restorable } from '../doors.ts';
import { isAbsent } from './awsError.ts';
import { type Connection, present } from './connection.ts';

interface Described {
  readonly BackupRetentionPeriod?: number | undefined;
  readonly LatestRestorableTime?: Date | undefined;
  readonly DBClusterIdentifier?: string | undefined;
}

/** A retention of no days is how RDS says that automated backups are off. */
const restorableOf = (one: Described): Restorable => ({
  toMs: one.BackupRetentionPeriod === 0 ? 'never' : (one.LatestRestorableTime?.getTime() ?? 'notYet'),
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
  };
}
