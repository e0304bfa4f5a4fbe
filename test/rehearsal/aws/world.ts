import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Clock } from '../../../src/clock.ts';
import { createAwsWorld } from '../../../src/rehearsal/aws/aws.ts';
import type { AwsWorld, Template } from '../../../src/rehearsal/contract.ts';
import type { FaultName } from '../../../src/rehearsal/faults.ts';

export const ACCOUNT = '123456789012';
export const DEV_ACCOUNT = '210987654321';
export const KEY = 'AKIAPRODUCTION';
export const DEV_KEY = 'AKIADEVELOPMENT';
export const START_MS = Date.parse('2026-11-23T12:00:00Z');

/** A clock that stands until a test moves it; the world catches up at its next call. */
export interface StandingClock extends Clock {
  advance(ms: number): void;
}

export function createStandingClock(): StandingClock {
  let nowMs = START_MS;
  return {
    speed: 1,
    now: () => nowMs,
    // Nobody wakes up by himself: whatever is due is done before the next call is answered.
    sleep: () => new Promise(() => {}),
    limit: (ms) => ms,
    advance(ms) {
      nowMs += ms;
    },
  };
}

export interface Scene extends AsyncDisposable {
  readonly aws: AwsWorld;
  readonly clock: StandingClock;
  /** What an SDK client of one account is made with. */
  config(key?: string): {
    readonly endpoint: string;
    readonly region: string;
    readonly maxAttempts: number;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/** A world with the production and the dev account, on a standing clock. */
export async function createScene(faults: readonly FaultName[] = []): Promise<Scene> {
  const clock = createStandingClock();
  const aws = await createAwsWorld({ clock, faults: new Set(faults) });
  aws.seed.account(ACCOUNT, KEY, 'us-east-1');
  aws.seed.account(DEV_ACCOUNT, DEV_KEY, 'us-east-1');
  return {
    aws,
    clock,
    config: (key = KEY) => ({
      endpoint: aws.url,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: key, secretAccessKey: 'rehearsal' },
    }),
    [Symbol.asyncDispose]: () => aws.close(),
  };
}

export const cloudFormationOf = (scene: Scene, key?: string): CloudFormationClient =>
  new CloudFormationClient(scene.config(key));

/** A stack that stands since last year. */
export function seedStack(
  { aws }: Scene,
  stackName: string,
  template: Template,
  parameters: Readonly<Record<string, string>> = {},
): void {
  aws.seed.stack({
    accountId: ACCOUNT,
    stackName,
    template,
    parameters,
    tags: { StackVersion: '1', Commit: '125b665e' },
    createdAtMs: START_MS - 400 * 86_400_000,
  });
}

/** A group of machines behind a load balancer, as the api stack has it. */
export const endpointTemplate = (imageId: string, more: Template['Resources'] = {}): Template => ({
  Resources: {
    EndpointConfiguration: {
      Type: 'AWS::AutoScaling::LaunchConfiguration',
      Properties: { ImageId: imageId, InstanceType: 'm5.large' },
    },
    EndpointTargets: {
      Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      Properties: { Name: 'endpoint-targets', Port: 80, Protocol: 'HTTP' },
    },
    EndpointAppLoadBalancer: {
      Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      Properties: { Name: 'elb-production-boss' },
    },
    EndpointListener: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: {
        LoadBalancerArn: { Ref: 'EndpointAppLoadBalancer' },
        DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: 'EndpointTargets' } }],
      },
    },
    EndpointAppLoadBalancerRecord: {
      Type: 'AWS::Route53::RecordSet',
      Properties: {
        HostedZoneName: 'theboss.io.',
        Name: 'api.theboss.io.',
        Type: 'CNAME',
        TTL: '300',
        ResourceRecords: [{ 'Fn::GetAtt': ['EndpointAppLoadBalancer', 'DNSName'] }],
      },
    },
    Endpoint: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: {
        MinSize: '1',
        MaxSize: '1',
        LaunchConfigurationName: { Ref: 'EndpointConfiguration' },
        TargetGroupARNs: [{ Ref: 'EndpointTargets' }],
        Tags: [{ Key: 'Name', Value: 'endpoint.production.boss', PropagateAtLaunch: true }],
      },
    },
    ...more,
  },
});

/** A cache, as the redis stack has it. */
export const cacheTemplate = (nodeType: string): Template => ({
  Parameters: { VPCId: { Type: 'String', Default: 'vpc-1' } },
  Resources: {
    CacheSubnets: { Type: 'AWS::ElastiCache::SubnetGroup', Properties: { Description: { Ref: 'VPCId' } } },
    Cache: {
      Type: 'AWS::ElastiCache::ReplicationGroup',
      Properties: { CacheNodeType: nodeType, CacheSubnetGroupName: { Ref: 'CacheSubnets' } },
    },
    CacheState: {
      Type: 'AWS::ElastiCache::ReplicationGroup',
      Properties: { CacheNodeType: nodeType, CacheSubnetGroupName: { Ref: 'CacheSubnets' } },
    },
  },
});
