import {
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  ExecuteChangeSetCommand,
  ListChangeSetsCommand,
  type ResourceChange,
} from '@aws-sdk/client-cloudformation';
import { expect, test } from 'vitest';
import type { Template } from '../../../src/rehearsal/contract.ts';
import { cloudFormationOf, createScene, endpointTemplate, type Scene, seedStack } from './world.ts';

/** Makes a change set and waits until it is there. */
async function makeChangeSet(
  scene: Scene,
  stackName: string,
  template: Template,
  changeSetName = 'h125b665e',
): Promise<DescribeChangeSetCommandOutput> {
  const client = cloudFormationOf(scene);
  await client.send(
    new CreateChangeSetCommand({
      StackName: stackName,
      ChangeSetName: changeSetName,
      TemplateBody: JSON.stringify(template),
      Tags: [{ Key: 'Commit', Value: '77aa' }],
    }),
  );
  scene.clock.advance(6_000);
  return client.send(new DescribeChangeSetCommand({ StackName: stackName, ChangeSetName: changeSetName }));
}

const resourceChange = (described: DescribeChangeSetCommandOutput, name: string): ResourceChange | undefined =>
  described.Changes?.find(({ ResourceChange: change }) => change?.LogicalResourceId === name)?.ResourceChange;

test('a new image replaces the launch configuration and, through it, modifies its group', async () => {
  await using scene = await createScene();
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const described = await makeChangeSet(scene, 'ApiProductionBoss', endpointTemplate('ami-2'));
  expect(described.Status).toBe('CREATE_COMPLETE');
  expect(described.ExecutionStatus).toBe('AVAILABLE');
  expect(described.Tags).toEqual([{ Key: 'Commit', Value: '77aa' }]);
  expect(described.Changes).toHaveLength(2);
  expect(resourceChange(described, 'EndpointConfiguration')).toMatchObject({
    Action: 'Modify',
    Replacement: 'True',
    PolicyAction: 'ReplaceAndDelete',
    Scope: ['Properties'],
    Details: [
      {
        Target: { Attribute: 'Properties', Name: 'ImageId', RequiresRecreation: 'Always' },
        Evaluation: 'Static',
        ChangeSource: 'DirectModification',
      },
    ],
  });
  expect(resourceChange(described, 'Endpoint')).toMatchObject({
    Action: 'Modify',
    Replacement: 'False',
    Details: [
      {
        Target: { Attribute: 'Properties', Name: 'LaunchConfigurationName', RequiresRecreation: 'Never' },
        Evaluation: 'Dynamic',
        ChangeSource: 'ResourceReference',
        CausingEntity: 'EndpointConfiguration',
      },
    ],
  });
});

test('values are told only where they are asked for', async () => {
  await using scene = await createScene();
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const without = await makeChangeSet(scene, 'ApiProductionBoss', endpointTemplate('ami-2'));
  const bare = resourceChange(without, 'EndpointConfiguration');
  expect(bare?.BeforeContext).toBeUndefined();
  expect(bare?.Details?.[0]?.Target?.AfterValue).toBeUndefined();
  const withValues = await cloudFormationOf(scene).send(
    new DescribeChangeSetCommand({ ChangeSetName: without.ChangeSetId, IncludePropertyValues: true }),
  );
  const told = resourceChange(withValues, 'EndpointConfiguration');
  expect(told?.Details?.[0]?.Target).toMatchObject({
    Path: '/Properties/ImageId',
    BeforeValue: 'ami-1',
    AfterValue: 'ami-2',
    AttributeChangeType: 'Modify',
  });
  expect(JSON.parse(told?.BeforeContext ?? '')).toEqual({
    Properties: { ImageId: 'ami-1', InstanceType: 'm5.large' },
  });
  expect(JSON.parse(told?.AfterContext ?? '')).toEqual({
    Properties: { ImageId: 'ami-2', InstanceType: 'm5.large' },
  });
  const group = JSON.parse(resourceChange(withValues, 'Endpoint')?.AfterContext ?? '');
  expect(group.Properties.LaunchConfigurationName).toBe('{{changeSet:KNOWN_AFTER_APPLY}}');
});

