import { CONFIGS, MACHINES } from '../../src/bosslet/bosslet.ts';
import { amiName, deleteRuleName, instanceName, loadBalancerName, stackName } from '../../src/bosslet/names.ts';
import type { Template } from '../../src/rehearsal/contract.ts';

/** The bosslet of the deployment, and the account that the other AWS always is. */
export const BOSSLET = {
  internalDomain: 'production.boss',
  externalDomain: 'theboss.io',
  region: 'us-east-1',
  accountId: '123456789012',
  amiSuffix: '.boss',
  alertTopic: 'ProductionMicronsMailingList',
  operator: 'operator@example.org',
  sprint: 'sprint42',
} as const;

/** Keys that no real account would take. */
export const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'no-secret' } as const;

/** A stack as both worlds get it. */
export interface SeedStack {
  readonly stackName: string;
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** It was updated since it was created. */
  readonly isUpdated: boolean;
}

export const COMMIT = '7a6e3a1f0c5b9d2e8f4a1b6c3d7e9f0a2b4c6d81';
/** StackVersion tags: only core and api ever changed theirs. */
const STACK_VERSIONS: Readonly<Record<string, string>> = { core: '3', api: '3' };
/** What must never be shown: a parameter's value and a property's. */
export const PASSWORD = 'hunter2-of-the-endpoint-db';

/** Queues of the stacks, with the messages that wait in them. */
export const QUEUES = {
  S3flushProductionBoss: 4,
  DeadletterProductionBoss: 0,
  IndexidsqueueProductionBoss: 3,
} as const;

export const TABLE = `bossmeta.${BOSSLET.internalDomain}`;
export const INDEX = 'experiment-index';
export const HOST = `api.${BOSSLET.externalDomain}`;
export const RULE = deleteRuleName(BOSSLET);
export const API_BALANCER = loadBalancerName(BOSSLET);
export const AUTH_BALANCER = 'auth-production-boss';
export const DISTRIBUTION_ALIAS = HOST;

const queue = (name: string) => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName: name } });
const rule = (name: string, state: 'ENABLED' | 'DISABLED') => ({
  Type: 'AWS::Events::Rule',
  Properties: { Name: name, ScheduleExpression: 'rate(1 day)', State: state },
});

/** The api stack's own: what the public name leads to, what holds data, and a password that is in the template. */
const apiResources = (subnets: readonly string[]): Template['Resources'] => ({
  EndpointAppLoadBalancer: {
    Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    Properties: { Name: API_BALANCER, Scheme: 'internet-facing', Subnets: [...subnets] },
  },
  Bossmeta: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      TableName: TABLE,
      KeySchema: [{ AttributeName: 'lookup_key', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'lookup_key', AttributeType: 'S' },
        { AttributeName: 'experiment', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: INDEX,
          KeySchema: [{ AttributeName: 'experiment', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    },
  },
  S3flush: queue('S3flushProductionBoss'),
  Deadletter: queue('DeadletterProductionBoss'),
});

/** Databases, each with the days that its automated backups are kept: none is how they are switched off. */
export const DATABASES = {
  backedUp: { name: 'auth-db-production-boss', retentionDays: 7 },
  off: { name: 'scratch-db-production-boss', retentionDays: 0 },
} as const;
export const DATABASE_CLUSTER = 'graph-production-boss';
/** What somebody took of the table. */
export const TABLE_BACKUP = 'before-the-index';
/** What somebody took of the database that is backed up, and of the cluster. */
export const DATABASE_SNAPSHOTS = { instance: 'before-the-move', cluster: 'before-the-split' } as const;

/** What each stack is made of: as little as tells it from the others, of types that the other AWS really makes. */
const RESOURCES: Readonly<Record<(typeof CONFIGS)[number], (subnets: readonly string[]) => Template['Resources']>> = {
  core: () => ({ DnsTopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'dns-production-boss' } } }),
  redis: () => ({ CacheAlarms: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'cache-production-boss' } } }),
  api: apiResources,
  cachedb: () => ({ Ingest: queue('IngestProductionBoss'), Tiles: queue('TilesProductionBoss') }),
  activities: () => ({ DeleteEventRule: rule(RULE, 'DISABLED') }),
  cloudwatch: () => ({ CheckVault: rule('checkVault.production.boss', 'ENABLED') }),
  idindexing: () => ({ Indexidsqueue: queue('IndexidsqueueProductionBoss') }),
  dynamolambda: () => ({ TriggerDynamoAutoscale: rule('TriggerDynamoAutoscale.production.boss', 'ENABLED') }),
};

/** Two of the eight never had an update: dynamolambda has none, and redis is as it was made. */
const NEVER_UPDATED: ReadonlySet<string> = new Set(['redis', 'dynamolambda']);

