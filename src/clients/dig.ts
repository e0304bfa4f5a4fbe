import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIP, isIPv6 } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { Clock } from '../clock.ts';
import type { Dig, DnsAnswer, DnsRecord, DnsServer } from './doors.ts';

/** Real milliseconds that a server has for one question. */
const TIMEOUT_MS = 3_000;
/** UDP loses packets: one lost is no silence yet. */
const TRIES = 2;
/** Fits every path without fragments (DNS flag day 2020). */
const UDP_PAYLOAD_BYTES = 1232;
const DNS_PORT = 53;

type QuestionType = Parameters<Dig['ask']>[2];
interface Asked {
  readonly server: DnsServer;
  readonly name: string;
  readonly type: QuestionType;
  readonly timeoutMs: number;
}

/** `8.8.8.8`, `127.0.0.1:5353`, `::1` or `[::1]:5353` → a server; undefined where it is none of these. */
export function parseServer(text: string, label = text, authoritative = false): DnsServer | undefined {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const plain = /^([^:]+)(?::(\d+))?$/.exec(text);
  const [, address, portText] = bracketed ?? plain ?? [undefined, text];
  const port = portText === undefined ? DNS_PORT : Number(portText);
  if (address === undefined || isIP(address) === 0 || port < 1 || port > 65_535) return undefined;
  if (bracketed !== null && !isIPv6(address)) return undefined;
  return { label, address, port, authoritative };
}

export interface DigOptions {
  readonly clock: Clock;
  /** Real milliseconds for each of the two times that a server is asked. */
  readonly timeoutMs?: number;
}

/** Asks name servers themselves: `node:dns` tells neither a CNAME's TTL nor the flags nor the rcode. */
export function createDig({ clock, timeoutMs = TIMEOUT_MS }: DigOptions): Dig {
  return {
    async ask(server, name, type, signal) {
      const asked = { server, name: name.replace(/\.$/, ''), type, timeoutMs };
      let answer = await tryOnce(asked, clock, signal);
      for (let n = 1; n < TRIES && answer.error !== undefined; n += 1) answer = await tryOnce(asked, clock, signal);
      return answer;
    },
  };
}

async function tryOnce(asked: Asked, clock: Clock, signal: AbortSignal | undefined): Promise<DnsAnswer> {
  signal?.throwIfAborted();
  const askedAtMs = clock.now();
  const begun = performance.now();
  const outcome = await exchange(asked, signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  });
  const about = { server: asked.server, askedAtMs, rttMs: Math.round(performance.now() - begun) };
  if (typeof outcome === 'string') return { ...about, chain: [], error: outcome };
  return {
    ...about,
    rcode: rcodeOf(outcome),
    aa: ((outcome.flags ?? 0) & AUTHORITATIVE_ANSWER) !== 0,
    chain: chainOf(outcome.answers ?? [], asked),
  };
}

async function exchange(asked: Asked, signal: AbortSignal | undefined): Promise<DecodedPacket> {
  const id = randomInt(0x10000);
  const question = encode({
    type: 'query',
    id,
    flags: asked.server.authoritative ? 0 : RECURSION_DESIRED,
    questions: [{ name: asked.name, type: asked.type, class: 'IN' }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: UDP_PAYLOAD_BYTES,
        flags: 0,
        options: [],
        extendedRcode: 0,
        ednsVersion: 0,
        flag_do: false,
      },
    ],
  });
  const accept = (bytes: Buffer) => readAnswer(bytes, id, asked);
  const deadline = AbortSignal.timeout(asked.timeoutMs);
  const ended = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const answer = await overUdp(asked, question, accept, ended);
  return answer.flag_tc ? overTcp(asked, question, accept, ended) : answer;
}

/** The answer to our question, or why it is none. */
function readAnswer(bytes: Buffer, id: number, asked: Asked): DecodedPacket | string {
  let packet: DecodedPacket;
  try {
    packet = decode(bytes);
  } catch {
    return 'a packet that cannot be read';
  }
  const [question] = packet.questions ?? [];
  if (packet.type !== 'response' || packet.id !== id) return 'a packet that answers no question of ours';
  // A server that could not read the question may leave it out; without records that proves nothing but its rcode.
  if (question === undefined && rcodeOf(packet) !== 'NOERROR') return { ...packet, answers: [] };
  if (question?.name.toLowerCase() !== asked.name.toLowerCase() || question.type !== asked.type)
    return 'an answer to another question';
  return packet;
}

