import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { systemClock } from '../../../src/clock.ts';
import { startRedis } from '../../../src/rehearsal/redis/redisServer.ts';
import { until } from '../../support/until.ts';

/** A Redis to hold the tests to: the embedded one, or the real one. */
export interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

async function startEmbedded(): Promise<Server> {
  const server = await startRedis({ clock: systemClock });
  return { port: server.port, stop: () => server.close() };
}

/** Whether this machine has a redis-server. With BOSS_TUI_REQUIRE_SERVERS=1 a machine without one fails. */
function hasRealRedis(): boolean {
  const found = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
  if (!found && process.env.BOSS_TUI_REQUIRE_SERVERS === '1')
    throw new Error('BOSS_TUI_REQUIRE_SERVERS is 1 and there is no redis-server on the PATH: install it.');
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function startReal(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--save', '', '--bind', '127.0.0.1', '--dir', folder];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  await until('redis-server to answer', async () => {
    const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      return (await client.ping()) === 'PONG';
    } finally {
      client.disconnect();
    }
  });
  return {
    port,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const real = hasRealRedis();

/** What each test of the protocol is held against; a name says why it is skipped. */
export const servers = [
  { name: 'the embedded Redis', start: startEmbedded, isThere: true },
  {
    name: real ? 'a real redis-server' : 'a real redis-server (skipped: there is none on the PATH)',
    start: startReal,
    isThere: real,
  },
] as const;
