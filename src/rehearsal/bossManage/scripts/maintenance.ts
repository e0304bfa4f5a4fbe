import { CloudFrontClient, ListDistributionsCommand } from '@aws-sdk/client-cloudfront';
import {
  DescribeLoadBalancersCommand as DescribeClassicLoadBalancersCommand,
  ElasticLoadBalancingClient,
} from '@aws-sdk/client-elastic-load-balancing';
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ChangeResourceRecordSetsCommand, ListHostedZonesByNameCommand, Route53Client } from '@aws-sdk/client-route-53';
import { loadBalancerName, publicHost } from '../../../bosslet/names.ts';
import { parseArguments } from '../commandLine.ts';
import { bossletNames, bossletOf, type NamedBosslet, type Script, type ScriptContext } from '../script.ts';
import { PythonError, ScriptExit } from '../scriptErrors.ts';
import { calling, NO_CREDENTIALS, sessionOf } from '../session.ts';

/** `maintenance.py {on,off} BOSSLET`: leads the public name to the maintenance page, or back to the load balancer. */
export const run: Script = async (context) => {
  const { terminal } = context;
  const { options, positionals } = parseArguments(
    {
      program: context.program,
      options: { '-yes': { short: '-y', metavar: 'YES' } },
      positionals: [
        { name: 'cmd', choices: ['on', 'off'] },
        { name: 'bosslet_name', choices: bossletNames(context) },
      ],
    },
    context.args,
    terminal,
  );
  const bosslet = bossletOf(context, positionals.get('bosslet_name')?.[0]);
  if (positionals.get('cmd')?.[0] === 'off') return await turnOff(context, bosslet);

  // Any value of -yes means yes: argparse makes it a bool of a text that is not empty.
  if (!options.get('-yes')) {
    terminal.print('Maintenance mode will update the api DNS entry to point to a maintenance page.');
    terminal.print(`Are you sure you want to go into maintenance mode for ${bosslet.name}?`);
    if (!/^y/i.test(await terminal.input('Update? [N/y] '))) {
      terminal.print('Canceled');
      throw new ScriptExit(2);
    }
  }
  await turnOn(context, bosslet);
};

async function turnOn(context: ScriptContext, bosslet: NamedBosslet): Promise<void> {
  const host = publicHost(bosslet);
  const target = await orNothing(findDistribution(context, bosslet, host));
  if (target === undefined) {
    context.terminal.print(`Cannot turn on maintenance mode as there is not a Cloudfront site for ${host}`);
    throw new ScriptExit(1);
  }
  await setRecord(context, bosslet, host, target);
}

async function turnOff(context: ScriptContext, bosslet: NamedBosslet): Promise<void> {
  const target = await orNothing(findLoadBalancer(context, bosslet));
  await setRecord(context, bosslet, publicHost(bosslet), target);
}

/** The real script's look-ups swallow missing credentials. */
async function orNothing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof PythonError && error.type === NO_CREDENTIALS) return undefined;
    throw error;
  }
}

async function findDistribution(
  context: ScriptContext,
  bosslet: NamedBosslet,
  host: string,
): Promise<string | undefined> {
  const client = new CloudFrontClient(sessionOf(context, bosslet));
  let marker: string | undefined;
  do {
    const { DistributionList } = await calling(
      'ListDistributions',
      client.send(new ListDistributionsCommand(marker ? { Marker: marker } : {})),
    );
    for (const { Aliases, DomainName } of DistributionList?.Items ?? [])
      if (Aliases?.Items?.includes(host)) return DomainName;
    marker = DistributionList?.IsTruncated ? DistributionList.NextMarker : undefined;
  } while (marker);
  return undefined;
}

/** The first classic, then application load balancer whose name starts as the bosslet's. */
async function findLoadBalancer(context: ScriptContext, bosslet: NamedBosslet): Promise<string | undefined> {
  const prefix = loadBalancerName(bosslet);
  const config = sessionOf(context, bosslet);
  const classicClient = new ElasticLoadBalancingClient(config);
  const { LoadBalancerDescriptions } = await calling(
    'DescribeLoadBalancers',
    classicClient.send(new DescribeClassicLoadBalancersCommand({})),
  );
  const old = LoadBalancerDescriptions?.find(({ LoadBalancerName }) => LoadBalancerName?.startsWith(prefix));
  if (old) return old.DNSName;
  const modernClient = new ElasticLoadBalancingV2Client(config);
  const { LoadBalancers } = await calling(
    'DescribeLoadBalancers',
    modernClient.send(new DescribeLoadBalancersCommand({})),
  );
  return LoadBalancers?.find(({ LoadBalancerName }) => LoadBalancerName?.startsWith(prefix))?.DNSName;
}

async function setRecord(
  context: ScriptContext,
  bosslet: NamedBosslet,
  host: string,
  target: string | undefined,
): Promise<void> {
  const { terminal } = context;
  terminal.print('Setting Route53 for: ');
  terminal.print(`${host}.: ${target ?? 'None'}`);
  const done = await orNothing(upsert(context, bosslet, host, target));
  // Nothing was set, and the script says so and ends well.
  if (!done)
    terminal.print(
      `Error: Unable to find Route 53 Hosted Zone, ${bosslet.externalDomain}., Cannot set resource record for: ${host}.`,
    );
  terminal.print();
  terminal.print('It can take up to 10 to 15 minutes for the route53 changes to be seen outside of AWS.');
  terminal.print(`You can you use: dig ${host}.`);
  terminal.print('       This will show either cloudfront or elb server');
}

async function upsert(
  context: ScriptContext,
  bosslet: NamedBosslet,
  host: string,
  target: string | undefined,
): Promise<boolean> {
  const client = new Route53Client(sessionOf(context, bosslet));
  const zoneName = `${bosslet.externalDomain}.`;
  const { HostedZones } = await calling(
    'ListHostedZonesByName',
    client.send(new ListHostedZonesByNameCommand({ DNSName: zoneName, MaxItems: 1 })),
  );
  // A miss answers with the next zone in the order of names.
  const zone = HostedZones?.find(({ Name }) => Name === zoneName);
  if (!zone) return false;
  await calling(
    'ChangeResourceRecordSets',
    client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zone.Id,
        ChangeBatch: {
          Comment: 'Updated by maintenance.py',
          Changes: [
            {
              Action: 'UPSERT',
              ResourceRecordSet: { Name: host, Type: 'CNAME', TTL: 300, ResourceRecords: [{ Value: target ?? '' }] },
            },
          ],
        },
      }),
    ),
  );
  return true;
}
