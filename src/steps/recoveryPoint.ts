import type { CacheSnapshot, DatabaseSnapshot, Restorable } from '../clients/doors.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { ClassifiedChangeSet } from './changeSetReview.ts';
import type { DataHoldingType } from './dangerTypes.ts';
import type { ReadContext } from './kind.ts';
import { age, count } from './words.ts';

type Context = Pick<ReadContext, 'read' | 'clock' | 'signal'>;
/** Asks AWS to what moment the resource of this physical id could be put back. */
type Read = (physicalId: string, context: Context) => Promise<string>;

const lookIn = (where: string): string => `no recovery point of it is read here: look in ${where}`;

const replicationGroup: Read = async (id, { read, clock, signal }) =>
  ofSnapshots(await read.aws.elastiCache.snapshots(id, signal), clock.now());

const cacheCluster: Read = async (id, { read, clock, signal }) =>
  ofSnapshots(await read.aws.elastiCache.clusterSnapshots(id, signal), clock.now());

const table: Read = async (name, { read, clock, signal }) => {
  const { dynamoDb } = read.aws;
  const toMs = await dynamoDb.restorableToMs(name, signal);
  if (toMs === undefined) return 'there is no such table';
  if (toMs !== 'never') return `it can be put back to ${age(clock.now() - toMs)} ago`;
  const [kept] = available(await dynamoDb.backups(name, signal));
  return kept
    ? `point-in-time recovery of it is off; its last backup is ${told(kept, clock.now())}`
    : 'it cannot be put back: point-in-time recovery is off, and nobody took a backup of it';
};

const database: Read = async (id, context) => {
  const { rds } = context.read.aws;
  const found = await rds.instance(id, context.signal);
  if (found === undefined) return 'there is no such database';
  // An instance of a cluster keeps nothing itself.
  if (found.clusterId !== undefined)
    return `its data is that of the cluster ${found.clusterId}: ${await databaseCluster(found.clusterId, context)}`;
  return ofBackups(found, await rds.instanceSnapshots(id, context.signal), context.clock.now());
};

const databaseCluster: Read = async (id, { read, clock, signal }) => {
  const found = await read.aws.rds.cluster(id, signal);
  if (found === undefined) return 'there is no such cluster';
  return ofBackups(found, await read.aws.rds.clusterSnapshots(id, signal), clock.now());
};

const queue: Read = async (url, { read, signal }) => {
  const depth = await read.aws.sqs.depth(url, signal);
  if (depth === undefined) return 'there is no such queue';
  const waiting = depth.visible + depth.notVisible + depth.delayed;
  // SQS counts roughly: none told is no proof that there is none.
  const lost = waiting === 0 ? 'it tells of no message in it now' : `about ${count(waiting, 'message')} would be lost`;
  return `SQS keeps no copy of a deleted queue: ${lost}`;
};

/**
 * What is known of the way back from the loss of each kind of data holder: read from AWS where that can be asked, else
 * what AWS documents of its deletion, else where to look.
 */
const POINTS: Readonly<Record<DataHoldingType, Read | string>> = {
  'AWS::Backup::BackupVault': 'AWS Backup deletes a vault only when no recovery point is in it',
  'AWS::CloudFormation::Stack': 'each of its resources goes as its own DeletionPolicy says: read its template',
  'AWS::Cognito::UserPool': lookIn('Cognito, and export its users first'),
  'AWS::DocDB::DBCluster': databaseCluster,
  'AWS::DocDB::DBInstance': database,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::EC2::Volume': lookIn('EC2, under Snapshots'),
  'AWS::EFS::FileSystem': lookIn('AWS Backup'),
  'AWS::EMR::Cluster': 'what its HDFS holds is lost with it: only what was written elsewhere, as to S3, stays',
  'AWS::ElastiCache::CacheCluster': cacheCluster,
  'AWS::ElastiCache::ReplicationGroup': replicationGroup,
  'AWS::Elasticsearch::Domain': lookIn('the S3 bucket that its manual snapshots go to'),
  'AWS::FSx::FileSystem': lookIn('FSx, under Backups'),
  'AWS::KMS::Key': 'KMS deletes it only after a waiting period of 7 to 30 days, in which the deletion can be cancelled',
  'AWS::Kinesis::Stream': 'Kinesis keeps no copy of a deleted stream: what no consumer has read is lost with it',
  'AWS::Logs::LogGroup': 'CloudWatch Logs deletes its events for good: export those that are needed first',
  'AWS::Neptune::DBCluster': databaseCluster,
  'AWS::Neptune::DBInstance': database,
  'AWS::OpenSearchService::Domain': lookIn('the S3 bucket that its manual snapshots go to'),
  'AWS::Organizations::Account': 'a closed account can be reopened for 90 days',
  'AWS::QLDB::Ledger': lookIn('S3, for an export of its journal'),
  'AWS::RDS::DBCluster': databaseCluster,
  'AWS::RDS::DBInstance': database,
  'AWS::Redshift::Cluster': 'its automated snapshots go with it: look in Redshift, under Snapshots, for manual ones',
  'AWS::S3::Bucket': 'CloudFormation deletes a bucket only when it is empty: what it holds must be gone before',
  'AWS::SDB::Domain': lookIn('whatever copies its items elsewhere'),
  'AWS::SQS::Queue': queue,
  'AWS::SecretsManager::Secret': 'CloudFormation deletes a secret at once, without a recovery window: copy it first',
  'AWS::EC2::Instance': 'its root volume goes with it by default, others may stay: look in EC2, under Snapshots',
  'AWS::ElastiCache::ServerlessCache': lookIn('ElastiCache, under Backups'),
  'AWS::MemoryDB::Cluster': lookIn('MemoryDB, under Snapshots'),
  'AWS::ECR::Repository':
    'only one without images is deleted, unless its template sets EmptyOnDelete: images are then lost',
  'AWS::SSM::Parameter': lookIn('Systems Manager, and copy its value first'),
  'AWS::Route53::HostedZone': 'Route 53 cannot undelete a zone, and a new one has other name servers',
  'AWS::SNS::Topic': 'all its subscriptions go with it, and e-mail addresses must confirm new ones',
  'AWS::SNS::Subscription': 'whoever is subscribed by e-mail or HTTP must confirm a new one',
  'AWS::EC2::EIP': 'a released address can be had again only while nobody else has it, and not for certain',
  'AWS::CertificateManager::Certificate': 'a deleted certificate does not come back: a new one must be validated again',
};

