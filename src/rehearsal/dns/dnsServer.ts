import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Question, Reply } from './reply.ts';
import { answerBytes } from './wire.ts';

/** One server on a loopback port of its own, over UDP and TCP. */
export interface DnsServer {
  readonly port: number;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
/** How often another port is taken because the one that UDP was given is in use for TCP. */
const PORT_ATTEMPTS = 20;

/** Answers each length-prefixed query of a connection, in order (RFC 1035, 4.2.2). */
function serveConnection(socket: Socket, answer: (query: Buffer) => Buffer | undefined): void {
  let waiting: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
      const length = waiting.readUInt16BE(0);
      const bytes = answer(waiting.subarray(2, 2 + length));
      waiting = waiting.subarray(2 + length);
      if (!bytes) return void socket.destroy();
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16BE(bytes.length);
      socket.write(Buffer.concat([prefix, bytes]));
    }
  });
}

async function listen(udp: UdpSocket, tcp: Server): Promise<number> {
  udp.bind(0, LOOPBACK);
  await once(udp, 'listening');
  const { port } = udp.address();
  tcp.listen(port, LOOPBACK);
  await once(tcp, 'listening');
  return port;
}

/** Serves `answer` until it is closed. `onQuery` is called for each packet; while it is cut off, none is answered. */
export async function serveDns(
  answer: (question: Question) => Reply,
  onQuery: () => void,
  isCutOff: () => boolean = () => false,
): Promise<DnsServer> {
  for (let attempt = 1; ; attempt++) {
    const udp = createSocket('udp4');
    udp.on('message', (query, from) => {
      onQuery();
      if (isCutOff()) return;
      const bytes = answerBytes(query, 'udp', answer);
      if (bytes) udp.send(bytes, from.port, from.address);
    });
    const connections = new Set<Socket>();
    const tcp = createServer((socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
      serveConnection(socket, (query) => {
        onQuery();
        return isCutOff() ? undefined : answerBytes(query, 'tcp', answer);
      });
    });
    try {
      const port = await listen(udp, tcp);
      // A client that went away must not end the world.
      udp.on('error', () => undefined);
      return { port, close: () => close(udp, tcp, connections) };
    } catch (error) {
      udp.close();
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function close(udp: UdpSocket, tcp: Server, connections: ReadonlySet<Socket>): Promise<void> {
  const closed = [once(udp, 'close'), once(tcp, 'close')];
  udp.close();
  tcp.close();
  for (const socket of connections) socket.destroy();
  await Promise.all(closed);
}
