import type { TemplateResource } from '../../contract.ts';
import { lambda, lambdaPermission, multiLambdaCode, rule } from './functions.ts';
import { group, userData } from './machines.ts';
import {
  alarm,
  capitalised,
  dashed,
  dotted,
  getAtt,
  type Resources,
  ref,
  roleArn,
  type StackInput,
  topicArn,
} from './resources.ts';
import { queue, queuePolicy } from './storage.ts';

/** Step functions that `activities` publishes when its stack is complete. */
export const ACTIVITIES_STEP_FUNCTIONS = [
  'Query.Deletes',
  'Delete.Cuboid',
  'Delete.Experiment',
  'Delete.CoordFrame',
  'Delete.Collection',
  'Ingest.Populate',
  'Ingest.Upload',
  'Ingest.Volumetric.Upload',
  'Resolution.Hierarchy',
  'Ingest.CompleteIngest',
] as const;

/** Those of `idindexing`. */
export const IDINDEXING_STEP_FUNCTIONS = [
  'Index.Supervisor',
  'Index.CuboidSupervisor',
  'Index.IdWriter',
  'Index.FindCuboids',
  'Index.EnqueueCuboids',
  'Index.FanoutIdWriters',
] as const;

/** The activities' machine, the rule that deletes and the downsampling lambdas: 11 resources. */
export function activitiesResources(
  input: StackInput,
  options: { readonly alertTopic: string; readonly lookUpLambda: boolean },
): Resources {
  const { bosslet, images } = input;
  const multiLambda = dashed(bosslet, 'multiLambda');
  const resolution = roleArn(bosslet, 'lambda_resolution_hierarchy');
  const source = (name: string, handler: string, role: string, memoryMb: number, timeoutSeconds: number) =>
    lambda({ bosslet, name, handler, role, memoryMb, timeoutSeconds, code: { ZipFile: 'import boto3\n' } });
  return {
    DeleteEventRule: rule({
      name: dotted(bosslet, 'deleteEventRule'),
      description: 'Delete what was marked for deletion',
      schedule: 'cron(1 6-11/1 ? * TUE-FRI *)',
      state: 'DISABLED',
      targets: [
        {
          // `generate` does not look the function up.
          Arn: options.lookUpLambda
            ? `arn:aws:lambda:${bosslet.region}:${bosslet.accountId}:function:${multiLambda}`
            : null,
          Id: multiLambda,
          Input: JSON.stringify({ 'lambda-name': 'delete_lambda', 'topic-arn': topicArn(bosslet, options.alertTopic) }),
        },
      ],
    }),
    DeleteRulePerm: lambdaPermission(multiLambda, 'events.amazonaws.com', getAtt('DeleteEventRule', 'Arn')),
    ...group('Activities', {
      name: dotted(bosslet, 'activities'),
      imageId: images.activities,
      type: 'm4.large',
      subnets: [ref('AInternalSubnet'), ref('BInternalSubnet')],
      securityGroups: [ref('InternalSecurityGroup')],
      size: [1, 1],
      role: 'activities',
      notifications: topicArn(bosslet, dashed(bosslet, 'dns')),
      userData: userData({
        'system.fqdn': dotted(bosslet, 'activities'),
        'system.type': 'activities',
        'aws.db': dotted(bosslet, 'endpoint-db'),
        'aws.cache': dotted(bosslet, 'cache'),
        'aws.cuboid_bucket': dotted(bosslet, 'cuboids'),
      }),
    }),
    IngestLambda: source('IngestUpload', 'index.handler', roleArn(bosslet, 'IngestQueueUpload'), 3008, 300),
    IngestLambdaExecute: lambdaPermission(ref('IngestLambda')),
    DownsampleVolumeLambda: lambda({
      bosslet,
      name: 'downsampleVolumeLambda',
      handler: 'downsample_volume.handler',
      role: resolution,
      code: multiLambdaCode(input),
      timeoutSeconds: 120,
      memoryMb: 1024,
      deadLetter: ref('DownsampleDLQ'),
    }),
    startSfnLambda: lambda({
      bosslet,
      name: 'startSfnLambda',
      handler: 'start_sfn_lambda.handler',
      role: ref('StartStepFcnLambdaRole'),
      code: multiLambdaCode(input),
      timeoutSeconds: 60,
      memoryMb: 128,
    }),
    DownsampleDLQ: {
      Type: 'AWS::SNS::Topic',
      Properties: {
        TopicName: dashed(bosslet, 'downsample-dlq'),
        Subscription: [{ Protocol: 'lambda', Endpoint: getAtt('DownsampleDLQLambda', 'Arn') }],
      },
    },
    DownsampleDLQLambda: source('downsample-dlq', 'index.handler', resolution, 128, 10),
    DownsampleDLQLambdaExecute: lambdaPermission(ref('DownsampleDLQLambda')),
  };
}

