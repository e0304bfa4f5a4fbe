import type { Account } from './account.ts';
import { AwsError } from './awsError.ts';
import { groupOf, type LoadBalancer } from './loadBalancers.ts';
import { page } from './page.ts';
import { entries, type Params, values } from './params.ts';
import type { QueryService } from './protocol.ts';

const PAGE_SIZE = 400;

function needClassic(account: Account, name: string): LoadBalancer {
  const found = account.loadBalancers.find((one) => one.kind === 'classic' && one.name === name);
  if (!found) throw new AwsError('LoadBalancerNotFound', `There is no ACTIVE Load Balancer named '${name}'`);
  return found;
}

function instancesOf(account: Account, params: Params) {
  const loadBalancer = needClassic(account, params.LoadBalancerName ?? '');
  const asked = entries(params, 'Instances.member').map((entry) => entry.InstanceId);
  const targets = groupOf(account, loadBalancer.name)?.targets ?? [];
  return targets.filter(({ id }) => asked.length === 0 || asked.includes(id));
}

/** The first generation (classic load balancers). */
export const classicLoadBalancing: QueryService = {
  protocol: 'query',
  xmlns: 'http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/',
  operations: {
    DescribeLoadBalancers(params, { account }) {
      const names = values(params, 'LoadBalancerNames.member');
      const all =
        names.length > 0
          ? names.map((name) => needClassic(account, name))
          : account.loadBalancers.filter(({ kind }) => kind === 'classic');
      const { items, nextToken } = page(all, params.Marker, Number(params.PageSize ?? PAGE_SIZE));
      return {
        LoadBalancerDescriptions: items.map((one) => ({
          LoadBalancerName: one.name,
          DNSName: one.dnsName,
          CanonicalHostedZoneName: one.dnsName,
          CreatedTime: new Date(one.createdAtMs),
          Scheme: 'internet-facing',
          Instances: (groupOf(account, one.name)?.targets ?? []).map(({ id }) => ({ InstanceId: id })),
        })),
        NextMarker: nextToken,
      };
    },
    DescribeInstanceHealth: (params, { account }) => ({
      InstanceStates: instancesOf(account, params).map(({ id, state }) => ({
        InstanceId: id,
        State: state,
        ReasonCode: state === 'InService' ? 'N/A' : 'ELB',
        Description: state === 'InService' ? 'N/A' : 'Instance registration is still in progress.',
      })),
    }),
  },
};
