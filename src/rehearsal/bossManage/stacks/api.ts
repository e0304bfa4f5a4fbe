import type { TemplateResource } from '../../contract.ts';
import { group, securityGroup, userData } from './machines.ts';
import {
  alarm,
  capitalised,
  certificateArn,
  cname,
  dashed,
  dotted,
  getAtt,
  type Resources,
  ref,
  roleArn,
  type StackInput,
  topicArn,
} from './resources.ts';
import { database, index, queue, queuePolicy, schema, type TableSchema, table } from './storage.ts';

const SUBNETS = [ref('AInternalSubnet'), ref('BInternalSubnet')];
const PUBLIC_SUBNETS = [ref('AExternalSubnet'), ref('BExternalSubnet')];

/** To read and write messages, and nothing else. */
const USE_OF_QUEUE = ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'];

/** What `boss_tile_index.json` of the ndingest submodule says. */
export const TILE_INDEX_SCHEMA: TableSchema = schema(
  'chunk_key',
  'task_id:N',
  ['appended_task_id'],
  [index('task-index', 'appended_task_id', 'chunk_key')],
);

/** What it says where this commit renames the index: one goes and one comes. */
export const RENAMED_TILE_INDEX_SCHEMA: TableSchema = schema(
  'chunk_key',
  'task_id:N',
  ['appended_task_id'],
  [index('task-index-v2', 'appended_task_id', 'chunk_key')],
);

/** The API's machines, load balancer and public name, its database, tables and queues: 27 resources. */
export function apiResources(
  input: StackInput,
  options: {
    readonly databasePassword: string;
    readonly tileIndex: TableSchema;
    /** The cache manager may no longer do everything with the queues. */
    readonly narrowPolicy: boolean;
  },
): Resources {
  return {
    ...queues(input, options.narrowPolicy),
    ...loadBalancer(input),
    ...endpoints(input),
    ...database('EndpointDB', {
      bosslet: input.bosslet,
      name: 'endpoint-db',
      databaseName: 'boss',
      user: 'testuser',
      password: options.databasePassword,
      type: 'db.m4.large',
      subnets: SUBNETS,
      securityGroups: [ref('InternalSecurityGroup')],
    }),
    ...tables(input, options.tileIndex),
  };
}

/** The queues by the names that their logical ids and QueueNames share. */
function queues({ bosslet }: StackInput, narrowPolicy: boolean): Resources {
  const name = (queueName: string) => capitalised(bosslet, queueName);
  const both = [name('Deadletter'), name('S3flush')];
  return {
    [name('indexDeadLetter')]: queue(name('indexDeadLetter'), 30),
    [name('cuboidsKeys')]: queue(name('cuboidsKeys'), 120),
    [name('Deadletter')]: queue(name('Deadletter'), 30),
    [name('downsampleQueue')]: queue(name('downsampleQueue'), 300),
    [name('S3flush')]: queue(name('S3flush'), 30, name('Deadletter')),
    sqsEndpointPolicy: queuePolicy(both, roleArn(bosslet, 'endpoint')),
    sqsCachemgrPolicy: queuePolicy(both, roleArn(bosslet, 'cachemanager'), narrowPolicy ? USE_OF_QUEUE : undefined),
  };
}

function loadBalancer({ bosslet }: StackInput): Resources {
  return {
    AllHttpHttpsSecurityGroup: securityGroup(dotted(bosslet, 'https'), ref('VPCId'), [
      ['tcp', '443', '0.0.0.0/0'],
      ['tcp', '80', '0.0.0.0/0'],
    ]),
    EndpointAppLoadBalancer: {
      Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      Properties: {
        Name: dashed(bosslet, 'elb'),
        Scheme: 'internet-facing',
        Type: 'application',
        SecurityGroups: [ref('InternalSecurityGroup'), ref('AllHttpHttpsSecurityGroup')],
        Subnets: PUBLIC_SUBNETS,
        LoadBalancerAttributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '300' }],
      },
    },
    EndpointAppLoadBalancerTargetGroup443: {
      Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      Properties: {
        Port: 443,
        Protocol: 'HTTPS',
        VpcId: ref('VPCId'),
        HealthCheckPath: '/ping/',
        Matcher: { HttpCode: '200' },
      },
    },
    EndpointAppLoadBalancerListener443: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: {
        LoadBalancerArn: ref('EndpointAppLoadBalancer'),
        Port: 443,
        Protocol: 'HTTPS',
        Certificates: [{ CertificateArn: certificateArn(bosslet, 'api') }],
        DefaultActions: [{ Type: 'forward', TargetGroupArn: ref('EndpointAppLoadBalancerTargetGroup443') }],
      },
    },
    EndpointAppLoadBalancerListener80: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: {
        LoadBalancerArn: ref('EndpointAppLoadBalancer'),
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [
          { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } },
        ],
      },
    },
    EndpointAppLoadBalancerRecord: cname(
      bosslet.externalDomain,
      `api.${bosslet.externalDomain}`,
      getAtt('EndpointAppLoadBalancer', 'DNSName'),
    ),
  };
}

