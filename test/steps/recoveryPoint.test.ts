import { describe, expect, it } from 'vitest';
import type { CacheSnapshot, DatabaseSnapshot, ReadDoors, Restorable } from '../../src/clients/doors.ts';
import { createClock } from '../../src/clock.ts';
import { classifyChangeSet } from '../../src/steps/changeSetReview.ts';
import { DATA_HOLDING } from '../../src/steps/dangerTypes.ts';
import { recoveryPoint, withRecoveryPoints } from '../../src/steps/recoveryPoint.ts';
import { change, changeSetOf } from './changeSets.ts';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const ago = (minutes: number) => NOON - minutes * 60_000;
const { signal } = new AbortController();

/** What AWS would say of the one resource that is asked of; a word: it fails with it. */
interface Told {
  readonly snapshots?: readonly CacheSnapshot[];
  readonly table?: number | 'never' | undefined;
  readonly instance?: (Restorable & { readonly clusterId?: string }) | string;
  readonly cluster?: Restorable;
  /** Of the table, the instance or the cluster. */
  readonly taken?: readonly DatabaseSnapshot[];
  readonly depth?: number;
}

const contextOf = ({ snapshots = [], table, instance, cluster, taken = [], depth }: Told) => ({
  read: {
    aws: {
      elastiCache: {
        snapshots: async (id: string) => (id === 'it' ? snapshots : []),
        clusterSnapshots: async (id: string) => (id === 'it' ? snapshots : []),
      },
      dynamoDb: { restorableToMs: async () => table, backups: async () => taken },
      rds: {
        instance: async () => {
          if (typeof instance === 'string') throw new Error(instance);
          return instance;
        },
        cluster: async (id: string) => (id === 'it' || id === 'graph' ? cluster : undefined),
        instanceSnapshots: async () => taken,
        clusterSnapshots: async () => taken,
      },
      sqs: {
        depth: async () => (depth === undefined ? undefined : { visible: depth, notVisible: depth / 3, delayed: 0 }),
      },
    },
  } as unknown as ReadDoors,
  clock: { ...createClock({ speed: 1, originMs: NOON, startedAtMs: NOON }), now: () => NOON },
  signal,
});

const pointOf = (type: string, told: Told = {}, id: string | undefined = 'it') =>
  recoveryPoint(`AWS::${type}`, id, contextOf(told));

const snapshot = (name: string, minutes: number, more: Partial<CacheSnapshot> = {}): CacheSnapshot => ({
  name,
  status: 'available',
  isAutomatic: false,
  madeAtMs: ago(minutes),
  ...more,
});
const taken = (name: string, minutes: number, status = 'available'): DatabaseSnapshot => ({
  name,
  status,
  madeAtMs: ago(minutes),
});
const auto = (name: string, minutes: number) => snapshot(name, minutes, { isAutomatic: true });

