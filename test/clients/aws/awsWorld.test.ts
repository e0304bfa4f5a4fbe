import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAws } from '../../../src/clients/aws/aws.ts';
import type { AwsAct } from '../../../src/clients/doors.ts';
import { createClock } from '../../../src/clock.ts';
import { createAwsWorld } from '../../../src/rehearsal/aws/aws.ts';
import type { AwsWorld, Template } from '../../../src/rehearsal/contract.ts';
import { MASK } from '../../../src/text/secret.ts';
import { until } from '../../support/until.ts';

const ACCOUNT = '123456789012';
const STACK = 'RedisProductionBoss';

const template = (size: string): Template => ({
  Parameters: { DbPassword: { Type: 'String', Default: 'hunter2' } },
  Resources: {
    Cache: { Type: 'AWS::ElastiCache::ReplicationGroup', Properties: { Size: size, AuthToken: `token-${size}` } },
    SecretTable: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'bossmeta.production.boss' } },
  },
});

/** What the production account of the embedded world holds for these tests. */
function seed({ seed }: AwsWorld): void {
  seed.account(ACCOUNT, 'AKIDEXAMPLE', 'us-east-1');
  seed.stack({
    accountId: ACCOUNT,
    stackName: STACK,
    template: template('small'),
    parameters: { DbPassword: 'hunter2' },
    tags: { Commit: 'c0ffee', StackVersion: '1' },
    createdAtMs: 1_000_000,
    updatedAtMs: 2_000_000,
  });
  seed.topic({
    accountId: ACCOUNT,
    name: 'ProductionMicronsMailingList',
    subscriptions: Array.from({ length: 230 }, (_, n) => ({
      protocol: 'email',
      endpoint: `${n}@example.org`,
      owner: ACCOUNT,
      confirmed: n % 10 !== 0,
    })),
    filterPolicyLimit: 200,
  });
  seed.hostedZone({ accountId: ACCOUNT, name: 'theboss.io', nameServers: ['ns-1.example', 'ns-2.example'] });
  seed.record({ atMs: 0, name: 'api.theboss.io.', type: 'CNAME', ttlSeconds: 300, values: ['elb-1.example'] });
  seed.distribution({ accountId: ACCOUNT, domainName: 'd1.cloudfront.net', aliases: ['api.theboss.io'] });
  const target = (id: string, state: string) => ({ id, state });
  seed.loadBalancer({
    accountId: ACCOUNT,
    name: 'elb-production-boss',
    dnsName: 'elb-1.example',
    kind: 'application',
    targets: [target('i-1', 'healthy')],
  });
  seed.loadBalancer({
    accountId: ACCOUNT,
    name: 'auth-production-boss',
    dnsName: 'auth-1.example',
    kind: 'classic',
    targets: [target('i-2', 'OutOfService')],
  });
  const image = { accountId: ACCOUNT, ownerId: ACCOUNT, tags: { Commit: 'c0ffee' } };
  seed.image({ ...image, imageId: 'ami-1', name: 'vault.boss-sprint42', createdAtMs: 1_000 });
  seed.image({ ...image, imageId: 'ami-2', name: 'vault.boss-h125b665e', createdAtMs: 2_000 });
  seed.instance({
    accountId: ACCOUNT,
    name: 'endpoint.production.boss',
    imageId: 'ami-1',
    launchedAtMs: 5_000,
    privateIpAddress: '10.0.0.1',
  });
  seed.rule({ accountId: ACCOUNT, name: 'deleteEventRule.production.boss', state: 'ENABLED' });
  seed.queue({ accountId: ACCOUNT, name: 'S3flushProductionBoss', visible: 3 });
}

let world: AwsWorld;
let aws: AwsAct;
beforeAll(async () => {
  const clock = createClock({ speed: 100, originMs: Date.now(), startedAtMs: Date.now() });
  world = await createAwsWorld({ clock, faults: new Set() });
  seed(world);
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' };
  aws = createAws({ region: 'us-east-1', accountId: ACCOUNT, endpoint: world.url, credentials });
});
afterAll(() => world.close());

