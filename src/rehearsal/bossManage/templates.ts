import type { Config, Machine } from '../../bosslet/bosslet.ts';
import type { Template, TemplateResource } from '../contract.ts';
import { type FaultName, RESIZES_CACHES } from '../faults.ts';
import { apiResources, RENAMED_TILE_INDEX_SCHEMA, TILE_INDEX_SCHEMA } from './stacks/api.ts';
import { cachedbResources } from './stacks/cachedb.ts';
import { coreResources } from './stacks/core.ts';
import { redisResources } from './stacks/redis.ts';
import { type Resources, roleArn, type StackInput, type TemplateBosslet } from './stacks/resources.ts';
import {
  activitiesResources,
  cloudwatchResources,
  dynamolambdaResources,
  idindexingResources,
} from './stacks/serverless.ts';
import type { TableSchema } from './stacks/storage.ts';

export type { TableSchema, TemplateBosslet };
export { RENAMED_TILE_INDEX_SCHEMA, TILE_INDEX_SCHEMA };

/** What a stack's template is made from. */
export interface TemplateOptions {
  readonly bosslet: TemplateBosslet;
  /** AMI id by machine. */
  readonly images: Readonly<Record<Machine, string>>;
  /** Undefined: none was given and the bosslet has none, which costs redis its session cache. */
  readonly scenario: string | undefined;
  /** `deployed`: what runs before the release; `head`: what the checkout generates. */
  readonly revision: 'deployed' | 'head';
  readonly faults: ReadonlySet<FaultName>;
  /** A colleague's edit is in the checkout: the tile index would get another key, and so be replaced. */
  readonly dangerEdit?: boolean;
  /** What the checkout's `boss_tile_index.json` says, where it is not {@link TILE_INDEX_SCHEMA}. */
  readonly tileIndexSchema?: TableSchema;
  /** Password of the API's database, a literal in the template. Absent: {@link DATABASE_PASSWORD}. */
  readonly databasePassword?: string;
  /** Name of the topic that alarms go to. Absent: `ProductionMicronsMailingList`. */
  readonly alertTopic?: string;
  /** As `generate` writes it: cachedb without its user data, activities without the function of its rule. */
  readonly generated?: boolean;
}

/** The stack versions of the checkout; the StackVersion tags of what is deployed are the same. */
export const STACK_VERSIONS: Readonly<Record<Config, number>> = {
  core: 3,
  redis: 1,
  api: 3,
  cachedb: 1,
  activities: 1,
  cloudwatch: 1,
  idindexing: 1,
  dynamolambda: 1,
};

/** What the vault of a rehearsal holds at `secret/endpoint/django/db` as the password of the API's database. */
export const DATABASE_PASSWORD = 'Rehearsed-Endpoint-Db-0001';
/** Where the vault keeps it. */
export const DATABASE_VAULT_PATH = 'secret/endpoint/django/db';

const DEFAULT_TOPIC = 'ProductionMicronsMailingList';
const DEPLOYED_CACHE_TYPE = 'cache.m4.4xlarge';
/** Another size than the deployed one, which ElastiCache does not change in place here. */
const RESIZED_CACHE_TYPE = 'cache.r5.4xlarge';

/** The template of one of the eight stacks, as boss-manage makes it. Pure. */
export function stackTemplate(config: Config, options: TemplateOptions): Template {
  const { bosslet, images, scenario, revision } = options;
  const input: StackInput = { bosslet, images, scenario, revision };
  const parameters = stackParameters(config, options);
  return {
    Parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, { Type: parameterType(name), Default: value }]),
    ),
    Resources: RESOURCES[config](input, options),
  };
}

const RESOURCES: Readonly<Record<Config, (input: StackInput, options: TemplateOptions) => Resources>> = {
  core: coreResources,
  redis: (input, options) => {
    const isResized = [...RESIZES_CACHES].some((fault) => headHas(options, fault));
    return redisResources(input, {
      cacheType: isResized ? RESIZED_CACHE_TYPE : DEPLOYED_CACHE_TYPE,
      // Still under way when the size is refused, and so cancelled.
      keptSnapshots: isResized ? 7 : undefined,
    });
  },
  api: (input, options) =>
    apiResources(input, {
      databasePassword: options.databasePassword ?? DATABASE_PASSWORD,
      tileIndex: tileIndex(options),
      // Still under way when the machines fail, and so cancelled.
      narrowPolicy: headHas(options, 'rollback'),
    }),
  cachedb: (input, options) =>
    cachedbResources(input, {
      alertTopic: options.alertTopic ?? DEFAULT_TOPIC,
      withUserData: options.generated !== true,
    }),
  activities: (input, options) =>
    activitiesResources(input, {
      alertTopic: options.alertTopic ?? DEFAULT_TOPIC,
      lookUpLambda: options.generated !== true,
    }),
  cloudwatch: (input, options) => cloudwatchResources(input, options.alertTopic ?? DEFAULT_TOPIC),
  idindexing: idindexingResources,
  dynamolambda: dynamolambdaResources,
};

const headHas = ({ revision, faults }: TemplateOptions, fault: FaultName): boolean =>
  revision === 'head' && faults.has(fault);

