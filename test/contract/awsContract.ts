import { expect, it } from 'vitest';
import { stackName } from '../../src/bosslet/names.ts';
import { MASK } from '../../src/text/secret.ts';
import { until } from '../support/until.ts';
import {
  API_BALANCER,
  AUTH_BALANCER,
  BOSSLET,
  BUCKET,
  bossletStacks,
  COMMIT,
  DATABASE_CLUSTER,
  DATABASE_SNAPSHOTS,
  DATABASES,
  GONE_STACK,
  HOST,
  INDEX,
  INSTANCES,
  OTHER_TOPICS,
  PASSWORD,
  QUEUES,
  RETIRED,
  RULE,
  STRANGERS,
  SUBSCRIPTIONS,
  TABLE,
  TABLE_BACKUP,
  WILDCARD,
  WILDCARD_TARGET,
} from './deployment.ts';
import type { Scene } from './scene.ts';

const API = stackName(BOSSLET, 'api');
const ACCOUNT_ARN = `${BOSSLET.region}:${BOSSLET.accountId}`;
const notThere = (operation: string, of: string) => ({
  code: 'ValidationError',
  message: expect.stringMatching(new RegExp(`^CloudFormation ${operation} of ${of} failed: .*does not exist`)),
});

/** What must hold of every AWS, asked through our doors. Expectations that change something come last in their service. */
export function itKeepsTheContract(scene: () => Scene): void {
  stacks(scene);
  changeSets(scene);
  mailingList(scene);
  publicNames(scene);
  loadBalancers(scene);
  machines(scene);
  recoveryPoints(scene);
  others(scene);
}

function stacks(scene: () => Scene): void {
  it('lists every stack over all pages, but for deleted ones', async () => {
    const wanted = [...STRANGERS, ...bossletStacks([])];
    const list = await scene().aws.cloudFormation.listStacks();
    expect(list.map((stack) => stack.stackName).sort()).toEqual(wanted.map((stack) => stack.stackName).sort());
    for (const { stackName: name, isUpdated } of wanted) {
      const found = list.find((stack) => stack.stackName === name);
      expect(found).toMatchObject({
        stackId: expect.stringMatching(`^arn:aws:cloudformation:${ACCOUNT_ARN}:stack/${name}/`),
        stackStatus: isUpdated ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE',
      });
      expect(found?.creationTimeMs).toBeGreaterThan(Date.now() - 3_600_000);
    }
  });

  it('describes a stack by name or ARN, with its tags, and its parameters without secrets', async () => {
    const { describeStack } = scene().aws.cloudFormation;
    for (const { stackName: name, isUpdated, tags } of bossletStacks([])) {
      const found = await describeStack(name);
      expect(found).toMatchObject({
        stackName: name,
        stackStatus: isUpdated ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE',
        tags,
        parameters: { EndpointDbPassword: MASK, VaultInstance: 't3.medium' },
      });
      expect(await describeStack(found?.stackId ?? '')).toEqual(found);
      if (!isUpdated) expect(found?.lastUpdatedTimeMs).toBeUndefined();
    }
  });

  it('has no stack of an unknown name, and finds a deleted one by its ARN alone', async () => {
    const { describeStack } = scene().aws.cloudFormation;
    expect(await describeStack('NopeProductionBoss')).toBeUndefined();
    expect(await describeStack(GONE_STACK.stackName)).toBeUndefined();
    expect(await describeStack(scene().seeded.goneStackId)).toMatchObject({
      stackName: GONE_STACK.stackName,
      stackStatus: 'DELETE_COMPLETE',
    });
  });

  it('tells a stack’s resources with what they are in their services', async () => {
    const { stackResources } = scene().aws.cloudFormation;
    const resources = await stackResources(API);
    const physicalIds = new Map(resources.map((one) => [one.logicalResourceId, one.physicalResourceId]));
    expect([...physicalIds.keys()].sort()).toEqual(['Bossmeta', 'Deadletter', 'EndpointAppLoadBalancer', 'S3flush']);
    expect(physicalIds.get('Bossmeta')).toBe(TABLE);
    expect(physicalIds.get('EndpointAppLoadBalancer')).toMatch(
      `arn:aws:elasticloadbalancing:${ACCOUNT_ARN}:loadbalancer/app/${API_BALANCER}/`,
    );
    // Whoever asks for its depth may ask by this.
    expect(await scene().aws.sqs.depth(physicalIds.get('S3flush') ?? '')).toMatchObject({ visible: 4 });
    expect(resources.find((one) => one.logicalResourceId === 'Bossmeta')).toMatchObject({
      resourceType: 'AWS::DynamoDB::Table',
      resourceStatus: expect.stringMatching(/^(CREATE|UPDATE)_COMPLETE$/),
    });
    await expect(stackResources('Nope')).rejects.toMatchObject(notThere('ListStackResources', 'Nope'));
  });

  it('tells a stack’s events, the newest first, by name or ARN', async () => {
    const { describeStack, stackEventsPage } = scene().aws.cloudFormation;
    const stack = await describeStack(API);
    const { events } = await stackEventsPage(stack?.stackId ?? '');
    expect(events[0]).toMatchObject({
      stackId: stack?.stackId,
      stackName: API,
      logicalResourceId: API,
      physicalResourceId: stack?.stackId,
      resourceType: 'AWS::CloudFormation::Stack',
      resourceStatus: 'UPDATE_COMPLETE',
    });
    const times = events.map(({ timestampMs }) => timestampMs);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
    expect(events.map(({ resourceStatus }) => resourceStatus)).toContain('CREATE_IN_PROGRESS');
    expect((await stackEventsPage(API)).events).toEqual(events);
    await expect(stackEventsPage('Nope')).rejects.toMatchObject(notThere('DescribeStackEvents', 'Nope'));
  });

  it('gives a stack’s template as it was sent, without its secrets', async () => {
    const text = await scene().aws.cloudFormation.getTemplate(stackName(BOSSLET, 'cloudwatch'));
    const sent = bossletStacks([]).find((stack) => stack.stackName === stackName(BOSSLET, 'cloudwatch'))?.template;
    expect(text).not.toContain(PASSWORD);
    expect(JSON.parse(text)).toEqual({
      ...sent,
      Parameters: { ...sent?.Parameters, EndpointDbPassword: { Type: 'String', Default: MASK } },
    });
    await expect(scene().aws.cloudFormation.getTemplate('Nope')).rejects.toMatchObject({ code: 'ValidationError' });
  });
}

