import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { stackName } from '../../src/bosslet/names.ts';
import type { AwsWorld, Template } from '../../src/rehearsal/contract.ts';
import { until } from '../support/until.ts';
import {
  API_BALANCER,
  AUTH_BALANCER,
  BOSSLET,
  BUCKET,
  bossletStacks,
  CREDENTIALS,
  DATABASE_CLUSTER,
  DATABASE_SNAPSHOTS,
  DATABASES,
  DISTRIBUTION_ALIAS,
  GONE_STACK,
  HOST,
  IMAGES,
  INSTANCES,
  OTHER_TOPICS,
  OTHER_ZONE,
  QUEUES,
  type SeedStack,
  STRANGERS,
  SUBSCRIPTIONS,
  TABLE,
  TABLE_BACKUP,
  WILDCARD,
  WILDCARD_TARGET,
} from './deployment.ts';
import type { Seeded } from './seedMoto.ts';

const MINUTE_MS = 60_000;
const BALANCER_ADDRESS = 'elb-production-boss-1180443621.us-east-1.elb.amazonaws.com';
const DISTRIBUTION_ADDRESS = 'y3xkd1vyu9iu3.cloudfront.net';
const { accountId } = BOSSLET;

/** Puts the same deployment into an empty embedded AWS whose clock is fast. */
export async function seedWorld(aws: AwsWorld, nowMs: number): Promise<Seeded> {
  const { seed } = aws;
  seed.account(accountId, CREDENTIALS.accessKeyId, BOSSLET.region);
  seedSite(aws, nowMs);
  for (const stack of [...STRANGERS, ...bossletStacks(['subnet-1', 'subnet-2']), GONE_STACK])
    seedStack(aws, stack, nowMs);
  seedMachines(aws, nowMs);
  for (const name of OTHER_TOPICS) seed.topic({ accountId, name, subscriptions: [], filterPolicyLimit: 200 });
  seed.topic({
    accountId,
    name: BOSSLET.alertTopic,
    subscriptions: SUBSCRIPTIONS.map((one) => ({ ...one, owner: accountId, confirmed: true })),
    filterPolicyLimit: 200,
  });
  seed.bucket({ accountId, name: BUCKET });
  seed.tableBackup({ accountId, name: TABLE_BACKUP, table: TABLE, madeAtMs: nowMs });
  for (const [of, database] of [
    ['instance', DATABASES.backedUp.name],
    ['cluster', DATABASE_CLUSTER],
  ] as const)
    seed.databaseSnapshot({ accountId, name: DATABASE_SNAPSHOTS[of], of, database, madeAtMs: nowMs });
  for (const [name, visible] of Object.entries(QUEUES)) seed.queue({ accountId, name, visible });
  return {
    topicArn: `arn:aws:sns:${BOSSLET.region}:${accountId}:${BOSSLET.alertTopic}`,
    balancerAddress: BALANCER_ADDRESS,
    distributionAddress: DISTRIBUTION_ADDRESS,
    imageIds: Object.fromEntries(IMAGES.map(({ name }, n) => [name, imageId(n)])),
    goneStackId: await deleted(aws, GONE_STACK.stackName),
  };
}

/** Here every database is one of a stack. */
const databases = (): Template['Resources'] => ({
  ...Object.fromEntries(
    Object.entries(DATABASES).map(([id, { name, retentionDays }]) => [
      id,
      {
        Type: 'AWS::RDS::DBInstance',
        Properties: { DBInstanceIdentifier: name, Engine: 'mysql', BackupRetentionPeriod: retentionDays },
      },
    ]),
  ),
  cluster: {
    Type: 'AWS::RDS::DBCluster',
    Properties: { DBClusterIdentifier: DATABASE_CLUSTER, Engine: 'aurora-mysql' },
  },
});

function seedStack({ seed }: AwsWorld, stack: SeedStack, nowMs: number): void {
  const createdAtMs = nowMs - 20 * MINUTE_MS;
  const { Resources, ...template } = stack.template;
  const more = stack.stackName === stackName(BOSSLET, 'core') ? databases() : {};
  seed.stack({
    ...stack,
    template: { ...template, Resources: { ...Resources, ...more } },
    accountId,
    createdAtMs,
    ...(stack.isUpdated ? { updatedAtMs: createdAtMs + MINUTE_MS } : {}),
  });
}

function seedSite({ seed }: AwsWorld, atMs: number): void {
  for (const name of [OTHER_ZONE, BOSSLET.externalDomain])
    seed.hostedZone({ accountId, name, nameServers: ['ns-1.awsdns-01.org', 'ns-2.awsdns-02.com'] });
  const record = (name: string, value: string) =>
    seed.record({ atMs, name: `${name}.`, type: 'CNAME', ttlSeconds: 300, values: [value] });
  record(HOST, BALANCER_ADDRESS);
  record(WILDCARD, WILDCARD_TARGET);
  seed.distribution({ accountId, domainName: DISTRIBUTION_ADDRESS, aliases: [DISTRIBUTION_ALIAS] });
}

const imageId = (n: number) => `ami-0${String(n).padStart(16, '0')}`;

function seedMachines({ seed }: AwsWorld, nowMs: number): void {
  for (const [n, { name, tags }] of IMAGES.entries())
    seed.image({
      accountId,
      imageId: imageId(n),
      name,
      ownerId: accountId,
      createdAtMs: nowMs - (IMAGES.length - n) * 1_000,
      tags,
    });
  for (const [n, name] of INSTANCES.entries())
    seed.instance({
      accountId,
      name,
      imageId: imageId(0),
      launchedAtMs: nowMs - MINUTE_MS,
      privateIpAddress: `10.100.0.${n + 4}`,
    });
  const target = (id: string, state: string) => ({ id, state });
  seed.loadBalancer({
    accountId,
    name: API_BALANCER,
    dnsName: BALANCER_ADDRESS,
    kind: 'application',
    targets: [target('i-1', 'healthy'), target('i-2', 'healthy')],
  });
  seed.loadBalancer({
    accountId,
    name: AUTH_BALANCER,
    dnsName: 'auth-production-boss-773201945.us-east-1.elb.amazonaws.com',
    kind: 'classic',
    targets: [target('i-3', 'InService')],
  });
}

/** Deletes a stack as everybody does. Its ARN, by which it is still known. */
async function deleted(aws: AwsWorld, stackName: string): Promise<string> {
  const client = new CloudFormationClient({ region: BOSSLET.region, endpoint: aws.url, credentials: CREDENTIALS });
  const gone = new Promise<void>((settled) =>
    aws.onStackSettled((one) => one.stackName === stackName && one.operation === 'DELETE' && settled()),
  );
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
  await client.send(new DeleteStackCommand({ StackName: stackName }));
  await until(`the deletion of ${stackName}`, () => gone.then(() => true));
  return Stacks[0]?.StackId ?? '';
}
