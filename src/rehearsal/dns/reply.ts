import type { Answer } from 'dns-packet';
import type { RecordSet } from './zone.ts';

/** Response codes by name (RFC 1035, 4.1.1). */
export const RCODE = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = keyof typeof RCODE;

export interface Question {
  readonly name: string;
  readonly type: string;
  readonly recursionDesired: boolean;
}

/** What a server says to a question, before it is put on the wire. */
export interface Reply {
  readonly rcode: Rcode;
  /** Of AA and RA, the bits that are set. */
  readonly flags: number;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
}

const textOf = (value: string): string[] => {
  const quoted = [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? '');
  return quoted.length > 0 ? quoted : [value];
};

function answerOf(set: RecordSet, value: string, ttl: number): Answer {
  const head = { name: set.name, ttl, class: 'IN' } as const;
  const words = value.split(/\s+/);
  switch (set.type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { ...head, type: set.type, data: value };
    case 'TXT':
      return { ...head, type: 'TXT', data: textOf(value) };
    case 'MX':
      return { ...head, type: 'MX', data: { preference: Number(words[0]), exchange: words[1] ?? '' } };
    case 'SOA': {
      const [mname = '', rname = '', serial, refresh, retry, expire, minimum] = words;
      const data = { mname, rname, serial: Number(serial), refresh: Number(refresh), retry: Number(retry) };
      return { ...head, type: 'SOA', data: { ...data, expire: Number(expire), minimum: Number(minimum) } };
    }
    default:
      throw new Error(`The embedded DNS has no words for ${set.type} records; it was given ${set.name}.`);
  }
}

/** A set as answers on the wire; `ttlSeconds` where it is not the set's own (a cache counts it down). */
export const answersOf = (set: RecordSet, ttlSeconds = set.ttlSeconds): readonly Answer[] =>
  set.values.map((value) => answerOf(set, value, ttlSeconds));