describe('the last recovery point beside a danger', () => {
  it.each([...DATA_HOLDING])('is told, or what else is known of it, of %s', async (type) => {
    for (const id of ['it', undefined, '']) {
      const point = await recoveryPoint(type, id, contextOf({}));
      // It ends no sentence: it stands among others, and on one line.
      expect(point).toMatch(/^[a-zA-Z][^\n]{20,139}[^.\n]$/);
    }
  });

  it('is not told of what holds nothing', async () => {
    expect(await pointOf('Lambda::Function')).toBeUndefined();
    expect(await pointOf('ElasticLoadBalancingV2::LoadBalancer')).toBeUndefined();
    expect(await recoveryPoint('toString', 'it', contextOf({}))).toBeUndefined();
  });

  it.each<[string, string, Told, string]>([
    [
      'a database that is backed up',
      'RDS::DBInstance',
      { instance: { toMs: ago(4) } },
      'it can be put back to 4m00s ago while it is there; its automated backups go with it unless its template keeps them; no snapshot of it would stay',
    ],
    [
      'a database without backups',
      'RDS::DBInstance',
      { instance: { toMs: 'never' } },
      'it cannot be put back: automated backups are off, and nobody took a snapshot of it',
    ],
    [
      'a database without backups that somebody took snapshots of',
      'RDS::DBInstance',
      { instance: { toMs: 'never' }, taken: [taken('old', 9000), taken('new', 90), taken('failed', 1, 'failed')] },
      'automated backups of it are off; its last snapshot is new, 1h30m old',
    ],
    [
      'a cluster that is backed up, and that somebody took a snapshot of',
      'RDS::DBCluster',
      { cluster: { toMs: ago(4) }, taken: [taken('mine', 5760)] },
      'it can be put back to 4m00s ago while it is there; its automated backups go with it unless its template keeps them; the last snapshot that stays is mine, 4 days old',
    ],
    [
      'a new database that somebody took a snapshot of',
      'DocDB::DBCluster',
      { cluster: { toMs: 'notYet' }, taken: [taken('mine', 5)] },
      'there is no automated backup of it so far; its last snapshot is mine, 5m00s old',
    ],
    [
      'a database that is new',
      'RDS::DBInstance',
      { instance: { toMs: 'notYet' } },
      'it cannot be put back yet: there is no backup and no snapshot of it so far',
    ],
    ['no database', 'RDS::DBInstance', {}, 'there is no such database'],
    [
      'an instance of a cluster',
      'RDS::DBInstance',
      { instance: { toMs: 'notYet', clusterId: 'graph' }, cluster: { toMs: ago(130) } },
      'its data is that of the cluster graph: it can be put back to 2h10m ago while it is there; its automated backups go with it unless its template keeps them; no snapshot of it would stay',
    ],
    ['a cluster that is gone', 'RDS::DBCluster', {}, 'there is no such cluster'],
    [
      'a cluster of Neptune, which RDS describes',
      'Neptune::DBCluster',
      { cluster: { toMs: ago(1) } },
      'it can be put back to 1m00s ago while it is there; its automated backups go with it unless its template keeps them; no snapshot of it would stay',
    ],
    ['a table', 'DynamoDB::Table', { table: ago(5) }, 'it can be put back to 5m00s ago'],
    [
      'a table without recovery',
      'DynamoDB::Table',
      { table: 'never' },
      'it cannot be put back: point-in-time recovery is off, and nobody took a backup of it',
    ],
    [
      'a table without recovery that somebody took backups of',
      'DynamoDB::Table',
      { table: 'never', taken: [taken('old', 9000), taken('mine', 90)] },
      'point-in-time recovery of it is off; its last backup is mine, 1h30m old',
    ],
    ['no table', 'DynamoDB::GlobalTable', {}, 'there is no such table'],
    [
      'a group with two snapshots and one that is being made',
      'ElastiCache::ReplicationGroup',
      { snapshots: [snapshot('old', 9000), snapshot('new', 90), { ...snapshot('next', 0), status: 'creating' }] },
      'its last snapshot is new, 1h30m old',
    ],
    [
      'a cache cluster whose newest snapshot is its own schedule’s',
      'ElastiCache::CacheCluster',
      { snapshots: [snapshot('mine', 5760), auto('automatic.1', 60)] },
      'its last snapshot is automatic.1, 1h00m old, which goes with it; the last one that stays is mine, 4 days old',
    ],
    [
      'a group that only its schedule takes snapshots of',
      'ElastiCache::ReplicationGroup',
      { snapshots: [auto('automatic.1', 60)] },
      'its last snapshot is automatic.1, 1h00m old, which goes with it; none would stay',
    ],
    ['a cache cluster without any', 'ElastiCache::CacheCluster', {}, 'there is no snapshot of it'],
    ['a queue', 'SQS::Queue', { depth: 3 }, 'SQS keeps no copy of a deleted queue: about 4 messages would be lost'],
    [
      'an empty queue',
      'SQS::Queue',
      { depth: 0 },
      'SQS keeps no copy of a deleted queue: it tells of no message in it now',
    ],
    [
      'what cannot be read',
      'RDS::DBInstance',
      { instance: 'RDS DescribeDBInstances failed: AccessDenied.' },
      'its last recovery point could not be read: RDS DescribeDBInstances failed: AccessDenied',
    ],
  ])('is said of %s', async (_what, type, told, said) => {
    expect(await pointOf(type, told)).toBe(said);
  });

  it('is read of each danger of a review, and leaves its hash and its other changes as they are', async () => {
    const classified = classifyChangeSet({
      config: 'core',
      changeSet: changeSetOf([
        change({
          logicalResourceId: 'AuthDB',
          physicalResourceId: 'auth-db',
          resourceType: 'AWS::RDS::DBInstance',
          replacement: 'True',
        }),
        change({ logicalResourceId: 'Bucket', resourceType: 'AWS::S3::Bucket', action: 'Remove' }),
        change({ logicalResourceId: 'Queue', resourceType: 'AWS::SQS::Queue', replacement: 'False' }),
      ]),
      publicHost: 'api.theboss.io',
      title: 'Update core',
    });
    const told = await withRecoveryPoints(classified, contextOf({ instance: 'it \u001b[31mburns' }));
    expect(told.hash).toBe(classified.hash);
    expect(told.subject.changes.map(({ recovery }) => recovery)).toEqual([
      'its last recovery point could not be read: it burns',
      expect.stringMatching(/only when it is empty/),
      undefined,
    ]);
  });
});