type Accept = (bytes: Buffer) => DecodedPacket | string;

const silence = (server: DnsServer, timeoutMs: number, nonsense: string | undefined) =>
  new Error(
    nonsense === undefined
      ? `No answer from ${server.label} in ${timeoutMs / 1000} s.`
      : `${server.label} sent ${nonsense}, and nothing better in ${timeoutMs / 1000} s.`,
  );

/** A packet that is no answer of ours is passed over, as anybody may send one; it is named when nothing better comes. */
async function overUdp(
  { server, timeoutMs }: Asked,
  question: Buffer,
  accept: Accept,
  ended: AbortSignal,
): Promise<DecodedPacket> {
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
  let nonsense: string | undefined;
  const onEnd = () => reject(silence(server, timeoutMs, nonsense));
  ended.addEventListener('abort', onEnd, { once: true });
  socket.on('error', (error) => reject(unreachable(server, error)));
  socket.on('message', (bytes) => {
    const answer = accept(bytes);
    if (typeof answer === 'string') nonsense = answer;
    else resolve(answer);
  });
  // A connected socket has a random port of its own and takes packets from this one server only.
  socket.connect(server.port, server.address, () => {
    socket.send(question, (error) => {
      if (error) reject(unreachable(server, error));
    });
  });
  try {
    return await promise;
  } finally {
    ended.removeEventListener('abort', onEnd);
    socket.close();
  }
}

async function overTcp(
  { server, timeoutMs }: Asked,
  question: Buffer,
  accept: Accept,
  ended: AbortSignal,
): Promise<DecodedPacket> {
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  const socket = connect({ host: server.address, port: server.port });
  const onEnd = () => reject(silence(server, timeoutMs, undefined));
  ended.addEventListener('abort', onEnd, { once: true });
  let received = Buffer.alloc(0);
  socket.on('error', (error) => reject(unreachable(server, error)));
  socket.on('close', () => reject(new Error(`${server.label} closed the TCP connection before it had answered.`)));
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    if (received.length < 2 || received.length < 2 + received.readUInt16BE()) return;
    const answer = accept(received.subarray(2, 2 + received.readUInt16BE()));
    if (typeof answer === 'string') reject(new Error(`${server.label} sent ${answer} over TCP.`));
    else resolve(answer);
  });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(question.length);
  socket.write(Buffer.concat([length, question]));
  try {
    return await promise;
  } finally {
    ended.removeEventListener('abort', onEnd);
    socket.destroy();
  }
}

function unreachable(server: DnsServer, error: Error): Error {
  const code = 'code' in error ? String(error.code) : error.message;
  return new Error(`${server.label} at ${server.address} port ${server.port} cannot be reached: ${code}.`);
}

/** dns-packet gives it, its types do not. */
function rcodeOf(packet: DecodedPacket): string {
  return 'rcode' in packet && typeof packet.rcode === 'string' ? packet.rcode : 'UNKNOWN';
}

function dataOf(answer: Answer): string | undefined {
  if (answer.type === 'A' || answer.type === 'AAAA' || answer.type === 'CNAME' || answer.type === 'NS')
    return answer.data;
  if (answer.type === 'SOA') return `${answer.data.mname} ${answer.data.rname} ${answer.data.serial ?? 0}`;
  return undefined;
}

/** The records from the name that was asked for to where it leads, in that order, whatever the order of the packet. */
function chainOf(answers: readonly Answer[], asked: Asked): readonly DnsRecord[] {
  const records = answers.flatMap((answer): DnsRecord[] => {
    const data = dataOf(answer);
    if (data === undefined || !('ttl' in answer)) return [];
    return [{ name: answer.name, type: answer.type, ttlSeconds: answer.ttl ?? 0, data }];
  });
  const chain: DnsRecord[] = [];
  const seen = new Set<string>();
  for (let name: string | undefined = asked.name.toLowerCase(); name !== undefined && !seen.has(name); ) {
    seen.add(name);
    const here = records.filter((record) => record.name.toLowerCase() === name);
    const alias = here.find(({ type }) => type === 'CNAME');
    chain.push(...(alias ? [alias] : here.filter(({ type }) => type === asked.type)));
    name = alias?.data.toLowerCase();
  }
  return chain;
}
