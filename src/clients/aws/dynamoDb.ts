import type { DynamoDbRead } from '../doors.ts';
import { isAbsent } from './awsError.ts';
import { allOf, type Connection, present } from './connection.ts';

export function createDynamoDb(connection: Connection): DynamoDbRead {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/dynamoDb.ts');
    return { sdk, client: new sdk.DynamoDBClient(config) };
  });
  return {
    describeTable: (name, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        try {
          const { Table } = await client.send(new sdk.DescribeTableCommand({ TableName: name }), options);
          if (Table === undefined) return undefined;
          return {
            tableName: Table.TableName ?? name,
            tableStatus: Table.TableStatus ?? '',
            indexes: (Table.GlobalSecondaryIndexes ?? []).map(({ IndexName, IndexStatus }) => ({
              indexName: IndexName ?? '',
              indexStatus: IndexStatus ?? '',
            })),
          };
        } catch (error) {
          if (isAbsent(error, ['ResourceNotFoundException'])) return undefined;
          throw error;
        }
      }),
    restorableToMs: (name, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        try {
          const command = new sdk.DescribeContinuousBackupsCommand({ TableName: name });
          const { ContinuousBackupsDescription: backups } = await client.send(command, options);
          const recovery = backups?.PointInTimeRecoveryDescription;
          if (recovery?.PointInTimeRecoveryStatus !== 'ENABLED') return 'never';
          return recovery.LatestRestorableDateTime?.getTime() ?? 'never';
        } catch (error) {
          if (isAbsent(error, ['TableNotFoundException', 'ResourceNotFoundException'])) return undefined;
          throw error;
        }
      }),
    backups: (name, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const input = { TableName: name, BackupType: 'ALL' as const };
        const all = await allOf(
          (ExclusiveStartBackupArn) =>
            client.send(new sdk.ListBackupsCommand({ ...input, ExclusiveStartBackupArn }), options),
          (page) => page.LastEvaluatedBackupArn,
          (page) => page.BackupSummaries,
        );
        return all.map(({ BackupName = '', BackupStatus = '', BackupCreationDateTime: made }) => ({
          name: BackupName,
          status: BackupStatus.toLowerCase(),
          ...present({ madeAtMs: made?.getTime() }),
        }));
      }),
  };
}
