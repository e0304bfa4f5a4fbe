import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Answer, type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import { onTestFinished } from 'vitest';
import type { DnsServer } from '../../src/clients/doors.ts';

export interface Asked {
  readonly packet: DecodedPacket;
  readonly over: 'udp' | 'tcp';
  readonly fromPort: number;
}
/** Bytes, in order; none: silence. */
export type Says = (asked: Asked) => readonly Buffer[];

/** One port for both: another is tried where the one that UDP was given is in use for TCP. */
async function bothAt(address: '127.0.0.1' | '::1') {
  for (;;) {
    const udp = createSocket(address === '::1' ? 'udp6' : 'udp4').bind(0, address);
    await once(udp, 'listening');
    const { port } = udp.address();
    const tcp = createServer().listen(port, address);
    const isFree = await once(tcp, 'listening').then(
      () => true,
      () => false,
    );
    if (isFree) return { udp, tcp, port };
    udp.close();
  }
}

/** A name server that says what the test tells it to, over UDP and TCP. */
export async function nameServer(
  says: Says,
  address: '127.0.0.1' | '::1' = '127.0.0.1',
): Promise<{ readonly server: DnsServer; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const answer = (bytes: Buffer, over: 'udp' | 'tcp', fromPort: number) => {
    const one = { packet: decode(bytes), over, fromPort };
    asked.push(one);
    return says(one);
  };
  const { udp, tcp, port } = await bothAt(address);
  udp.on('message', (bytes, from) => {
    for (const reply of answer(bytes, 'udp', from.port)) udp.send(reply, from.port, from.address);
  });
  tcp.on('connection', (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      for (const reply of answer(bytes.subarray(2), 'tcp', socket.remotePort ?? 0)) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        // In pieces, as a network may bring it.
        socket.write(length.subarray(0, 1));
        socket.write(Buffer.concat([length.subarray(1), reply]));
      }
      socket.end();
    });
  });
  onTestFinished(() => {
    udp.close();
    tcp.close();
  });
  return { server: { label: 'ns-1.test', address, port, authoritative: true }, asked };
}

export const reply = ({ packet }: Asked, answers: Answer[], more: Partial<Packet> = {}): Buffer =>
  encode({ type: 'response', id: packet.id ?? 0, questions: packet.questions ?? [], answers, ...more });

export const cname = (name: string, data: string, ttl = 300): Answer => ({ type: 'CNAME', name, data, ttl });
export const a = (name: string, data: string, ttl = 60): Answer => ({ type: 'A', name, data, ttl });