/** The eight stacks of the bosslet; `subnets` are those that the load balancer stands in. */
export const bossletStacks = (subnets: readonly string[]): readonly SeedStack[] =>
  CONFIGS.map((config) => ({
    stackName: stackName(BOSSLET, config),
    template: {
      Parameters: {
        EndpointDbPassword: { Type: 'String', Default: PASSWORD },
        Licence: { Type: 'String', NoEcho: true },
        VaultInstance: { Type: 'String', Default: 't3.small' },
      },
      Resources: RESOURCES[config](subnets),
    },
    parameters: { EndpointDbPassword: PASSWORD, Licence: PASSWORD, VaultInstance: 't3.medium' },
    tags: { StackVersion: STACK_VERSIONS[config] ?? '1', Commit: COMMIT },
    isUpdated: !NEVER_UPDATED.has(config),
  }));

/** What an updated stack was made with: moto takes an update that changes tags alone for none. */
export const EARLIER_PARAMETERS = { VaultInstance: 't3.small' } as const;

/** A stack that has nothing to do with the bosslet. */
export const stranger = (name: string): SeedStack => ({
  stackName: name,
  template: { Resources: { Queue: queue(`of-${name}`) } },
  parameters: {},
  tags: {},
  isUpdated: false,
});

/** A stranger whose creation has more events than a page. */
export const LARGE_STACK: SeedStack = {
  ...stranger('account-audit-trail'),
  template: {
    Resources: Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`Handle${n}`, { Type: 'AWS::CloudFormation::WaitConditionHandle' }]),
    ),
  },
};

/** The 70 stacks of other people in the same account, some of a name that almost fits. */
export const STRANGERS: readonly SeedStack[] = [
  ...['CoreIntegrationBoss', 'ApiProductionBoss2'].map(stranger),
  ...Array.from({ length: 67 }, (_, n) => stranger(`team-${n % 7}-service-${n}`)),
  LARGE_STACK,
];

/** One subscription of the list. */
export interface SeedSubscription {
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const many = (count: number, protocol: string, endpoint: (n: number) => string): SeedSubscription[] =>
  Array.from({ length: count }, (_, n) => ({ protocol, endpoint: endpoint(n), attributes: {} }));

/** The 250 subscriptions of the mailing list: more than two pages, in every protocol that people use. */
export const SUBSCRIPTIONS: readonly SeedSubscription[] = [
  { protocol: 'email', endpoint: BOSSLET.operator, attributes: {} },
  {
    protocol: 'email',
    endpoint: 'severe.only@example.org',
    attributes: { FilterPolicy: JSON.stringify({ severity: ['high'] }), FilterPolicyScope: 'MessageAttributes' },
  },
  { protocol: 'https', endpoint: 'https://chat.example.org/raw', attributes: { RawMessageDelivery: 'true' } },
  ...many(180, 'email', (n) => `reader${n}@example.org`),
  ...many(7, 'email-json', (n) => `archive${n}@example.org`),
  ...many(30, 'sms', (n) => `+1410555${String(n).padStart(4, '0')}`),
  ...many(20, 'https', (n) => `https://hooks.example.org/${n}`),
  ...many(10, 'sqs', (n) => `arn:aws:sqs:${BOSSLET.region}:${BOSSLET.accountId}:IngestProductionBoss${n}`),
];

/** AMIs: each machine's build and its label of the last sprint, and one that no machine of ours is. */
export const IMAGES: readonly { readonly name: string; readonly tags: Readonly<Record<string, string>> }[] = [
  { name: 'vaultkeeper.boss-h00000000', tags: {} },
  ...[`h${COMMIT.slice(0, 8)}`, 'sprint41'].flatMap((version) =>
    MACHINES.map((machine) => ({ name: amiName(BOSSLET, machine, version), tags: { Commit: COMMIT } })),
  ),
];

/** Name tags of the instances; one name is on two machines. */
export const INSTANCES: readonly string[] = [
  instanceName(BOSSLET, 'bastion'),
  ...MACHINES.map((machine) => instanceName(BOSSLET, machine)),
  instanceName(BOSSLET, 'endpoint'),
  'endpoint.integration.boss',
];

/** Topics beside the list, of names that hold the list's. */
export const OTHER_TOPICS: readonly string[] = [`${BOSSLET.alertTopic}Archive`, `Old${BOSSLET.alertTopic}`];

/** Another zone, which follows ours in the order of Route 53. */
export const OTHER_ZONE = 'zzz.io';
/** A record whose name Route 53 writes with an escape: `\\052.theboss.io.`. */
export const WILDCARD = `*.${BOSSLET.externalDomain}`;
/** What the wildcard leads to. */
export const WILDCARD_TARGET = 'www.example.org';

/** A stack that was deleted, with the machine that it had: lists leave both out. */
export const RETIRED = 'retired.production.boss';
export const GONE_STACK: SeedStack = {
  ...stranger('RetiredProductionBoss'),
  template: {
    Resources: {
      Machine: {
        Type: 'AWS::EC2::Instance',
        Properties: { ImageId: 'ami-12345678', Tags: [{ Key: 'Name', Value: RETIRED }] },
      },
    },
  },
};

/** Where second copies of evidence go. */
export const BUCKET = 'evidence-of-production';
