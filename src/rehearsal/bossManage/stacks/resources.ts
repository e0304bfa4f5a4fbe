import type { Machine } from '../../../bosslet/bosslet.ts';
import type { TemplateResource } from '../../contract.ts';

/** The part of a bosslet's configuration that ends up in its templates. */
export interface TemplateBosslet {
  readonly internalDomain: string;
  readonly externalDomain: string;
  readonly accountId: string;
  readonly region: string;
  readonly amiSuffix: string;
}

/** What one stack's resources are made from. */
export interface StackInput {
  readonly bosslet: TemplateBosslet;
  readonly images: Readonly<Record<Machine, string>>;
  /** Absent: no scenario was given and the bosslet has none. */
  readonly scenario: string | undefined;
  /** `deployed`: what runs before the release; `head`: what the checkout generates. */
  readonly revision: 'deployed' | 'head';
}

export type Resources = Readonly<Record<string, TemplateResource>>;
export type Value = unknown;

export const ref = (logicalId: string) => ({ Ref: logicalId });
export const getAtt = (logicalId: string, attribute: string) => ({ 'Fn::GetAtt': [logicalId, attribute] });

const capitalise = (word: string) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();

/** How boss-manage names queues and step functions: `S3flush` → `S3flushProductionBoss`. */
export const capitalised = (bosslet: TemplateBosslet, name: string): string =>
  `${name}.${bosslet.internalDomain}`.split('.').map(capitalise).join('');
/** How it names lambdas, topics and load balancers: `multiLambda-production-boss`. */
export const dashed = (bosslet: TemplateBosslet, name: string): string =>
  `${name}.${bosslet.internalDomain}`.replaceAll('.', '-');
/** How it names everything else: `tileindex.production.boss`. */
export const dotted = (bosslet: TemplateBosslet, name: string): string => `${name}.${bosslet.internalDomain}`;

export const roleArn = (bosslet: TemplateBosslet, role: string): string =>
  `arn:aws:iam::${bosslet.accountId}:role/${role}`;
export const topicArn = (bosslet: TemplateBosslet, topic: string): string =>
  `arn:aws:sns:${bosslet.region}:${bosslet.accountId}:${topic}`;
export const certificateArn = (bosslet: TemplateBosslet, host: 'api' | 'auth'): string =>
  `arn:aws:acm:${bosslet.region}:${bosslet.accountId}:certificate/${host}-7f3d2c10-5a5e-4b0e-9a35-1f1c6d0e8b21`;

/** The Name tag by which boss-manage finds its machines. */
const nameTag = (name: string) => ({ Key: 'Name', Value: name });

/** Every key of a machine's `boss.config`, in its order; a machine sets some, the rest stay empty. */
const BOSS_CONFIG = [
  'system.fqdn system.type',
  'vault.url vault.token vault.kms_key vault.ddb_table',
  'aws.db aws.meta-db aws.cache aws.cache-db aws.cache-state aws.cache-state-db aws.cache-throttle',
  'aws.cache-throttle-db aws.cache-session aws.cache-session-db aws.s3-flush-queue aws.s3-flush-deadletter-queue',
  'aws.cuboid_bucket aws.tile_bucket aws.ingest_bucket aws.s3-index-table aws.tile-index-table aws.id-index-table',
  'aws.id-count-table aws.max_task_id_suffix aws.id-index-new-chunk-threshold aws.index-deadletter-queue',
  'aws.index-cuboids-keys-queue aws.downsample-queue aws.sns-write-locked aws.prod_mailing_list aws.timeout',
  'auth.OIDC_VERIFY_SSL',
  'lambda.flush_function lambda.page_in_function lambda.ingest_function lambda.downsample_volume',
  'lambda.tile_uploaded_function',
  'sfn.populate_upload_queue sfn.upload_sfn sfn.volumetric_upload_sfn sfn.downsample_sfn',
  'sfn.index_cuboid_supervisor_sfn sfn.complete_ingest_sfn',
].flatMap((line) => line.split(' '));

/** What `user_data` becomes in a template: the machine's whole `boss.config`, joined so that queues can be references. */
export const userData = (settings: Readonly<Record<string, Value>>): Value => ({
  'Fn::Base64': { 'Fn::Join': ['', BOSS_CONFIG.flatMap((key) => [`${key} = `, settings[key] ?? '', '\n'])] },
});

export function subnet(cidr: string, zone: string, name: string): TemplateResource {
  return {
    Type: 'AWS::EC2::Subnet',
    Properties: { VpcId: ref('VPC'), CidrBlock: cidr, AvailabilityZone: zone, Tags: [nameTag(name)] },
  };
}

export function securityGroup(
  name: string,
  vpc: Value,
  rules: readonly (readonly [protocol: string, port: string, cidr: string])[],
): TemplateResource {
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: name,
      VpcId: vpc,
      SecurityGroupIngress: rules.map(([IpProtocol, port, CidrIp]) => ({
        IpProtocol,
        FromPort: port,
        ToPort: port,
        CidrIp,
      })),
      Tags: [nameTag(name)],
    },
  };
}