test('additions and removals carry what their policies do', async () => {
  await using scene = await createScene();
  const before: Template = {
    Resources: {
      Kept: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', Properties: { BucketName: 'cuboids' } },
      Saved: { Type: 'AWS::RDS::DBInstance', DeletionPolicy: 'Snapshot' },
      SavedByDefault: { Type: 'AWS::RDS::DBInstance', Properties: { DBInstanceIdentifier: 'alone' } },
      OfACluster: {
        Type: 'AWS::RDS::DBInstance',
        Properties: { DBInstanceIdentifier: 'one-of-two', DBClusterIdentifier: 'graph' },
      },
      Gone: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'gone' } },
      Stays: { Type: 'AWS::SQS::Queue' },
    },
  };
  seedStack(scene, 'CachedbProductionBoss', before);
  const after = { Resources: { Stays: { Type: 'AWS::SQS::Queue' }, Fresh: { Type: 'AWS::SNS::Topic' } } };
  const described = await makeChangeSet(scene, 'CachedbProductionBoss', after);
  const rows = described.Changes?.map(({ ResourceChange: change }) => [
    change?.LogicalResourceId,
    change?.Action,
    change?.PolicyAction,
    change?.Replacement,
  ]);
  expect(rows).toEqual([
    ['Fresh', 'Add', undefined, undefined],
    ['Gone', 'Remove', 'Delete', undefined],
    ['Kept', 'Remove', 'Retain', undefined],
    ['OfACluster', 'Remove', 'Delete', undefined],
    ['Saved', 'Remove', 'Snapshot', undefined],
    ['SavedByDefault', 'Remove', 'Snapshot', undefined],
  ]);
});

const table = (type: string, indexed = false): Template => ({
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'bossmeta.production.boss',
        KeySchema: [{ AttributeName: 'lookup_key', KeyType: 'HASH' }],
        AttributeDefinitions: [
          { AttributeName: 'lookup_key', AttributeType: type },
          ...(indexed ? [{ AttributeName: 'key', AttributeType: 'S' }] : []),
        ],
      },
    },
  },
});

test.each([
  ['a new key schema of a table', 'True', table('S'), keyed(table('S'))],
  ['an edited attribute of a table', 'True', table('S'), table('N')],
  ['one more attribute of a table', 'False', table('S'), table('S', true)],
  ['another node type of a cache', 'False', cache('cache.r5.large'), cache('cache.r5.xlarge')],
  ['another instance type', 'Conditional', instance({ InstanceType: 'a' }), instance({ InstanceType: 'b' })],
  ['another image of an instance', 'True', instance({ ImageId: 'ami-1' }), instance({ ImageId: 'ami-2' })],
])('%s: Replacement %s', async (_what, replacement, before, after) => {
  await using scene = await createScene();
  seedStack(scene, 'AnyProductionBoss', before);
  const described = await makeChangeSet(scene, 'AnyProductionBoss', after);
  expect(described.Changes?.map(({ ResourceChange: change }) => change?.Replacement)).toEqual([replacement]);
});

function keyed(template: Template): Template {
  const [name, resource] = Object.entries(template.Resources)[0]!;
  const KeySchema = [{ AttributeName: 'key', KeyType: 'HASH' }];
  return { Resources: { [name]: { ...resource, Properties: { ...resource.Properties, KeySchema } } } };
}
function cache(nodeType: string): Template {
  return {
    Resources: { Cache: { Type: 'AWS::ElastiCache::ReplicationGroup', Properties: { CacheNodeType: nodeType } } },
  };
}
function instance(properties: Readonly<Record<string, string>>): Template {
  return { Resources: { Machine: { Type: 'AWS::EC2::Instance', Properties: properties } } };
}

test('a changed parameter is told as the cause of the change', async () => {
  await using scene = await createScene();
  const template = (size: string): Template => ({
    Parameters: { Size: { Type: 'String', Default: size } },
    Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: { Ref: 'Size' } } } },
  });
  seedStack(scene, 'AnyProductionBoss', template('1'));
  const described = await makeChangeSet(scene, 'AnyProductionBoss', template('2'));
  expect(
    resourceChange(described, 'Queue')?.Details?.map((detail) => [detail.ChangeSource, detail.CausingEntity]),
  ).toEqual([
    ['ParameterReference', 'Size'],
    ['DirectModification', undefined],
  ]);
});

