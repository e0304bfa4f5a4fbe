import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What it says to a command: a value to be encoded, or what to do with the connection. */
export type RedisReply =
  | string
  | { readonly error: string }
  | readonly [string, readonly string[]]
  | 'hang up'
  | 'say nothing';

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

function encode(reply: Exclude<RedisReply, 'hang up' | 'say nothing'>): string {
  if (typeof reply === 'string') return bulk(reply);
  if ('error' in reply) return `-${reply.error}\r\n`;
  const [cursor, keys] = reply;
  return `*2\r\n${bulk(cursor)}*${keys.length}\r\n${keys.map(bulk).join('')}`;
}

/** A server that says what the test tells it to: failovers, lost connections and the like cannot be had of a real one. */
export async function scriptedRedis(answer: (command: readonly string[]) => RedisReply): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      text += bytes.toString();
      for (;;) {
        const whole = /^\*(\d+)\r\n((?:\$\d+\r\n[^\r]*\r\n)*)/.exec(text);
        const words = whole?.[2]?.split('\r\n').filter((_, n) => n % 2 === 1) ?? [];
        const wanted = Number(whole?.[1]);
        if (whole === null || words.length < wanted) return;
        const used = words.slice(0, wanted);
        text = text.slice(`*${wanted}\r\n`.length + used.reduce((sum, word) => sum + bulk(word).length, 0));
        const reply = answer(used.map((word, n) => (n === 0 ? word.toLowerCase() : word)));
        if (reply === 'hang up') socket.destroy();
        else if (reply !== 'say nothing') socket.write(encode(reply));
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export const info = (runId: string, role: string, databases: Readonly<Record<string, number>>, more = '') =>
  [
    '# Server',
    'redis_version:6.2.6',
    `run_id:${runId}`,
    more,
    '# Replication',
    `role:${role}`,
    '# Keyspace',
    ...Object.entries(databases).map(([name, keys]) => `${name}:keys=${keys},expires=0,avg_ttl=0`),
    '',
  ].join('\r\n');
