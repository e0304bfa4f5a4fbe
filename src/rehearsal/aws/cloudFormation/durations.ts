/** How long an operation on one resource takes, in seconds of the clock. */
interface Seconds {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
}

const USUAL: Seconds = { create: 8, update: 6, delete: 4 };

/** What stands out; as seen of the real ones, rounded down where a rehearsal would only wait. */
const SECONDS: Readonly<Record<string, Partial<Seconds>>> = {
  'AWS::AutoScaling::AutoScalingGroup': { create: 95, update: 8, delete: 60 },
  'AWS::CloudWatch::Alarm': { create: 5 },
  'AWS::DynamoDB::Table': { create: 32, update: 45, delete: 12 },
  'AWS::EC2::EIP': { create: 15 },
  'AWS::EC2::Instance': { create: 48, update: 20, delete: 45 },
  'AWS::EC2::NatGateway': { create: 110, delete: 60 },
  'AWS::EC2::VPC': { create: 14 },
  'AWS::ElastiCache::ParameterGroup': { create: 12 },
  'AWS::ElastiCache::ReplicationGroup': { create: 290, update: 165, delete: 130 },
  'AWS::ElasticLoadBalancing::LoadBalancer': { create: 20, delete: 10 },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': { create: 130, delete: 20 },
  'AWS::Events::Rule': { create: 12, delete: 5 },
  'AWS::KMS::Key': { create: 25 },
  'AWS::Lambda::Function': { create: 12, update: 10, delete: 4 },
  'AWS::RDS::DBInstance': { create: 380, update: 240, delete: 190 },
  'AWS::Route53::RecordSet': { create: 35, update: 35, delete: 35 },
  'AWS::S3::Bucket': { create: 22 },
  'AWS::SQS::Queue': { create: 10 },
  'AWS::StepFunctions::StateMachine': { create: 4 },
};

/** In milliseconds. */
export const durationMs = (type: string, operation: keyof Seconds): number =>
  (SECONDS[type]?.[operation] ?? USUAL[operation]) * 1_000;

/** From the call to the first resource. */
export const BEGIN_MS = 3_000;
/** Between two resources that begin together. */
export const STAGGER_MS = 400;
/** From a resource's beginning to the moment when it has a physical id. */
export const INITIATED_MS = 1_200;
/** From the last resource to the stack's own status. */
export const SETTLE_MS = 1_500;
/** How long reads may show a stack as it was before a change set was executed. */
export const STALE_MS = 2_000;
/** A change set's way from CREATE_PENDING through CREATE_IN_PROGRESS to its end. */
export const CHANGE_SET_BEGINS_MS = 800;
export const CHANGE_SET_DONE_MS = 5_000;
