import { arn } from './account.ts';
import { AwsError } from './awsError.ts';
import { type JsonService, text } from './protocol.ts';

export interface Table {
  readonly name: string;
  readonly createdAtMs: number;
  status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';
  /** The properties that its stack gave it last. */
  keySchema: unknown;
  attributeDefinitions: unknown;
  indexes: readonly TableIndex[];
}
export interface TableIndex {
  readonly name: string;
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING';
  readonly keySchema: unknown;
}

/** A backup that somebody took of a table: it stays when that is deleted. */
export interface TableBackup {
  readonly name: string;
  readonly table: string;
  readonly madeAtMs: number;
}

export const dynamoDb: JsonService = {
  protocol: 'json',
  contentType: 'application/x-amz-json-1.0',
  errorPrefix: 'com.amazonaws.dynamodb.v20120810#',
  operations: {
    /** Nobody has switched point-in-time recovery on, as boss-manage's templates leave it. */
    DescribeContinuousBackups(input, { account }) {
      const name = text(input, 'TableName')?.split('/').at(-1) ?? '';
      if (!account.tables.has(name)) throw new AwsError('TableNotFoundException', `Table not found: ${name}`);
      return {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: 'ENABLED',
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
        },
      };
    },
    ListBackups(input, { account }) {
      const table = text(input, 'TableName')?.split('/').at(-1);
      const wanted = account.tableBackups.filter((one) => table === undefined || one.table === table);
      return {
        BackupSummaries: wanted.map((one) => ({
          TableName: one.table,
          TableArn: arn(account, 'dynamodb', `table/${one.table}`),
          BackupName: one.name,
          BackupArn: arn(account, 'dynamodb', `table/${one.table}/backup/0${one.madeAtMs}-00000000`),
          BackupCreationDateTime: one.madeAtMs / 1000,
          BackupStatus: 'AVAILABLE',
          BackupType: 'USER',
        })),
      };
    },
    DescribeTable(input, { account }) {
      // The name may be the table's ARN.
      const name = text(input, 'TableName')?.split('/').at(-1) ?? '';
      const table = account.tables.get(name);
      if (!table)
        throw new AwsError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
      const tableArn = arn(account, 'dynamodb', `table/${name}`);
      return {
        Table: {
          TableName: name,
          TableArn: tableArn,
          TableStatus: table.status,
          CreationDateTime: table.createdAtMs / 1000,
          KeySchema: table.keySchema,
          AttributeDefinitions: table.attributeDefinitions,
          ItemCount: 0,
          GlobalSecondaryIndexes:
            table.indexes.length === 0
              ? undefined
              : table.indexes.map((index) => ({
                  IndexName: index.name,
                  IndexStatus: index.status,
                  IndexArn: `${tableArn}/index/${index.name}`,
                  KeySchema: index.keySchema,
                  Backfilling: index.status === 'CREATING' ? true : undefined,
                })),
        },
      };
    },
  },
};
