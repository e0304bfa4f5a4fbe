import { setTimeout as delay } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createCaches } from '../../src/clients/redis.ts';
import { globMatcher, nextCount, parseInfo } from '../../src/clients/redisInfo.ts';
import { systemClock } from '../../src/clock.ts';
import { AUTHORITY, real, type Server, servers, startReal } from '../rehearsal/redis/servers.ts';
import { info, type RedisReply, scriptedRedis } from './scriptedRedis.ts';
import { tunnelTo } from './tunnel.ts';

const cacheAt = (port: number, login = '') => {
  const caches = createCaches({ urls: { cache: `redis://${login}127.0.0.1:${port}` }, clock: systemClock });
  onTestFinished(() => caches.close());
  return caches.cache('cache');
};
const nothing = () => undefined;

for (const { name, start, isThere } of servers)
  describe.skipIf(!isThere)(`a cache on ${name}`, () => {
    let server: Server;
    let client: Redis;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      client = new Redis({ host: '127.0.0.1', port: server.port, retryStrategy: () => null });
      await client.flushall();
    });
    afterEach(() => client.disconnect());

    const fill = async (database: number, prefix: string, count: number) => {
      await client.select(database);
      const pipeline = client.pipeline();
      for (let n = 0; n < count; n += 1) pipeline.set(`${prefix}${n}`, 'x');
      await pipeline.exec();
    };

    it('says how many keys it holds over all databases, which process it is and its role', async () => {
      await fill(0, 'CACHED-CUBOID&', 40);
      await fill(3, 'WRITE-CUBOID&', 2);
      const look = await cacheAt(server.port).look();
      expect(look).toEqual({ runId: parseInfo(await client.info()).runId, role: 'master', keys: 42 });
    });

    it('counts several patterns in one pass over every database', async () => {
      await fill(0, 'CACHED-CUBOID&', 4_000);
      await fill(0, 'WRITE-CUBOID&', 150);
      await fill(5, 'WRITE-CUBOID&b', 3);
      await fill(5, 'PAGE-OUT&', 1);
      const progress: number[] = [];
      const pass = await cacheAt(server.port).scan(['WRITE-CUBOID*', 'PAGE-OUT*', 'WRITE-LOCK*'], (keys) =>
        progress.push(keys),
      );
      expect(pass).toMatchObject({ keys: 4_154, counts: { 'WRITE-CUBOID*': 153, 'PAGE-OUT*': 1, 'WRITE-LOCK*': 0 } });
      expect(pass.samples['WRITE-CUBOID*']).toHaveLength(100);
      expect(pass.samples['PAGE-OUT*']).toEqual(['PAGE-OUT&0']);
      expect(pass.samples['WRITE-LOCK*']).toEqual([]);
      expect(pass.endedAtMs).toBeGreaterThanOrEqual(pass.startedAtMs);
      expect(progress.length).toBeGreaterThan(2);
      expect(progress.at(-1)).toBe(4_154);
    });

    it('is complete with no key at all', async () => {
      expect(await cacheAt(server.port).scan(['*'], nothing)).toMatchObject({ keys: 0, counts: { '*': 0 } });
    });

    it('is looked at again after its connection was lost', async () => {
      const tunnel = await tunnelTo(server.port);
      const cache = cacheAt(tunnel.port);
      const first = await cache.look();
      tunnel.cut();
      expect(await cache.look()).toEqual(first);
    });

    it('has its pass void where the connection is lost in it', async () => {
      await fill(0, 'CACHED-CUBOID&', 5_000);
      const tunnel = await tunnelTo(server.port);
      const cache = cacheAt(tunnel.port);
      await expect(cache.scan(['*'], () => tunnel.cut())).rejects.toThrow(
        /^Cache cache could not be scanned: .*; the connection was lost, try again\.$/,
      );
      expect(await cache.scan(['*'], nothing)).toMatchObject({ keys: 5_000 });
    });

    it('ends a pass with the reason of its signal', async () => {
      await fill(0, 'CACHED-CUBOID&', 5_000);
      const abort = new AbortController();
      const pass = cacheAt(server.port).scan(['*'], () => abort.abort(new Error('the card was closed')), abort.signal);
      await expect(pass).rejects.toThrow('the card was closed');
    });
  });

