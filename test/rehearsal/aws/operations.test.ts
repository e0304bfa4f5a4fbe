import {
  CancelUpdateStackCommand,
  type CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  type DescribeStackEventsCommandOutput,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
  type StackEvent,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeRuleCommand, DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { expect, test } from 'vitest';
import { createClock } from '../../../src/clock.ts';
import { createAwsWorld } from '../../../src/rehearsal/aws/aws.ts';
import type { Template } from '../../../src/rehearsal/contract.ts';
import { until } from '../../support/until.ts';
import {
  ACCOUNT,
  cacheTemplate,
  cloudFormationOf,
  createScene,
  endpointTemplate,
  KEY,
  type Scene,
  START_MS,
  seedStack,
} from './world.ts';

/** All events of a stack since the scene began, oldest first, every page. */
async function eventsOf(client: CloudFormationClient, stackName: string): Promise<StackEvent[]> {
  const all: StackEvent[] = [];
  let token: string | undefined;
  do {
    const page: DescribeStackEventsCommandOutput = await client.send(
      new DescribeStackEventsCommand({ StackName: stackName, NextToken: token }),
    );
    all.push(...(page.StackEvents ?? []));
    token = page.NextToken;
  } while (token);
  return all.reverse().filter(({ Timestamp: time }) => (time?.getTime() ?? 0) >= START_MS);
}

const words = (events: readonly StackEvent[]) =>
  events.map(({ LogicalResourceId: name, ResourceStatus: status }) => `${name} ${status}`);

const statusOf = async (client: CloudFormationClient, stackName: string) =>
  (await client.send(new DescribeStacksCommand({ StackName: stackName }))).Stacks?.[0]?.StackStatus;

const update = (client: CloudFormationClient, stackName: string, template: Template) =>
  client.send(new UpdateStackCommand({ StackName: stackName, TemplateBody: JSON.stringify(template) }));

const create = (client: CloudFormationClient, stackName: string, template: Template) =>
  client.send(new CreateStackCommand({ StackName: stackName, TemplateBody: JSON.stringify(template) }));

const settled = (scene: Scene): string[] => {
  const seen: string[] = [];
  scene.aws.onStackSettled(({ stackName, operation, stackStatus }) => {
    seen.push(`${stackName} ${operation} ${stackStatus}`);
  });
  return seen;
};

test('an update goes resource by resource in order of need, and rolls machines over', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  const seen = settled(scene);
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const ec2 = new EC2Client(scene.config());
  const machines = async () =>
    (
      await ec2.send(
        new DescribeInstancesCommand({
          Filters: [
            { Name: 'tag:Name', Values: ['endpoint.*'] },
            { Name: 'instance-state-name', Values: ['running', 'pending'] },
          ],
        }),
      )
    ).Reservations?.map(({ Instances: instances }) => instances?.[0]?.ImageId);
  expect(await machines()).toEqual(['ami-1']);
  await update(client, 'ApiProductionBoss', endpointTemplate('ami-2'));
  expect(await statusOf(client, 'ApiProductionBoss')).toBe('UPDATE_IN_PROGRESS');
  scene.clock.advance(360_000);
  const events = await eventsOf(client, 'ApiProductionBoss');
  expect(words(events)).toEqual([
    'ApiProductionBoss UPDATE_IN_PROGRESS',
    'EndpointConfiguration UPDATE_IN_PROGRESS',
    'EndpointConfiguration UPDATE_IN_PROGRESS',
    'EndpointConfiguration UPDATE_COMPLETE',
    ...Array.from({ length: 6 }, () => 'Endpoint UPDATE_IN_PROGRESS'),
    'Endpoint UPDATE_COMPLETE',
    'ApiProductionBoss UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'EndpointConfiguration DELETE_IN_PROGRESS',
    'EndpointConfiguration DELETE_COMPLETE',
    'ApiProductionBoss UPDATE_COMPLETE',
  ]);
  expect(events[0]?.ResourceStatusReason).toBe('User Initiated');
  expect(events[1]?.ResourceStatusReason).toBe(
    'Requested update requires the creation of a new physical resource; hence creating one.',
  );
  expect(events[2]?.ResourceStatusReason).toBe('Resource creation Initiated');
  // The old launch configuration is the one that is deleted.
  expect(events.at(-2)?.PhysicalResourceId).toBe(events[1]?.PhysicalResourceId);
  expect(events[2]?.PhysicalResourceId).not.toBe(events[1]?.PhysicalResourceId);
  expect(new Set(events.map(({ EventId: id }) => id)).size).toBe(events.length);
  const tookMs = (events.at(-1)?.Timestamp?.getTime() ?? 0) - (events[0]?.Timestamp?.getTime() ?? 0);
  expect(tookMs).toBeGreaterThan(300_000);
  expect(tookMs).toBeLessThan(360_000);
  expect(await machines()).toEqual(['ami-2']);
  expect(seen).toEqual(['ApiProductionBoss UPDATE UPDATE_COMPLETE']);
});