function tileIndex(options: TemplateOptions): TableSchema {
  const { dangerEdit, tileIndexSchema } = options;
  const schema = tileIndexSchema ?? (headHas(options, 'gsi') ? RENAMED_TILE_INDEX_SCHEMA : TILE_INDEX_SCHEMA);
  if (dangerEdit !== true) return schema;
  return {
    ...schema,
    KeySchema: [{ AttributeName: 'chunk_key', KeyType: 'HASH' }],
    AttributeDefinitions: schema.AttributeDefinitions.filter(({ AttributeName }) => AttributeName !== 'task_id'),
  };
}

/** Stacks other than core learn of the network by parameters, as the scripts look it up. */
const NETWORK: Readonly<Record<string, string>> = {
  VPCId: 'vpc-0b055a11c0ffee001',
  InternalSecurityGroup: 'sg-0b055a11c0ffee001',
  AInternalSubnet: 'subnet-0b055a11c0ffee01a',
  BInternalSubnet: 'subnet-0b055a11c0ffee01b',
};
const PUBLIC: Readonly<Record<string, string>> = {
  AExternalSubnet: 'subnet-0b055a11c0ffee02a',
  BExternalSubnet: 'subnet-0b055a11c0ffee02b',
};

/** The arguments that boss-manage passes for a stack's parameters; the template has them as defaults too. */
export function stackParameters(
  config: Config,
  { bosslet }: Pick<TemplateOptions, 'bosslet'>,
): Readonly<Record<string, string>> {
  const cacheRole = { LambdaCacheExecutionRole: roleArn(bosslet, 'lambda_cache_execution') };
  const { VPCId = '', InternalSecurityGroup = '' } = NETWORK;
  switch (config) {
    case 'core':
      return {};
    case 'redis':
      return NETWORK;
    case 'api':
      return { ...NETWORK, ...PUBLIC };
    case 'cachedb':
      return {
        VPCId,
        InternalSecurityGroup,
        InternalSubnet: 'subnet-0b055a11c0ffee010',
        InternalRouteTable: 'rtb-0b055a11c0ffee001',
        StackName: `Cachedb${bosslet.internalDomain.split('.').map(capitalise).join('')}`,
        DeleteENILambda: `arn:aws:lambda:${bosslet.region}:${bosslet.accountId}:function:deleteENI-${bosslet.internalDomain.replaceAll('.', '-')}`,
        CuboidImportLambdaRole: roleArn(bosslet, 'CuboidImportLambdaRole'),
        ...cacheRole,
      };
    case 'activities':
      return { ...NETWORK, StartStepFcnLambdaRole: roleArn(bosslet, 'StartStepFcnLambdaRole') };
    case 'cloudwatch':
      return { VaultHealthChecker: roleArn(bosslet, 'VaultHealthChecker') };
    case 'idindexing':
    case 'dynamolambda':
      return cacheRole;
  }
}

const capitalise = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

const PARAMETER_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^VPCId$/, 'AWS::EC2::VPC::Id'],
  [/Subnet$/, 'AWS::EC2::Subnet::Id'],
  [/SecurityGroup$/, 'AWS::EC2::SecurityGroup::Id'],
];
const parameterType = (name: string): string =>
  PARAMETER_TYPES.find(([pattern]) => pattern.test(name))?.[1] ?? 'String';

/** Names, by kind, of what a template makes besides the stack itself: a world need not seed these. */
export interface TemplateNames {
  readonly tables: readonly string[];
  readonly queues: readonly string[];
  readonly rules: readonly string[];
  readonly topics: readonly string[];
  readonly loadBalancers: readonly string[];
  readonly records: readonly string[];
  /** Name tags of machines, one for each instance or group. */
  readonly machines: readonly string[];
}

/** What {@link stackTemplate}'s resources are called. Pure. */
export function namesInTemplate(template: Template): TemplateNames {
  const named = (type: string, read: (resource: TemplateResource) => unknown) =>
    Object.values(template.Resources)
      .filter((resource) => resource.Type === type)
      .map(read)
      .filter((name) => typeof name === 'string');
  const property = (name: string) => (resource: TemplateResource) => resource.Properties?.[name];
  const nameTag = (resource: TemplateResource) => {
    const tags = resource.Properties?.Tags;
    return Array.isArray(tags) ? tags.find((tag) => tag.Key === 'Name')?.Value : undefined;
  };
  return {
    tables: named('AWS::DynamoDB::Table', property('TableName')),
    queues: named('AWS::SQS::Queue', property('QueueName')),
    rules: named('AWS::Events::Rule', property('Name')),
    topics: named('AWS::SNS::Topic', property('TopicName')),
    loadBalancers: [
      ...named('AWS::ElasticLoadBalancing::LoadBalancer', property('LoadBalancerName')),
      ...named('AWS::ElasticLoadBalancingV2::LoadBalancer', property('Name')),
    ],
    records: named('AWS::Route53::RecordSet', property('Name')),
    machines: [...named('AWS::EC2::Instance', nameTag), ...named('AWS::AutoScaling::AutoScalingGroup', nameTag)],
  };
}
