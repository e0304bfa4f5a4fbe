import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIP, isIPv6 } from 'node:net';
import type { Clock } from '../clock.ts';
import { type DnsMessage, isQuestion, type QuestionType, readMessage, writeQuestion } from './dnsMessage.ts';
import type { Dig, DnsAnswer, DnsRecord, DnsServer } from './doors.ts';

/** Real milliseconds that a server has for one question. */
const TIMEOUT_MS = 3_000;
/** UDP loses packets: one lost is no silence yet. */
const TRIES = 2;
const DNS_PORT = 53;

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
      signal?.throwIfAborted();
      // Never looked up here: a look-up of the system's would ask other servers than the one that is meant.
      if (isIP(server.address) === 0) return unplaced(server, clock);
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
    rcode: outcome.rcode,
    aa: outcome.aa,
    chain: chainOf(outcome.answers, asked),
  };
}

const unplaced = (server: DnsServer, clock: Clock): DnsAnswer => ({
  server,
  askedAtMs: clock.now(),
  rttMs: 0,
  chain: [],
  error: `${server.label} has no address that this machine could find.`,
});

async function exchange(asked: Asked, signal: AbortSignal | undefined): Promise<DnsMessage> {
  const deadline = AbortSignal.timeout(asked.timeoutMs);
  const ended = signal ? AbortSignal.any([signal, deadline]) : deadline;
  const answer = await question(asked, true, ended);
  // Who does not know EDNS says so in an answer without it (RFC 6891, 7).
  const unknown = !answer.hasEdns && (answer.rcode === 'FORMERR' || answer.rcode === 'NOTIMP');
  return unknown ? question(asked, false, ended) : answer;
}

async function question(asked: Asked, edns: boolean, ended: AbortSignal): Promise<DnsMessage> {
  const id = randomInt(0x10000);
  const bytes = writeQuestion(asked, { id, recursion: !asked.server.authoritative, edns });
  const accept = (answer: Buffer) => readAnswer(answer, id, asked);
  const answer = await overUdp(asked, bytes, accept, ended);
  return answer.isTruncated ? overTcp(asked, bytes, accept, ended) : answer;
}

/** The answer to our question, or why it is none. */
function readAnswer(bytes: Buffer, id: number, asked: Asked): DnsMessage | string {
  let message: DnsMessage;
  try {
    message = readMessage(bytes);
  } catch {
    return 'a packet that cannot be read';
  }
  if (!message.isResponse || message.id !== id) return 'a packet that answers no question of ours';
  if (message.question !== undefined)
    return isQuestion(message.question, asked) ? message : 'an answer to another question';
  // A server that could not read the question may leave it out, and so may a cut; without records that proves no more.
  if (message.rcode !== 'NOERROR' || message.isTruncated) return { ...message, answers: [] };
  return 'an answer to another question';
}

type Accept = (bytes: Buffer) => DnsMessage | string;

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
): Promise<DnsMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<DnsMessage>();
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
  socket.connect(server.port, server.address, (failed?: unknown) => {
    // Without a route there, it comes here with the reason and the types do not say so.
    if (failed instanceof Error) reject(unreachable(server, failed));
    else
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
): Promise<DnsMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<DnsMessage>();
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

/** The records from the name that was asked for to where it leads, in that order, whatever the order of the packet. */
function chainOf(records: readonly DnsRecord[], asked: Asked): readonly DnsRecord[] {
  const chain: DnsRecord[] = [];
  const seen = new Set<string>();
  let name: string | undefined = asked.name.toLowerCase() || '.';
  while (name !== undefined && !seen.has(name)) {
    const own: string = name;
    seen.add(own);
    const here = records.filter((record) => record.name.toLowerCase() === own);
    const alias = here.find(({ type }) => type === 'CNAME');
    // What an alias was made from (RFC 6672) stands above it.
    const above = records.filter((one) => one.type === 'DNAME' && own.endsWith(`.${one.name.toLowerCase()}`));
    chain.push(...above.filter((record) => !chain.includes(record)));
    chain.push(...(alias ? [alias] : here.filter(({ type }) => type === asked.type)));
    name = alias?.data.toLowerCase();
  }
  return chain;
}