test('the load balancer leads to the new machine once it is healthy', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const balancing = new ElasticLoadBalancingV2Client(scene.config());
  const { TargetGroups: groups } = await balancing.send(
    new DescribeTargetGroupsCommand({ Names: ['endpoint-targets'] }),
  );
  expect(groups?.[0]?.LoadBalancerArns).toHaveLength(1);
  const targets = async () =>
    (
      await balancing.send(new DescribeTargetHealthCommand({ TargetGroupArn: groups?.[0]?.TargetGroupArn }))
    ).TargetHealthDescriptions?.map(({ Target: target, TargetHealth: health }) => [target?.Id, health?.State]);
  const before = await targets();
  expect(before).toEqual([[expect.stringMatching(/^i-0/), 'healthy']]);
  await update(client, 'ApiProductionBoss', endpointTemplate('ami-2'));
  scene.clock.advance(30_000);
  expect(await targets()).toEqual([]);
  scene.clock.advance(70_000);
  expect(await targets()).toEqual([[expect.stringMatching(/^i-0/), 'initial']]);
  scene.clock.advance(200_000);
  const after = await targets();
  expect(after).toEqual([[expect.stringMatching(/^i-0/), 'healthy']]);
  expect(after?.[0]?.[0]).not.toBe(before?.[0]?.[0]);
});

test('a group of two is rolled over machine by machine: one of them is always there', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  const pair = (imageId: string): Template => {
    const { Resources: resources } = endpointTemplate(imageId);
    const group = resources.Endpoint!;
    return { Resources: { ...resources, Endpoint: { ...group, Properties: { ...group.Properties, MinSize: '2' } } } };
  };
  seedStack(scene, 'ApiProductionBoss', pair('ami-1'));
  await update(client, 'ApiProductionBoss', pair('ami-2'));
  const ec2 = new EC2Client(scene.config());
  const seen = new Set<string>();
  for (let elapsed = 0; elapsed < 360; elapsed += 10) {
    scene.clock.advance(10_000);
    const { Reservations: reservations } = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['running'] }] }),
    );
    seen.add((reservations ?? []).map(({ Instances: [one] = [] }) => one?.ImageId).join());
  }
  expect([...seen]).toEqual(['ami-1,ami-1', 'ami-1', 'ami-1,ami-2', 'ami-2', 'ami-2,ami-2']);
});

test('a changed deletion policy is a change that no event tells', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  const bucket = (DeletionPolicy: 'Retain' | 'Delete'): Template => ({
    Resources: { Bucket: { Type: 'AWS::S3::Bucket', DeletionPolicy } },
  });
  seedStack(scene, 'AnyProductionBoss', bucket('Delete'));
  await update(client, 'AnyProductionBoss', bucket('Retain'));
  scene.clock.advance(60_000);
  expect(words(await eventsOf(client, 'AnyProductionBoss'))).toEqual([
    'AnyProductionBoss UPDATE_IN_PROGRESS',
    'AnyProductionBoss UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'AnyProductionBoss UPDATE_COMPLETE',
  ]);
  await client.send(new DeleteStackCommand({ StackName: 'AnyProductionBoss' }));
  expect(scene.aws.stackStatus(ACCOUNT, 'AnyProductionBoss')).toBe('DELETE_IN_PROGRESS');
  scene.clock.advance(60_000);
  const { StackSummaries: gone } = await client.send(new ListStacksCommand({ StackStatusFilter: ['DELETE_COMPLETE'] }));
  expect(words(await eventsOf(client, gone?.[0]?.StackId ?? ''))).toContain('Bucket DELETE_SKIPPED');
});

