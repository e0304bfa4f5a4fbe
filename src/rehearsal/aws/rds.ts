import { arn, type Call } from './account.ts';
import { AwsError } from './awsError.ts';
import { isDeleted, type Resource } from './cloudFormation/stack.ts';
import { page } from './page.ts';
import type { Params } from './params.ts';
import type { QueryService } from './protocol.ts';
import { listOf, type XmlFields } from './xml.ts';

/** RDS keeps the log of what changed every five minutes; up to there a database can be put back. */
const LOG_EVERY_MS = 300_000;
/** What RDS, and CloudFormation, take where nothing is said. */
const RETENTION_DAYS = 1;
const PAGE_SIZE = 100;

/** Databases are as their stacks have them: nobody makes one beside a stack. */
const databases = ({ account }: Call, type: string): Resource[] =>
  account.stacks
    .filter((stack) => !isDeleted(stack))
    .flatMap(({ resources }) => [...resources.values()])
    .filter(({ definition, physicalResourceId }) => definition.Type === type && physicalResourceId !== '');

/** RDS's words for what its stack is doing with a database. */
const STATUSES: Readonly<Record<string, string>> = {
  CREATE_IN_PROGRESS: 'creating',
  UPDATE_IN_PROGRESS: 'modifying',
  DELETE_IN_PROGRESS: 'deleting',
};

const statusOf = ({ status }: Resource): string => STATUSES[status] ?? 'available';

/** Until when a database can be put back; absent where its backups are off, or where there is none yet. */
function restorableTo({ aws }: Call, { status, updatedAtMs }: Resource, retentionDays: number): Date | undefined {
  const loggedMs = Math.floor(aws.agenda.now() / LOG_EVERY_MS) * LOG_EVERY_MS;
  const isNew = status.startsWith('CREATE_') && loggedMs < updatedAtMs;
  return retentionDays === 0 || isNew ? undefined : new Date(loggedMs);
}

const textOf = (resource: Resource, name: string): string | undefined => {
  const value = resource.properties[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
};

function backedUp(call: Call, resource: Resource): XmlFields {
  const retentionDays = Number(textOf(resource, 'BackupRetentionPeriod') ?? RETENTION_DAYS);
  return {
    BackupRetentionPeriod: retentionDays,
    LatestRestorableTime: restorableTo(call, resource, retentionDays),
    Engine: textOf(resource, 'Engine'),
    MasterUsername: textOf(resource, 'MasterUsername'),
  };
}

const instance = (call: Call, resource: Resource): XmlFields => ({
  DBInstanceIdentifier: resource.physicalResourceId,
  DBInstanceArn: arn(call.account, 'rds', `db:${resource.physicalResourceId}`),
  DBInstanceStatus: statusOf(resource),
  DBInstanceClass: textOf(resource, 'DBInstanceClass'),
  DBName: textOf(resource, 'DBName'),
  DBClusterIdentifier: textOf(resource, 'DBClusterIdentifier'),
  ...backedUp(call, resource),
});

const cluster = (call: Call, resource: Resource): XmlFields => ({
  DBClusterIdentifier: resource.physicalResourceId,
  DBClusterArn: arn(call.account, 'rds', `cluster:${resource.physicalResourceId}`),
  Status: statusOf(resource),
  ...backedUp(call, resource),
});

/** The page that was asked for, of all of a type or of the one of this identifier: RDS does not tell capitals apart. */
function found(call: Call, type: string, id: string | undefined, { Marker }: Params, absent: (id: string) => AwsError) {
  const all = databases(call, type);
  const wanted = id ? all.filter((one) => one.physicalResourceId.toLowerCase() === id.toLowerCase()) : all;
  if (id && wanted.length === 0) throw absent(id);
  return page(wanted, Marker, PAGE_SIZE);
}

/** A snapshot that somebody took of an instance or a cluster: it stays when that is deleted. */
export interface DatabaseSnapshot {
  readonly name: string;
  readonly of: 'instance' | 'cluster';
  /** Its identifier. */
  readonly database: string;
  readonly madeAtMs: number;
}

/** A page of the snapshots of one database, or of all: those of its own schedule are not kept here. */
function snapshots({ account }: Call, of: DatabaseSnapshot['of'], id: string | undefined, params: Params) {
  const wanted = account.databaseSnapshots.filter(
    (one) =>
      one.of === of &&
      (!id || one.database.toLowerCase() === id.toLowerCase()) &&
      (!params.SnapshotType || params.SnapshotType === 'manual'),
  );
  return page(wanted, params.Marker, PAGE_SIZE);
}

const snapshotFields = ({ madeAtMs }: DatabaseSnapshot): XmlFields => ({
  SnapshotType: 'manual',
  Status: 'available',
  SnapshotCreateTime: new Date(madeAtMs),
});

/** RDS, as far as it tells to what a database can be put back. */
export const rds: QueryService = {
  protocol: 'query',
  xmlns: 'http://rds.amazonaws.com/doc/2014-10-31/',
  operations: {
    DescribeDBInstances(params, call) {
      const { items, nextToken } = found(
        call,
        'AWS::RDS::DBInstance',
        params.DBInstanceIdentifier,
        params,
        (id) => new AwsError('DBInstanceNotFound', `DBInstance ${id} not found.`, 404),
      );
      const DBInstances = listOf(
        'DBInstance',
        items.map((one) => instance(call, one)),
      );
      return { DBInstances, Marker: nextToken };
    },
    DescribeDBClusters(params, call) {
      const { items, nextToken } = found(
        call,
        'AWS::RDS::DBCluster',
        params.DBClusterIdentifier,
        params,
        (id) => new AwsError('DBClusterNotFoundFault', `DBCluster ${id} not found.`, 404),
      );
      const DBClusters = listOf(
        'DBCluster',
        items.map((one) => cluster(call, one)),
      );
      return { DBClusters, Marker: nextToken };
    },
    DescribeDBSnapshots(params, call) {
      const { items, nextToken } = snapshots(call, 'instance', params.DBInstanceIdentifier, params);
      const DBSnapshots = listOf(
        'DBSnapshot',
        items.map((one) => ({
          DBSnapshotIdentifier: one.name,
          DBInstanceIdentifier: one.database,
          ...snapshotFields(one),
        })),
      );
      return { DBSnapshots, Marker: nextToken };
    },
    DescribeDBClusterSnapshots(params, call) {
      const { items, nextToken } = snapshots(call, 'cluster', params.DBClusterIdentifier, params);
      const DBClusterSnapshots = listOf(
        'DBClusterSnapshot',
        items.map((one) => ({
          DBClusterSnapshotIdentifier: one.name,
          DBClusterIdentifier: one.database,
          ...snapshotFields(one),
        })),
      );
      return { DBClusterSnapshots, Marker: nextToken };
    },
  },
};
