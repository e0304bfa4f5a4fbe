import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordChange } from '../../../src/rehearsal/contract.ts';
import { type PublicDns, startPublicDns } from '../../../src/rehearsal/dns/publicDns.ts';
import { handClock } from '../handClock.ts';
import { ask, askBytes, askTcp, question } from './ask.ts';

const HOST = 'api.theboss.io';
const BALANCER = 'elb-production-boss-1.us-east-1.elb.amazonaws.com';
const DISTRIBUTION = 'y3xkd1vyu9iu3.cloudfront.net';
const NAME_SERVERS = ['ns-1.awsdns-01.org', 'ns-2.awsdns-02.net', 'ns-3.awsdns-03.com', 'ns-4.awsdns-04.co.uk'];
const DAY_MS = 86_400_000;
const portOf = (address: string | undefined) => Number(address?.split(':')[1]);

describe('the public DNS of a world', () => {
  let dns: PublicDns;
  let changes: RecordChange[];
  let queries: number;

  const begin = async ({ slow = false }: { readonly slow?: boolean } = {}) => {
    const hand = handClock(Date.UTC(2026, 10, 2, 12));
    const { clock } = hand;
    const nowMs = clock.now();
    const seed = (name: string, type: string, values: readonly string[]) => ({
      atMs: nowMs - DAY_MS,
      name: `${name}.`,
      type,
      ttlSeconds: 300,
      values,
    });
    changes = [
      seed(HOST, 'CNAME', [`${BALANCER}.`]),
      seed('www.theboss.io', 'CNAME', ['pages.theboss.io.']),
      seed('pages.theboss.io', 'A', ['192.0.2.10', '192.0.2.11']),
      seed('deep.under.theboss.io', 'A', ['192.0.2.12']),
      seed(
        'theboss.io',
        'TXT',
        Array.from({ length: 10 }, (_, index) => `"${`proof-${index}`.padEnd(70, 'x')}"`),
      ),
      seed('theboss.io', 'MX', ['10 mail.example.org']),
    ];
    queries = 0;
    dns = await startPublicDns({
      clock,
      zone: { name: 'theboss.io', nameServers: NAME_SERVERS, changes: () => changes },
      outside: [BALANCER, DISTRIBUTION].map((name) => ({ name, type: 'A', ttlSeconds: 60, values: ['127.0.0.1'] })),
      slowResolver: slow,
      onQuery: () => {
        queries++;
      },
    });
    const change = (value: string) =>
      changes.push({ atMs: clock.now(), name: `${HOST}.`, type: 'CNAME', ttlSeconds: 300, values: [value] });
    return { ...hand, change };
  };
  const authoritative = () => Object.values(dns.nameServers).map(portOf);
  const recursive = () => Object.values(dns.resolvers).map(portOf);
  const resolver = (label: string) => portOf(dns.resolvers[label]);

  beforeEach(() => {
    changes = [];
  });
  afterEach(() => dns.close());

  it('gives each server a port of its own, over UDP and TCP', async () => {
    await begin();
    const ports = [...authoritative(), ...recursive()];
    expect(new Set(ports).size).toBe(8);
    expect(Object.keys(dns.resolvers)).toEqual(['8.8.8.8', '1.1.1.1', '9.9.9.9', 'system']);
    expect(Object.keys(dns.nameServers)).toEqual(NAME_SERVERS);
    for (const port of ports) {
      expect((await ask(port, HOST, 'CNAME')).answers).toEqual([`${HOST} CNAME ${BALANCER}`]);
      const [overTcp] = await askTcp(port, [question(HOST, 'CNAME')]);
      expect(overTcp?.answers).toEqual([`${HOST} CNAME ${BALANCER}`]);
    }
    expect(queries).toBe(16);
  });

  it('answers for the zone with authority, and follows no alias out of it', async () => {
    await begin();
    const [port = 0] = authoritative();
    const answer = await ask(port, 'API.TheBoss.io', 'A');
    expect(answer).toMatchObject({ rcode: 0, isAuthoritative: true, ttls: [300] });
    expect(answer.answers).toEqual([`${HOST} CNAME ${BALANCER}`]);
    expect(answer.packet.questions?.[0]?.name).toBe('API.TheBoss.io');
    expect(answer.packet.id).toBe(4711);
    expect((await ask(port, 'www.theboss.io', 'A')).answers).toEqual([
      'www.theboss.io CNAME pages.theboss.io',
      'pages.theboss.io A 192.0.2.10',
      'pages.theboss.io A 192.0.2.11',
    ]);
    expect((await ask(port, 'theboss.io', 'NS')).answers).toEqual(NAME_SERVERS.map((name) => `theboss.io NS ${name}`));
    expect((await ask(port, 'theboss.io', 'SOA')).packet.answers?.[0]).toMatchObject({
      type: 'SOA',
      data: { mname: 'ns-1.awsdns-01.org', rname: 'awsdns-hostmaster.amazon.com', minimum: 86_400 },
    });
    expect((await ask(port, 'theboss.io', 'MX')).packet.answers?.[0]).toMatchObject({
      data: { preference: 10, exchange: 'mail.example.org' },
    });
  });

  it('tells a name that does not exist from one without such records', async () => {
    await begin();
    const [port = 0] = authoritative();
    const nothing = await ask(port, 'nope.theboss.io', 'A');
    expect(nothing).toMatchObject({ rcode: 3, isAuthoritative: true, answers: [] });
    expect(nothing.packet.authorities?.[0]).toMatchObject({ type: 'SOA', name: 'theboss.io' });
    expect(await ask(port, 'pages.theboss.io', 'TXT')).toMatchObject({ rcode: 0, answers: [] });
    expect(await ask(port, 'under.theboss.io', 'A')).toMatchObject({ rcode: 0, answers: [] });
    expect(await ask(port, 'example.com', 'A')).toMatchObject({ rcode: 5, isAuthoritative: false });
    expect(await ask(resolver('8.8.8.8'), 'nope.theboss.io', 'A')).toMatchObject({ rcode: 3 });
    expect(await ask(resolver('8.8.8.8'), 'example.com', 'A')).toMatchObject({ rcode: 3 });
  });

  it('resolves recursively to an address, without authority, each cache at its own age', async () => {
    await begin();
    const answers = await Promise.all(recursive().map((port) => ask(port, HOST, 'A')));
    for (const answer of answers) {
      expect(answer).toMatchObject({ rcode: 0, isAuthoritative: false });
      expect((answer.packet.flags ?? 0) & 0x80).toBe(0x80);
      expect(answer.answers).toEqual([`${HOST} CNAME ${BALANCER}`, `${BALANCER} A 127.0.0.1`]);
    }
    const left = answers.map(({ ttls }) => ttls[0] ?? 0);
    expect(left).toEqual([255, 165, 90, 30]);
  });

  it('counts an answer down and keeps it until its TTL ends', async () => {
    const { pass, change } = await begin();
    const port = resolver('1.1.1.1');
    expect((await ask(port, HOST, 'CNAME')).ttls).toEqual([165]);
    change(`${DISTRIBUTION}.`);
    pass(164_999);
    expect(await ask(port, HOST, 'A')).toMatchObject({
      ttls: [1, 49],
      answers: [`${HOST} CNAME ${BALANCER}`, `${BALANCER} A 127.0.0.1`],
    });
    pass(1);
    expect(await ask(port, HOST, 'CNAME')).toMatchObject({ ttls: [300], answers: [`${HOST} CNAME ${DISTRIBUTION}`] });
  });

  it('lets the name servers learn of a change one after another, within what Route 53 calls in sync', async () => {
    const { pass, change } = await begin();
    change(`${DISTRIBUTION}.`);
    const knowing: number[] = [];
    for (let second = 0; second <= 30; second += 5) {
      const lines = await Promise.all(authoritative().map(async (port) => (await ask(port, HOST, 'CNAME')).answers[0]));
      knowing.push(lines.filter((line) => line?.endsWith(DISTRIBUTION)).length);
      pass(5_000);
    }
    expect(knowing).toEqual([0, 1, 1, 2, 3, 3, 4]);
  });

  it('turns each resolver at a time of its own, all within the TTL', async () => {
    const { pass, change } = await begin();
    change(`${DISTRIBUTION}.`);
    const turnedAfterSeconds = new Map<string, number>();
    for (let second = 0; second <= 400; second += 5) {
      for (const [label, address] of Object.entries(dns.resolvers)) {
        const { answers, ttls } = await ask(portOf(address), HOST, 'A');
        expect(ttls[0]).toBeGreaterThan(0);
        if (answers[0]?.endsWith(DISTRIBUTION) && !turnedAfterSeconds.has(label)) turnedAfterSeconds.set(label, second);
      }
      pass(5_000);
    }
    expect(Object.fromEntries(turnedAfterSeconds)).toEqual({
      '8.8.8.8': 255,
      '1.1.1.1': 165,
      '9.9.9.9': 90,
      system: 30,
    });
  });

  it('has a slow resolver that keeps the old answer 25 minutes beyond its TTL, which then shows as 0', async () => {
    const { pass, change } = await begin({ slow: true });
    change(`${DISTRIBUTION}.`);
    const [slow, quick] = [resolver('9.9.9.9'), resolver('8.8.8.8')];
    pass(90_000);
    expect(await ask(slow, HOST, 'CNAME')).toMatchObject({ ttls: [0], answers: [`${HOST} CNAME ${BALANCER}`] });
    pass(25 * 60_000 - 1);
    expect(await ask(slow, HOST, 'CNAME')).toMatchObject({ ttls: [0], answers: [`${HOST} CNAME ${BALANCER}`] });
    expect((await ask(quick, HOST, 'CNAME')).answers).toEqual([`${HOST} CNAME ${DISTRIBUTION}`]);
    pass(1);
    expect(await ask(slow, HOST, 'CNAME')).toMatchObject({ ttls: [300], answers: [`${HOST} CNAME ${DISTRIBUTION}`] });
  });

  it('forgets a record that was taken away', async () => {
    const { pass, clock } = await begin();
    changes.push({ atMs: clock.now(), name: `${HOST}.`, type: 'CNAME', ttlSeconds: 300, values: [] });
    pass(31_000);
    expect(await ask(authoritative()[3] ?? 0, HOST, 'CNAME')).toMatchObject({ rcode: 3, answers: [] });
    expect(await ask(resolver('system'), HOST, 'CNAME')).toMatchObject({ rcode: 3, answers: [] });
    expect((await ask(resolver('8.8.8.8'), HOST, 'CNAME')).answers).toHaveLength(1);
  });

  it('cuts what is too long for UDP and gives all of it over TCP or to a client that takes more', async () => {
    await begin();
    const [port = 0] = authoritative();
    expect(await ask(port, 'theboss.io', 'TXT')).toMatchObject({ isTruncated: true, answers: [] });
    const [whole] = await askTcp(port, [question('theboss.io', 'TXT')]);
    expect(whole?.answers).toHaveLength(10);
    expect(whole?.isTruncated).toBe(false);
    const roomy = await ask(port, 'theboss.io', 'TXT', { udpPayloadSize: 1232 });
    expect(roomy.answers).toHaveLength(10);
    expect(roomy.packet.additionals?.[0]?.type).toBe('OPT');
  });

  it('takes several TCP questions on one connection, in any pieces', async () => {
    await begin();
    const asked = [question(HOST, 'CNAME', { id: 1 }), question('www.theboss.io', 'A', { id: 2 })];
    const answers = await askTcp(resolver('system'), asked, 7);
    expect(answers.map(({ packet }) => packet.id)).toEqual([1, 2]);
    expect(answers[1]?.answers).toHaveLength(3);
  });

  it('answers a broken question with SERVFAIL, an unknown operation with NOTIMP, and goes on', async () => {
    await begin();
    const [port = 0] = authoritative();
    const broken = Buffer.concat([question(HOST, 'A').subarray(0, 14), Buffer.from([0xff])]);
    expect(await askBytes(port, broken)).toMatchObject({ rcode: 2, answers: [] });
    expect((await askBytes(port, broken)).packet.id).toBe(4711);
    expect(await ask(port, HOST, 'A', { flags: 0x2800 })).toMatchObject({ rcode: 4 });
    expect((await ask(port, HOST, 'CNAME')).answers).toHaveLength(1);
  });
});
