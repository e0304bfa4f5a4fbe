import type { Account, Aws, Call } from './account.ts';
import { arn } from './account.ts';
import { AwsError } from './awsError.ts';
import { page } from './page.ts';
import { type Params, values } from './params.ts';
import type { QueryService } from './protocol.ts';

/** A load balancer of either generation; a classic one holds its instances itself, in a target group of its own. */
export interface LoadBalancer {
  readonly name: string;
  readonly kind: 'classic' | 'application';
  /** Of an application load balancer; a classic one has none. */
  readonly arn: string | undefined;
  dnsName: string;
  readonly createdAtMs: number;
}
export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  /** Names of the load balancers that lead to it. */
  readonly loadBalancers: Set<string>;
  targets: readonly Target[];
}
export interface Target {
  readonly id: string;
  /** `healthy`, `initial`, `InService`, … */
  readonly state: string;
}

const PAGE_SIZE = 400;
const REASONS: Readonly<Record<string, readonly [reason: string, description: string]>> = {
  initial: ['Elb.RegistrationInProgress', 'Target registration is in progress'],
  unhealthy: ['Target.FailedHealthChecks', 'Health checks failed'],
  draining: ['Target.DeregistrationInProgress', 'Target deregistration is in progress'],
  unused: ['Target.NotRegistered', 'Target is not registered to the target group'],
};

export const newLoadBalancer = (
  { aws, account }: Call,
  { name, kind, dnsName }: Pick<LoadBalancer, 'name' | 'kind'> & { readonly dnsName?: string },
): LoadBalancer => ({
  name,
  kind,
  arn:
    kind === 'application'
      ? arn(account, 'elasticloadbalancing', `loadbalancer/app/${name}/${aws.ids.hex(16)}`)
      : undefined,
  dnsName: dnsName ?? `${name}-${aws.ids.hex(8)}.${account.region}.elb.amazonaws.com`,
  createdAtMs: aws.agenda.now(),
});

export const newTargetGroup = ({ aws, account }: Call, name: string): TargetGroup => ({
  arn: arn(account, 'elasticloadbalancing', `targetgroup/${name}/${aws.ids.hex(16)}`),
  name,
  loadBalancers: new Set(),
  targets: [],
});

/** The group that a load balancer's instances are in. */
export const groupOf = (account: Account, loadBalancer: string): TargetGroup | undefined =>
  account.targetGroups.find((group) => group.loadBalancers.has(loadBalancer));

/** How long a new target takes to pass its health checks. */
const HEALTHY_AFTER_MS = 25_000;

/**
 * Makes instances a group's targets, and nothing else: those that it has keep their state, the others are on their way
 * in first and healthy a while after. `words` are the group's for both.
 */
export function register(aws: Aws, group: TargetGroup, ids: readonly string[], words: readonly [string, string]): void {
  const [joining, healthy] = words;
  const known = new Map(group.targets.map(({ id, state }) => [id, state] as const));
  const fresh = ids.filter((id) => !known.has(id));
  group.targets = ids.map((id) => ({ id, state: known.get(id) ?? joining }));
  if (fresh.length === 0) return;
  aws.agenda.at(aws.agenda.now() + HEALTHY_AFTER_MS, () => {
    group.targets = group.targets.map((target) =>
      fresh.includes(target.id) ? { id: target.id, state: healthy } : target,
    );
  });
}

function described(params: Params, { account }: Call): readonly LoadBalancer[] {
  const names = values(params, 'Names.member');
  const arns = values(params, 'LoadBalancerArns.member');
  const all = account.loadBalancers.filter(({ kind }) => kind === 'application');
  const missing = [
    ...names.filter((name) => !all.some((one) => one.name === name)),
    ...arns.filter((wanted) => !all.some((one) => one.arn === wanted)),
  ];
  if (missing.length > 0)
    throw new AwsError('LoadBalancerNotFound', `Load balancers '[${missing.join(', ')}]' not found`);
  if (names.length + arns.length === 0) return all;
  return all.filter((one) => names.includes(one.name) || arns.includes(one.arn ?? ''));
}

function groups(params: Params, { account }: Call): readonly TargetGroup[] {
  const names = values(params, 'Names.member');
  const arns = values(params, 'TargetGroupArns.member');
  const wanted = params.LoadBalancerArn;
  const owner = account.loadBalancers.find((one) => one.arn === wanted);
  if (wanted && !owner) throw new AwsError('LoadBalancerNotFound', `Load balancer '${wanted}' not found`);
  return account.targetGroups.filter(
    (group) =>
      group.arn &&
      !account.loadBalancers.some(({ kind, name }) => kind === 'classic' && group.loadBalancers.has(name)) &&
      (!owner || group.loadBalancers.has(owner.name)) &&
      (names.length === 0 || names.includes(group.name)) &&
      (arns.length === 0 || arns.includes(group.arn)),
  );
}

/** The second generation (application load balancers). */
export const loadBalancing: QueryService = {
  protocol: 'query',
  xmlns: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
  operations: {
    DescribeLoadBalancers(params, call) {
      const { items, nextToken } = page(described(params, call), params.Marker, Number(params.PageSize ?? PAGE_SIZE));
      return {
        LoadBalancers: items.map((one) => ({
          LoadBalancerArn: one.arn,
          DNSName: one.dnsName,
          CanonicalHostedZoneId: 'Z35SXDOTRQ7X7K',
          CreatedTime: new Date(one.createdAtMs),
          LoadBalancerName: one.name,
          Scheme: 'internet-facing',
          State: { Code: 'active' },
          Type: 'application',
          IpAddressType: 'ipv4',
        })),
        NextMarker: nextToken,
      };
    },
    DescribeTargetGroups(params, call) {
      const { items, nextToken } = page(groups(params, call), params.Marker, Number(params.PageSize ?? PAGE_SIZE));
      const arnOf = (name: string) => call.account.loadBalancers.find((one) => one.name === name)?.arn;
      return {
        TargetGroups: items.map((group) => ({
          TargetGroupArn: group.arn,
          TargetGroupName: group.name,
          Protocol: 'HTTP',
          Port: 80,
          HealthCheckPath: '/ping/',
          TargetType: 'instance',
          LoadBalancerArns: [...group.loadBalancers].map(arnOf),
        })),
        NextMarker: nextToken,
      };
    },
    DescribeTargetHealth(params, { account }) {
      const group = account.targetGroups.find((candidate) => candidate.arn === params.TargetGroupArn);
      if (!group) throw new AwsError('TargetGroupNotFound', `Target groups '[${params.TargetGroupArn}]' not found`);
      return {
        TargetHealthDescriptions: group.targets.map(({ id, state }) => ({
          Target: { Id: id, Port: 80 },
          HealthCheckPort: '80',
          TargetHealth: { State: state, Reason: REASONS[state]?.[0], Description: REASONS[state]?.[1] },
        })),
      };
    },
  },
};