for (const { name, start, isThere } of servers)
  describe.skipIf(!isThere)(`a cache that demands a password, on ${name}`, () => {
    let server: Server;
    beforeAll(async () => {
      server = await start({ password: 'p@ss:word/1' });
    });
    afterAll(() => server.stop());

    it.each(['', 'default'])('is looked at and scanned with the one in its URL, for the user %j', async (user) => {
      const cache = cacheAt(server.port, `${user}:p%40ss%3Aword%2F1@`);
      expect(await cache.look()).toMatchObject({ role: 'master', keys: 0 });
      expect(await cache.scan(['*'], nothing)).toMatchObject({ keys: 0 });
    });

    it.each([
      ['another one', ':hunter2@', /WRONGPASS/],
      ['one for a user that it does not have', 'me:hunter2@', /WRONGPASS/],
      ['none', '', /NOAUTH/],
    ])('says with %s what to do, and never the password', async (_, login, says) => {
      const cache = cacheAt(server.port, login);
      for (const work of [() => cache.look(), () => cache.scan(['*'], nothing)]) {
        const error = await work().catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ message: expect.stringMatching(says) });
        expect(error).toMatchObject({ message: expect.stringMatching(/; check the user and password in its URL\.$/) });
        expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
      }
    });
  });

describe.skipIf(!real.isThere)(`a cache with encryption in transit, on ${real.name}`, () => {
  let encrypted: Server;
  beforeAll(async () => {
    encrypted = await startReal({ tls: true, password: 'secret' });
  });
  afterAll(() => encrypted.stop());
  /** What NODE_EXTRA_CA_CERTS does for a whole process. */
  const trustAuthority = () => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, AUTHORITY]);
    onTestFinished(() => setDefaultCACertificates(before));
  };
  const cacheBy = (url: string) => {
    const caches = createCaches({ urls: { cache: url }, clock: systemClock });
    onTestFinished(() => caches.close());
    return caches.cache('cache');
  };

  it.each(['localhost', '127.0.0.1'])('is looked at and scanned by rediss://…@%s', async (host) => {
    trustAuthority();
    const cache = cacheBy(`rediss://:secret@${host}:${encrypted.port}`);
    expect(await cache.look()).toMatchObject({ role: 'master' });
    expect(await cache.scan(['*'], nothing)).toMatchObject({ keys: 0 });
  });

  it('is not believed where nobody we trust has signed for it', async () => {
    await expect(cacheBy(`rediss://:secret@localhost:${encrypted.port}`).look()).rejects.toThrow(
      /certificate.*; check the host in its URL; a private certificate's authority is named by NODE_EXTRA_CA_CERTS\.$/,
    );
  });

  it('says that its URL begins with rediss://', async () => {
    await expect(cacheBy(`redis://localhost:${encrypted.port}`).look()).rejects.toThrow(
      /hung up at the first question; .*its URL begins with rediss:\/\/\.$/,
    );
  });
});

/** A thousand times a thousand keys, the first of each thousand unflushed. */
const FILL = `
  for thousand = 1, 1000 do
    local pairs = { 'WRITE-CUBOID&' .. thousand, 'x' }
    for n = 1, 999 do
      pairs[2 * n + 1] = 'CACHED-CUBOID&' .. thousand .. '&' .. n
      pairs[2 * n + 2] = 'x'
    end
    redis.call('MSET', unpack(pairs))
  end`;

describe.skipIf(!real.isThere)(`a million keys, on ${real.name}`, () => {
  it('are scanned in full, while others are served', async () => {
    const server = await startReal();
    onTestFinished(() => server.stop());
    const client = new Redis({ host: '127.0.0.1', port: server.port });
    onTestFinished(() => client.disconnect());
    await client.eval(FILL, 0);
    let isScanning = true;
    let pings = 0;
    const serve = async () => {
      for (; isScanning; pings += 1) {
        await client.ping();
        await delay(5);
      }
    };
    const serving = serve();
    const seen: number[] = [];
    const pass = await cacheAt(server.port).scan(['WRITE-CUBOID*'], (keys) => seen.push(keys));
    isScanning = false;
    await serving;
    expect(pass).toMatchObject({ keys: 1_000_000, counts: { 'WRITE-CUBOID*': 1_000 } });
    expect(pass.samples['WRITE-CUBOID*']).toHaveLength(100);
    expect(seen.at(-1)).toBe(1_000_000);
    // Every piece of at most 10,000 keys lets somebody else in.
    expect(pings).toBeGreaterThan(10);
  });
});

