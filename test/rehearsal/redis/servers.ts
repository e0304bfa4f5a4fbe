import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { systemClock } from '../../../src/clock.ts';
import { startRedis } from '../../../src/rehearsal/redis/redisServer.ts';
import { freePort, needing, startDaemon } from '../../support/servers.ts';
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

async function startReal(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--save', '', '--bind', '127.0.0.1', '--dir', folder];
  const daemon = startDaemon('redis-server', args);
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
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const real = needing(['redis-server'], 'a real redis-server');

/** What each test of the protocol is held against; a name says why it is skipped. */
export const servers = [
  { name: 'the embedded Redis', start: startEmbedded, isThere: true },
  { ...real, start: startReal },
] as const;