export function instance(input: {
  readonly name: string;
  readonly imageId: string;
  readonly type: string;
  readonly subnet: Value;
  readonly securityGroups: readonly Value[];
  readonly userData?: Value;
  readonly role?: string;
  readonly dependsOn?: string;
}): TemplateResource {
  return {
    Type: 'AWS::EC2::Instance',
    Properties: {
      ImageId: input.imageId,
      InstanceType: input.type,
      SubnetId: input.subnet,
      SecurityGroupIds: input.securityGroups,
      ...(input.userData === undefined ? {} : { UserData: input.userData }),
      ...(input.role === undefined ? {} : { IamInstanceProfile: input.role }),
      Tags: [nameTag(input.name)],
    },
    ...(input.dependsOn === undefined ? {} : { DependsOn: input.dependsOn }),
  };
}

/** An Auto Scaling group with the launch configuration that gives it its image: `Vault` and `VaultConfiguration`. */
export function group(
  logicalId: string,
  input: {
    readonly name: string;
    readonly imageId: string;
    readonly type: string;
    readonly subnets: readonly Value[];
    readonly securityGroups: readonly Value[];
    readonly size: readonly [min: number, max: number];
    readonly userData: Value;
    readonly role: string;
    readonly notifications: Value;
    readonly loadBalancer?: string;
    readonly targetGroup?: string;
    readonly dependsOn?: readonly string[];
  },
): Resources {
  return {
    [`${logicalId}Configuration`]: {
      Type: 'AWS::AutoScaling::LaunchConfiguration',
      Properties: {
        ImageId: input.imageId,
        InstanceType: input.type,
        IamInstanceProfile: input.role,
        SecurityGroups: input.securityGroups,
        UserData: input.userData,
      },
    },
    [logicalId]: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: {
        LaunchConfigurationName: ref(`${logicalId}Configuration`),
        VPCZoneIdentifier: input.subnets,
        MinSize: String(input.size[0]),
        MaxSize: String(input.size[1]),
        DesiredCapacity: String(input.size[0]),
        ...(input.loadBalancer === undefined ? {} : { LoadBalancerNames: [ref(input.loadBalancer)] }),
        ...(input.targetGroup === undefined ? {} : { TargetGroupARNs: [ref(input.targetGroup)] }),
        NotificationConfigurations: [
          { TopicARN: input.notifications, NotificationTypes: ['autoscaling:EC2_INSTANCE_LAUNCH'] },
        ],
        Tags: [{ ...nameTag(input.name), PropagateAtLaunch: true }],
      },
      ...(input.dependsOn === undefined ? {} : { DependsOn: input.dependsOn }),
    },
  };
}

/** A lambda whose code is a zip file in the bosslet's bucket; a release changes the key of the zip. */
export function lambda(input: {
  readonly bosslet: TemplateBosslet;
  readonly name: string;
  readonly handler: string;
  readonly role: Value;
  readonly code: LambdaCode;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly deadLetter?: Value;
  readonly subnets?: readonly Value[];
  readonly dependsOn?: string;
}): TemplateResource {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: dashed(input.bosslet, input.name),
      Handler: input.handler,
      Role: input.role,
      Runtime: 'python3.7',
      Timeout: input.timeoutSeconds,
      MemorySize: input.memoryMb,
      Code: input.code,
      ...(input.deadLetter === undefined ? {} : { DeadLetterConfig: { TargetArn: input.deadLetter } }),
      ...(input.subnets === undefined
        ? {}
        : { VpcConfig: { SubnetIds: input.subnets, SecurityGroupIds: [ref('InternalSecurityGroup')] } }),
    },
    ...(input.dependsOn === undefined ? {} : { DependsOn: input.dependsOn }),
  };
}

export type LambdaCode =
  | { readonly S3Bucket: string; readonly S3Key: string }
  /** Source that is part of the template. */
  | { readonly ZipFile: Value };

/** The zip that most lambdas share; its key is another one in each release. */
export const multiLambdaCode = ({ bosslet, revision }: StackInput): LambdaCode => ({
  S3Bucket: `boss-lambda-${bosslet.accountId}`,
  S3Key: `multilambda.${bosslet.internalDomain}.${revision === 'head' ? '3' : '2'}.zip`,
});

export const lambdaPermission = (
  functionName: Value,
  principal = 'sns.amazonaws.com',
  source?: Value,
): TemplateResource => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:invokeFunction',
    FunctionName: functionName,
    Principal: principal,
    ...(source === undefined ? {} : { SourceArn: source }),
  },
});

/** What `boss_*_index.json` files hold. */
export interface TableSchema {
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: 'HASH' | 'RANGE' }[];
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: 'S' | 'N' }[];
  readonly GlobalSecondaryIndexes?: readonly unknown[];
  readonly ProvisionedThroughput: { readonly ReadCapacityUnits: number; readonly WriteCapacityUnits: number };
}