describe('a pass that proves nothing is rejected', () => {
  const pass = async (answer: (command: readonly string[], infos: number) => RedisReply) => {
    let infos = 0;
    const asked: string[] = [];
    const port = await scriptedRedis((command) => {
      if (command[0] === 'info') infos += 1;
      asked.push(command[0] ?? '');
      return answer(command, infos);
    });
    const result = cacheAt(port).scan(['WRITE-CUBOID*'], nothing);
    return { result, asked };
  };
  const scanned = (command: readonly string[]): RedisReply =>
    command[0] === 'scan' ? ['0', ['CACHED-CUBOID&1']] : 'OK';

  it('where it finds a replica', async () => {
    const { result, asked } = await pass(() => info('a', 'slave', { db0: 1 }));
    await expect(result).rejects.toThrow(/is a slave, not the master/);
    expect(asked).not.toContain('scan');
  });

  it('where the process is another one at the end', async () => {
    const { result } = await pass((command, infos) =>
      command[0] === 'info' ? info(infos === 1 ? 'a' : 'b', 'master', { db0: 1 }) : scanned(command),
    );
    await expect(result).rejects.toThrow(/process changed in the middle \(a failover or a restart\)/);
  });

  it('where it is no master any more at the end', async () => {
    const { result } = await pass((command, infos) =>
      command[0] === 'info' ? info('a', infos === 1 ? 'master' : 'slave', { db0: 1 }) : scanned(command),
    );
    await expect(result).rejects.toThrow(/not the master/);
  });

  it('where it is one shard of a cluster', async () => {
    const { result } = await pass(() => info('a', 'master', { db0: 1 }, 'cluster_enabled:1'));
    await expect(result).rejects.toThrow(/one shard of a cluster/);
  });

  it('where the server hangs up', async () => {
    const { result } = await pass((command) =>
      command[0] === 'info' ? info('a', 'master', { db0: 1 }) : command[0] === 'scan' ? 'hang up' : 'OK',
    );
    await expect(result).rejects.toThrow(/could not be scanned/);
  });

  it('but one that finds a database with its first keys scans that too', async () => {
    const databases: string[] = [];
    const { result, asked } = await pass((command, infos) => {
      if (command[0] === 'select') databases.push(command[1] ?? '');
      if (command[0] === 'info') return info('a', 'master', infos === 1 ? { db0: 1 } : { db0: 1, db7: 1 });
      if (command[0] === 'scan') return ['0', [databases.at(-1) === '7' ? 'WRITE-CUBOID&late' : 'CACHED-CUBOID&1']];
      return 'OK';
    });
    expect(await result).toMatchObject({ counts: { 'WRITE-CUBOID*': 1 } });
    expect(databases).toEqual(['0', '7']);
    expect(asked).not.toContain('keys');
  });
});

describe('what goes wrong with a cache is said without its password', () => {
  it('where nothing listens', async () => {
    const port = await scriptedRedis(() => 'OK');
    const caches = createCaches({ urls: { cache: 'redis://:hunter2@127.0.0.1:1' }, clock: systemClock });
    const error = await caches
      .cache('cache')
      .look()
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Cache cache could not be looked at: .*ECONNREFUSED.*tunnel/),
    });
    expect(String(error)).not.toContain('hunter2');
    expect(port).toBeGreaterThan(0);
  });

  it('where the password is wrong', async () => {
    const port = await scriptedRedis((command) =>
      command[0] === 'auth'
        ? { error: 'WRONGPASS invalid username-password pair or user is disabled.' }
        : { error: 'NOAUTH' },
    );
    const error = await cacheAt(port, 'me:hunter2@')
      .look()
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      message: expect.stringMatching(/WRONGPASS.*check the user and password in its URL/),
    });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
  });

  it('where the URL is none', () => {
    const caches = createCaches({ urls: { cache: 'https://me:hunter2@there' }, clock: systemClock });
    expect(() => caches.cache('cache')).toThrow(/^The URL of cache cache is not one: write redis:\/\/host:port/);
    expect(() => caches.cache('cache-state')).toThrow('There is no cache cache-state; configured are: cache.');
  });
});

describe('reading what Redis says', () => {
  it('finds the keyspace, the role and the process', () => {
    expect(parseInfo(info('abc', 'master', { db0: 1204331, db12: 5 }))).toEqual({
      runId: 'abc',
      role: 'master',
      cluster: false,
      databases: new Map([
        [0, 1204331],
        [12, 5],
      ]),
    });
    expect(() => parseInfo('# Server\r\nredis_version:7\r\n')).toThrow(/which process/);
  });

  it.each([
    ['WRITE-CUBOID*', 'WRITE-CUBOID&1&2', true],
    ['WRITE-CUBOID*', 'WRITE-CUBOI', false],
    ['*', '', true],
    ['h?llo', 'hallo', true],
    ['h?llo', 'hllo', false],
    ['h[ae]llo', 'hello', true],
    ['h[^e]llo', 'hello', false],
    ['h[a-c]llo', 'hbllo', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['a.b', 'axb', false],
    ['[', '[', true],
    ['*a*b*', 'xxaxxbxx', true],
    ['a*', 'a\nb', true],
  ])('the pattern %j and the key %j: %j', (pattern, key, matches) => {
    expect(globMatcher(pattern)(key)).toBe(matches);
  });

  it('matches any key by the pattern that escapes each of its characters', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        const escaped = Array.from(key, (character) => `\\${character}`).join('');
        return globMatcher(escaped)(key) && !globMatcher(escaped)(`${key}x`);
      }),
    );
  });

  it('asks for more the longer the way is, and never for more than 10,000', () => {
    expect([0, 1, 4, 8, 39, 40, 80, 5_000].map(nextCount)).toEqual([
      1_000, 1_000, 1_000, 2_000, 10_000, 10_000, 10_000, 10_000,
    ]);
  });
});
