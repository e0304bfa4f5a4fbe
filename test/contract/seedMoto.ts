import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, CreateDistributionCommand } from '@aws-sdk/client-cloudfront';
import { CreateBackupCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateTagsCommand,
  DescribeImagesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  RegisterImageCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateLoadBalancerCommand as CreateClassicCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  CreateListenerCommand,
  CreateTargetGroupCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
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
  EARLIER_PARAMETERS,
  GONE_STACK,
  HOST,
  IMAGES,
  INSTANCES,
  OTHER_TOPICS,
  OTHER_ZONE,
  PASSWORD,
  QUEUES,
  type SeedStack,
  type SeedSubscription,
  STRANGERS,
  SUBSCRIPTIONS,
  TABLE,
  TABLE_BACKUP,
  WILDCARD,
  WILDCARD_TARGET,
} from './deployment.ts';

/** What only the other AWS could say: ids and addresses that it chose. */
export interface Seeded {
  readonly topicArn: string;
  /** Address of the API's load balancer. */
  readonly balancerAddress: string;
  readonly distributionAddress: string;
  /** By name. */
  readonly imageIds: Readonly<Record<string, string>>;
  readonly goneStackId: string;
}

const some = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`moto gave no ${what}.`);
  return value;
};

/**
 * Puts the whole deployment into an empty moto: services side by side, and within each one call after the other,
 * since moto fails where two of its threads change one list.
 */
export async function seedMoto(
  endpoint: string,
  subscriptions: readonly SeedSubscription[] = SUBSCRIPTIONS,
): Promise<Seeded> {
  const config = { region: BOSSLET.region, endpoint, credentials: CREDENTIALS, maxAttempts: 1 };
  const ec2 = new EC2Client(config);
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const subnets = Subnets.slice(0, 2).map(({ SubnetId }) => some(SubnetId, 'subnet'));
  const cloudFormation = new CloudFormationClient(config);
  const [machines, topicArn, distributionAddress] = await Promise.all([
    seedMachines(ec2),
    seedTopics(new SNSClient(config), subscriptions),
    seedDistribution(new CloudFrontClient(config)),
    seedStacks(cloudFormation, [...STRANGERS, ...bossletStacks(subnets)]),
  ]);
  const [balancerAddress, goneStackId] = await Promise.all([
    seedTargets(new ElasticLoadBalancingV2Client(config), machines.endpoints),
    seedGoneStack(cloudFormation),
    seedClassic(new ElasticLoadBalancingClient(config), subnets, machines.auth),
    seedMessages(new SQSClient(config)),
    new S3Client({ ...config, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: BUCKET })),
  ]);
  await new DynamoDBClient(config).send(new CreateBackupCommand({ TableName: TABLE, BackupName: TABLE_BACKUP }));
  await seedZones(new Route53Client(config), balancerAddress);
  return { topicArn, balancerAddress, distributionAddress, imageIds: machines.imageIds, goneStackId };
}

/** Its databases, which come later: moto cannot tell all that it holds once it has one. */
export async function seedMotoDatabases(endpoint: string): Promise<void> {
  const client = new RDSClient({ region: BOSSLET.region, endpoint, credentials: CREDENTIALS, maxAttempts: 1 });
  const owner = { MasterUsername: 'boss', MasterUserPassword: PASSWORD };
  for (const { name: DBInstanceIdentifier, retentionDays: BackupRetentionPeriod } of Object.values(DATABASES))
    await client.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier,
        BackupRetentionPeriod,
        Engine: 'mysql',
        DBInstanceClass: 'db.t3.micro',
        AllocatedStorage: 5,
        ...owner,
      }),
    );
  await client.send(
    new CreateDBClusterCommand({ DBClusterIdentifier: DATABASE_CLUSTER, Engine: 'aurora-mysql', ...owner }),
  );
  await client.send(
    new CreateDBSnapshotCommand({
      DBInstanceIdentifier: DATABASES.backedUp.name,
      DBSnapshotIdentifier: DATABASE_SNAPSHOTS.instance,
    }),
  );
  await client.send(
    new CreateDBClusterSnapshotCommand({
      DBClusterIdentifier: DATABASE_CLUSTER,
      DBClusterSnapshotIdentifier: DATABASE_SNAPSHOTS.cluster,
    }),
  );
}

async function seedStacks(client: CloudFormationClient, stacks: readonly SeedStack[]): Promise<void> {
  for (const stack of stacks) await seedStack(client, stack);
}

async function seedStack(client: CloudFormationClient, { stackName, template, ...stack }: SeedStack): Promise<string> {
  const input = (parameters: SeedStack['parameters'], tags: SeedStack['tags']) => ({
    StackName: stackName,
    TemplateBody: JSON.stringify(template),
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    Tags: tagList(tags),
  });
  const create = stack.isUpdated
    ? input({ ...stack.parameters, ...EARLIER_PARAMETERS }, { Commit: 'earlier' })
    : input(stack.parameters, stack.tags);
  const { StackId } = await client.send(new CreateStackCommand(create));
  if (stack.isUpdated) await client.send(new UpdateStackCommand(input(stack.parameters, stack.tags)));
  return some(StackId, 'stack');
}

const tagList = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

