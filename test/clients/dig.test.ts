import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, AUTHORITATIVE_ANSWER, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDig, parseServer } from '../../src/clients/dig.ts';
import { systemClock } from '../../src/clock.ts';
import { startPublicDns } from '../../src/rehearsal/dns/publicDns.ts';
import { type Asked, a, cname, nameServer, reply } from './nameServer.ts';

const dig = createDig({ clock: systemClock, timeoutMs: 300 });
const HOST = 'api.theboss.io';

describe('asking a name server', () => {
  it('gives the flags, the rcode and the chain in its order, whatever the order of the answer', async () => {
    const { server, asked } = await nameServer((one) => [
      reply(
        one,
        [
          a('d1.cloudfront.net', '10.0.0.2'),
          cname('API.theboss.io', 'www.theboss.io', 41),
          a('d1.cloudfront.net', '10.0.0.1'),
          cname('www.theboss.io', 'd1.cloudfront.net', 60),
          a('elsewhere.example', '10.9.9.9'),
        ],
        { flags: AUTHORITATIVE_ANSWER },
      ),
    ]);
    const before = Date.now();
    const answer = await dig.ask(server, `${HOST}.`, 'A');
    expect(answer).toMatchObject({ server, rcode: 'NOERROR', aa: true });
    expect(answer.error).toBeUndefined();
    expect(answer.askedAtMs).toBeGreaterThanOrEqual(before);
    expect(answer.chain.map(({ type, ttlSeconds, data }) => [type, ttlSeconds, data])).toEqual([
      ['CNAME', 41, 'www.theboss.io'],
      ['CNAME', 60, 'd1.cloudfront.net'],
      ['A', 60, '10.0.0.2'],
      ['A', 60, '10.0.0.1'],
    ]);
    expect(asked).toHaveLength(1);
  });

  it('wants no recursion of an authoritative server, some of a resolver, and takes 1,232 bytes', async () => {
    const { server, asked } = await nameServer((one) => [reply(one, [cname(HOST, 'd1.cloudfront.net')])]);
    await dig.ask(server, HOST, 'CNAME');
    await dig.ask({ ...server, authoritative: false }, HOST, 'CNAME');
    const flags = asked.map(({ packet }) => (packet.flags ?? 0) & RECURSION_DESIRED);
    expect(flags).toEqual([0, RECURSION_DESIRED]);
    expect(asked[0]?.packet.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232 }]);
    expect(new Set(asked.map(({ fromPort }) => fromPort)).size).toBe(2);
  });

  it('tells NXDOMAIN and REFUSED from silence', async () => {
    const { server } = await nameServer((one) => [reply(one, [], { flags: 3 })]);
    expect(await dig.ask(server, HOST, 'CNAME')).toMatchObject({ rcode: 'NXDOMAIN', aa: false, chain: [] });
    const refusing = await nameServer((one) => [reply(one, [], { flags: 5, questions: [] })]);
    const answer = await dig.ask(refusing.server, HOST, 'CNAME');
    expect(answer).toMatchObject({ rcode: 'REFUSED', chain: [] });
    expect(answer.error).toBeUndefined();
  });

  it('asks again over TCP where the answer was cut', async () => {
    const many = Array.from({ length: 60 }, (_, n) => a(HOST, `10.0.0.${n}`));
    const { server, asked } = await nameServer((one) => [
      one.over === 'udp' ? reply(one, [], { flags: TRUNCATED_RESPONSE }) : reply(one, many),
    ]);
    expect((await dig.ask(server, HOST, 'A')).chain).toHaveLength(60);
    expect(asked.map(({ over }) => over)).toEqual(['udp', 'tcp']);
  });

  it('passes over what answers another question, another id or nothing', async () => {
    const { server } = await nameServer((one) => [
      Buffer.from('nonsense'),
      reply(one, [cname(HOST, 'evil.example')], { id: ((one.packet.id ?? 0) + 1) & 0xffff }),
      reply(one, [cname('other.example', 'evil.example')], { questions: [{ type: 'CNAME', name: 'other.example' }] }),
      reply(one, [cname(HOST, 'd1.cloudfront.net')]),
    ]);
    expect((await dig.ask(server, HOST, 'CNAME')).chain).toMatchObject([{ data: 'd1.cloudfront.net' }]);
  });

  it('believes nobody but the server that it asked', async () => {
    const liar = createSocket('udp4');
    const lied = Promise.withResolvers<void>();
    const { server } = await nameServer((one) => {
      liar.send(reply(one, [cname(HOST, 'evil.example')]), one.fromPort, '127.0.0.1', () => lied.resolve());
      return [];
    });
    const answer = await dig.ask(server, HOST, 'CNAME');
    await lied.promise;
    liar.close();
    expect(answer).toMatchObject({ chain: [], error: 'No answer from ns-1.test in 0.3 s.' });
  });

  it('asks a second time, with another id, and counts from the question that was answered', async () => {
    const { server, asked } = await nameServer((one) => (seen++ === 0 ? [] : [reply(one, [a(HOST, '10.0.0.1')])]));
    let seen = 0;
    const answer = await dig.ask(server, HOST, 'A');
    expect(answer.chain).toHaveLength(1);
    expect(answer.rttMs).toBeLessThan(300);
    expect(asked).toHaveLength(2);
  });

  it('gives an error where nobody listens, and where two questions were met with silence', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const silent = { label: '8.8.8.8', address: '127.0.0.1', port: socket.address().port, authoritative: false };
    expect(await dig.ask(silent, HOST, 'A')).toMatchObject({ chain: [], error: 'No answer from 8.8.8.8 in 0.3 s.' });
    socket.close();
    await once(socket, 'close');
    const { error } = await dig.ask(silent, HOST, 'A');
    expect(error).toMatch(/8\.8\.8\.8 at 127\.0\.0\.1 port \d+ cannot be reached: ECONNREFUSED/);
  });

  it('reaches servers by IPv6', async () => {
    const { server } = await nameServer((one) => [reply(one, [cname(HOST, 'd1.cloudfront.net')])], '::1');
    expect((await dig.ask(server, HOST, 'CNAME')).chain).toHaveLength(1);
  });

  it('ends with the reason of its signal', async () => {
    const { server } = await nameServer(() => []);
    const abort = new AbortController();
    const asking = dig.ask(server, HOST, 'A', abort.signal);
    abort.abort(new Error('left'));
    await expect(asking).rejects.toThrow('left');
  });

  it('gives an error where no route leads, and where a server has no address', async () => {
    // No socket may be connected to all machines at once: the same as a network that this machine has no way to.
    const away = { label: '8.8.8.8', address: '255.255.255.255', port: 53, authoritative: false };
    const { error } = await dig.ask(away, HOST, 'A');
    expect(error).toMatch(/^8\.8\.8\.8 at 255\.255\.255\.255 port 53 cannot be reached: E[A-Z]+\.$/);
    expect(await dig.ask({ ...away, label: 'ns-1', address: 'ns-1.example' }, HOST, 'A')).toMatchObject({
      chain: [],
      error: 'ns-1 has no address that this machine could find.',
    });
  });

  it.each(['FORMERR', 'NOTIMP'])('asks without EDNS whom EDNS makes say %s', async (rcode) => {
    const flags = rcode === 'FORMERR' ? 1 : 4;
    const { server, asked } = await nameServer((one) => [
      one.packet.additionals?.length
        ? reply(one, [], { flags, questions: [] })
        : reply(one, [cname(HOST, 'd1.cloudfront.net')]),
    ]);
    expect(await dig.ask(server, HOST, 'A')).toMatchObject({ rcode: 'NOERROR', chain: [{ type: 'CNAME' }] });
    expect(asked.map(({ packet }) => packet.additionals?.length)).toEqual([1, 0]);
  });

  it('takes FORMERR from a server that knows EDNS for its answer, and reads the bits that EDNS adds', async () => {
    const edns = (extendedRcode: number): Answer[] => [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        flags: 0,
        options: [],
        extendedRcode,
        ednsVersion: 0,
        flag_do: false,
      },
    ];
    const formerr = await nameServer((one) => [reply(one, [], { flags: 1, additionals: edns(0) })]);
    expect(await dig.ask(formerr.server, HOST, 'A')).toMatchObject({ rcode: 'FORMERR' });
    expect(formerr.asked).toHaveLength(1);
    const badvers = await nameServer((one) => [reply(one, [], { additionals: edns(1) })]);
    expect(await dig.ask(badvers.server, HOST, 'A')).toMatchObject({ rcode: 'BADVERS', chain: [] });
    const badcookie = await nameServer((one) => [reply(one, [], { flags: 7, additionals: edns(1) })]);
    expect(await dig.ask(badcookie.server, HOST, 'A')).toMatchObject({ rcode: 'BADCOOKIE' });
  });

  it('asks again over TCP where the cut went through a record', async () => {
    const whole = [a(HOST, '10.0.0.1'), a(HOST, '10.0.0.2')];
    const { server } = await nameServer((one) => [
      one.over === 'tcp' ? reply(one, whole) : reply(one, whole, { flags: TRUNCATED_RESPONSE }).subarray(0, -7),
    ]);
    expect((await dig.ask(server, HOST, 'A')).chain).toHaveLength(2);
  });

  it('is not misled by records of other types, classes and sections that nobody can read', async () => {
    const odd: Answer = { type: 'TXT', name: HOST, data: 'x'.repeat(200), ttl: 1 };
    const chaos: Answer = { type: 'A', name: HOST, data: '10.9.9.9', ttl: 1, class: 'CH' };
    const { server } = await nameServer((one) => [
      reply(one, [odd, chaos, a(HOST, '10.0.0.1')], {
        authorities: [{ type: 'MX', name: HOST, data: { preference: 1, exchange: 'mx.example' } }],
      }),
    ]);
    expect((await dig.ask(server, HOST, 'A')).chain.map(({ data }) => data)).toEqual(['10.0.0.1']);
  });

  it('takes no bytes for an answer that lead nowhere, and never throws for them', async () => {
    const header = (one: Asked, body: readonly number[], answers = 1) => {
      const bytes = Buffer.alloc(12);
      bytes.writeUInt16BE(one.packet.id ?? 0, 0);
      bytes.writeUInt16BE(0x8400, 2);
      bytes.writeUInt16BE(1, 4);
      bytes.writeUInt16BE(answers, 6);
      return Buffer.concat([bytes, Buffer.from(body)]);
    };
    const bodies = [
      [0xc0, 0x0c, 0, 1, 0, 1],
      [0x3f, 0x61],
      [0x80, 0x61, 0],
      [],
      [0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 1],
      [0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 3, 1, 2, 3],
    ];
    for (const body of bodies) {
      const { server } = await nameServer((one) => [header(one, body)]);
      const brief = createDig({ clock: systemClock, timeoutMs: 50 });
      expect((await brief.ask(server, HOST, 'A')).error).toMatch(
        /sent a packet that cannot be read, and nothing better/,
      );
    }
  });

  it.each(['a..b', 'x'.repeat(64), `${'long.'.repeat(60)}com`, 'ä.example', 'a b', 'a\\.b'])(
    'says that no server can be asked for %j',
    async (name) => {
      const { server, asked } = await nameServer(() => []);
      expect((await dig.ask(server, name, 'A')).error).toMatch(/is no name that DNS can be asked for/);
      expect(asked).toHaveLength(0);
    },
  );

  it('does not follow a chain in a circle', async () => {
    const { server } = await nameServer((one) => [reply(one, [cname(HOST, 'b.example'), cname('b.example', HOST)])]);
    expect((await dig.ask(server, HOST, 'A')).chain).toHaveLength(2);
  });
});

