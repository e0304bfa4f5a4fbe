/** CloudFormation's words for whether a change of a property makes a new physical resource. */
export type Recreation = 'Never' | 'Conditionally' | 'Always';

type Rule = Recreation | ((before: unknown, after: unknown) => Recreation);
interface TypeRules {
  /** For properties that have no row of their own; absent: Never. */
  readonly otherwise?: Rule;
  readonly properties?: Readonly<Record<string, Rule>>;
}

const always = (...names: readonly string[]): Record<string, Rule> =>
  Object.fromEntries(names.map((name) => [name, 'Always'] as const));
const conditionally = (...names: readonly string[]): Record<string, Rule> =>
  Object.fromEntries(names.map((name) => [name, 'Conditionally'] as const));

/** A table's attribute definitions may come and go with its indexes; one that is edited makes a new table. */
function editedDefinition(before: unknown, after: unknown): Recreation {
  const types = (definitions: unknown): ReadonlyMap<unknown, unknown> =>
    new Map(
      (Array.isArray(definitions) ? definitions : []).map((one: Readonly<Record<string, unknown>>) => [
        one.AttributeName,
        one.AttributeType,
      ]),
    );
  const old = types(before);
  const edited = [...types(after)].some(([name, type]) => old.has(name) && old.get(name) !== type);
  return edited ? 'Always' : 'Never';
}

/** From the CloudFormation resource reference ("Update requires"), for the types of a BOSS deployment. */
const RULES: Readonly<Record<string, TypeRules>> = {
  'AWS::AutoScaling::AutoScalingGroup': { properties: always('AutoScalingGroupName', 'InstanceId') },
  'AWS::AutoScaling::LaunchConfiguration': { otherwise: 'Always' },
  'AWS::AutoScaling::ScalingPolicy': { properties: always('AutoScalingGroupName') },
  'AWS::CloudWatch::Alarm': { properties: always('AlarmName') },
  'AWS::DynamoDB::Table': {
    properties: {
      ...always('KeySchema', 'TableName', 'LocalSecondaryIndexes', 'ImportSourceSpecification'),
      AttributeDefinitions: editedDefinition,
    },
  },
  'AWS::EC2::EIP': { properties: always('Domain', 'NetworkBorderGroup') },
  'AWS::EC2::Instance': {
    properties: {
      ...always('ImageId', 'AvailabilityZone', 'KeyName', 'NetworkInterfaces', 'PrivateIpAddress', 'SubnetId'),
      ...conditionally('EbsOptimized', 'InstanceType', 'SecurityGroupIds', 'SecurityGroups', 'UserData'),
    },
  },
  'AWS::EC2::InternetGateway': {},
  'AWS::EC2::NatGateway': { properties: always('AllocationId', 'SubnetId', 'ConnectivityType') },
  'AWS::EC2::Route': { properties: always('RouteTableId', 'DestinationCidrBlock') },
  'AWS::EC2::RouteTable': { properties: always('VpcId') },
  'AWS::EC2::SecurityGroup': { properties: always('GroupDescription', 'GroupName', 'VpcId') },
  'AWS::EC2::SecurityGroupIngress': { otherwise: 'Always', properties: { Description: 'Never' } },
  'AWS::EC2::SecurityGroupEgress': { otherwise: 'Always', properties: { Description: 'Never' } },
  'AWS::EC2::Subnet': { properties: always('AvailabilityZone', 'CidrBlock', 'VpcId') },
  'AWS::EC2::SubnetRouteTableAssociation': { properties: always('SubnetId') },
  'AWS::EC2::VPC': { properties: always('CidrBlock') },
  'AWS::EC2::VPCGatewayAttachment': { properties: always('VpcId') },
  'AWS::ElastiCache::ParameterGroup': { properties: always('CacheParameterGroupFamily') },
  'AWS::ElastiCache::ReplicationGroup': {
    properties: {
      ...always('ReplicationGroupId', 'Port', 'CacheSubnetGroupName', 'AtRestEncryptionEnabled', 'KmsKeyId'),
      ...always('PreferredCacheClusterAZs', 'SnapshotArns', 'SnapshotName'),
      CacheNodeType: 'Never',
    },
  },
  'AWS::ElastiCache::SubnetGroup': { properties: always('CacheSubnetGroupName') },
  'AWS::ElasticLoadBalancing::LoadBalancer': {
    properties: { ...always('LoadBalancerName', 'Scheme'), ...conditionally('AvailabilityZones', 'Subnets') },
  },
  'AWS::ElasticLoadBalancingV2::Listener': { properties: always('LoadBalancerArn') },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': { properties: always('Name', 'Scheme', 'Type') },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    properties: always('Name', 'Port', 'Protocol', 'TargetType', 'VpcId'),
  },
  'AWS::Events::Rule': { properties: always('Name', 'EventBusName') },
  'AWS::IAM::InstanceProfile': { properties: always('InstanceProfileName', 'Path') },
  'AWS::IAM::Role': { properties: always('RoleName', 'Path') },
  'AWS::KMS::Key': { properties: always('KeySpec', 'KeyUsage') },
  'AWS::Lambda::EventSourceMapping': { properties: always('EventSourceArn', 'StartingPosition') },
  'AWS::Lambda::Function': { properties: always('FunctionName', 'PackageType') },
  'AWS::Lambda::Permission': { otherwise: 'Always' },
  'AWS::RDS::DBInstance': {
    properties: {
      ...always('DBInstanceIdentifier', 'DBName', 'DBSubnetGroupName', 'Engine', 'KmsKeyId', 'MasterUsername'),
      ...always('StorageEncrypted', 'CharacterSetName', 'SourceDBInstanceIdentifier', 'Timezone'),
      ...conditionally('AvailabilityZone', 'DBSnapshotIdentifier', 'Port'),
    },
  },
  'AWS::RDS::DBSubnetGroup': { properties: always('DBSubnetGroupName') },
  'AWS::Route53::HostedZone': { properties: always('Name') },
  'AWS::Route53::RecordSet': { properties: always('Name', 'HostedZoneId', 'HostedZoneName') },
  'AWS::S3::Bucket': { properties: always('BucketName') },
  'AWS::SNS::Subscription': { properties: always('Endpoint', 'Protocol', 'TopicArn') },
  'AWS::SNS::Topic': { properties: always('TopicName', 'FifoTopic') },
  'AWS::SQS::Queue': { properties: always('QueueName', 'FifoQueue') },
  'AWS::SQS::QueuePolicy': {},
  'AWS::StepFunctions::StateMachine': { properties: always('StateMachineName', 'StateMachineType') },
};

/** Whether a change of this property from one value to another needs a new physical resource. */
export function recreation(type: string, property: string, before: unknown, after: unknown): Recreation {
  const rules = RULES[type];
  const rule = rules?.properties?.[property] ?? rules?.otherwise ?? 'Never';
  return typeof rule === 'function' ? rule(before, after) : rule;
}