describe('stacks', () => {
  it('are listed, described, and not there', async () => {
    expect(await aws.cloudFormation.listStacks()).toMatchObject([{ stackName: STACK, stackStatus: 'UPDATE_COMPLETE' }]);
    expect(await aws.cloudFormation.describeStack(STACK)).toMatchObject({
      stackName: STACK,
      creationTimeMs: 1_000_000,
      lastUpdatedTimeMs: 2_000_000,
      tags: { Commit: 'c0ffee', StackVersion: '1' },
      parameters: { DbPassword: MASK },
    });
    expect(await aws.cloudFormation.describeStack('CoreProductionBoss')).toBeUndefined();
  });

  it('have resources, events newest first, and a template without its secrets', async () => {
    const resources = await aws.cloudFormation.stackResources(STACK);
    expect(resources.map(({ logicalResourceId }) => logicalResourceId)).toEqual(['Cache', 'SecretTable']);
    const { events } = await aws.cloudFormation.stackEventsPage(STACK);
    expect(events[0]).toMatchObject({ logicalResourceId: STACK, resourceStatus: 'UPDATE_COMPLETE', stackName: STACK });
    const text = await aws.cloudFormation.getTemplate(STACK);
    expect(text).not.toMatch(/hunter2|token-small/);
    expect(JSON.parse(text).Resources.SecretTable.Type).toBe('AWS::DynamoDB::Table');
    await expect(aws.cloudFormation.stackResources('Nope')).rejects.toThrow(
      /^CloudFormation ListStackResources of Nope failed: ValidationError, Stack .*Nope.* does not exist\.$/,
    );
  });

  it('have change sets that are made, described, found again by their ARN, and deleted', async () => {
    const input = { stackName: STACK, changeSetName: 'h1', templateBody: JSON.stringify(template('large')) };
    const arn = await aws.cloudFormation.createChangeSet({ ...input, parameters: { DbPassword: MASK } });
    const changeSet = await until('the change set', async () => {
      const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
      return found?.status === 'CREATE_COMPLETE' ? found : undefined;
    });
    expect(changeSet).toMatchObject({ changeSetId: arn, stackName: STACK, executionStatus: 'AVAILABLE' });
    expect(changeSet.changes.map(({ logicalResourceId }) => logicalResourceId)).toEqual(['Cache']);
    expect(changeSet.changes[0]?.details).toContainEqual(
      expect.objectContaining({ name: 'Size', before: 'small', after: 'large' }),
    );
    expect(changeSet.changes[0]?.details).toContainEqual(
      expect.objectContaining({ name: 'AuthToken', before: MASK, after: MASK }),
    );
    expect(await aws.cloudFormation.describeChangeSet(STACK, arn)).toEqual(changeSet);
    expect(await aws.cloudFormation.listChangeSets(STACK)).toMatchObject([{ changeSetId: arn }]);
    await expect(aws.cloudFormation.createChangeSet({ ...input, parameters: {} })).rejects.toMatchObject({
      code: 'AlreadyExistsException',
      retryable: false,
    });
    await aws.cloudFormation.deleteChangeSet(arn);
    expect(await aws.cloudFormation.describeChangeSet(STACK, arn)).toBeUndefined();
    expect(await aws.cloudFormation.describeChangeSet('Nope', 'h1')).toBeUndefined();
  });
});

describe('the mailing list', () => {
  it('is found by its whole name and read over all its pages', async () => {
    const arn = await aws.sns.findTopic('ProductionMicronsMailingList');
    expect(arn).toBe(`arn:aws:sns:us-east-1:${ACCOUNT}:ProductionMicronsMailingList`);
    expect(await aws.sns.findTopic('MailingList')).toBeUndefined();
    const all = await aws.sns.listSubscriptions(arn ?? '');
    expect(new Set(all.map(({ endpoint }) => endpoint)).size).toBe(230);
    expect(all.filter(({ subscriptionArn }) => subscriptionArn === 'PendingConfirmation')).toHaveLength(23);
  });

  it('is changed one subscription at a time', async () => {
    const topicArn = (await aws.sns.findTopic('ProductionMicronsMailingList')) ?? '';
    const all = await aws.sns.listSubscriptions(topicArn);
    const { subscriptionArn } = all.find((one) => one.subscriptionArn.startsWith('arn:')) ?? all[0]!;
    await aws.sns.setSubscriptionAttribute(subscriptionArn, 'FilterPolicy', '{"muted":["r1"]}');
    expect(await aws.sns.subscriptionAttributes(subscriptionArn)).toMatchObject({ FilterPolicy: '{"muted":["r1"]}' });
    await aws.sns.unsubscribe(subscriptionArn);
    expect(await aws.sns.subscriptionAttributes(subscriptionArn)).toBeUndefined();
    const again = { topicArn, endpoint: 'new@example.org', attributes: {} };
    expect(await aws.sns.subscribe({ ...again, protocol: 'email' })).toBe('pending confirmation');
    const sms = { ...again, endpoint: '+15550100', attributes: { RawMessageDelivery: 'false' } };
    expect(await aws.sns.subscribe({ ...sms, protocol: 'sms' })).toMatch(/^arn:aws:sns:/);
  });
});

