import { SocketAddress } from 'node:net';
import type { DnsRecord } from './doors.ts';

/**
 * Messages of DNS (RFC 1035, EDNS by RFC 6891), as far as one question about a name needs them. Whatever else a message
 * holds is passed over by its length, so that an odd record in a section that nobody reads spoils no answer.
 */

/** The types of record that are read; each other one is passed over. */
const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, AAAA: 28, DNAME: 39 } as const;
const OPT = 41;
const CLASS_IN = 1;
/** Fits every path without fragments (DNS flag day 2020). */
const UDP_PAYLOAD_BYTES = 1232;

const RESPONSE = 0x8000;
const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;

/** What a name can be asked for. */
export type QuestionType = 'A' | 'AAAA' | 'CNAME' | 'NS' | 'SOA';

export interface Question {
  /** Without a final dot. */
  readonly name: string;
  readonly type: QuestionType;
}

/** One message, names as `dig` writes them but without their final dot. */
export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly aa: boolean;
  readonly isTruncated: boolean;
  /** As `dig` calls it, the bits that EDNS adds included. */
  readonly rcode: string;
  /** It carries EDNS, so its sender knows it. */
  readonly hasEdns: boolean;
  /** Undefined where the message has none, or where it was cut off before it could be read. */
  readonly question: { readonly name: string; readonly typeCode: number } | undefined;
  readonly answers: readonly DnsRecord[];
}

/** The bytes of a question. Throws a sentence for a name that DNS cannot hold. */
export function writeQuestion(
  { name, type }: Question,
  how: { readonly id: number; readonly recursion: boolean; readonly edns: boolean },
): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(how.id, 0);
  head.writeUInt16BE(how.recursion ? RECURSION_DESIRED : 0, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(how.edns ? 1 : 0, 10);
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(TYPES[type], 0);
  tail.writeUInt16BE(CLASS_IN, 2);
  const edns = Buffer.alloc(how.edns ? 11 : 0);
  if (how.edns) {
    edns.writeUInt16BE(OPT, 1);
    edns.writeUInt16BE(UDP_PAYLOAD_BYTES, 3);
  }
  return Buffer.concat([head, nameBytes(name), tail, edns]);
}

function nameBytes(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.');
  const bytes = Buffer.concat([
    ...labels.flatMap((label) => [Buffer.of(label.length & 0xff), Buffer.from(label)]),
    Buffer.of(0),
  ]);
  const fits = labels.every((label) => /^[\x21-\x5b\x5d-\x7e]{1,63}$/.test(label)) && bytes.length <= 255;
  if (!fits) throw new Error(`"${name}" is no name that DNS can be asked for; correct the configuration.`);
  return bytes;
}

/** Whether a question is the one that was asked: names know no case. */
export const isQuestion = (read: NonNullable<DnsMessage['question']>, { name, type }: Question): boolean =>
  read.typeCode === TYPES[type] && read.name.toLowerCase() === (name === '' ? '.' : name.toLowerCase());

/** Reads a message. Throws where the bytes are none; one that says of itself that it was cut is read as far as it goes. */
export function readMessage(bytes: Buffer): DnsMessage {
  const flags = bytes.readUInt16BE(2);
  const head = {
    id: bytes.readUInt16BE(0),
    isResponse: (flags & RESPONSE) !== 0,
    aa: (flags & AUTHORITATIVE) !== 0,
    isTruncated: (flags & TRUNCATED) !== 0,
  };
  try {
    const { question, answers, edns } = readSections(bytes);
    const rcode = rcodeName((flags & 0xf) | ((edns ?? 0) << 4));
    return { ...head, rcode, hasEdns: edns !== undefined, question, answers };
  } catch (error) {
    if (!head.isTruncated) throw error;
    return { ...head, rcode: rcodeName(flags & 0xf), hasEdns: false, question: undefined, answers: [] };
  }
}

interface Sections {
  readonly question: DnsMessage['question'];
  readonly answers: readonly DnsRecord[];
  /** The upper bits of the rcode; undefined without EDNS. */
  readonly edns: number | undefined;
}

