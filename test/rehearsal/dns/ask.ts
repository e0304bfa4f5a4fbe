import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Answer, decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';

/** One answer as a test reads it. */
export interface Heard {
  readonly rcode: number;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  readonly answers: readonly string[];
  readonly ttls: readonly number[];
  readonly packet: Packet;
}

const asLine = (answer: Answer): string =>
  `${answer.name} ${answer.type} ${'data' in answer ? (Array.isArray(answer.data) ? answer.data.map(String).join('') : answer.data) : ''}`;

function heard(bytes: Buffer): Heard {
  const packet = decode(bytes);
  const flags = packet.flags ?? 0;
  return {
    rcode: flags & 0xf,
    isAuthoritative: (flags & 0x400) !== 0,
    isTruncated: (flags & 0x200) !== 0,
    answers: (packet.answers ?? []).map(asLine),
    ttls: (packet.answers ?? []).map((answer) => ('ttl' in answer ? (answer.ttl ?? -1) : -1)),
    packet,
  };
}

export function question(
  name: string,
  type: 'A' | 'CNAME' | 'NS' | 'SOA' | 'TXT' | 'MX',
  options: { readonly udpPayloadSize?: number; readonly id?: number; readonly flags?: number } = {},
): Buffer {
  const { udpPayloadSize } = options;
  const opt = {
    type: 'OPT' as const,
    name: '.',
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return encode({
    type: 'query',
    id: options.id ?? 4711,
    flags: options.flags ?? RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
    additionals: udpPayloadSize === undefined ? [] : [{ ...opt, udpPayloadSize }],
  });
}

export async function askBytes(port: number, bytes: Buffer): Promise<Heard> {
  const socket = createSocket('udp4');
  try {
    const answered = once(socket, 'message', { signal: AbortSignal.timeout(5_000) });
    socket.send(bytes, port, '127.0.0.1');
    const [reply] = await answered;
    return heard(reply);
  } finally {
    socket.close();
  }
}

export const ask = (port: number, ...asked: Parameters<typeof question>): Promise<Heard> =>
  askBytes(port, question(...asked));

/** Over TCP, in as many pieces as there are; one answer for each of `asked`. */
export async function askTcp(port: number, asked: readonly Buffer[], pieces = 1): Promise<readonly Heard[]> {
  const whole = Buffer.concat(
    asked.flatMap((bytes) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );
  const socket = connect(port, '127.0.0.1');
  try {
    const size = Math.ceil(whole.length / pieces);
    for (let at = 0; at < whole.length; at += size)
      await new Promise<void>((sent) => void socket.write(whole.subarray(at, at + size), () => sent()));
    const answers: Heard[] = [];
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        answers.push(heard(received.subarray(2, 2 + received.readUInt16BE(0))));
        received = received.subarray(2 + received.readUInt16BE(0));
      }
      if (answers.length === asked.length) break;
    }
    return answers;
  } finally {
    socket.destroy();
  }
}