test('reads may show the state before the change set was executed, for a moment', async () => {
  const { CreateChangeSetCommand, ExecuteChangeSetCommand } = await import('@aws-sdk/client-cloudformation');
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const { Id: id } = await client.send(
    new CreateChangeSetCommand({
      StackName: 'ApiProductionBoss',
      ChangeSetName: 'h1',
      TemplateBody: JSON.stringify(endpointTemplate('ami-2')),
    }),
  );
  scene.clock.advance(6_000);
  await client.send(new ExecuteChangeSetCommand({ ChangeSetName: id }));
  expect(await statusOf(client, 'ApiProductionBoss')).toBe('CREATE_COMPLETE');
  scene.clock.advance(2_000);
  expect(await statusOf(client, 'ApiProductionBoss')).toBe('UPDATE_IN_PROGRESS');
});

test.each(['redis-size', 'undrained-cache'] as const)(
  '%s: the cache refuses its new size, its sibling is cancelled, all is rolled back; a new one may have it',
  async (fault) => {
    await using scene = await createScene([fault]);
    const client = cloudFormationOf(scene);
    const seen = settled(scene);
    seedStack(scene, 'RedisProductionBoss', cacheTemplate('cache.r5.large'));
    await update(client, 'RedisProductionBoss', cacheTemplate('cache.r5.xlarge'));
    scene.clock.advance(300_000);
    const events = await eventsOf(client, 'RedisProductionBoss');
    expect(words(events)).toEqual([
      'RedisProductionBoss UPDATE_IN_PROGRESS',
      'Cache UPDATE_IN_PROGRESS',
      'CacheState UPDATE_IN_PROGRESS',
      'Cache UPDATE_FAILED',
      'CacheState UPDATE_FAILED',
      'RedisProductionBoss UPDATE_ROLLBACK_IN_PROGRESS',
      'Cache UPDATE_IN_PROGRESS',
      'CacheState UPDATE_IN_PROGRESS',
      'Cache UPDATE_COMPLETE',
      'CacheState UPDATE_COMPLETE',
      'RedisProductionBoss UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'RedisProductionBoss UPDATE_ROLLBACK_COMPLETE',
    ]);
    expect(events[3]?.ResourceStatusReason).toMatch(/^The size of the cache cluster cannot be changed in place/);
    expect(events[4]?.ResourceStatusReason).toBe('Resource update cancelled');
    expect(events[5]?.ResourceStatusReason).toBe('The following resource(s) failed to update: [Cache, CacheState]. ');
    const { TemplateBody: body } = await client.send(new GetTemplateCommand({ StackName: 'RedisProductionBoss' }));
    expect(body).toContain('cache.r5.large');
    // Trying again is no cure.
    await update(client, 'RedisProductionBoss', cacheTemplate('cache.r5.xlarge'));
    scene.clock.advance(300_000);
    await client.send(new DeleteStackCommand({ StackName: 'RedisProductionBoss' }));
    scene.clock.advance(300_000);
    await create(client, 'RedisProductionBoss', cacheTemplate('cache.r5.xlarge'));
    scene.clock.advance(400_000);
    expect(await statusOf(client, 'RedisProductionBoss')).toBe('CREATE_COMPLETE');
    expect(seen).toEqual([
      'RedisProductionBoss UPDATE UPDATE_ROLLBACK_COMPLETE',
      'RedisProductionBoss UPDATE UPDATE_ROLLBACK_COMPLETE',
      'RedisProductionBoss DELETE DELETE_COMPLETE',
      'RedisProductionBoss CREATE CREATE_COMPLETE',
    ]);
  },
);