function changeSets(scene: () => Scene): void {
  const CACHEDB = stackName(BOSSLET, 'cachedb');
  const body = JSON.stringify({
    Parameters: bossletStacks([])[0]?.template.Parameters,
    Resources: {
      Tiles: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'TilesProductionBoss', DelaySeconds: 5 } },
      Flush: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'FlushProductionBoss' } },
    },
  });
  const input = {
    stackName: CACHEDB,
    changeSetName: `h${COMMIT}`,
    templateBody: body,
    // Read masked: the stack keeps the values that it has.
    parameters: { EndpointDbPassword: MASK, Licence: '****', VaultInstance: 't3.medium' },
  };

  it('makes a change set, tells what it would do to each resource, and deletes it', async () => {
    const { cloudFormation } = scene().aws;
    const before = await cloudFormation.describeStack(CACHEDB);
    const arn = await cloudFormation.createChangeSet(input);
    expect(arn).toMatch(`arn:aws:cloudformation:${ACCOUNT_ARN}:changeSet/h${COMMIT}/`);
    const made = await until('the change set', async () => {
      const found = await cloudFormation.describeChangeSet(CACHEDB, input.changeSetName);
      return found?.status === 'CREATE_COMPLETE' ? found : undefined;
    });
    expect(made).toMatchObject({
      changeSetId: arn,
      changeSetName: input.changeSetName,
      stackName: CACHEDB,
      stackId: before?.stackId,
      executionStatus: 'AVAILABLE',
    });
    expect(
      made.changes
        .map(({ action, logicalResourceId, resourceType }) => `${action} ${logicalResourceId} ${resourceType}`)
        .sort(),
    ).toEqual(['Add Flush AWS::SQS::Queue', 'Modify Tiles AWS::SQS::Queue', 'Remove Ingest AWS::SQS::Queue']);
    expect(await cloudFormation.describeChangeSet(CACHEDB, arn)).toEqual(made);
    expect(await cloudFormation.listChangeSets(CACHEDB)).toMatchObject([
      { changeSetId: arn, changeSetName: input.changeSetName, status: 'CREATE_COMPLETE' },
    ]);
    await cloudFormation.deleteChangeSet(arn);
    expect(await cloudFormation.describeChangeSet(CACHEDB, arn)).toBeUndefined();
    expect(await cloudFormation.listChangeSets(CACHEDB)).toEqual([]);
    expect(await cloudFormation.describeStack(CACHEDB)).toEqual(before);
  });

  it('has no change set of an unknown name or stack', async () => {
    const { describeChangeSet } = scene().aws.cloudFormation;
    expect(await describeChangeSet(CACHEDB, 'h0')).toBeUndefined();
    expect(await describeChangeSet('Nope', 'h0')).toBeUndefined();
  });
}

