import type { Bosslet } from '../bosslet/bosslet.ts';
import { loadBalancerName, publicHost } from '../bosslet/names.ts';
import { addressOf, systemServer } from '../clients/addressOf.ts';
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
  findAddress: typeof addressOf = addressOf,
): Promise<DnsNames> {
  await budget.take(signal);
  const distribution = await aws.cloudFront.findDistribution(publicHost(bosslet), signal);
  await budget.take(signal);
  const loadBalancer = await aws.loadBalancers.findLoadBalancer(loadBalancerName(bosslet), signal);
  return {
    authoritative: bosslet.dns.authoritative ? await zoneServers(bosslet, aws, budget, signal, findAddress) : [],
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
  findAddress: typeof addressOf,
): Promise<readonly DnsServer[]> {
  await budget.take(signal);
  const zone = await aws.route53.findHostedZone(bosslet.externalDomain, signal);
  if (!zone)
    throw new Error(`Route 53 has no hosted zone ${bosslet.externalDomain}; check the account and the domain.`);
  const servers = await Promise.all(
    zone.nameServers.map((given) => {
      const name = sanitiseLine(given).replace(/\.$/, '');
      return nameServer(bosslet, name, () => findAddress(name, signal));
    }),
  );
  return servers.toSorted((a, b) => (a.label < b.label ? -1 : 1));
}

/** Where a name server listens. One whose name does not resolve is kept: its silence is worth a row. */
async function nameServer(
  { dns }: Bosslet,
  name: string,
  findAddress: () => Promise<string | undefined>,
): Promise<DnsServer> {
  const placed = parseServer(dns.nameServers?.[name] ?? '', name, true);
  if (placed) return placed;
  // Where places are given, nobody is asked for another.
  const address = dns.nameServers ? undefined : await findAddress();
  return { label: name, address: address ?? name, port: 53, authoritative: true };
}

/** The word in `dns.resolvers` for the resolver that this machine itself asks. */
const SYSTEM = 'system';

/**
 * The recursive resolvers of the configuration. The machine's own is read anew, as networks change, and left out where
 * it is one of the others. Throws where one is no address.
 */
export function resolversOf({ dns }: Bosslet): readonly DnsServer[] {
  const named = dns.resolvers
    .filter((text) => text !== SYSTEM)
    .map((text) => {
      const server = parseServer(text, dns.labels?.[text] ?? text);
      if (server) return server;
      throw new Error(
        `dns.resolvers: "${sanitiseLine(text)}" is no address; write 8.8.8.8, 127.0.0.1:5353, [::1]:5353 or ${SYSTEM}.`,
      );
    });
  const own = dns.resolvers.includes(SYSTEM) ? parseServer(systemServer() ?? '', SYSTEM) : undefined;
  const isNamed = named.some(({ address, port }) => address === own?.address && port === own.port);
  return own === undefined || isNamed ? named : [...named, own];
}
