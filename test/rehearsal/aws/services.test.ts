import {
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeEventsCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CopyImageCommand,
  CreateTagsCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  DescribeLoadBalancersCommand as DescribeClassicCommand,
  DescribeInstanceHealthCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DescribeRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge';
import {
  GetAccountAuthorizationDetailsCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListGroupsCommand,
  ListPoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import {
  ACCOUNT,
  cloudFormationOf,
  createScene,
  DEV_ACCOUNT,
  DEV_KEY,
  endpointTemplate,
  KEY,
  START_MS,
  seedStack,
} from './world.ts';

test('the access key tells the account', async () => {
  await using scene = await createScene();
  const identity = (key?: string) => new STSClient(scene.config(key)).send(new GetCallerIdentityCommand({}));
  expect((await identity()).Account).toBe(ACCOUNT);
  expect((await identity(DEV_KEY)).Account).toBe(DEV_ACCOUNT);
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const dev = await cloudFormationOf(scene, DEV_KEY).send(new ListStacksCommand({}));
  expect(dev.StackSummaries ?? []).toEqual([]);
});

test('an unknown key, an expired one and an unknown operation are told in the words of each protocol', async () => {
  await using scene = await createScene();
  const failing = async (key: string) => {
    const calls = [
      () => cloudFormationOf(scene, key).send(new ListStacksCommand({})),
      () => new DynamoDBClient(scene.config(key)).send(new DescribeTableCommand({ TableName: 'x' })),
      () => new EC2Client(scene.config(key)).send(new DescribeInstancesCommand({})),
    ];
    return Promise.all(calls.map((call) => call().then(String, (error: Error) => error.name)));
  };
  expect(await failing('AKIANOBODY')).toEqual(['InvalidClientTokenId', 'UnrecognizedClientException', 'AuthFailure']);
  scene.aws.expireCredentials(KEY);
  expect((await failing(KEY))[0]).toBe('ExpiredToken');
  scene.aws.seed.account(ACCOUNT, KEY, 'us-east-1');
  await cloudFormationOf(scene).send(new ListStacksCommand({}));
  await expect(cloudFormationOf(scene).send(new DescribeEventsCommand({ StackName: 'x' }))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    $metadata: { httpStatusCode: 501 },
  });
});

test('throttling: every tenth call is refused, and the next attempt of it gets through', async () => {
  await using scene = await createScene(['throttling']);
  const single = new SNSClient(scene.config());
  const outcomes: string[] = [];
  for (let call = 0; call < 20; call += 1)
    outcomes.push(
      await single.send(new ListTopicsCommand({})).then(
        () => 'ok',
        (error: Error) => error.name,
      ),
    );
  expect(outcomes.flatMap((outcome, call) => (outcome === 'ok' ? [] : [`${call} ${outcome}`]))).toEqual([
    '9 Throttling',
    '19 Throttling',
  ]);
  const json = await new DynamoDBClient(scene.config())
    .send(new DescribeTableCommand({ TableName: 'x' }))
    .catch((error: Error) => error.name);
  expect(json).toBe('ResourceNotFoundException');
  const retrying = new SNSClient({ ...scene.config(), maxAttempts: 2 });
  for (let call = 0; call < 10; call += 1) await retrying.send(new ListTopicsCommand({}));
});

test('images are found by patterns and owners, and copied once per token', async () => {
  await using scene = await createScene();
  const ec2 = new EC2Client(scene.config());
  const image = (imageId: string, name: string, ownerId: string) =>
    scene.aws.seed.image({ accountId: ACCOUNT, imageId, name, ownerId, createdAtMs: START_MS - 1_000, tags: {} });
  image('ami-1', 'vault.boss-h125b', ACCOUNT);
  image('ami-2', 'vault.boss-sprint41', DEV_ACCOUNT);
  image('ami-3', 'vaultXboss-h1', ACCOUNT);
  const names = async (pattern: string, Owners?: string[]) =>
    (await ec2.send(new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: [pattern] }], Owners }))).Images?.map(
      ({ ImageId: id }) => id,
    );
  expect(await names('vault.boss-*')).toEqual(['ami-1', 'ami-2']);
  expect(await names('vault?boss-*', ['self'])).toEqual(['ami-1', 'ami-3']);
  const copy = (Name: string, ClientToken: string, SourceImageId = 'ami-1') =>
    ec2.send(
      new CopyImageCommand({
        Name,
        SourceImageId,
        SourceRegion: 'us-east-1',
        ClientToken,
        TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'Commit', Value: '125b' }] }],
      }),
    );
  const { ImageId: copied } = await copy('vault.boss-sprint42', 'token-1');
  expect((await copy('vault.boss-sprint42', 'token-1')).ImageId).toBe(copied);
  await expect(copy('vault.boss-sprint42', 'token-2')).rejects.toMatchObject({ name: 'InvalidAMIName.Duplicate' });
  await expect(copy('other', 'token-3', 'ami-none')).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  await ec2.send(new CreateTagsCommand({ Resources: [copied ?? ''], Tags: [{ Key: 'Sprint', Value: '42' }] }));
  const described = async () => (await ec2.send(new DescribeImagesCommand({ ImageIds: [copied ?? ''] }))).Images?.[0];
  expect(await described()).toMatchObject({
    State: 'pending',
    OwnerId: ACCOUNT,
    Tags: [
      { Key: 'Commit', Value: '125b' },
      { Key: 'Sprint', Value: '42' },
    ],
  });
  scene.clock.advance(241_000);
  expect((await described())?.State).toBe('available');
});