test('rollback: the first update of api fails in its machines and puts the old ones back; the second one works', async () => {
  await using scene = await createScene(['rollback']);
  const client = cloudFormationOf(scene);
  const queue = (delay: number) => ({ Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: delay } } });
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1', queue(1)));
  await update(client, 'ApiProductionBoss', endpointTemplate('ami-2', queue(2)));
  scene.clock.advance(600_000);
  const events = await eventsOf(client, 'ApiProductionBoss');
  const failed = events.filter(({ ResourceStatus: status }) => status === 'UPDATE_FAILED');
  expect(failed.map((event) => [event.LogicalResourceId, event.ResourceStatusReason])).toEqual([
    ['Endpoint', expect.stringMatching(/^Received 0 SUCCESS signal\(s\) out of 1/)],
    ['Queue', 'Resource update cancelled'],
  ]);
  expect(await statusOf(client, 'ApiProductionBoss')).toBe('UPDATE_ROLLBACK_COMPLETE');
  const machines = async () =>
    (
      await new EC2Client(scene.config()).send(
        new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['running'] }] }),
      )
    ).Reservations?.map(({ Instances: instances }) => instances?.[0]?.ImageId);
  expect(await machines()).toEqual(['ami-1']);
  await update(client, 'ApiProductionBoss', endpointTemplate('ami-2', queue(2)));
  scene.clock.advance(600_000);
  expect(await statusOf(client, 'ApiProductionBoss')).toBe('UPDATE_COMPLETE');
  expect(await machines()).toEqual(['ami-2']);
});

const activities = (state: string): Template => ({
  Resources: {
    DeleteEventRule: {
      Type: 'AWS::Events::Rule',
      Properties: { Name: 'deleteEventRule.production.boss', State: state },
    },
    Store: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', Properties: { BucketName: 'ingest' } },
    Function: { Type: 'AWS::Lambda::Function', DependsOn: 'Store' },
  },
});

test('a delete goes against the order of need, keeps what is retained, and leaves the stack to be found by its ARN', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  seedStack(scene, 'ActivitiesProductionBoss', activities('DISABLED'));
  const { Stacks: stacks } = await client.send(new DescribeStacksCommand({ StackName: 'ActivitiesProductionBoss' }));
  const arn = stacks?.[0]?.StackId ?? '';
  await client.send(new DeleteStackCommand({ StackName: 'ActivitiesProductionBoss' }));
  scene.clock.advance(60_000);
  expect(words(await eventsOf(client, arn))).toEqual([
    'ActivitiesProductionBoss DELETE_IN_PROGRESS',
    'DeleteEventRule DELETE_IN_PROGRESS',
    'Function DELETE_IN_PROGRESS',
    'Function DELETE_COMPLETE',
    'Store DELETE_SKIPPED',
    'DeleteEventRule DELETE_COMPLETE',
    'ActivitiesProductionBoss DELETE_COMPLETE',
  ]);
  await expect(statusOf(client, 'ActivitiesProductionBoss')).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'Stack with id ActivitiesProductionBoss does not exist',
  });
  expect(await statusOf(client, arn)).toBe('DELETE_COMPLETE');
  expect(scene.aws.stackStatus(ACCOUNT, 'ActivitiesProductionBoss')).toBeUndefined();
  // Deleting what is gone is no error.
  await client.send(new DeleteStackCommand({ StackName: 'ActivitiesProductionBoss' }));
});

test('a rule keeps what somebody switched through an update, and has the state of the template when it is made again', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  const rules = new EventBridgeClient(scene.config());
  const state = async () =>
    (await rules.send(new DescribeRuleCommand({ Name: 'deleteEventRule.production.boss' }))).State;
  seedStack(scene, 'ActivitiesProductionBoss', activities('ENABLED'));
  expect(await state()).toBe('ENABLED');
  await rules.send(new DisableRuleCommand({ Name: 'deleteEventRule.production.boss' }));
  expect(await state()).toBe('DISABLED');
  await client.send(new DeleteStackCommand({ StackName: 'ActivitiesProductionBoss' }));
  scene.clock.advance(60_000);
  await expect(state()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await create(client, 'ActivitiesProductionBoss', activities('ENABLED'));
  scene.clock.advance(60_000);
  expect(await state()).toBe('ENABLED');
});

