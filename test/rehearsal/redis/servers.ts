import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** What a server demands of whoever connects. */
export interface Demands {
  readonly password?: string;
}

async function startEmbedded({ password }: Demands = {}): Promise<Server> {
  const server = await startRedis({ clock: systemClock, ...(password && { password }) });
  return { port: server.port, stop: () => server.close() };
}

const pem = (name: string) => fileURLToPath(new URL(`./tls/${name}`, import.meta.url));

/** Who signed the certificate of a server with TLS; it is for localhost, cache.production.boss and 127.0.0.1. */
export const AUTHORITY = readFileSync(pem('authority.pem'), 'utf8');

const TLS = ['--tls-cert-file', pem('server.pem'), '--tls-key-file', pem('server.key'), '--tls-auth-clients', 'no'];

/** A real redis-server, in memory alone; with `tls` it speaks nothing else. */
export async function startReal({ password, tls = false }: Demands & { readonly tls?: boolean } = {}): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-redis-'));
  const port = await freePort();
  const listen = tls ? ['--port', '0', '--tls-port', String(port), ...TLS] : ['--port', String(port)];
  const login = password === undefined ? [] : ['--requirepass', password];
  const args = [...listen, ...login, '--save', '', '--bind', '127.0.0.1', '--dir', folder];
  const daemon = startDaemon('redis-server', args);
  await until('redis-server to answer', async () => {
    const client = new Redis({
      ...{ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => null },
      ...(password && { password }),
      ...(tls && { tls: { ca: AUTHORITY } }),
    });
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

/** The real one's name and whether it is there, for what the embedded one does not do. */
export const real = needing(['redis-server'], 'a real redis-server');

/** What each test of the protocol is held against; a name says why it is skipped. */
export const servers = [
  { name: 'the embedded Redis', start: startEmbedded, isThere: true },
  { ...real, start: startReal },
] as const;