test('instances are found by name and state, page by page; a seed takes the place of what a stack has launched', async () => {
  await using scene = await createScene();
  const ec2 = new EC2Client(scene.config());
  seedStack(scene, 'ApiProductionBoss', endpointTemplate('ami-1'));
  const seed = (name: string, privateIpAddress: string) =>
    scene.aws.seed.instance({ accountId: ACCOUNT, name, imageId: 'ami-9', launchedAtMs: START_MS, privateIpAddress });
  seed('endpoint.production.boss', '10.0.0.1');
  seed('bastion.production.boss', '10.0.0.2');
  const first = await ec2.send(
    new DescribeInstancesCommand({
      Filters: [{ Name: 'instance-state-name', Values: ['running'] }],
      MaxResults: 1,
    }),
  );
  const second = await ec2.send(
    new DescribeInstancesCommand({
      Filters: [{ Name: 'tag:Name', Values: ['bastion.production.boss', 'endpoint.production.boss'] }],
      MaxResults: 5,
    }),
  );
  expect(first.NextToken).toBeDefined();
  expect(second.Reservations?.map(({ Instances: [one] = [] }) => one?.PrivateIpAddress)).toEqual([
    '10.0.0.1',
    '10.0.0.2',
  ]);
  await expect(
    ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'colour', Values: ['blue'] }] })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('load balancers of both generations tell the health of what is behind them', async () => {
  await using scene = await createScene();
  const seed = (name: string, kind: 'classic' | 'application', state: string) =>
    scene.aws.seed.loadBalancer({
      accountId: ACCOUNT,
      name,
      kind,
      dnsName: `${name}-1.us-east-1.elb.amazonaws.com`,
      targets: [{ id: 'i-1', state }],
    });
  seed('auth-production-boss', 'classic', 'InService');
  seed('elb-production-boss', 'application', 'unhealthy');
  const classic = new ElasticLoadBalancingClient(scene.config());
  const { LoadBalancerDescriptions: old } = await classic.send(new DescribeClassicCommand({}));
  expect(old?.map((one) => [one.LoadBalancerName, one.DNSName])).toEqual([
    ['auth-production-boss', 'auth-production-boss-1.us-east-1.elb.amazonaws.com'],
  ]);
  const { InstanceStates: states } = await classic.send(
    new DescribeInstanceHealthCommand({ LoadBalancerName: 'auth-production-boss' }),
  );
  expect(states?.map(({ InstanceId: id, State: state }) => [id, state])).toEqual([['i-1', 'InService']]);
  await expect(classic.send(new DescribeInstanceHealthCommand({ LoadBalancerName: 'none' }))).rejects.toMatchObject({
    message: "There is no ACTIVE Load Balancer named 'none'",
  });
  const modern = new ElasticLoadBalancingV2Client(scene.config());
  const { LoadBalancers: fresh } = await modern.send(new DescribeLoadBalancersCommand({}));
  expect(fresh?.map((one) => one.LoadBalancerName)).toEqual(['elb-production-boss']);
  const { TargetGroups: groups } = await modern.send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn: fresh?.[0]?.LoadBalancerArn }),
  );
  const { TargetHealthDescriptions: health } = await modern.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: groups?.[0]?.TargetGroupArn }),
  );
  expect(health?.[0]).toMatchObject({
    Target: { Id: 'i-1' },
    TargetHealth: { State: 'unhealthy', Reason: 'Target.FailedHealthChecks' },
  });
  await expect(modern.send(new DescribeLoadBalancersCommand({ Names: ['none'] }))).rejects.toMatchObject({
    name: expect.stringContaining('LoadBalancerNotFound'),
  });
});