export const table = (name: string, schema: TableSchema): TemplateResource => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: { TableName: name, ...schema },
});

/** A global secondary index of one table. */
export const index = (name: string, hash: string, range?: string) => ({
  IndexName: name,
  KeySchema: [
    { AttributeName: hash, KeyType: 'HASH' },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }]),
  ],
  Projection: { ProjectionType: 'ALL' },
  ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 10 },
});

/** Keys and further attributes as `name` (a string) or `name:N`. */
export function schema(hash: string, range?: string, others: readonly string[] = [], indexes: readonly unknown[] = []) {
  const attribute = (text: string) => {
    const [AttributeName = text, type] = text.split(':');
    return { AttributeName, AttributeType: type === 'N' ? ('N' as const) : ('S' as const) };
  };
  const keys = [attribute(hash), ...(range === undefined ? [] : [attribute(range)])];
  return {
    KeySchema: keys.map(({ AttributeName }, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' }) as const),
    AttributeDefinitions: [...keys, ...others.map(attribute)],
    ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes }),
    ProvisionedThroughput: { ReadCapacityUnits: 100, WriteCapacityUnits: 100 },
  } satisfies TableSchema;
}

export const queue = (name: string, visibilitySeconds: number, deadLetter?: string): TemplateResource => ({
  Type: 'AWS::SQS::Queue',
  Properties: {
    QueueName: name,
    VisibilityTimeout: visibilitySeconds,
    MessageRetentionPeriod: 1_209_600,
    ...(deadLetter === undefined
      ? {}
      : { RedrivePolicy: { deadLetterTargetArn: getAtt(deadLetter, 'Arn'), maxReceiveCount: 3 } }),
  },
});

export const queuePolicy = (queues: readonly string[], role: string): TemplateResource => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: queues.map(ref),
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: role }, Action: 'sqs:*', Resource: '*' }],
    },
  },
});

/** A CNAME; in the public zone for hosts, in the bosslet's own zone for machines. */
export const cname = (zone: string, name: string, target: Value): TemplateResource => ({
  Type: 'AWS::Route53::RecordSet',
  Properties: { HostedZoneName: `${zone}.`, Name: name, Type: 'CNAME', TTL: '300', ResourceRecords: [target] },
});

/** A MySQL instance with its subnet group and its CNAME in the bosslet's own zone. */
export function database(
  logicalId: string,
  input: {
    readonly bosslet: TemplateBosslet;
    readonly name: string;
    readonly databaseName: string;
    readonly user: string;
    readonly password: string;
    readonly type: string;
    readonly subnets: readonly Value[];
    readonly securityGroups: readonly Value[];
  },
): Resources {
  return {
    [`${logicalId}SubnetGroup`]: {
      Type: 'AWS::RDS::DBSubnetGroup',
      Properties: { DBSubnetGroupDescription: dotted(input.bosslet, input.name), SubnetIds: input.subnets },
    },
    [logicalId]: {
      Type: 'AWS::RDS::DBInstance',
      DeletionPolicy: 'Delete',
      Properties: {
        DBInstanceIdentifier: dashed(input.bosslet, input.name),
        Engine: 'mysql',
        AllocatedStorage: '5',
        DBInstanceClass: input.type,
        DBName: input.databaseName,
        MasterUsername: input.user,
        MasterUserPassword: input.password,
        Port: '3306',
        StorageType: 'standard',
        DBSubnetGroupName: ref(`${logicalId}SubnetGroup`),
        VPCSecurityGroups: input.securityGroups,
      },
    },
    [`${logicalId}Record`]: cname(
      input.bosslet.internalDomain,
      dotted(input.bosslet, input.name),
      getAtt(logicalId, 'Endpoint.Address'),
    ),
  };
}

export const alarm = (input: {
  readonly name: string;
  readonly metric: string;
  readonly namespace: string;
  readonly statistic: string;
  readonly comparison: string;
  readonly threshold: string;
  readonly dimension: { readonly Name: string; readonly Value: Value };
  readonly actions: readonly Value[];
}): TemplateResource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: input.name,
    MetricName: input.metric,
    Namespace: input.namespace,
    Statistic: input.statistic,
    ComparisonOperator: input.comparison,
    Threshold: input.threshold,
    EvaluationPeriods: '1',
    Period: '60',
    Dimensions: [input.dimension],
    AlarmActions: input.actions,
  },
});

export const rule = (input: {
  readonly name: string;
  readonly description: string;
  readonly schedule: string;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly targets: readonly unknown[];
  readonly dependsOn?: readonly string[];
}): TemplateResource => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    Name: input.name,
    Description: input.description,
    ScheduleExpression: input.schedule,
    State: input.state,
    Targets: input.targets,
  },
  ...(input.dependsOn === undefined ? {} : { DependsOn: input.dependsOn }),
});
