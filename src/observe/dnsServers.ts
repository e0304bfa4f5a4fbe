import { resolve4 } from 'node:dns/promises';
import type { Bosslet } from '../bosslet/bosslet.ts';
import { loadBalancerName, publicHost } from '../bosslet/names.ts';
import { parseServer } from '../clients/dig.ts';
import type { AwsRead, DnsServer } from '../clients/doors.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { Budget } from './budget.ts';
import type { DnsLook } from './observed.ts';

/** The zone's own servers, and the names by which an answer is known. */
export interface DnsNames {
  readonly authoritative: readonly DnsServer[];
  readonly expected: DnsLook['expected'];
}

/** Asks AWS whose servers serve the zone, and what the maintenance page and the load balancer are called. */
export async function readDnsNames(
  bosslet: Bosslet,
  aws: Pick<AwsRead, 'route53' | 'cloudFront' | 'loadBalancers'>,
  budget: Budget,
  signal: AbortSignal,
): Promise<DnsNames> {
  await budget.take(signal);
  const distribution = await aws.cloudFront.findDistribution(publicHost(bosslet), signal);
  await budget.take(signal);
  const loadBalancer = await aws.loadBalancers.findLoadBalancer(loadBalancerName(bosslet), signal);
  return {
    authoritative: bosslet.dns.authoritative ? await zoneServers(bosslet, aws, budget, signal) : [],
    expected: {
      live: loadBalancer && sanitiseLine(loadBalancer.dnsName),
      maintenance: distribution && sanitiseLine(distribution.domainName),
    },
  };
}

/** The servers that serve the bosslet's zone, by name. Throws where Route 53 has no such zone. */
export async function zoneServers(
  bosslet: Bosslet,
  aws: Pick<AwsRead, 'route53'>,
  budget: Budget,
  signal: AbortSignal,
): Promise<readonly DnsServer[]> {
  await budget.take(signal);
  const zone = await aws.route53.findHostedZone(bosslet.externalDomain, signal);
  if (!zone)
    throw new Error(`Route 53 has no hosted zone ${bosslet.externalDomain}; check the account and the domain.`);
  const servers = await Promise.all(
    zone.nameServers.map((name) => nameServer(bosslet, sanitiseLine(name).replace(/\.$/, ''))),
  );
  return servers.toSorted((a, b) => (a.label < b.label ? -1 : 1));
}

/** Where a name server listens. One whose name does not resolve is kept: its silence is worth a row. */
async function nameServer(bosslet: Bosslet, name: string): Promise<DnsServer> {
  const placed = bosslet.dns.nameServers?.[name];
  if (placed !== undefined) {
    const server = parseServer(placed, name, true);
    if (server) return server;
  }
  const [address] = await resolve4(name).catch(() => []);
  return { label: name, address: address ?? name, port: 53, authoritative: true };
}

/** The recursive resolvers of the configuration. Throws where one is no address. */
export const resolversOf = (bosslet: Bosslet): readonly DnsServer[] =>
  bosslet.dns.resolvers.map((text) => {
    const server = parseServer(text, bosslet.dns.labels?.[text] ?? text);
    if (!server)
      throw new Error(`dns.resolvers: "${sanitiseLine(text)}" is no address; write 8.8.8.8 or 127.0.0.1:5353.`);
    return server;
  });