test('rules, queues and tables tell what they are, or that they are not', async () => {
  await using scene = await createScene();
  scene.aws.seed.rule({ accountId: ACCOUNT, name: 'checkVault', state: 'DISABLED' });
  scene.aws.seed.queue({ accountId: ACCOUNT, name: 'S3flush', visible: 7 });
  const rules = new EventBridgeClient(scene.config());
  await rules.send(new EnableRuleCommand({ Name: 'checkVault' }));
  const { Rules: listed } = await rules.send(new ListRulesCommand({ NamePrefix: 'check' }));
  expect(listed?.map(({ Name: name, State: state }) => [name, state])).toEqual([['checkVault', 'ENABLED']]);
  await expect(rules.send(new DescribeRuleCommand({ Name: 'none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Rule none does not exist on EventBus default.',
  });
  const sqs = new SQSClient(scene.config());
  const { QueueUrl: url } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'S3flush' }));
  const { Attributes: attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  expect(attributes).toEqual({ ApproximateNumberOfMessages: '7' });
  await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'none' }))).rejects.toMatchObject({
    name: expect.stringMatching(/QueueDoesNotExist|NonExistentQueue/),
  });
  await expect(
    new DynamoDBClient(scene.config()).send(new DescribeTableCommand({ TableName: 'none' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a database can be put back once it is made, to the last five minutes, until it is gone', async () => {
  await using scene = await createScene();
  const cloudFormation = cloudFormationOf(scene);
  const rds = new RDSClient(scene.config());
  const described = async () => {
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'AUTH-db' }));
    return DBInstances.map((one) => [one.DBInstanceStatus, one.LatestRestorableTime?.toISOString()]);
  };
  const Properties = { DBInstanceIdentifier: 'auth-db', Engine: 'mysql' };
  const TemplateBody = JSON.stringify({ Resources: { AuthDB: { Type: 'AWS::RDS::DBInstance', Properties } } });
  await expect(described()).rejects.toMatchObject({
    name: 'DBInstanceNotFoundFault',
    $metadata: { httpStatusCode: 404 },
  });
  await cloudFormation.send(new CreateStackCommand({ StackName: 'CoreProductionBoss', TemplateBody }));
  scene.clock.advance(60_000);
  expect(await described()).toEqual([['creating', undefined]]);
  scene.clock.advance(330_000);
  // It is there since 12:06:23, and nothing of it was kept at 12:05.
  expect(await described()).toEqual([['available', undefined]]);
  scene.clock.advance(300_000);
  expect(await described()).toEqual([['available', '2026-11-23T12:10:00.000Z']]);
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'CoreProductionBoss' }));
  scene.clock.advance(60_000);
  expect(await described()).toEqual([['deleting', '2026-11-23T12:10:00.000Z']]);
  scene.clock.advance(600_000);
  await expect(described()).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
});

test('groups, roles and policies come with their documents', async () => {
  await using scene = await createScene();
  const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };
  scene.aws.seed.iam({
    accountId: DEV_ACCOUNT,
    groups: [{ name: 'Developers', document }],
    roles: [{ name: 'endpoint', document }],
    policies: [{ name: 'apl-default', document }],
  });
  const iam = new IAMClient(scene.config(DEV_KEY));
  expect((await iam.send(new ListGroupsCommand({}))).Groups?.[0]?.GroupName).toBe('Developers');
  expect((await iam.send(new ListRolesCommand({}))).Roles?.[0]?.RoleName).toBe('endpoint');
  const { Policies: policies } = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }));
  const { PolicyVersion: version } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn: policies?.[0]?.Arn, VersionId: 'v1' }),
  );
  expect(JSON.parse(decodeURIComponent(version?.Document ?? ''))).toEqual(document);
  const details = await iam.send(new GetAccountAuthorizationDetailsCommand({}));
  const role = details.RoleDetailList?.[0]?.AssumeRolePolicyDocument ?? '';
  expect(JSON.parse(decodeURIComponent(role))).toEqual(document);
  expect((await new IAMClient(scene.config()).send(new ListGroupsCommand({}))).Groups ?? []).toEqual([]);
});

test('hostile text goes through the XML unharmed', async () => {
  await using scene = await createScene();
  const name = `a<b>&"c"`;
  scene.aws.seed.instance({
    accountId: ACCOUNT,
    name,
    imageId: 'ami-1',
    launchedAtMs: START_MS,
    privateIpAddress: '10.0.0.1',
  });
  const { Reservations: reservations } = await new EC2Client(scene.config()).send(new DescribeInstancesCommand({}));
  expect(reservations?.[0]?.Instances?.[0]?.Tags?.[0]?.Value).toBe(name);
  await expect(
    cloudFormationOf(scene).send(new CreateChangeSetCommand({ StackName: '<&>', ChangeSetName: 'h1' })),
  ).rejects.toMatchObject({ message: 'Stack [<&>] does not exist' });
});
