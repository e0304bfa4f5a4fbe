import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { addressOf } from '../../src/clients/addressOf.ts';
import { createDig } from '../../src/clients/dig.ts';
import type { DnsAnswer, DnsServer } from '../../src/clients/doors.ts';
import { systemClock } from '../../src/clock.ts';
import { freePort, needing } from '../support/servers.ts';
import { askDig } from './askDig.ts';
import { type Knot, startKnot } from './knot.ts';

const ZONE = 'theboss.test';
const MANY = 150;

const zone = [
  `$ORIGIN ${ZONE}.`,
  '$TTL 300',
  '@ 172800 SOA ns-1 hostmaster\\.of.example.org. 2026111501 7200 900 1209600 86400',
  '@ NS ns-1',
  '@ NS ns-2',
  'ns-1 A 127.0.0.1',
  'ns-2 AAAA ::1',
  // No socket may be connected there: a machine to which no route leads.
  'ns-3 A 255.255.255.255',
  'ns-3 AAAA ::1',
  'ns-4 A 255.255.255.255',
  'live 60 CNAME ELB-production.us-east-1.elb.amazonaws.com.',
  'api CNAME www',
  'www 41 CNAME front',
  'front 60 A 10.0.0.2',
  'front 60 A 10.0.0.1',
  'gone CNAME nowhere',
  'six AAAA 2001:db8:0:0:1:0:0:1',
  'six AAAA ::ffff:1.2.3.4',
  'six AAAA 2001:db8::',
  'six AAAA 1:0:0:2:0:0:0:3',
  '*.wild CNAME front',
  'old DNAME new',
  'api.new CNAME front',
  'odd CNAME a\\.b\\009\\195\\188\\@\\"c',
  'a\\.b\\009\\195\\188\\@\\"c A 10.0.0.3',
  'loop-1 CNAME loop-2',
  'loop-2 CNAME loop-1',
  'sub NS ns.sub',
  'ns.sub A 127.0.0.1',
  'zero 0 A 10.0.0.4',
  'longest 2147483647 A 10.0.0.5',
  ...Array.from({ length: MANY }, (_, n) => `many A 10.1.0.${n}`),
  '',
].join('\n');

const dig = createDig({ clock: systemClock, timeoutMs: 5_000 });
const needed = needing(['knotd', 'dig'], 'what dig says is what we say');

const bare = ({ rcode, aa, chain, error }: DnsAnswer) => ({ rcode, aa, chain, ...(error && { error }) });

describe.skipIf(!needed.isThere)(needed.name, () => {
  let knot: Knot;
  beforeAll(async () => {
    const zones = { [ZONE]: zone, 'broken.test': undefined };
    knot = await startKnot(zones, async (port) => {
      const answer = await dig.ask({ ...v4, port }, ZONE, 'SOA');
      return answer.rcode === 'NOERROR';
    });
  });
  afterAll(() => knot?.stop());

  const v4: DnsServer = { label: 'ns-1', address: '127.0.0.1', port: 0, authoritative: true };
  const at = (change: Partial<DnsServer> = {}): DnsServer => ({ ...v4, port: knot.port, ...change });

  it.each([
    ['a name that leads out of the zone', 'live', 'A', 'NOERROR', 1],
    ['an alias of an alias', 'api', 'A', 'NOERROR', 4],
    ['the alias itself', 'api', 'CNAME', 'NOERROR', 1],
    ['a name in letters of both cases', 'API', 'A', 'NOERROR', 4],
    ['IPv6 addresses of every shape', 'six', 'AAAA', 'NOERROR', 4],
    ['a name that does not exist', 'nothing', 'A', 'NXDOMAIN', 0],
    ['an alias of what does not exist', 'gone', 'A', 'NXDOMAIN', 1],
    ['a name without such a record', 'front', 'AAAA', 'NOERROR', 0],
    ['a wildcard', 'any.thing.wild', 'A', 'NOERROR', 3],
    ['a renamed branch', 'api.old', 'A', 'NOERROR', 5],
    ['a name with dots, blanks and bytes in a label', 'odd', 'A', 'NOERROR', 2],
    ['a circle', 'loop-1', 'A', 'NOERROR', 2],
    ['a name of a delegated zone', 'api.sub', 'A', 'NOERROR', 0],
    ['the shortest time', 'zero', 'A', 'NOERROR', 1],
    ['the longest time', 'longest', 'A', 'NOERROR', 1],
    ['more than a packet holds', 'many', 'A', 'NOERROR', MANY],
  ] as const)('%s', async (_, name, type, rcode, records) => {
    const [ours, theirs] = await Promise.all([
      dig.ask(at(), `${name}.${ZONE}`, type),
      askDig(at(), `${name}.${ZONE}`, type),
    ]);
    expect(bare(ours)).toEqual(theirs);
    expect([ours.rcode, ours.chain.length]).toEqual([rcode, records]);
  });

  it.each([
    ['its name servers', ZONE, 'NS', 'NOERROR'],
    ['its start of authority', ZONE, 'SOA', 'NOERROR'],
    ['a zone of others', 'example.com', 'A', 'REFUSED'],
    ['a zone that it cannot load', 'api.broken.test', 'A', 'SERVFAIL'],
  ] as const)('%s, by IPv4 and IPv6', async (_, name, type, rcode) => {
    const theirs = await askDig(at(), name, type);
    expect(theirs.rcode).toBe(rcode);
    expect(await askDig(at({ address: '::1' }), name, type)).toEqual(theirs);
    expect(bare(await dig.ask(at(), name, type))).toEqual(theirs);
    expect(bare(await dig.ask(at({ address: '::1' }), name, type))).toEqual(theirs);
  });

  it('has more than a packet holds cut off by UDP, so that it was TCP that brought it all', async () => {
    const cut = await askDig(at(), `many.${ZONE}`, 'A', ['+ignore']);
    expect(cut.chain.length).toBeLessThan(MANY);
    const whole = await dig.ask(at({ address: '::1' }), `many.${ZONE}`, 'A');
    expect(new Set(whole.chain.map(({ data }) => data)).size).toBe(MANY);
  });

  it('a port that nobody listens at', async () => {
    const dead = at({ port: await freePort() });
    await expect(askDig(dead, ZONE, 'A')).rejects.toThrow(/no servers could be reached/);
    expect((await dig.ask(dead, ZONE, 'A')).error).toMatch(/ECONNREFUSED/);
  });

  it('a server that never answers', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onTestFinished(() => void socket.close());
    const silent = at({ port: socket.address().port });
    const impatient = createDig({ clock: systemClock, timeoutMs: 300 });
    const [theirs, ours] = await Promise.allSettled([askDig(silent, ZONE, 'A'), impatient.ask(silent, ZONE, 'A')]);
    expect(theirs).toMatchObject({ reason: { message: expect.stringMatching(/no servers could be reached/) } });
    expect(ours).toMatchObject({ value: { chain: [], error: 'No answer from ns-1 in 0.3 s.' } });
  });

  it.each([
    ['ns-1', '127.0.0.1'],
    ['ns-2', '::1'],
    ['ns-3', '::1'],
    ['ns-4', '255.255.255.255'],
    ['nothing', undefined],
  ])('the address of %s, where this machine has a way to it, is %s', async (name, address) => {
    expect(await addressOf(`${name}.${ZONE}`, undefined, [`127.0.0.1:${knot.port}`])).toBe(address);
  });
});