describe('where a server is', () => {
  it.each([
    ['8.8.8.8', '8.8.8.8', 53],
    ['127.0.0.1:5353', '127.0.0.1', 5353],
    ['::1', '::1', 53],
    ['[::1]:5353', '::1', 5353],
    ['[2001:4860:4860::8888]', '2001:4860:4860::8888', 53],
  ])('%s is read', (text, address, port) => {
    expect(parseServer(text)).toEqual({ label: text, address, port, authoritative: false });
    expect(parseServer(text, 'ns-1', true)).toMatchObject({ label: 'ns-1', authoritative: true });
  });
  it.each(['', 'ns-1.example', '8.8.8', '8.8.8.8:0', '8.8.8.8:70000', '[8.8.8.8]:53', '::1:x', '[::1'])(
    '%j is none',
    (text) => expect(parseServer(text)).toBeUndefined(),
  );
});

describe('in the embedded world', () => {
  it('a resolver gives the chain, a name server its own record, with their flags', async () => {
    const dns = await startPublicDns({
      clock: systemClock,
      zone: {
        name: 'theboss.io',
        nameServers: ['ns-1.example'],
        changes: () => [
          { atMs: 0, name: `${HOST}.`, type: 'CNAME', ttlSeconds: 300, values: ['elb-1.us-east-1.elb.amazonaws.com'] },
        ],
      },
      outside: [],
      slowResolver: false,
      onQuery: () => undefined,
    });
    onTestFinished(() => dns.close());
    const at = (place: string | undefined, authoritative: boolean) => {
      const server = parseServer(place ?? '', 'server', authoritative);
      if (!server) throw new Error(`no server at ${place}`);
      return dig.ask(server, HOST, 'CNAME');
    };
    const [nameServerAnswer, resolverAnswer] = await Promise.all([
      at(Object.values(dns.nameServers)[0], true),
      at(dns.resolvers['8.8.8.8'], false),
    ]);
    expect(nameServerAnswer).toMatchObject({ aa: true, rcode: 'NOERROR', chain: [{ ttlSeconds: 300 }] });
    expect(resolverAnswer).toMatchObject({ aa: false, rcode: 'NOERROR', chain: [{ type: 'CNAME' }] });
  });
});