function mailingList(scene: () => Scene): void {
  it('finds a topic by its whole name', async () => {
    const { findTopic } = scene().aws.sns;
    expect(await findTopic(BOSSLET.alertTopic)).toBe(scene().seeded.topicArn);
    expect(await findTopic('MicronsMailingList')).toBeUndefined();
  });

  it('lists all 250 subscriptions over three pages, each with its ARN', async () => {
    const { topicArn } = scene().seeded;
    const list = await scene().aws.sns.listSubscriptions(topicArn);
    const named = (one: { readonly protocol: string; readonly endpoint: string }) => `${one.protocol} ${one.endpoint}`;
    expect(list.map(named).sort()).toEqual(SUBSCRIPTIONS.map(named).sort());
    for (const { subscriptionArn, owner } of list)
      expect([subscriptionArn.startsWith(`${topicArn}:`), owner]).toEqual([true, BOSSLET.accountId]);
    await expect(scene().aws.sns.listSubscriptions(`${topicArn}Nope`)).rejects.toMatchObject({
      code: expect.stringMatching(/^NotFound/),
    });
  });

  it('tells the attributes that a subscription was made with', async () => {
    for (const { endpoint, attributes } of SUBSCRIPTIONS.slice(0, 3))
      expect(await scene().aws.sns.subscriptionAttributes(await arnOf(scene(), endpoint))).toMatchObject({
        RawMessageDelivery: 'false',
        ...attributes,
        Endpoint: endpoint,
        PendingConfirmation: 'false',
        TopicArn: scene().seeded.topicArn,
      });
  });

  it('mutes one subscription by a filter policy, and takes the policy away by an empty one', async () => {
    const { sns } = scene().aws;
    const arn = await arnOf(scene(), 'reader7@example.org');
    const policy = async () => (await sns.subscriptionAttributes(arn))?.FilterPolicy;
    expect(await policy()).toBeUndefined();
    await sns.setSubscriptionAttribute(arn, 'FilterPolicy', '{"boss-tui-muted":["r1"]}');
    expect(await policy()).toBe('{"boss-tui-muted":["r1"]}');
    await expect(sns.setSubscriptionAttribute(arn, 'Colour', 'blue')).rejects.toMatchObject({
      code: expect.stringMatching(/^InvalidParameter/),
    });
    await sns.setSubscriptionAttribute(arn, 'FilterPolicy', '{}');
    expect((await policy()) ?? '{}').toBe('{}');
  });

  it('unsubscribes, also what is gone, and subscribes again once', async () => {
    const { sns } = scene().aws;
    const [sms] = SUBSCRIPTIONS.filter(({ protocol }) => protocol === 'sms');
    const arn = await arnOf(scene(), sms?.endpoint ?? '');
    await sns.unsubscribe(arn);
    expect(await sns.subscriptionAttributes(arn)).toBeUndefined();
    await sns.unsubscribe(arn);
    const again = {
      topicArn: scene().seeded.topicArn,
      protocol: 'sms',
      endpoint: sms?.endpoint ?? '',
      attributes: { RawMessageDelivery: 'false', FilterPolicy: '{"severity":["high"]}' },
    };
    const back = await sns.subscribe(again);
    expect(back).not.toBe(arn);
    expect(await sns.subscribe(again)).toBe(back);
    expect(await sns.subscriptionAttributes(back)).toMatchObject(again.attributes);
    expect(await sns.listSubscriptions(again.topicArn)).toHaveLength(SUBSCRIPTIONS.length);
  });

  it('publishes a message, and none to a topic that is not there', async () => {
    const { sns } = scene().aws;
    const message = { subject: 'Test', text: 'This is a test.' };
    // Nobody is subscribed to it: moto would try to reach them all.
    const quiet = (await sns.findTopic(OTHER_TOPICS[0] ?? '')) ?? '';
    expect(await sns.publish(quiet, message)).toMatch(/^[0-9a-f-]{36}$/);
    await expect(sns.publish(`${quiet}Nope`, message)).rejects.toMatchObject({
      code: expect.stringMatching(/^NotFound/),
    });
  });
}

