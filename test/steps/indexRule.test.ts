import { expect, it } from 'vitest';
import type { ReadDoors } from '../../src/clients/doors.ts';
import { takenOut, withoutIndexes } from '../../src/steps/indexFile.ts';
import { clashDanger, failedOnIndexes, indexClashes, isCurable } from '../../src/steps/indexRule.ts';
import { BOSSLET } from './bosslet.ts';

const table = (indexes: unknown) => ({
  Resources: {
    TileIndex: { Type: 'AWS::DynamoDB::Table', Properties: { GlobalSecondaryIndexes: indexes } },
    Queue: { Type: 'AWS::SQS::Queue' },
  },
});
const named = (...names: readonly string[]) => names.map((IndexName) => ({ IndexName }));

/** A stack with one table that has these indexes now; undefined: the table is gone. */
const doors = (live: readonly string[] | undefined, tableName = `tileindex.${BOSSLET.internalDomain}`) =>
  ({
    aws: {
      cloudFormation: {
        stackResources: async () => [
          { logicalResourceId: 'TileIndex', physicalResourceId: tableName, resourceType: 'AWS::DynamoDB::Table' },
        ],
      },
      dynamoDb: {
        describeTable: async (name: string) =>
          name === tableName && live ? { indexes: live.map((indexName) => ({ indexName })) } : undefined,
      },
    },
  }) as unknown as ReadDoors;
const clashes = (live: readonly string[] | undefined, next: unknown, tableName?: string) =>
  indexClashes(
    { read: doors(live, tableName), bosslet: BOSSLET, signal: new AbortController().signal },
    'api',
    table(next),
  );

it.each<[string, readonly string[] | undefined, unknown, readonly string[]]>([
  ['a renamed index', ['a'], named('b'), ['a', 'b']],
  ['two new ones', ['a'], named('a', 'b', 'c'), ['b', 'c']],
  ['two that go', ['a', 'b'], undefined, ['a', 'b']],
])('%s of a table as it is now would fail an update', async (_what, live, next, changed) => {
  const found = await clashes(live, next);
  expect(found).toMatchObject([{ logicalResourceId: 'TileIndex', changed }]);
  expect(found.map(clashDanger)).toMatchObject([{ id: 'indexes:TileIndex', level: 'danger' }]);
});

it.each<[string, readonly string[] | undefined, unknown]>([
  ['one more index', ['a'], named('a', 'b')],
  ['one index less', ['a'], named()],
  ['a table that is not there', undefined, named('a', 'b')],
  ['indexes that a function of the template gives', ['a', 'b'], { 'Fn::If': ['X', [], []] }],
])('%s breaks no rule', async (_what, live, next) => {
  expect(await clashes(live, next)).toEqual([]);
});

it('has its cure for the tile index alone, whose file it edits', async () => {
  expect(isCurable(BOSSLET, await clashes(['a'], named('b')))).toBe(true);
  expect(isCurable(BOSSLET, await clashes(['a'], named('b'), 's3index.production.boss'))).toBe(false);
  expect(isCurable(BOSSLET, [])).toBe(false);
  const cause = { resourceStatusReason: 'Cannot perform more than one GSI creation or deletion in a single update' };
  const physicalResourceId = `tileindex.${BOSSLET.internalDomain}`;
  expect(failedOnIndexes(BOSSLET, { ...cause, physicalResourceId })).toBe(true);
  expect(failedOnIndexes(BOSSLET, { ...cause, physicalResourceId: 's3index.production.boss' })).toBe(false);
  expect(failedOnIndexes(BOSSLET, { physicalResourceId, resourceStatusReason: 'Throttled' })).toBe(false);
});

it.each<[readonly string[], readonly string[], readonly string[]]>([
  [['old'], ['new'], ['new']],
  [[], ['new', 'newer'], ['newer']],
  // One update is enough, or two are not.
  [['old'], ['old', 'new'], []],
  [['old'], ['new', 'newer'], []],
  [['old', 'older'], [], []],
])('of a table with %j and a file with %j, %j waits for the second update', (live, inFile, expected) => {
  expect(takenOut(live, inFile)).toEqual(expected);
});

it('takes an index out with the attributes that only it used, and leaves the rest as it was', () => {
  const key = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' });
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  const text = JSON.stringify(
    {
      KeySchema: [key('id')],
      AttributeDefinitions: ['id', 'shared', 'own'].map(attribute),
      GlobalSecondaryIndexes: [
        { IndexName: 'stays', KeySchema: [key('shared')] },
        { IndexName: 'goes', KeySchema: [key('shared'), key('own')] },
      ],
      ProvisionedThroughput: { ReadCapacityUnits: 1 },
    },
    undefined,
    4,
  );
  const left = withoutIndexes('boss_tile_index.json', text, ['goes']);
  expect(left).toMatch(/^ {4}"KeySchema"/m);
  expect(JSON.parse(left)).toEqual({
    KeySchema: [key('id')],
    AttributeDefinitions: ['id', 'shared'].map(attribute),
    GlobalSecondaryIndexes: [{ IndexName: 'stays', KeySchema: [key('shared')] }],
    ProvisionedThroughput: { ReadCapacityUnits: 1 },
  });
  expect(JSON.parse(withoutIndexes('x', text, ['goes', 'stays']))).not.toHaveProperty('GlobalSecondaryIndexes');
});
