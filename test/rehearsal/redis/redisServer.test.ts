import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { type Server, servers } from './servers.ts';

/** Sends raw bytes on a connection of its own and gives back what came, once it matches. */
async function raw(port: number, bytes: string, wanted: RegExp): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    return await talk(socket, bytes, wanted);
  } finally {
    socket.destroy();
  }
}
async function talk(socket: Socket, bytes: string, wanted: RegExp): Promise<string> {
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.write(Buffer.from(bytes, 'latin1'));
  await until(`a reply like ${wanted}`, () => wanted.test(received), 5_000);
  return received;
}

for (const { name, start, isThere } of servers)
  describe.skipIf(!isThere)(name, () => {
    let server: Server;
    let client: Redis;

    const open = (options: { readonly protocol?: 2 | 3; readonly db?: number } = {}) =>
      new Redis({ host: '127.0.0.1', port: server.port, retryStrategy: () => null, ...options });

    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      client = open();
      await client.flushall();
    });
    afterEach(() => client.disconnect());

    it.each([2, 3] as const)('talks protocol version %i with ioredis, INFO and maps included', async (protocol) => {
      const other = open({ protocol });
      expect(await other.ping()).toBe('PONG');
      expect(await other.info('server')).toContain('redis_version:');
      const databases = await other.config('GET', 'databases');
      expect(Array.isArray(databases) ? databases : Object.entries(databases as object).flat()).toEqual([
        'databases',
        '16',
      ]);
      expect(await other.get('nothing')).toBeNull();
      other.disconnect();
    });

    it('tells its process, role and keys by database', async () => {
      await client.set('a', '1');
      await client.set('b', '2', 'EX', 100);
      await client.select(3);
      await client.set('c', '3');
      const info = await client.info();
      expect(info).toMatch(/^run_id:[0-9a-f]{40}\r$/m);
      expect(info).toMatch(/^role:master\r$/m);
      expect(info).toMatch(/^loading:0\r$/m);
      expect(info).toMatch(/^db0:keys=2,expires=1,avg_ttl=\d+/m);
      expect(info).toMatch(/^db3:keys=1,expires=0,avg_ttl=0/m);
      expect(await client.info('keyspace')).not.toContain('run_id');
      expect((await client.info('nonsense')).trim()).toBe('');
    });

    it('keeps the databases apart and refuses one that it does not have', async () => {
      await client.set('a', '1');
      await client.select(1);
      expect(await client.get('a')).toBeNull();
      expect(await client.dbsize()).toBe(0);
      await expect(client.select(16)).rejects.toThrow('ERR DB index is out of range');
      await expect(client.select(-1)).rejects.toThrow('ERR DB index is out of range');
      await expect(client.call('SELECT', 'one')).rejects.toThrow(/^ERR (invalid DB index|value is not an integer)/);
    });

    it('sets, reads, deletes and forgets', async () => {
      expect(await client.set('a', '1')).toBe('OK');
      expect(await client.set('a', '2', 'NX')).toBeNull();
      expect(await client.set('b', '2', 'XX')).toBeNull();
      expect(await client.call('SET', 'a', '3', 'GET')).toBe('1');
      expect(await client.exists('a', 'a', 'b')).toBe(2);
      expect(await client.type('a')).toBe('string');
      expect(await client.type('b')).toBe('none');
      expect([await client.ttl('a'), await client.ttl('b')]).toEqual([-1, -2]);
      await client.set('a', '4', 'EX', 100);
      expect(await client.ttl('a')).toBeGreaterThan(98);
      await client.set('a', '5', 'KEEPTTL');
      expect(await client.pttl('a')).toBeGreaterThan(90_000);
      expect(await client.persist('a')).toBe(1);
      expect(await client.ttl('a')).toBe(-1);
      expect(await client.expire('b', 5)).toBe(0);
      await client.pexpire('a', 20);
      await until('the key to go', async () => (await client.exists('a')) === 0, 3_000);
      expect(await client.dbsize()).toBe(0);
      await client.set('c', '1');
      expect(await client.del('c', 'd')).toBe(1);
    });

    it('keeps every byte of keys and values', async () => {
      const key = Buffer.from([0, 13, 10, 255, 42, 36]);
      const value = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      await client.set(key, value);
      expect(await client.getBuffer(key)).toEqual(value);
      const [, keys] = await client.scanBuffer(0, 'COUNT', 100);
      expect(keys).toEqual([key]);
    });

    it('scans in pages and finds by pattern and type', async () => {
      const pipeline = client.pipeline();
      for (let index = 0; index < 500; index++) pipeline.set(`CACHED-CUBOID&${index}`, '1');
      for (let index = 0; index < 7; index++) pipeline.set(`WRITE-CUBOID&${index}`, '1');
      await pipeline.exec();
      expect((await scanAll(client, [], 50)).size).toBe(507);
      expect((await scanAll(client, ['MATCH', 'WRITE-CUBOID*'], 50)).size).toBe(7);
      expect((await scanAll(client, ['TYPE', 'string', 'MATCH', '*&[12]'], 1000)).size).toBe(4);
      expect((await scanAll(client, ['TYPE', 'hash'], 1000)).size).toBe(0);
      expect((await client.keys('WRITE-CUBOID&?')).sort()).toEqual(
        Array.from({ length: 7 }, (_, i) => `WRITE-CUBOID&${i}`),
      );
      const [cursor, keys] = await client.scan(0, 'COUNT', 10);
      expect(cursor).not.toBe('0');
      expect(keys.length).toBeLessThan(200);
    });

    it('returns each key that was there all the time, whatever came and went during the scan', async () => {
      const pipeline = client.pipeline();
      for (let index = 0; index < 2_000; index++) pipeline.set(`stays&${index}`, '1').set(`goes&${index}`, '1');
      await pipeline.exec();
      const seen = new Set<string>();
      let cursor = '0';
      let round = 0;
      do {
        const [next, keys] = await client.scan(cursor, 'COUNT', 100);
        for (const key of keys) seen.add(key);
        cursor = next;
        const churn = client.pipeline();
        for (let index = 0; index < 80; index++)
          churn.del(`goes&${round * 80 + index}`).set(`comes&${round}&${index}`, '1');
        await churn.exec();
        round++;
      } while (cursor !== '0');
      expect([...seen].filter((key) => key.startsWith('stays&'))).toHaveLength(2_000);
    });

    it('says what is wrong with a scan', async () => {
      await expect(client.call('SCAN', 'x')).rejects.toThrow('ERR invalid cursor');
      await expect(client.call('SCAN', '0', 'COUNT', '0')).rejects.toThrow('ERR syntax error');
      await expect(client.call('SCAN', '0', 'COUNT', 'many')).rejects.toThrow(
        'ERR value is not an integer or out of range',
      );
      await expect(client.call('SCAN', '0', 'LIMIT', '5')).rejects.toThrow('ERR syntax error');
      await expect(client.call('SCAN')).rejects.toThrow("ERR wrong number of arguments for 'scan' command");
    });

    it('refuses what it does not know, in the words of Redis', async () => {
      await expect(client.call('FLUSHCUBOIDS', 'now')).rejects.toThrow(
        /^ERR unknown command ['`]FLUSHCUBOIDS['`], with args beginning with: ['`]now['`],? $/,
      );
      await expect(client.call('GET')).rejects.toThrow("ERR wrong number of arguments for 'get' command");
      await expect(client.call('CLIENT', 'DANCE')).rejects.toThrow(
        /^ERR unknown subcommand .*'DANCE'. Try CLIENT HELP\.$/i,
      );
      await expect(client.call('HELLO', '4')).rejects.toThrow('NOPROTO unsupported protocol version');
      await expect(client.call('HELLO', 'three')).rejects.toThrow(
        'ERR Protocol version is not an integer or out of range',
      );
      await expect(client.call('AUTH', 'secret')).rejects.toThrow(
        'ERR AUTH <password> called without any password configured for the default user.',
      );
    });

    it('names its connections', async () => {
      expect(await client.client('GETNAME')).toBeNull();
      expect(await client.client('SETNAME', 'watcher')).toBe('OK');
      expect(await client.client('GETNAME')).toBe('watcher');
      await expect(client.client('SETNAME', 'two words')).rejects.toThrow('ERR Client names cannot contain spaces');
      expect(await client.client('ID')).toBeGreaterThan(0);
      expect(await client.client('LIST')).toContain('name=watcher');
      expect(await client.command('COUNT')).toBeGreaterThan(10);
    });

    it('speaks version 2 until HELLO 3, and answers on the wire as each version does', async () => {
      expect(await raw(server.port, '*2\r\n$3\r\nGET\r\n$1\r\nx\r\n', /\r\n/)).toBe('$-1\r\n');
      const spoken = await raw(server.port, '*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*2\r\n$3\r\nGET\r\n$1\r\nx\r\n', /_\r\n$/);
      expect(spoken).toMatch(/^%7\r\n\$6\r\nserver\r\n\$5\r\nredis\r\n/);
      expect(spoken).toContain('$5\r\nproto\r\n:3\r\n');
      const info = await raw(
        server.port,
        '*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n',
        /run_id/,
      );
      expect(info).toMatch(/\r\n=\d+\r\ntxt:# Server\r\n/);
    });

    it('takes requests in pieces, several at once, and typed by hand', async () => {
      const socket = connect(server.port, '127.0.0.1');
      socket.write('*2\r\n$4\r\nEC');
      await once(socket, 'connect');
      expect(await talk(socket, 'HO\r\n$3\r\nabc\r\nPING\r\nPING hello\r\n', /hello\r\n$/)).toBe(
        '$3\r\nabc\r\n+PONG\r\n$5\r\nhello\r\n',
      );
      socket.destroy();
    });

    it('ends a connection after QUIT and after nonsense', async () => {
      for (const [bytes, reply] of [
        ['*1\r\n$4\r\nQUIT\r\n', /^\+OK\r\n$/],
        ['*1\r\n:4\r\nPING\r\n', /^-ERR Protocol error: expected '\$', got ':'\r\n$/],
        ['*x\r\n', /^-ERR Protocol error: invalid multibulk length\r\n$/],
      ] as const) {
        const socket = connect(server.port, '127.0.0.1');
        const closed = once(socket, 'close');
        expect(await talk(socket, bytes, reply)).toMatch(reply);
        await closed;
      }
    });
  });

/** Every key that a whole scan returns. */
async function scanAll(client: Redis, filters: readonly string[], count: number): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = (await client.call('SCAN', cursor, ...filters, 'COUNT', String(count))) as [string, string[]];
    for (const key of keys) seen.add(key);
    cursor = next;
  } while (cursor !== '0');
  return seen;
}
