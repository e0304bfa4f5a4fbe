import { Resolver } from 'node:dns/promises';
import { describe, expect, it } from 'vitest';
import type { Bosslet } from '../../src/bosslet/bosslet.ts';
import type { DnsAnswer } from '../../src/clients/doors.ts';
import { systemClock } from '../../src/clock.ts';
import { awsBudget } from '../../src/observe/budget.ts';
import { leadsTo } from '../../src/observe/dnsAnswer.ts';
import { readDnsNames, resolversOf } from '../../src/observe/dnsServers.ts';
import { BOSSLET } from '../steps/bosslet.ts';

const withDns = (dns: Partial<Bosslet['dns']>): Bosslet => ({ ...BOSSLET, dns: { ...BOSSLET.dns, ...dns } });
const placesOf = (resolvers: readonly string[]) =>
  resolversOf(withDns({ resolvers })).map(({ label, address, port }) => [label, address, port]);
/** As this machine has it. */
const [ownServer = ''] = new Resolver().getServers();

describe('the resolvers that are asked', () => {
  it('are those of the configuration, at their ports', () => {
    expect(placesOf(['8.8.8.8', '1.1.1.1:53', '[::1]:5353', '::1'])).toEqual([
      ['8.8.8.8', '8.8.8.8', 53],
      ['1.1.1.1:53', '1.1.1.1', 53],
      ['[::1]:5353', '::1', 5353],
      ['::1', '::1', 53],
    ]);
  });
  it('and, where it is named, the one that this machine asks, once', () => {
    const all = placesOf(['192.0.2.1', 'system']);
    expect(all).toHaveLength(2);
    expect(all[1]?.[0]).toBe('system');
    expect(ownServer).toContain(all[1]?.[1]);
    expect(placesOf([ownServer, 'system'])).toHaveLength(1);
    expect(placesOf(['192.0.2.1'])).toHaveLength(1);
  });
  it('are named in the error for what is no address', () => {
    expect(() => placesOf(['dns.example'])).toThrow(
      'dns.resolvers: "dns.example" is no address; write 8.8.8.8, 127.0.0.1:5353, [::1]:5353 or system.',
    );
  });
});

describe('the zone’s own name servers', () => {
  /** Route 53 as far as it is asked here; there is no distribution and no load balancer. */
  const aws = (nameServers: readonly string[]) =>
    ({
      cloudFront: { findDistribution: async () => undefined },
      loadBalancers: { findLoadBalancer: async () => undefined },
      route53: { findHostedZone: async () => ({ id: 'Z1', name: 'theboss.io.', nameServers }) },
    }) as unknown as Parameters<typeof readDnsNames>[1];
  const serversOf = async (
    dns: Partial<Bosslet['dns']>,
    names: readonly string[],
    find: (name: string) => Promise<string | undefined>,
  ) => {
    const { signal } = new AbortController();
    const { authoritative } = await readDnsNames(withDns(dns), aws(names), awsBudget(systemClock), signal, find);
    return authoritative.map(({ label, address, port }) => [label, address, port]);
  };

  it('are where their names lead; one whose name leads nowhere stays, to be silent', async () => {
    const places: Readonly<Record<string, string>> = { 'ns-1.example': '192.0.2.1', 'ns-3.example': '2001:db8::1' };
    const names = ['ns-3.example.', 'ns-2.example.', 'ns-1.example'];
    expect(await serversOf({}, names, async (name) => places[name])).toEqual([
      ['ns-1.example', '192.0.2.1', 53],
      ['ns-2.example', 'ns-2.example', 53],
      ['ns-3.example', '2001:db8::1', 53],
    ]);
  });
  it('are looked up nowhere where their places are given', async () => {
    const nameServers = { 'ns-1.example': '127.0.0.1:5353', 'ns-2.example': '[::1]:5354' };
    const lookedUp: string[] = [];
    const find = async (name: string) => {
      lookedUp.push(name);
      return undefined;
    };
    expect(await serversOf({ nameServers }, ['ns-2.example', 'ns-3.example', 'ns-1.example.'], find)).toEqual([
      ['ns-1.example', '127.0.0.1', 5353],
      ['ns-2.example', '::1', 5354],
      ['ns-3.example', 'ns-3.example', 53],
    ]);
    expect(lookedUp).toEqual([]);
  });
});

describe('where an answer leads', () => {
  const expected = { live: 'elb-1.example', maintenance: 'd1.example' };
  const answer = (authoritative: boolean, change: Partial<DnsAnswer>): DnsAnswer => ({
    server: { label: 'ns-1', address: '127.0.0.1', port: 53, authoritative },
    askedAtMs: 0,
    rttMs: 1,
    rcode: 'NOERROR',
    aa: authoritative,
    chain: [{ name: 'api.theboss.io', type: 'CNAME', ttlSeconds: 300, data: 'dualstack.ELB-1.example.' }],
    ...change,
  });
  it.each(['SERVFAIL', 'REFUSED', 'FORMERR', 'NOTIMP', 'BADVERS', 'NOTAUTH', '?17'])('%s says nothing', (rcode) => {
    expect(leadsTo(answer(false, { rcode, chain: [] }), expected)).toBe('silent');
  });
  it('a name that does not exist leads elsewhere', () => {
    expect(leadsTo(answer(true, { rcode: 'NXDOMAIN', chain: [] }), expected)).toBe('other');
  });
  it('a server of the zone that does not answer with authority is not the one who answers', () => {
    expect(leadsTo(answer(true, {}), expected)).toBe('live');
    expect(leadsTo(answer(true, { aa: false }), expected)).toBe('silent');
    expect(leadsTo(answer(false, { aa: false }), expected)).toBe('live');
  });
});