/** The alarms of the API's load balancer and the check of vault: six resources. */
export function cloudwatchResources({ bosslet }: StackInput, alertTopic: string): Resources {
  const loadBalancerAlarm = (name: string, metric: string, statistic: string, threshold: string) =>
    alarm({
      name: `${name}-${dashed(bosslet, 'elb')}`,
      metric,
      namespace: 'AWS/ApplicationELB',
      statistic,
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold,
      dimension: { Name: 'LoadBalancer', Value: dashed(bosslet, 'elb') },
      actions: [topicArn(bosslet, alertTopic)],
    });
  return {
    Latency: loadBalancerAlarm('Latency', 'TargetResponseTime', 'Average', '30'),
    UnHealthyHostCount: loadBalancerAlarm('UnHealthyHostCount', 'UnHealthyHostCount', 'Minimum', '1'),
    HTTPCode5XX: loadBalancerAlarm('HTTPCode5XX', 'HTTPCode_Target_5XX_Count', 'Sum', '10'),
    VaultLambda: lambda({
      bosslet,
      name: 'vaultMonitor',
      handler: 'index.lambda_handler',
      role: ref('VaultHealthChecker'),
      code: { ZipFile: 'import urllib3\n' },
      timeoutSeconds: 30,
      memoryMb: 128,
    }),
    VaultCheck: rule({
      name: dashed(bosslet, 'checkVault'),
      description: 'Check health of vault instances.',
      schedule: 'rate(1 minute)',
      state: 'ENABLED',
      targets: [
        {
          Arn: getAtt('VaultLambda', 'Arn'),
          Id: dashed(bosslet, 'vaultMonitor'),
          Input: JSON.stringify({ vpc_name: bosslet.internalDomain, topic_arn: topicArn(bosslet, alertTopic) }),
        },
      ],
      dependsOn: ['VaultLambda'],
    }),
    VaultPerms: lambdaPermission(dashed(bosslet, 'vaultMonitor'), 'events.amazonaws.com', getAtt('VaultCheck', 'Arn')),
  };
}

const INDEXING_LAMBDAS = {
  indexS3WriterLambda: ['write_s3_index_lambda', 1024],
  indexWriteIdLambda: ['write_id_index_lambda', 512],
  indexWriteFailedLambda: ['write_index_failed_lambda', 128],
  indexFindCuboidsLambda: ['index_find_cuboids_lambda', 256],
  indexBatchEnqueueCuboidsLambda: ['batch_enqueue_cuboids_lambda', 128],
  indexEnqueueIdsLambda: ['enqueue_ids_lambda', 128],
  indexLoadIdsFromS3Lambda: ['load_ids_from_s3_lambda', 128],
} as const;

/** The lambdas that index annotations, and their queue. */
export function idindexingResources(input: StackInput): Resources {
  const { bosslet } = input;
  const ids = capitalised(bosslet, 'indexIdsQueue');
  const resources: Record<string, TemplateResource> = {
    [ids]: queue(ids, 120),
    indexIdsQueuePolicy: queuePolicy([ids], roleArn(bosslet, 'lambda_cache_execution')),
  };
  for (const [name, [handler, memoryMb]] of Object.entries(INDEXING_LAMBDAS))
    resources[name] = lambda({
      bosslet,
      name,
      handler: `${handler}.handler`,
      role: ref('LambdaCacheExecutionRole'),
      code: multiLambdaCode(input),
      timeoutSeconds: 120,
      memoryMb,
    });
  resources.indexIdsQueueTrigger = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { BatchSize: 1, EventSourceArn: getAtt(ids, 'Arn'), FunctionName: ref('indexWriteIdLambda') },
  };
  return resources;
}

/** The lambda that scales the tables, and the rule that starts it: three resources. */
export function dynamolambdaResources({ bosslet }: StackInput): Resources {
  return {
    DynamoLambda: lambda({
      bosslet,
      name: 'dynamoLambda',
      handler: 'index.handler',
      role: ref('LambdaCacheExecutionRole'),
      code: {
        S3Bucket: `boss-lambda-${bosslet.accountId}`,
        S3Key: `dynamodb_autoscale.${bosslet.internalDomain}.zip`,
      },
      timeoutSeconds: 120,
      memoryMb: 128,
    }),
    TriggerDynamoAutoscale: rule({
      name: dashed(bosslet, 'triggerDynamoAutoscale'),
      description: 'Run DynamoDB table autoscaler',
      schedule: 'rate(1 minute)',
      state: 'ENABLED',
      targets: [{ Arn: getAtt('DynamoLambda', 'Arn'), Id: dashed(bosslet, 'dynamoLambda') }],
      dependsOn: ['DynamoLambda'],
    }),
    TriggerPerms: lambdaPermission(
      dashed(bosslet, 'dynamoLambda'),
      'events.amazonaws.com',
      getAtt('TriggerDynamoAutoscale', 'Arn'),
    ),
  };
}
