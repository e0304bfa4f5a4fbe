import { decode, encode, type OptAnswer, type Packet, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet';
import { type Question, RCODE, type Rcode, type Reply } from './reply.ts';

/** What a UDP answer may hold where the question does not say otherwise (RFC 1035, 4.2.1), and at most. */
const PLAIN_UDP_BYTES = 512;
const LARGEST_UDP_BYTES = 1_232;
const OPCODE_MASK = 0x7800;

const optOf = (packet: Packet): OptAnswer | undefined =>
  packet.additionals?.find((additional): additional is OptAnswer => additional.type === 'OPT');

/** A refusal of a question that cannot be read: nothing is repeated but its id. */
function refusal(query: Buffer, rcode: Rcode): Buffer | undefined {
  if (query.length < 2) return undefined;
  const reply = Buffer.alloc(12);
  query.copy(reply, 0, 0, 2);
  reply.writeUInt16BE(0x8000 | RCODE[rcode], 2);
  return reply;
}

/**
 * The bytes that answer the bytes of one query, or undefined where there is nothing to answer. Over UDP a reply that
 * does not fit is cut and marked, so that the client asks again over TCP.
 */
export function answerBytes(
  query: Buffer,
  transport: 'udp' | 'tcp',
  answer: (question: Question) => Reply,
): Buffer | undefined {
  let packet: Packet;
  try {
    packet = decode(query);
  } catch {
    return refusal(query, 'SERVFAIL');
  }
  if (packet.type !== 'query') return undefined;
  if (((packet.flags ?? 0) & OPCODE_MASK) !== 0) return refusal(query, 'NOTIMP');
  const question = packet.questions?.[0];
  if (!question || packet.questions?.length !== 1 || (question.class ?? 'IN') !== 'IN')
    return refusal(query, 'SERVFAIL');
  const flags = packet.flags ?? 0;
  const edns = optOf(packet);
  try {
    const reply = answer({ ...question, recursionDesired: (flags & RECURSION_DESIRED) !== 0 });
    const whole: Packet = {
      type: 'response',
      id: packet.id ?? 0,
      flags: reply.flags | (flags & RECURSION_DESIRED) | RCODE[reply.rcode],
      questions: [question],
      answers: [...reply.answers],
      authorities: [...reply.authorities],
      additionals: edns ? [{ ...edns, udpPayloadSize: LARGEST_UDP_BYTES, options: [] }] : [],
    };
    const bytes = encode(whole);
    const room = Math.min(Math.max(edns?.udpPayloadSize ?? 0, PLAIN_UDP_BYTES), LARGEST_UDP_BYTES);
    if (transport === 'tcp' || bytes.length <= room) return bytes;
    return encode({ ...whole, flags: (whole.flags ?? 0) | TRUNCATED_RESPONSE, answers: [], authorities: [] });
  } catch {
    return refusal(query, 'SERVFAIL');
  }
}
