import type { LoadBalancer, LoadBalancerRead, TargetHealth } from '../doors.ts';
import { allOf, type Connection, pages, present } from './connection.ts';

function classic(connection: Connection) {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/classicLoadBalancing.ts');
    return { sdk, client: new sdk.ElasticLoadBalancingClient(config) };
  });
  const find = (namePrefix: string, signal?: AbortSignal) =>
    run(signal, async ({ sdk, client }, options): Promise<LoadBalancer | undefined> => {
      const lists = pages(
        (Marker) => client.send(new sdk.DescribeLoadBalancersCommand({ Marker }), options),
        (page) => page.NextMarker,
      );
      for await (const page of lists) {
        const found = page.LoadBalancerDescriptions?.find((one) => one.LoadBalancerName?.startsWith(namePrefix));
        if (found !== undefined)
          return { name: found.LoadBalancerName ?? '', dnsName: found.DNSName ?? '', kind: 'classic' };
      }
      return undefined;
    });
  const health = (name: string, signal?: AbortSignal) =>
    run(signal, async ({ sdk, client }, options): Promise<readonly TargetHealth[]> => {
      const command = new sdk.DescribeInstanceHealthCommand({ LoadBalancerName: name });
      return ((await client.send(command, options)).InstanceStates ?? []).map((one) => ({
        targetId: one.InstanceId ?? '',
        state: one.State ?? '',
        ...present({ reason: reasonOf(one.Description) }),
      }));
    });
  return { find, health };
}

/** The classic service says `N/A` where all is well. */
const reasonOf = (description: string | undefined) => (description === 'N/A' ? undefined : description);

function application(connection: Connection) {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/loadBalancing.ts');
    return { sdk, client: new sdk.ElasticLoadBalancingV2Client(config) };
  });
  const find = (namePrefix: string, signal?: AbortSignal) =>
    run(signal, async ({ sdk, client }, options): Promise<LoadBalancer | undefined> => {
      const lists = pages(
        (Marker) => client.send(new sdk.DescribeLoadBalancersCommand({ Marker }), options),
        (page) => page.NextMarker,
      );
      for await (const page of lists) {
        const found = page.LoadBalancers?.find((one) => one.LoadBalancerName?.startsWith(namePrefix));
        if (found !== undefined)
          return {
            name: found.LoadBalancerName ?? '',
            dnsName: found.DNSName ?? '',
            kind: 'application',
            ...present({ arn: found.LoadBalancerArn }),
          };
      }
      return undefined;
    });
  const health = (arn: string, signal?: AbortSignal) =>
    run(signal, async ({ sdk, client }, options): Promise<readonly TargetHealth[]> => {
      const groups = await allOf(
        (Marker) => client.send(new sdk.DescribeTargetGroupsCommand({ LoadBalancerArn: arn, Marker }), options),
        (page) => page.NextMarker,
        (page) => page.TargetGroups,
      );
      const targets: TargetHealth[] = [];
      for (const { TargetGroupArn } of groups) {
        const answer = await client.send(new sdk.DescribeTargetHealthCommand({ TargetGroupArn }), options);
        for (const { Target, TargetHealth: health } of answer.TargetHealthDescriptions ?? [])
          targets.push({
            targetId: Target?.Id ?? '',
            state: health?.State ?? '',
            ...present({ reason: health?.Description ?? health?.Reason }),
          });
      }
      return targets;
    });
  return { find, health };
}

/** Both kinds of load balancers, classic first, as maintenance.py looks. */
export function createLoadBalancers(connection: Connection): LoadBalancerRead {
  const [v1, v2] = [classic(connection), application(connection)];
  return {
    findLoadBalancer: async (namePrefix, signal) =>
      (await v1.find(namePrefix, signal)) ?? (await v2.find(namePrefix, signal)),
    targetHealth: async ({ kind, name, arn }, signal) => {
      if (kind === 'classic') return v1.health(name, signal);
      if (arn === undefined) throw new Error(`The load balancer ${name} was given without its ARN; look it up again.`);
      return v2.health(arn, signal);
    },
  };
}