async function seedGoneStack(client: CloudFormationClient): Promise<string> {
  const StackName = await seedStack(client, GONE_STACK);
  await client.send(new DeleteStackCommand({ StackName }));
  return StackName;
}

async function seedTopics(client: SNSClient, subscriptions: readonly SeedSubscription[]): Promise<string> {
  const create = async (Name: string) => some((await client.send(new CreateTopicCommand({ Name }))).TopicArn, 'topic');
  for (const name of OTHER_TOPICS) await create(name);
  const TopicArn = await create(BOSSLET.alertTopic);
  for (const { protocol, endpoint, attributes } of subscriptions)
    await client.send(
      new SubscribeCommand({ TopicArn, Protocol: protocol, Endpoint: endpoint, Attributes: { ...attributes } }),
    );
  return TopicArn;
}

async function seedDistribution(client: CloudFrontClient): Promise<string> {
  const DistributionConfig = {
    CallerReference: DISTRIBUTION_ALIAS,
    Aliases: { Quantity: 1, Items: [DISTRIBUTION_ALIAS] },
    Comment: 'The maintenance page',
    Enabled: true,
    Origins: {
      Quantity: 1,
      Items: [{ Id: 'page', DomainName: 'maintenance.s3.amazonaws.com', S3OriginConfig: { OriginAccessIdentity: '' } }],
    },
    DefaultCacheBehavior: { TargetOriginId: 'page', ViewerProtocolPolicy: 'allow-all' as const },
  };
  const { Distribution } = await client.send(new CreateDistributionCommand({ DistributionConfig }));
  return some(Distribution?.DomainName, 'distribution');
}

interface Machines {
  readonly imageIds: Readonly<Record<string, string>>;
  readonly endpoints: readonly string[];
  readonly auth: string;
}

async function seedMachines(client: EC2Client): Promise<Machines> {
  const imageIds: Record<string, string> = {};
  // In this order: the newest is told by its time.
  for (const { name, tags } of IMAGES) {
    const { ImageId } = await client.send(new RegisterImageCommand({ Name: name }));
    imageIds[name] = some(ImageId, 'image');
    if (Object.keys(tags).length > 0)
      await client.send(new CreateTagsCommand({ Resources: [imageIds[name]], Tags: tagList(tags) }));
  }
  const { Images = [] } = await client.send(
    new DescribeImagesCommand({ ImageIds: Object.values(imageIds).slice(0, 1) }),
  );
  const instanceIds: string[] = [];
  for (const name of INSTANCES) {
    const { Instances = [] } = await client.send(
      new RunInstancesCommand({
        ImageId: Images[0]?.ImageId,
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: 'instance', Tags: tagList({ Name: name }) }],
      }),
    );
    instanceIds.push(some(Instances[0]?.InstanceId, 'instance'));
  }
  const named = (machine: string) => instanceIds.filter((_, n) => INSTANCES[n] === `${machine}.production.boss`);
  return { imageIds, endpoints: named('endpoint'), auth: some(named('auth')[0], 'instance') };
}

/** The api stack made the load balancer; its targets are a group's that a listener of its leads to. Returns its address. */
async function seedTargets(client: ElasticLoadBalancingV2Client, ids: readonly string[]): Promise<string> {
  const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand({ Names: [API_BALANCER] }));
  const balancer = some(LoadBalancers[0], 'load balancer');
  const { TargetGroups = [] } = await client.send(
    new CreateTargetGroupCommand({ Name: 'endpoint', Protocol: 'HTTP', Port: 80, VpcId: balancer.VpcId }),
  );
  const { TargetGroupArn } = some(TargetGroups[0], 'target group');
  await client.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: ids.map((Id) => ({ Id })) }));
  await client.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer.LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
  return some(balancer.DNSName, 'address');
}

async function seedClassic(
  client: ElasticLoadBalancingClient,
  subnets: readonly string[],
  instanceId: string,
): Promise<void> {
  const Listeners = [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 80 }];
  await client.send(new CreateClassicCommand({ LoadBalancerName: AUTH_BALANCER, Listeners, Subnets: [...subnets] }));
  await client.send(
    new RegisterInstancesWithLoadBalancerCommand({
      LoadBalancerName: AUTH_BALANCER,
      Instances: [{ InstanceId: instanceId }],
    }),
  );
}

async function seedMessages(client: SQSClient): Promise<void> {
  for (const [QueueName, depth] of Object.entries(QUEUES)) {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName }));
    for (let n = 0; n < depth; n += 1) await client.send(new SendMessageCommand({ QueueUrl, MessageBody: `${n}` }));
  }
}

async function seedZones(client: Route53Client, balancerAddress: string): Promise<void> {
  const create = async (Name: string) => {
    const { HostedZone } = await client.send(new CreateHostedZoneCommand({ Name, CallerReference: Name }));
    return some(HostedZone?.Id, 'zone').replace('/hostedzone/', '');
  };
  await create(OTHER_ZONE);
  const HostedZoneId = await create(BOSSLET.externalDomain);
  const change = (Name: string, Value: string) => ({
    Action: 'CREATE' as const,
    ResourceRecordSet: { Name, Type: 'CNAME' as const, TTL: 300, ResourceRecords: [{ Value }] },
  });
  await client.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId,
      ChangeBatch: { Changes: [change(HOST, balancerAddress), change(WILDCARD, WILDCARD_TARGET)] },
    }),
  );
}
