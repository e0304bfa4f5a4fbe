/** What is known of a resource type: whether it holds data, and whether even a *conditional* replacement is a danger. */
interface DataType {
  readonly type: string;
  /** A table, a database or a cache. */
  readonly conditionalIsDanger?: true;
}

const store = <T extends string>(type: T) => ({ type, conditionalIsDanger: true }) as const;
const holder = <T extends string>(type: T) => ({ type }) as const;

/** cfn-lint's list of stateful resources (its rule I3011), then ours. */
const DATA_TYPES = [
  holder('AWS::Backup::BackupVault'),
  holder('AWS::CloudFormation::Stack'),
  holder('AWS::Cognito::UserPool'),
  store('AWS::DocDB::DBCluster'),
  store('AWS::DocDB::DBInstance'),
  store('AWS::DynamoDB::GlobalTable'),
  store('AWS::DynamoDB::Table'),
  holder('AWS::EC2::Volume'),
  holder('AWS::EFS::FileSystem'),
  holder('AWS::EMR::Cluster'),
  store('AWS::ElastiCache::CacheCluster'),
  store('AWS::ElastiCache::ReplicationGroup'),
  store('AWS::Elasticsearch::Domain'),
  holder('AWS::FSx::FileSystem'),
  holder('AWS::KMS::Key'),
  holder('AWS::Kinesis::Stream'),
  holder('AWS::Logs::LogGroup'),
  store('AWS::Neptune::DBCluster'),
  store('AWS::Neptune::DBInstance'),
  store('AWS::OpenSearchService::Domain'),
  holder('AWS::Organizations::Account'),
  store('AWS::QLDB::Ledger'),
  store('AWS::RDS::DBCluster'),
  store('AWS::RDS::DBInstance'),
  store('AWS::Redshift::Cluster'),
  holder('AWS::S3::Bucket'),
  store('AWS::SDB::Domain'),
  holder('AWS::SQS::Queue'),
  holder('AWS::SecretsManager::Secret'),
  // Ours besides.
  holder('AWS::EC2::Instance'),
  store('AWS::ElastiCache::ServerlessCache'),
  store('AWS::MemoryDB::Cluster'),
  holder('AWS::ECR::Repository'),
  holder('AWS::SSM::Parameter'),
  holder('AWS::Route53::HostedZone'),
  holder('AWS::SNS::Topic'),
  holder('AWS::SNS::Subscription'),
  holder('AWS::EC2::EIP'),
  holder('AWS::CertificateManager::Certificate'),
] satisfies readonly DataType[];

/** A type whose resources hold data. */
export type DataHoldingType = (typeof DATA_TYPES)[number]['type'];

/** Types whose resources hold data, or something else that cannot be made again. */
export const DATA_HOLDING: ReadonlySet<string> = new Set(DATA_TYPES.map(({ type }) => type));
/** Tables, databases and caches. */
export const STORES: ReadonlySet<string> = new Set(
  DATA_TYPES.filter((row) => 'conditionalIsDanger' in row).map(({ type }) => type),
);

/** Services whose remaining types hold nothing: whatever of them goes can be made again from its template. */
const HARMLESS_SERVICES: readonly string[] = [
  'AWS::ApiGateway::',
  'AWS::ApplicationAutoScaling::',
  'AWS::AutoScaling::',
  'AWS::CloudWatch::',
  'AWS::Events::',
  'AWS::IAM::',
  'AWS::Lambda::',
  'AWS::StepFunctions::',
];

/** Single types of other services that hold nothing either. */
const HARMLESS_TYPES: ReadonlySet<string> = new Set([
  'AWS::CloudFormation::WaitCondition',
  'AWS::CloudFormation::WaitConditionHandle',
  'AWS::DAX::ParameterGroup',
  'AWS::DAX::SubnetGroup',
  'AWS::EC2::DHCPOptions',
  'AWS::EC2::EIPAssociation',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::LaunchTemplate',
  'AWS::EC2::NatGateway',
  'AWS::EC2::NetworkAcl',
  'AWS::EC2::NetworkAclEntry',
  'AWS::EC2::Route',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::Subnet',
  'AWS::EC2::SubnetNetworkAclAssociation',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPC',
  'AWS::EC2::VPCDHCPOptionsAssociation',
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::ElastiCache::ParameterGroup',
  'AWS::ElastiCache::SubnetGroup',
  'AWS::ElasticLoadBalancing::LoadBalancer',
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::ElasticLoadBalancingV2::ListenerRule',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
  'AWS::KMS::Alias',
  'AWS::RDS::DBParameterGroup',
  'AWS::RDS::DBSubnetGroup',
  'AWS::Route53::RecordSet',
  'AWS::Route53::RecordSetGroup',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
]);

/** Whether a type is known at all. What is not, is a warning at least. */
export const isKnownType = (type: string): boolean =>
  DATA_HOLDING.has(type) || HARMLESS_TYPES.has(type) || HARMLESS_SERVICES.some((service) => type.startsWith(service));

/** Where the public name leads: an update that touches one of these may end maintenance in the middle. */
export const LOAD_BALANCER_TYPES: ReadonlySet<string> = new Set([
  'AWS::ElasticLoadBalancing::LoadBalancer',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
]);
export const RECORD_TYPES: ReadonlySet<string> = new Set(['AWS::Route53::RecordSet', 'AWS::Route53::RecordSetGroup']);
/** The public record, a resource of the api stack. */
export const PUBLIC_RECORD = 'EndpointAppLoadBalancerRecord';
