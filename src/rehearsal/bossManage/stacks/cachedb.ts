import type { TemplateResource } from '../../contract.ts';
import { lambda, lambdaPermission, multiLambdaCode } from './functions.ts';
import { instance, userData } from './machines.ts';
import {
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

const LAMBDA_SUBNETS = Array.from({ length: 14 }, (_, index) => `LambdaSubnet${index}`);
const BUCKETS = ['cuboid', 'delete', 'tile', 'ingest'] as const;
const BUCKET_NAMES = { cuboid: 'cuboids', delete: 'delete', tile: 'tiles', ingest: 'ingest' } as const;

/** The lambdas by logical id: their name, their handler, their timeout and memory, their dead letters. */
const LAMBDAS = {
  MultiLambda: ['multiLambda', 'lambda_loader', 120, 1536, undefined],
  TileUploadedLambda: ['tileUploadLambda', 'tile_uploaded_lambda', 5, 1024, undefined],
  TileIngestLambda: ['tileIngestLambda', 'tile_ingest_lambda', 30, 1536, undefined],
  DeleteTileObjsLambda: ['deleteTileObjsLambda', 'delete_tile_objs_lambda', 90, 128, 'IngestCleanupDlq'],
  DeleteTileEntryLambda: ['deleteTileEntryLambda', 'delete_tile_index_entry_lambda', 90, 128, 'IngestCleanupDlq'],
  CuboidImportLambda: ['cuboidImportLambda', 'cuboid_import_lambda', 90, 128, 'cuboidImportDlq'],
  VolumetricIngestLambda: ['VolumetricIngestUpload', 'ingest_queue_upload_volumetric_lambda', 120, 1024, undefined],
} as const;

/** Names of the lambdas that `update cachedb` freshens when the stack is complete. */
export const CACHEDB_LAMBDAS: readonly string[] = Object.values(LAMBDAS).map(([name]) => name);

/**
 * The buckets, the cache manager and the lambdas around them: 50 resources. The checkout adds a bucket only while it
 * does not exist, so that the first update after a create takes the four out of the stack again; they are retained.
 */
export function cachedbResources(
  input: StackInput,
  options: { readonly alertTopic: string; readonly withUserData: boolean },
): Resources {
  return {
    ...buckets(input),
    ...network(input),
    ...queues(input),
    ...lambdas(input),
    CacheManager: instance({
      name: dotted(input.bosslet, 'cachemanager'),
      imageId: input.images.cachemanager,
      type: 'r4.large',
      subnet: ref('InternalSubnet'),
      securityGroups: [ref('InternalSecurityGroup')],
      role: 'cachemanager',
      ...(options.withUserData ? { userData: managerData(input, options.alertTopic) } : {}),
    }),
  };
}

function managerData({ bosslet }: StackInput, alertTopic: string): unknown {
  const queueUrl = (name: string) => `https://queue.amazonaws.com/${bosslet.accountId}/${capitalised(bosslet, name)}`;
  return userData({
    'system.fqdn': dotted(bosslet, 'cachemanager'),
    'system.type': 'cachemanager',
    'aws.cache': dotted(bosslet, 'cache'),
    'aws.cache-state': dotted(bosslet, 'cache-state'),
    'aws.s3-flush-queue': queueUrl('S3flush'),
    'aws.s3-flush-deadletter-queue': queueUrl('Deadletter'),
    'aws.cuboid_bucket': dotted(bosslet, 'cuboids'),
    'aws.ingest_bucket': dotted(bosslet, 'ingest'),
    'aws.sns-write-locked': topicArn(bosslet, alertTopic),
    'lambda.flush_function': dashed(bosslet, 'multiLambda'),
    'lambda.page_in_function': dashed(bosslet, 'multiLambda'),
  });
}

function buckets({ bosslet, revision }: StackInput): Resources {
  const resources: Record<string, TemplateResource> = {};
  for (const bucket of BUCKETS) {
    const name = dotted(bosslet, BUCKET_NAMES[bucket]);
    if (revision === 'deployed')
      resources[`${bucket}Bucket`] = {
        Type: 'AWS::S3::Bucket',
        DeletionPolicy: 'Retain',
        Properties: { BucketName: name },
      };
    resources[`${bucket}BucketPolicy`] = {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: name,
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: ref(bucket === 'ingest' ? 'CuboidImportLambdaRole' : 'LambdaCacheExecutionRole') },
              Action: ['s3:GetObject', 's3:PutObject'],
              Resource: `arn:aws:s3:::${name}/*`,
            },
          ],
        },
      },
    };
  }
  return resources;
}

function network({ bosslet }: StackInput): Resources {
  const resources: Record<string, TemplateResource> = {
    DeleteENI: {
      Type: 'Custom::DeleteENI',
      Properties: { ServiceToken: ref('DeleteENILambda'), StackName: ref('StackName') },
    },
  };
  for (const [at, id] of LAMBDA_SUBNETS.entries()) {
    resources[id] = {
      Type: 'AWS::EC2::Subnet',
      Properties: {
        VpcId: ref('VPCId'),
        CidrBlock: `10.103.${at * 16}.0/20`,
        AvailabilityZone: `${bosslet.region}${'abcd'.charAt(at % 4)}`,
        Tags: [{ Key: 'Name', Value: dotted(bosslet, `lambda${at}`) }],
      },
    };
    resources[`${id}RTA`] = {
      Type: 'AWS::EC2::SubnetRouteTableAssociation',
      Properties: { SubnetId: ref(id), RouteTableId: ref('InternalRouteTable') },
    };
  }
  return resources;
}

function queues({ bosslet }: StackInput): Resources {
  const cleanup = capitalised(bosslet, 'IngestCleanupDlq');
  const cuboidImport = capitalised(bosslet, 'cuboidImportDlq');
  return {
    [cleanup]: queue(cleanup, 30),
    [cuboidImport]: queue(cuboidImport, 30),
    cuboidImportDlqPolicy: queuePolicy([cuboidImport], roleArn(bosslet, 'CuboidImportLambdaRole')),
  };
}

function lambdas(input: StackInput): Resources {
  const { bosslet } = input;
  const resources: Record<string, TemplateResource> = {};
  for (const [logicalId, [name, handler, timeoutSeconds, memoryMb, deadLetter]] of Object.entries(LAMBDAS)) {
    resources[logicalId] = lambda({
      bosslet,
      name,
      handler: `${handler}.handler`,
      role: ref(logicalId === 'CuboidImportLambda' ? 'CuboidImportLambdaRole' : 'LambdaCacheExecutionRole'),
      code: multiLambdaCode(input),
      timeoutSeconds,
      memoryMb,
      ...(logicalId === 'MultiLambda' ? { subnets: LAMBDA_SUBNETS.map(ref) } : {}),
      ...(deadLetter === undefined ? {} : { deadLetter: getAtt(capitalised(bosslet, deadLetter), 'Arn') }),
    });
  }
  resources.ingestBucketInvokeCuboidImportLambda = {
    ...lambdaPermission(
      dashed(bosslet, 'cuboidImportLambda'),
      's3.amazonaws.com',
      `arn:aws:s3:::${dotted(bosslet, 'ingest')}`,
    ),
    DependsOn: 'CuboidImportLambda',
  };
  resources.CacheManagerRecord = {
    Type: 'AWS::Route53::RecordSet',
    Properties: {
      HostedZoneName: `${bosslet.internalDomain}.`,
      Name: dotted(bosslet, 'cachemanager'),
      Type: 'A',
      TTL: '300',
      ResourceRecords: [getAtt('CacheManager', 'PrivateIp')],
    },
  };
  return resources;
}
