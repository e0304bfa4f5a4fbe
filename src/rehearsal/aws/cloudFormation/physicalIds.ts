import { arn, type Call } from '../account.ts';
import { queueUrl } from '../sqs.ts';
import type { Resource, Stack } from './stack.ts';

type Properties = Readonly<Record<string, unknown>>;

/** The property by which a template may name a resource itself. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::AutoScaling::AutoScalingGroup': 'AutoScalingGroupName',
  'AWS::AutoScaling::LaunchConfiguration': 'LaunchConfigurationName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::ElastiCache::ReplicationGroup': 'ReplicationGroupId',
  'AWS::ElastiCache::SubnetGroup': 'CacheSubnetGroupName',
  'AWS::ElasticLoadBalancing::LoadBalancer': 'LoadBalancerName',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'Name',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::RDS::DBCluster': 'DBClusterIdentifier',
  'AWS::RDS::DBInstance': 'DBInstanceIdentifier',
  'AWS::RDS::DBSubnetGroup': 'DBSubnetGroupName',
  'AWS::Route53::RecordSet': 'Name',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

/** Types whose physical ids are a short prefix and hexadecimal digits. */
const PREFIXES: Readonly<Record<string, string>> = {
  'AWS::EC2::EIP': 'eipalloc',
  'AWS::EC2::Instance': 'i',
  'AWS::EC2::InternetGateway': 'igw',
  'AWS::EC2::NatGateway': 'nat',
  'AWS::EC2::NetworkAcl': 'acl',
  'AWS::EC2::RouteTable': 'rtb',
  'AWS::EC2::SecurityGroup': 'sg',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::SubnetRouteTableAssociation': 'rtbassoc',
  'AWS::EC2::VPC': 'vpc',
  'AWS::EC2::VPCEndpoint': 'vpce',
  'AWS::EC2::Volume': 'vol',
};

/** The name that the template gives a resource; undefined where CloudFormation makes one. */
export function customName(type: string, properties: Properties): string | undefined {
  const property = NAME_PROPERTIES[type];
  const name = property && properties[property];
  return typeof name === 'string' ? name : undefined;
}

/** The name of a resource without its ARN or URL. */
export const shortName = (type: string, properties: Properties, physicalResourceId: string): string =>
  customName(type, properties) ??
  (type === 'AWS::ElasticLoadBalancingV2::LoadBalancer' || type === 'AWS::ElasticLoadBalancingV2::TargetGroup'
    ? (physicalResourceId.split('/').at(-2) ?? physicalResourceId)
    : (physicalResourceId.split(/[/:]/).at(-1) ?? physicalResourceId));

/** Makes the physical id that a new resource gets (what `Ref` gives). */
export function newPhysicalId(
  { aws, account }: Call,
  stack: Pick<Stack, 'stackName'>,
  logicalResourceId: string,
  type: string,
  properties: Properties,
): string {
  const prefix = PREFIXES[type];
  if (prefix) return `${prefix}-0${aws.ids.hex(16)}`;
  const generated = `${stack.stackName}-${logicalResourceId}-${aws.ids.tail(12)}`;
  const name = customName(type, properties) ?? generated;
  // Its names have 32 characters at most.
  const inBalancing = (kind: string) =>
    arn(account, 'elasticloadbalancing', `${kind}/${name.slice(-32)}/${aws.ids.hex(16)}`);
  switch (type) {
    case 'AWS::ElasticLoadBalancingV2::LoadBalancer':
      return inBalancing('loadbalancer/app');
    case 'AWS::ElasticLoadBalancingV2::TargetGroup':
      return inBalancing('targetgroup');
    case 'AWS::ElasticLoadBalancingV2::Listener':
      return inBalancing('listener/app');
    case 'AWS::SNS::Topic':
      return arn(account, 'sns', name);
    case 'AWS::SQS::Queue':
      return queueUrl(aws, account, name);
    case 'AWS::StepFunctions::StateMachine':
      return arn(account, 'states', `stateMachine:${name}`);
    case 'AWS::KMS::Key':
      return aws.ids.uuid();
    default:
      return name;
  }
}

/** Types whose Arn attribute is not their physical id, with the service and what stands before the name. */
const ARNS: Readonly<Record<string, readonly [service: string, prefix: string]>> = {
  'AWS::DynamoDB::Table': ['dynamodb', 'table/'],
  'AWS::Events::Rule': ['events', 'rule/'],
  'AWS::KMS::Key': ['kms', 'key/'],
  'AWS::Lambda::Function': ['lambda', 'function:'],
  'AWS::SQS::Queue': ['sqs', ''],
};

/** What `Fn::GetAtt` gives of a resource that exists. */
export function attributeOf({ account }: Call, resource: Resource, attribute: string): string {
  const { physicalResourceId, properties } = resource;
  const type = resource.definition.Type;
  const name = shortName(type, properties, physicalResourceId);
  if (attribute === 'Arn') {
    const [service, prefix] = ARNS[type] ?? [];
    if (service) return arn(account, service, `${prefix}${name}`);
    if (type.startsWith('AWS::IAM::')) return `arn:aws:iam::${account.accountId}:${name}`;
    return type === 'AWS::S3::Bucket' ? `arn:aws:s3:::${name}` : physicalResourceId;
  }
  if (attribute === 'DNSName' || attribute === 'CanonicalHostedZoneName') {
    const found = account.loadBalancers.find((one) => one.name === name || one.arn === physicalResourceId);
    if (found) return found.dnsName;
  }
  if (attribute.startsWith('Private') || attribute.startsWith('Public')) {
    const instance = account.instances.find(({ instanceId }) => instanceId === physicalResourceId);
    if (instance) return instance.privateIpAddress;
  }
  if (attribute.endsWith('.Address'))
    return `${physicalResourceId.toLowerCase()}.${attribute.split('.')[0]?.toLowerCase()}.internal`;
  if (attribute.endsWith('.Port')) return type.startsWith('AWS::RDS::') ? '3306' : '6379';
  return name;
}