describe('the way to the public', () => {
  it('is a zone with a record, and where there is none AWS’ next one is not taken for it', async () => {
    const zone = await aws.route53.findHostedZone('theboss.io');
    expect(zone).toMatchObject({ name: 'theboss.io.', nameServers: ['ns-1.example', 'ns-2.example'] });
    expect(await aws.route53.findHostedZone('aboss.io')).toBeUndefined();
    expect(await aws.route53.recordSet(zone?.id ?? '', 'api.theboss.io', 'CNAME')).toEqual({
      whole: expect.stringContaining('ResourceRecords'),
      name: 'api.theboss.io.',
      type: 'CNAME',
      ttlSeconds: 300,
      values: ['elb-1.example'],
    });
    expect(await aws.route53.recordSet(zone?.id ?? '', 'a.theboss.io', 'CNAME')).toBeUndefined();
  });

  it('is a distribution with the alias, or a load balancer of either kind with its targets', async () => {
    expect(await aws.cloudFront.findDistribution('api.theboss.io')).toMatchObject({ domainName: 'd1.cloudfront.net' });
    expect(await aws.cloudFront.findDistribution('theboss.io')).toBeUndefined();
    const application = await aws.loadBalancers.findLoadBalancer('elb-production-boss');
    expect(application).toMatchObject({ kind: 'application', dnsName: 'elb-1.example' });
    expect(application && (await aws.loadBalancers.targetHealth(application))).toMatchObject([
      { targetId: 'i-1', state: 'healthy' },
    ]);
    const classic = await aws.loadBalancers.findLoadBalancer('auth-');
    expect(classic).toMatchObject({ kind: 'classic', name: 'auth-production-boss' });
    expect(classic && (await aws.loadBalancers.targetHealth(classic))).toMatchObject([
      { targetId: 'i-2', state: 'OutOfService' },
    ]);
    expect(await aws.loadBalancers.findLoadBalancer('production-boss')).toBeUndefined();
  });
});

describe('the other services', () => {
  it('know images, newest first, and copy one once for one token', async () => {
    const images = await aws.ec2.images(['vault.boss-*']);
    expect(images.map(({ imageId }) => imageId)).toEqual(['ami-2', 'ami-1']);
    const copy = { sourceImageId: 'ami-2', name: 'vault.boss-sprint43', tags: { Commit: 'c0ffee', 'aws:x': 'y' } };
    const imageId = await aws.ec2.copyImage({ ...copy, clientToken: 'release-1/vault' });
    expect(await aws.ec2.copyImage({ ...copy, clientToken: 'release-1/vault' })).toBe(imageId);
    expect(await aws.ec2.images(['vault.boss-sprint43'])).toMatchObject([{ imageId, tags: { Commit: 'c0ffee' } }]);
  });

  it('know instances, rules, tables, queues and who asks', async () => {
    expect(await aws.ec2.instances(['endpoint.production.boss', 'vault.production.boss'])).toMatchObject([
      { name: 'endpoint.production.boss', state: 'running', launchTimeMs: 5_000, privateIpAddress: '10.0.0.1' },
    ]);
    expect(await aws.ec2.instances([])).toEqual([]);
    const rule = 'deleteEventRule.production.boss';
    expect(await aws.eventBridge.describeRule(rule)).toEqual({ name: rule, state: 'ENABLED' });
    await aws.eventBridge.disableRule(rule);
    expect(await aws.eventBridge.describeRule(rule)).toEqual({ name: rule, state: 'DISABLED' });
    expect(await aws.eventBridge.describeRule('none')).toBeUndefined();
    expect(await aws.dynamoDb.describeTable('bossmeta.production.boss')).toMatchObject({ tableStatus: 'ACTIVE' });
    expect(await aws.dynamoDb.describeTable('none')).toBeUndefined();
    expect(await aws.sqs.depth('S3flushProductionBoss')).toEqual({ visible: 3, notVisible: 0, delayed: 0 });
    const url = `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/S3flushProductionBoss`;
    expect(await aws.sqs.depth(url)).toMatchObject({ visible: 3 });
    expect(await aws.sqs.depth('none')).toBeUndefined();
    expect(await aws.sts.callerIdentity()).toMatchObject({ account: ACCOUNT });
    expect(await aws.sts.credentialsEndMs()).toBeUndefined();
  });
});