test('a change set passes through its states, and its name is taken while it stands', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const create = () =>
    client.send(
      new CreateChangeSetCommand({
        StackName: 'ApiProductionBoss',
        ChangeSetName: 'h1',
        TemplateBody: JSON.stringify(endpointTemplate('ami-2')),
      }),
    );
  const { Id: id } = await create();
  const status = async () => (await client.send(new DescribeChangeSetCommand({ ChangeSetName: id }))).Status;
  expect(await status()).toBe('CREATE_PENDING');
  await expect(client.send(new ExecuteChangeSetCommand({ ChangeSetName: id }))).rejects.toMatchObject({
    name: expect.stringContaining('InvalidChangeSetStatus'),
  });
  scene.clock.advance(1_000);
  expect(await status()).toBe('CREATE_IN_PROGRESS');
  scene.clock.advance(5_000);
  expect(await status()).toBe('CREATE_COMPLETE');
  await expect(create()).rejects.toMatchObject({ name: 'AlreadyExistsException' });
  await client.send(new DeleteChangeSetCommand({ StackName: 'ApiProductionBoss', ChangeSetName: 'h1' }));
  await expect(status()).rejects.toMatchObject({ name: expect.stringContaining('ChangeSetNotFound') });
  await create();
});

test('nothing to change is a FAILED change set that says so', async () => {
  await using scene = await createScene();
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const described = await makeChangeSet(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  expect(described.Status).toBe('FAILED');
  expect(described.ExecutionStatus).toBe('UNAVAILABLE');
  expect(described.StatusReason).toBe(
    "The submitted information didn't contain changes. Submit different information to create a change set.",
  );
});

test('many changes come in pages, and executing one deletes the others', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  const queues = (delay: number): Template => ({
    Resources: Object.fromEntries(
      Array.from({ length: 245 }, (_, index) => [
        `Queue${index}`,
        { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: delay } },
      ]),
    ),
  });
  seedStack(scene, 'AnyProductionBoss', queues(1));
  const first = await makeChangeSet(scene, 'AnyProductionBoss', queues(2), 'h1');
  await makeChangeSet(scene, 'AnyProductionBoss', queues(3), 'h2');
  const names: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    const page: DescribeChangeSetCommandOutput = await client.send(
      new DescribeChangeSetCommand({ ChangeSetName: first.ChangeSetId, NextToken: token }),
    );
    names.push(...(page.Changes ?? []).map(({ ResourceChange: change }) => change?.LogicalResourceId));
    token = page.NextToken;
  } while (token);
  expect(first.Changes?.length).toBeLessThan(245);
  expect(new Set(names).size).toBe(245);
  const list = () => client.send(new ListChangeSetsCommand({ StackName: 'AnyProductionBoss' }));
  expect((await list()).Summaries?.map((summary) => summary.ChangeSetName)).toEqual(['h1', 'h2']);
  await client.send(new ExecuteChangeSetCommand({ ChangeSetName: first.ChangeSetId }));
  expect((await list()).Summaries ?? []).toEqual([]);
  scene.clock.advance(600_000);
  const after = await client.send(new DescribeChangeSetCommand({ ChangeSetName: first.ChangeSetId }));
  expect(after.ExecutionStatus).toBe('EXECUTE_COMPLETE');
});

test('what CloudFormation refuses to read is a ValidationError', async () => {
  await using scene = await createScene();
  const client = cloudFormationOf(scene);
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const create = (TemplateBody: string, StackName = 'ApiProductionBoss') =>
    client.send(new CreateChangeSetCommand({ StackName, ChangeSetName: 'h1', TemplateBody }));
  const refused = (message: RegExp) => ({ name: 'ValidationError', message: expect.stringMatching(message) });
  await expect(create('{')).rejects.toMatchObject(refused(/not well-formed/));
  await expect(create('{"Resources":{}}')).rejects.toMatchObject(refused(/At least one Resources member/));
  await expect(create(`{"Resources":{},"Pad":"${'x'.repeat(51_200)}"}`)).rejects.toMatchObject(refused(/51200/));
  const lost = { Resources: { A: { Type: 'AWS::SQS::Queue', DependsOn: 'B' } } };
  await expect(create(JSON.stringify(lost))).rejects.toMatchObject(refused(/Unresolved resource dependencies \[B\]/));
  await expect(create(JSON.stringify(table('S')), 'NoProductionBoss')).rejects.toMatchObject(
    refused(/Stack \[NoProductionBoss\] does not exist/),
  );
});