async function arnOf({ aws, seeded }: Scene, endpoint: string): Promise<string> {
  const list = await aws.sns.listSubscriptions(seeded.topicArn);
  return list.find((one) => one.endpoint === endpoint)?.subscriptionArn ?? `none of ${endpoint}`;
}

function recoveryPoints(scene: () => Scene): void {
  it('tells of a table that nobody keeps backups of, and of none', async () => {
    const { restorableToMs } = scene().aws.dynamoDb;
    expect(await restorableToMs(TABLE)).toBe('never');
    expect(await restorableToMs(`${TABLE}Nope`)).toBeUndefined();
  });

  it('lists what somebody took of a table, and nothing of another', async () => {
    const { backups } = scene().aws.dynamoDb;
    expect(await backups(TABLE)).toEqual([{ name: TABLE_BACKUP, status: 'available', madeAtMs: expect.any(Number) }]);
    expect(await backups(`${TABLE}Nope`)).toEqual([]);
  });

  it('tells until when a database could be put back, of one whose backups are off, and of none', async () => {
    await scene().seedDatabases();
    const { instance, cluster } = scene().aws.rds;
    const { toMs, ...rest } = (await instance(DATABASES.backedUp.name)) ?? { toMs: 'nothing' };
    expect(rest).toEqual({});
    expect(toMs).toBeGreaterThan(Date.now() - 3_600_000);
    expect(await instance(DATABASES.off.name)).toEqual({ toMs: 'never' });
    expect(await instance('no-such-db')).toBeUndefined();
    expect((await cluster(DATABASE_CLUSTER))?.toMs).toBeGreaterThan(Date.now() - 3_600_000);
    expect(await cluster('no-such-cluster')).toBeUndefined();
  });

  it('lists what somebody took of a database, and nothing else', async () => {
    const { instanceSnapshots, clusterSnapshots } = scene().aws.rds;
    const taken = (name: string) => [{ name, status: 'available', madeAtMs: expect.any(Number) }];
    expect(await instanceSnapshots(DATABASES.backedUp.name)).toEqual(taken(DATABASE_SNAPSHOTS.instance));
    expect(await clusterSnapshots(DATABASE_CLUSTER)).toEqual(taken(DATABASE_SNAPSHOTS.cluster));
    expect(await instanceSnapshots(DATABASES.off.name)).toEqual([]);
    expect(await instanceSnapshots('no-such-db')).toEqual([]);
    expect(await clusterSnapshots('no-such-cluster')).toEqual([]);
  });

  it('makes no snapshot of a cache that is not there, and lists none', async () => {
    const { elastiCache } = scene().aws;
    expect(await elastiCache.clusterSnapshots('no-such-cluster')).toEqual([]);
    expect(await elastiCache.snapshots('no-such-group')).toEqual([]);
    expect(await elastiCache.snapshot('no-such-snapshot')).toBeUndefined();
    await expect(
      elastiCache.createSnapshot({ replicationGroupId: 'no-such-group', name: 'boss-tui-1' }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/NotFound/) });
  });
}