test('a create that fails is rolled back and refuses updates from then on', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  const withTable: Template = {
    Resources: {
      Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'idIndex.production.boss' } },
      Database: { Type: 'AWS::RDS::DBInstance' },
    },
  };
  seedStack(scene, 'ApiProductionBoss', withTable);
  await create(client, 'OtherProductionBoss', withTable);
  scene.clock.advance(600_000);
  const events = await eventsOf(client, 'OtherProductionBoss');
  expect(words(events)).toEqual([
    'OtherProductionBoss CREATE_IN_PROGRESS',
    'Database CREATE_IN_PROGRESS',
    'Table CREATE_IN_PROGRESS',
    'Database CREATE_IN_PROGRESS',
    'Table CREATE_FAILED',
    'Database CREATE_FAILED',
    'OtherProductionBoss ROLLBACK_IN_PROGRESS',
    'Database DELETE_IN_PROGRESS',
    'Table DELETE_IN_PROGRESS',
    'Table DELETE_COMPLETE',
    'Database DELETE_COMPLETE',
    'OtherProductionBoss ROLLBACK_COMPLETE',
  ]);
  expect(events[4]?.ResourceStatusReason).toMatch(/already exists/);
  expect(events[5]?.ResourceStatusReason).toBe('Resource creation cancelled');
  await expect(update(client, 'OtherProductionBoss', activities('ENABLED'))).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringMatching(/is in ROLLBACK_COMPLETE state and can not be updated/),
  });
  // The table of the other stack was never its own to delete.
  const { Table: table } = await new DynamoDBClient(scene.config()).send(
    new DescribeTableCommand({ TableName: 'idIndex.production.boss' }),
  );
  expect(table?.TableStatus).toBe('ACTIVE');
  await expect(create(client, 'OtherProductionBoss', withTable)).rejects.toMatchObject({
    name: 'AlreadyExistsException',
  });
});

const indexed = (...names: readonly string[]): Template => ({
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'tileindex.production.boss',
        GlobalSecondaryIndexes: names.map((name) => ({ IndexName: name, KeySchema: [] })),
      },
    },
  },
});

test('an index is made and dropped one at a time, and is ACTIVE only after a while', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  const dynamo = new DynamoDBClient(scene.config());
  const indexes = async () =>
    (
      await dynamo.send(new DescribeTableCommand({ TableName: 'tileindex.production.boss' }))
    ).Table?.GlobalSecondaryIndexes?.map(({ IndexName: name, IndexStatus: status }) => `${name} ${status}`);
  seedStack(scene, 'ApiProductionBoss', indexed('old'));
  await update(client, 'ApiProductionBoss', indexed('new'));
  scene.clock.advance(60_000);
  expect(await statusOf(client, 'ApiProductionBoss')).toBe('UPDATE_ROLLBACK_COMPLETE');
  const events = await eventsOf(client, 'ApiProductionBoss');
  expect(events.find(({ ResourceStatus: status }) => status === 'UPDATE_FAILED')?.ResourceStatusReason).toBe(
    'Cannot perform more than one GSI creation or deletion in a single update',
  );
  await update(client, 'ApiProductionBoss', indexed('old', 'new'));
  scene.clock.advance(10_000);
  expect(await indexes()).toEqual(['old ACTIVE', 'new CREATING']);
  scene.clock.advance(60_000);
  expect(await indexes()).toEqual(['old ACTIVE', 'new ACTIVE']);
});

test('a table that has a name of its own cannot be replaced', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  const named = (key: string): Template => ({
    Resources: {
      Meta: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { TableName: 'bossmeta.production.boss', KeySchema: [{ AttributeName: key, KeyType: 'HASH' }] },
      },
    },
  });
  seedStack(scene, 'ApiProductionBoss', named('a'));
  await update(client, 'ApiProductionBoss', named('b'));
  scene.clock.advance(60_000);
  const events = await eventsOf(client, 'ApiProductionBoss');
  expect(events.find(({ ResourceStatus: status }) => status === 'UPDATE_FAILED')?.ResourceStatusReason).toBe(
    'CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename bossmeta.production.boss and update the stack again.',
  );
  const { Table: table } = await new DynamoDBClient(scene.config()).send(
    new DescribeTableCommand({ TableName: 'bossmeta.production.boss' }),
  );
  expect(table?.KeySchema).toEqual([{ AttributeName: 'a', KeyType: 'HASH' }]);
});

test('an update under way can be cancelled, blocks others, and nothing changes where nothing would', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  seedStack(scene, 'RedisProductionBoss', cacheTemplate('cache.r5.large'));
  await expect(update(client, 'RedisProductionBoss', cacheTemplate('cache.r5.large'))).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'No updates are to be performed.',
  });
  await update(client, 'RedisProductionBoss', cacheTemplate('cache.r5.xlarge'));
  scene.clock.advance(10_000);
  await expect(update(client, 'RedisProductionBoss', cacheTemplate('cache.r5.large'))).rejects.toMatchObject({
    message: expect.stringMatching(/is in UPDATE_IN_PROGRESS state and can not be updated/),
  });
  await expect(client.send(new DeleteStackCommand({ StackName: 'RedisProductionBoss' }))).rejects.toMatchObject({
    message: expect.stringMatching(/cannot be deleted while in status UPDATE_IN_PROGRESS/),
  });
  await client.send(new CancelUpdateStackCommand({ StackName: 'RedisProductionBoss' }));
  scene.clock.advance(200_000);
  expect(await statusOf(client, 'RedisProductionBoss')).toBe('UPDATE_ROLLBACK_COMPLETE');
});

