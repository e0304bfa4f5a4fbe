import type { Bosslet } from '../bosslet/bosslet.ts';
import { loadBalancerName, publicHost } from '../bosslet/names.ts';
import { addressOf } from '../clients/addressOf.ts';
import type { ActDoors, DnsAnswer, DnsServer } from '../clients/doors.ts';
import { leadsTo } from '../observe/dnsAnswer.ts';
import { resolversOf, zoneServers } from '../observe/dnsServers.ts';
import type { StatusLook } from './statusLook.ts';
import { type DnsAnswerStatus, type DnsStatus, isUnread, verdictOf } from './statusReport.ts';

type Doors = Pick<ActDoors, 'aws' | 'dig'>;

/** One look asks too little of AWS to wait for a share of its budget. */
const NO_BUDGET = { take: async () => {}, spend: () => {} };

/** Asks the zone's own servers and the resolvers where the public name leads. What AWS does not tell is left open. */
export async function readDns(bosslet: Bosslet, doors: Doors, look: StatusLook): Promise<DnsStatus> {
  const { aws } = doors;
  const host = publicHost(bosslet);
  const ask = (servers: readonly DnsServer[]) =>
    Promise.all(servers.map((server) => askOne(server, host, doors, look)));
  const zone = bosslet.dns.authoritative
    ? look.aws('name servers', (signal) => zoneServers(bosslet, aws, NO_BUDGET, signal, addressOf))
    : [];
  const [live, maintenance, ofZone, ofResolvers] = await Promise.all([
    look.aws('load balancer', async (signal) => {
      const found = await aws.loadBalancers.findLoadBalancer(loadBalancerName(bosslet), signal);
      return found?.dnsName ?? null;
    }),
    look.aws('distribution', async (signal) => {
      const found = await aws.cloudFront.findDistribution(host, signal);
      return found?.domainName ?? null;
    }),
    Promise.resolve(zone).then((servers) =>
      isUnread(servers) ? [unanswered(`name servers of ${bosslet.externalDomain}`, servers.error)] : ask(servers),
    ),
    look
      .part('resolvers', '', async () => resolversOf(bosslet))
      .then((servers) => (isUnread(servers) ? [unanswered('resolvers', servers.error)] : ask(servers))),
  ]);
  const expected = { live, maintenance };
  const answers = [...ofZone, ...ofResolvers].map((answer) =>
    'class' in answer ? answer : answerStatus(answer, expected),
  );
  return { name: host, expected, verdict: verdictOf(answers), answers };
}

async function askOne(
  server: DnsServer,
  host: string,
  { dig }: Pick<Doors, 'dig'>,
  look: StatusLook,
): Promise<DnsAnswer | DnsAnswerStatus> {
  const cure = 'check that it is a name server that answers you';
  const answer = await look.part(server.label, cure, (signal) => dig.ask(server, host, 'A', signal));
  return 'server' in answer ? answer : unanswered(server.label, answer.error);
}

const unanswered = (server: string, error: string): DnsAnswerStatus => ({
  server,
  rcode: null,
  aa: null,
  chain: [],
  class: 'silent',
  rttMs: null,
  error,
});

function answerStatus(answer: DnsAnswer, { live, maintenance }: DnsStatus['expected']): DnsAnswerStatus {
  const nameOf = (expected: DnsStatus['expected']['live']) => (typeof expected === 'string' ? expected : undefined);
  const leads = leadsTo(answer, { live: nameOf(live), maintenance: nameOf(maintenance) });
  const isOpen = isUnread(live) || isUnread(maintenance);
  return {
    server: answer.server.label,
    rcode: answer.rcode ?? null,
    aa: answer.aa ?? null,
    chain: answer.chain.map(({ name, type, ttlSeconds, data }) => ({ name, type, ttl: ttlSeconds, data })),
    class: leads === 'other' && isOpen ? 'unknown' : leads,
    rttMs: answer.rttMs,
    ...(answer.error === undefined ? {} : { error: answer.error }),
  };
}