function publicNames(scene: () => Scene): void {
  it('finds the public zone with its name servers, and none beside it', async () => {
    const { findHostedZone } = scene().aws.route53;
    const zone = await findHostedZone(BOSSLET.externalDomain);
    expect(zone).toMatchObject({ name: `${BOSSLET.externalDomain}.`, id: expect.stringMatching(/^Z?[A-Z0-9]+$/) });
    expect(zone?.nameServers.length).toBeGreaterThanOrEqual(2);
    expect(await findHostedZone(`${BOSSLET.externalDomain}.`)).toEqual(zone);
    // The next zone in the order of Route 53 is another.
    expect(await findHostedZone('yyy.io')).toBeUndefined();
  });

  it('finds a record by its name and type, an escaped one too, and none beside it', async () => {
    const { findHostedZone, recordSet } = scene().aws.route53;
    const id = (await findHostedZone(BOSSLET.externalDomain))?.id ?? '';
    expect(await recordSet(id, HOST, 'CNAME')).toEqual({
      whole: expect.stringContaining('ResourceRecords'),
      name: `${HOST}.`,
      type: 'CNAME',
      ttlSeconds: 300,
      values: [scene().seeded.balancerAddress],
    });
    expect(await recordSet(id, WILDCARD, 'CNAME')).toMatchObject({ name: `${WILDCARD}.`, values: [WILDCARD_TARGET] });
    expect(await recordSet(id, HOST, 'A')).toBeUndefined();
    expect(await recordSet(id, `aaa.${BOSSLET.externalDomain}`, 'CNAME')).toBeUndefined();
    expect(await recordSet(id, `zzz.${BOSSLET.externalDomain}`, 'CNAME')).toBeUndefined();
    await expect(recordSet('ZNOPE', HOST, 'CNAME')).rejects.toMatchObject({ code: 'NoSuchHostedZone' });
  });
}

function loadBalancers(scene: () => Scene): void {
  it('finds an application load balancer by the beginning of its name, with the health of its targets', async () => {
    const { findLoadBalancer, targetHealth } = scene().aws.loadBalancers;
    const found = await findLoadBalancer(API_BALANCER);
    expect(found).toEqual({
      name: API_BALANCER,
      dnsName: scene().seeded.balancerAddress,
      kind: 'application',
      arn: expect.stringMatching(`:loadbalancer/app/${API_BALANCER}/`),
    });
    expect(found && (await targetHealth(found)).map(({ state }) => state)).toEqual(['healthy', 'healthy']);
    expect(await findLoadBalancer('production-boss')).toBeUndefined();
  });

  it('finds a classic load balancer by the beginning of its name, with the health of its instances', async () => {
    const { findLoadBalancer, targetHealth } = scene().aws.loadBalancers;
    const found = await findLoadBalancer('auth-');
    expect(found).toMatchObject({ name: AUTH_BALANCER, kind: 'classic', dnsName: expect.stringMatching(/\./) });
    expect(found && (await targetHealth(found))).toMatchObject([{ state: 'InService' }]);
  });
}