function readSections(bytes: Buffer): Sections {
  const count = (section: number) => bytes.readUInt16BE(4 + 2 * section);
  let offset = 12;
  let question: DnsMessage['question'];
  for (let n = 0; n < count(0); n += 1) {
    const { name, end } = readName(bytes, offset);
    question ??= { name, typeCode: bytes.readUInt16BE(end) };
    offset = end + 4;
  }
  const answers: DnsRecord[] = [];
  let edns: number | undefined;
  const [last, all] = [count(1), count(1) + count(2) + count(3)];
  for (let n = 0; n < all; n += 1) {
    const record = readRecord(bytes, offset);
    offset = record.end;
    if (record.typeCode === OPT && n >= last) edns = record.ttlSeconds >>> 24;
    const answer = n < last ? answerOf(bytes, record) : undefined;
    if (answer) answers.push(answer);
  }
  return { question, answers, edns };
}

interface RawRecord {
  readonly name: string;
  readonly typeCode: number;
  readonly classCode: number;
  readonly ttlSeconds: number;
  readonly dataAt: number;
  readonly end: number;
}

function readRecord(bytes: Buffer, offset: number): RawRecord {
  const { name, end: at } = readName(bytes, offset);
  const dataAt = at + 10;
  const end = dataAt + bytes.readUInt16BE(at + 8);
  if (end > bytes.length) throw new RangeError('a record goes on past the end of its message');
  return {
    name,
    typeCode: bytes.readUInt16BE(at),
    classCode: bytes.readUInt16BE(at + 2),
    ttlSeconds: bytes.readUInt32BE(at + 4),
    dataAt,
    end,
  };
}

function answerOf(bytes: Buffer, { name, typeCode, classCode, ttlSeconds, dataAt, end }: RawRecord) {
  const [type] = Object.entries(TYPES).find(([, code]) => code === typeCode) ?? [];
  if (type === undefined || classCode !== CLASS_IN) return undefined;
  return { name, type, ttlSeconds, data: dataOf(type, bytes, dataAt, end) };
}

function dataOf(type: string, bytes: Buffer, at: number, end: number): string {
  if (type === 'A') {
    if (end - at !== 4) throw new RangeError('an IPv4 address that is none');
    return bytes.subarray(at, end).join('.');
  }
  if (type === 'AAAA') {
    if (end - at !== 16) throw new RangeError('an IPv6 address that is none');
    const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(at + 2 * n).toString(16));
    // Shortened as every other program shortens it.
    return new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address;
  }
  const first = readName(bytes, at);
  if (type !== 'SOA') return first.name;
  const second = readName(bytes, first.end);
  const numbers = Array.from({ length: 5 }, (_, n) => bytes.readUInt32BE(second.end + 4 * n));
  return [first.name, second.name, ...numbers].join(' ');
}

/** Each pointer leads back, further than the one before, so that no message can lead in a circle. */
function readName(bytes: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  let earliest = start;
  for (let offset = start, length = 0; ; ) {
    const size = bytes.readUInt8(offset);
    if (size === 0) return { name: labels.join('.') || '.', end: end ?? offset + 1 };
    if (size >= 0xc0) {
      end ??= offset + 2;
      const target = bytes.readUInt16BE(offset) & 0x3fff;
      if (target >= earliest) throw new RangeError('a name that points onward');
      earliest = target;
      offset = target;
      continue;
    }
    length += size + 1;
    if (size > 63 || length > 254 || offset + 1 + size > bytes.length) throw new RangeError('a name without an end');
    labels.push(labelText(bytes.subarray(offset + 1, offset + 1 + size)));
    offset += 1 + size;
  }
}

/** As master files write it (RFC 1035, 5.1): a dot inside a label is no separator, and no byte is taken for a letter. */
const labelText = (label: Buffer): string =>
  Array.from(label, (byte) => {
    if (byte <= 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, '0')}`;
    const letter = String.fromCharCode(byte);
    return '"().;\\@$'.includes(letter) ? `\\${letter}` : letter;
  }).join('');

const RCODES = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET'],
  ...['NXRRSET', 'NOTAUTH', 'NOTZONE', 'RESERVED11', 'RESERVED12', 'RESERVED13', 'RESERVED14', 'RESERVED15', 'BADVERS'],
] as const;
const BADCOOKIE = 23;

const rcodeName = (code: number): string => RCODES[code] ?? (code === BADCOOKIE ? 'BADCOOKIE' : `?${code}`);
