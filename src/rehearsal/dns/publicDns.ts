import type { Clock } from '../../clock.ts';
import { authoritativeReply } from './authoritative.ts';
import { type DnsServer, serveDns } from './dnsServer.ts';
import { createResolver } from './resolver.ts';
import type { RecordSet, Zone } from './zone.ts';

/** How long after a change each of the zone's name servers knows it, in clock milliseconds; in order, then again. */
const PROPAGATION_MS = [5_000, 12_000, 19_000, 28_000] as const;
/** How long the last of the name servers goes on answering the old way, where it is told to. */
const SPLIT_MS = 20 * 60_000;
/** How much longer than its TTL the slow resolver keeps an answer that has changed. */
const SLOW_RESOLVER_MS = 25 * 60_000;

/** The recursive resolvers by their labels. `age`: of their caches at the beginning, as a share of the TTL. */
const RESOLVERS = [
  { label: '8.8.8.8', age: 0.15, maySlow: false },
  { label: '1.1.1.1', age: 0.45, maySlow: false },
  { label: '9.9.9.9', age: 0.7, maySlow: true },
  { label: 'system', age: 0.9, maySlow: false },
] as const;

/** Every server of the world, and what one of them says. */
export interface PublicDns {
  /** `127.0.0.1:port` by the name server's name. */
  readonly nameServers: Readonly<Record<string, string>>;
  /** `127.0.0.1:port` by the resolver's label, in the order in which they are shown. */
  readonly resolvers: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const propagationOf = (index: number): number => PROPAGATION_MS[index % PROPAGATION_MS.length] ?? 0;
const addressOf = (server: DnsServer): string => `127.0.0.1:${server.port}`;

/** Starts the zone's name servers and the recursive resolvers, each on a port of its own. */
export async function startPublicDns(options: {
  readonly clock: Clock;
  readonly zone: Zone;
  readonly outside: readonly RecordSet[];
  readonly slowResolver: boolean;
  /** The last of the zone's name servers learns of a change long after the others. */
  readonly splitZone?: boolean;
  readonly onQuery: () => void;
  /** Whether no server can be reached now; absent: never. */
  readonly isCutOff?: () => boolean;
}): Promise<PublicDns> {
  const { clock, zone, onQuery, isCutOff } = options;
  const startedAtMs = clock.now();
  const outside = new Map(options.outside.map((set) => [set.name, set]));
  const resolvers = RESOLVERS.map(({ label, age, maySlow }, index) => {
    const staleMs = maySlow && options.slowResolver ? SLOW_RESOLVER_MS : 0;
    const answer = createResolver({ zone, outside, propagationMs: propagationOf(index), startedAtMs, age, staleMs });
    return { label, answer: (question: Parameters<typeof answer>[0]) => answer(question, clock.now()) };
  });
  const lagOf = (index: number) =>
    options.splitZone && index === zone.nameServers.length - 1 ? SPLIT_MS : propagationOf(index);
  const [served, serving] = await Promise.all([
    Promise.all(
      zone.nameServers.map((_, index) =>
        serveDns((question) => authoritativeReply(zone, question, clock.now() - lagOf(index)), onQuery, isCutOff),
      ),
    ),
    Promise.all(resolvers.map(({ answer }) => serveDns(answer, onQuery, isCutOff))),
  ]);
  const byName = (names: readonly string[], servers: readonly DnsServer[]) =>
    Object.fromEntries(servers.map((server, index) => [names[index] ?? '', addressOf(server)]));
  return {
    nameServers: byName(zone.nameServers, served),
    resolvers: byName(
      resolvers.map(({ label }) => label),
      serving,
    ),
    close: async () => {
      await Promise.all([...served, ...serving].map((server) => server.close()));
    },
  };
}