function machines(scene: () => Scene): void {
  it('finds images by a pattern of their names, the newest first, with their tags', async () => {
    const { images } = scene().aws.ec2;
    const found = await images(['vault.boss-*']);
    expect(found.map(({ name }) => name).sort()).toEqual(['vault.boss-h7a6e3a1f', 'vault.boss-sprint41']);
    const times = found.map(({ creationTimeMs }) => creationTimeMs);
    expect(times).toEqual([...times].sort((one, other) => other - one));
    expect(found.find(({ name }) => name === 'vault.boss-sprint41')).toMatchObject({
      imageId: scene().seeded.imageIds['vault.boss-sprint41'],
      ownerId: BOSSLET.accountId,
      state: 'available',
      tags: { Commit: COMMIT },
    });
    expect(times[1]).toBeGreaterThan(Date.now() - 3_600_000);
    expect((await images(['vault?boss-sprint4?'])).map(({ name }) => name)).toEqual(['vault.boss-sprint41']);
    expect(await images(['vault.boss-sprint99'])).toEqual([]);
  });

  it('copies an image under another name', async () => {
    const { copyImage, images } = scene().aws.ec2;
    const sourceImageId = scene().seeded.imageIds['vault.boss-sprint41'] ?? '';
    const input = { sourceImageId, name: 'vault.boss-sprint42', tags: { Commit: COMMIT }, clientToken: 'r1/vault' };
    const imageId = await copyImage(input);
    expect(imageId).toMatch(/^ami-[0-9a-f]{8,17}$/);
    expect(imageId).not.toBe(sourceImageId);
    const copy = await until('the copy', async () => {
      const [found] = await images([input.name]);
      return found?.state === 'available' ? found : undefined;
    });
    expect(copy).toMatchObject({ imageId, name: input.name });
    await expect(
      copyImage({ ...input, sourceImageId: 'ami-0123456789abcdef0', clientToken: 'r1/auth' }),
    ).rejects.toMatchObject({
      code: 'InvalidAMIID.NotFound',
    });
  });

  it('finds machines by their Name tags, several of one name, but for terminated ones', async () => {
    const { instances } = scene().aws.ec2;
    const names = INSTANCES.filter((name) => name.endsWith(`.${BOSSLET.internalDomain}`));
    const found = await instances([...new Set(names), RETIRED]);
    expect(found.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const one of found)
      expect(one).toMatchObject({
        instanceId: expect.stringMatching(/^i-[0-9a-f]+$/),
        state: 'running',
        imageId: expect.stringMatching(/^ami-/),
        privateIpAddress: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
      });
    expect(Math.min(...found.map(({ launchTimeMs }) => launchTimeMs))).toBeGreaterThan(Date.now() - 3_600_000);
  });
}

function others(scene: () => Scene): void {
  it('tells a rule’s state and disables it, again too', async () => {
    const { eventBridge } = scene().aws;
    const enabled = 'checkVault.production.boss';
    expect(await eventBridge.describeRule(RULE)).toEqual({ name: RULE, state: 'DISABLED' });
    expect(await eventBridge.describeRule(enabled)).toEqual({ name: enabled, state: 'ENABLED' });
    expect(await eventBridge.describeRule('nope')).toBeUndefined();
    for (let times = 0; times < 2; times += 1) await eventBridge.disableRule(enabled);
    expect(await eventBridge.describeRule(enabled)).toEqual({ name: enabled, state: 'DISABLED' });
  });

  it('tells whose the credentials are', async () => {
    expect(await scene().aws.sts.callerIdentity()).toMatchObject({
      account: BOSSLET.accountId,
      arn: expect.stringMatching(`^arn:aws:(iam|sts)::${BOSSLET.accountId}:`),
    });
  });

  it('tells a table with its indexes', async () => {
    const { describeTable } = scene().aws.dynamoDb;
    expect(await describeTable(TABLE)).toEqual({
      tableName: TABLE,
      tableStatus: 'ACTIVE',
      indexes: [{ indexName: INDEX, indexStatus: 'ACTIVE' }],
    });
    expect(await describeTable('nope.production.boss')).toBeUndefined();
  });

  it('tells a queue’s depth', async () => {
    for (const [name, visible] of Object.entries(QUEUES))
      expect(await scene().aws.sqs.depth(name)).toEqual({ visible, notVisible: 0, delayed: 0 });
    expect(await scene().aws.sqs.depth('Nope')).toBeUndefined();
  });

  it('keeps an object as it was written, and has none before', async () => {
    const { s3 } = scene().aws;
    const copy = { bucket: BUCKET, key: 'lists/one & two.json' };
    expect(await s3.read(copy)).toBeUndefined();
    for (const body of ['{"endpoint":"opérateur@example.org"}', '{}']) {
      await s3.write(copy, body);
      expect(await s3.read(copy)).toBe(body);
    }
    await expect(s3.write({ ...copy, bucket: 'nowhere' }, '{}')).rejects.toThrow(/S3 PutObject.*NoSuchBucket/);
    await expect(s3.read({ ...copy, bucket: 'nowhere' })).rejects.toThrow(/S3 GetObject.*NoSuchBucket/);
  });
}