function endpoints({ bosslet, images, scenario }: StackInput): Resources {
  const size = scenario === 'production' ? ([2, 6] as const) : ([1, 1] as const);
  return {
    ...group('Endpoint', {
      name: dotted(bosslet, 'endpoint'),
      imageId: images.endpoint,
      type: 'm4.2xlarge',
      subnets: SUBNETS,
      securityGroups: [ref('InternalSecurityGroup')],
      size,
      role: 'endpoint',
      notifications: topicArn(bosslet, dashed(bosslet, 'dns')),
      userData: userData({
        'system.fqdn': dotted(bosslet, 'endpoint'),
        'system.type': 'endpoint',
        'aws.db': dotted(bosslet, 'endpoint-db'),
        'aws.cache': dotted(bosslet, 'cache'),
        'aws.cache-state': dotted(bosslet, 'cache-state'),
        'aws.meta-db': dotted(bosslet, 'bossmeta'),
        'aws.s3-flush-queue': ref(capitalised(bosslet, 'S3flush')),
        'aws.s3-flush-deadletter-queue': ref(capitalised(bosslet, 'Deadletter')),
        'aws.index-deadletter-queue': ref(capitalised(bosslet, 'indexDeadLetter')),
        'aws.index-cuboids-keys-queue': ref(capitalised(bosslet, 'cuboidsKeys')),
        'aws.downsample-queue': ref(capitalised(bosslet, 'downsampleQueue')),
      }),
      targetGroup: 'EndpointAppLoadBalancerTargetGroup443',
      dependsOn: ['EndpointDB'],
    }),
    ...scaling('EndpointScaleUp', 'Maximum', 'GreaterThanThreshold', '12', [1, 2]),
    ...scaling('EndpointScaleDown', 'Average', 'LessThanThreshold', '1.5', [-1]),
  };
}

function scaling(
  logicalId: string,
  statistic: string,
  comparison: string,
  threshold: string,
  steps: readonly number[],
): Record<string, TemplateResource> {
  return {
    [logicalId]: {
      Type: 'AWS::AutoScaling::ScalingPolicy',
      Properties: {
        AdjustmentType: 'ChangeInCapacity',
        PolicyType: 'StepScaling',
        AutoScalingGroupName: ref('Endpoint'),
        StepAdjustments: steps.map((ScalingAdjustment, at) => ({
          ScalingAdjustment,
          MetricIntervalLowerBound: String(at * 10),
        })),
      },
    },
    [`${logicalId}Alarm0`]: alarm({
      name: logicalId,
      metric: 'CPUUtilization',
      namespace: 'AWS/EC2',
      statistic,
      comparison,
      threshold,
      dimension: { Name: 'AutoScalingGroupName', Value: ref('Endpoint') },
      actions: [ref(logicalId)],
    }),
  };
}

function tables({ bosslet }: StackInput, tileIndex: TableSchema): Resources {
  const s3Index = schema(
    'object-key',
    'version-node:N',
    ['ingest-job-hash', 'ingest-job-range', 'lookup-key'],
    [index('ingest-job-index', 'ingest-job-hash', 'ingest-job-range'), index('lookup-key-index', 'lookup-key')],
  );
  return {
    EndpointMetaDB: table(dotted(bosslet, 'bossmeta'), schema('lookup_key', 'key')),
    s3Index: table(dotted(bosslet, 's3index'), s3Index),
    tileIndex: table(dotted(bosslet, 'tileindex'), tileIndex),
    idIndIndex: table(dotted(bosslet, 'idIndex'), schema('channel-id-key', 'version:N')),
    idCountIndex: table(dotted(bosslet, 'idCount'), schema('channel-key', 'version:N')),
  };
}