test('events come in pages of a hundred that new events never shift; resources and stacks are listed', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  const many: Template = {
    Resources: Object.fromEntries(
      Array.from({ length: 120 }, (_, index) => [`Queue${index}`, { Type: 'AWS::SQS::Queue' }]),
    ),
  };
  await create(client, 'CoreProductionBoss', many);
  scene.clock.advance(40_000);
  const newest = await client.send(new DescribeStackEventsCommand({ StackName: 'CoreProductionBoss' }));
  expect(newest.StackEvents).toHaveLength(100);
  scene.clock.advance(60_000);
  const newer = await client.send(new DescribeStackEventsCommand({ StackName: 'CoreProductionBoss' }));
  expect(newer.StackEvents?.[0]?.ResourceStatus).toBe('CREATE_COMPLETE');
  expect(newer.StackEvents?.[0]?.EventId).not.toBe(newest.StackEvents?.[0]?.EventId);
  const second = await client.send(
    new DescribeStackEventsCommand({ StackName: 'CoreProductionBoss', NextToken: newest.NextToken }),
  );
  const times = [...(newest.StackEvents ?? []), ...(second.StackEvents ?? [])].map(({ Timestamp: time }) =>
    Number(time),
  );
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect(new Set(times).size).toBe(200);
  const resources = await client.send(new ListStackResourcesCommand({ StackName: 'CoreProductionBoss' }));
  expect(resources.StackResourceSummaries).toHaveLength(100);
  const rest = await client.send(
    new ListStackResourcesCommand({ StackName: 'CoreProductionBoss', NextToken: resources.NextToken }),
  );
  expect(rest.StackResourceSummaries).toHaveLength(20);
  for (let index = 0; index < 130; index += 1) seedStack(scene, `Other${index}`, activities('DISABLED'));
  const stacks = await client.send(new ListStacksCommand({ StackStatusFilter: ['CREATE_COMPLETE'] }));
  expect(stacks.StackSummaries).toHaveLength(100);
  const more = await client.send(
    new ListStacksCommand({ StackStatusFilter: ['CREATE_COMPLETE'], NextToken: stacks.NextToken }),
  );
  expect(more.StackSummaries).toHaveLength(31);
  expect(more.NextToken).toBeUndefined();
});

test('at six hundred times the speed every event still has its exact time', async () => {
  const clock = createClock({ speed: 600, originMs: START_MS, startedAtMs: Date.now() });
  const aws = await createAwsWorld({ clock, faults: new Set() });
  try {
    aws.seed.account(ACCOUNT, KEY, 'us-east-1');
    aws.seed.stack({
      accountId: ACCOUNT,
      stackName: 'RedisProductionBoss',
      template: cacheTemplate('cache.r5.large'),
      tags: {},
      createdAtMs: START_MS - 1_000_000,
    });
    const { CloudFormationClient: Client } = await import('@aws-sdk/client-cloudformation');
    const client = new Client({
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: { accessKeyId: KEY, secretAccessKey: 'x' },
    });
    await update(client, 'RedisProductionBoss', cacheTemplate('cache.r5.xlarge'));
    await until('the update', () => aws.stackStatus(ACCOUNT, 'RedisProductionBoss') === 'UPDATE_COMPLETE');
    const events = await eventsOf(client, 'RedisProductionBoss');
    const at = (name: string, status: string) =>
      Number(events.find((one) => one.LogicalResourceId === name && one.ResourceStatus === status)?.Timestamp);
    expect(at('Cache', 'UPDATE_COMPLETE') - at('Cache', 'UPDATE_IN_PROGRESS')).toBe(165_000);
    expect(at('CacheState', 'UPDATE_IN_PROGRESS') - at('Cache', 'UPDATE_IN_PROGRESS')).toBe(400);
  } finally {
    await aws.close();
  }
});