const pointOf = (resourceType: string): Read | string | undefined =>
  Object.hasOwn(POINTS, resourceType) ? POINTS[resourceType as DataHoldingType] : undefined;

/** Those that could be restored from, the newest first. */
const available = <S extends DatabaseSnapshot>(all: readonly S[]): readonly (S & { readonly madeAtMs: number })[] =>
  all
    .flatMap(({ madeAtMs, ...one }) =>
      one.status === 'available' && madeAtMs !== undefined ? [{ ...one, madeAtMs } as S & { madeAtMs: number }] : [],
    )
    .toSorted((a, b) => b.madeAtMs - a.madeAtMs);

const told = ({ name, madeAtMs }: { readonly name: string; readonly madeAtMs: number }, nowMs: number): string =>
  `${name}, ${age(nowMs - madeAtMs)} old`;

/** In words, of the newest snapshots of a cache. Automatic ones are deleted with it. */
function ofSnapshots(all: readonly CacheSnapshot[], nowMs: number): string {
  const made = available(all);
  const [newest] = made;
  if (!newest) return 'there is no snapshot of it';
  if (!newest.isAutomatic) return `its last snapshot is ${told(newest, nowMs)}`;
  const kept = made.find(({ isAutomatic }) => !isAutomatic);
  const stays = kept ? `the last one that stays is ${told(kept, nowMs)}` : 'none would stay';
  return `its last snapshot is ${told(newest, nowMs)}, which goes with it; ${stays}`;
}

/** In words, of automated backups, which RDS deletes with their database unless it was told not to, and of snapshots. */
function ofBackups({ toMs }: Restorable, snapshots: readonly DatabaseSnapshot[], nowMs: number): string {
  const [kept] = available(snapshots);
  const last = kept && `its last snapshot is ${told(kept, nowMs)}`;
  if (toMs === 'never')
    return last
      ? `automated backups of it are off; ${last}`
      : 'it cannot be put back: automated backups are off, and nobody took a snapshot of it';
  if (toMs === 'notYet')
    return last
      ? `there is no automated backup of it so far; ${last}`
      : 'it cannot be put back yet: there is no backup and no snapshot of it so far';
  const stays = kept ? `the last snapshot that stays is ${told(kept, nowMs)}` : 'no snapshot of it would stay';
  return `it can be put back to ${age(nowMs - toMs)} ago while it is there; its automated backups go with it unless its template keeps them; ${stays}`;
}

/**
 * To what moment a resource's data could be put back, or what else is known of that, in words. Undefined for a type
 * that holds none. What cannot be read is said, and stops nothing: it stands beside a danger and is none itself.
 */
export async function recoveryPoint(
  resourceType: string,
  physicalId: string | undefined,
  context: Context,
): Promise<string | undefined> {
  const point = pointOf(resourceType);
  if (typeof point !== 'function') return point;
  if (!physicalId) return 'its last recovery point could not be read: AWS does not tell its physical id';
  try {
    return await point(physicalId, context);
  } catch (error) {
    context.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return `its last recovery point could not be read: ${why.replace(/\.$/, '')}`;
  }
}

/** A review in which each danger to data tells its last recovery point. The hash is of what AWS would do, and stays. */
export async function withRecoveryPoints(
  classified: ClassifiedChangeSet,
  context: Context,
): Promise<ClassifiedChangeSet> {
  const { subject } = classified;
  const changes = await Promise.all(
    subject.changes.map(async (change) => {
      if (change.level !== 'danger') return change;
      const recovery = await recoveryPoint(change.resourceType, change.physicalResourceId, context);
      return recovery === undefined ? change : { ...change, recovery: sanitiseLine(recovery) };
    }),
  );
  return { ...classified, subject: { ...subject, changes } };
}
