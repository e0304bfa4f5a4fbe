import type { DnsAnswer } from '../clients/doors.ts';
import type { DnsClass, DnsLook, DnsRow, DnsVerdict } from './observed.ts';

/** A name as it is compared: lower case, no final dot, without the prefix that load balancers' aliases carry. */
const plainName = (name: string) =>
  name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^dualstack\./, '');

/** Answers by which a server says nothing about the name. */
const SPEECHLESS = new Set(['SERVFAIL', 'REFUSED', 'NOTIMP', 'FORMERR']);

/** Who an answer's chain leads to. Silence, and refusals to answer, are `silent`; a name of neither is `other`. */
export function leadsTo(answer: DnsAnswer, expected: DnsLook['expected']): DnsVerdict {
  if (answer.error !== undefined || SPEECHLESS.has(answer.rcode ?? '')) return 'silent';
  const names = new Set(answer.chain.flatMap((record) => [plainName(record.name), plainName(record.data)]));
  const holds = (name: string | undefined) => name !== undefined && names.has(plainName(name));
  if (holds(expected.maintenance)) return 'maintenance';
  return holds(expected.live) ? 'live' : 'other';
}

/** The same, from the point of view of a step that is after `target`. */
export function classify(row: Pick<DnsRow, 'leadsTo'>, target: 'maintenance' | 'live'): DnsClass {
  if (row.leadsTo === 'silent' || row.leadsTo === 'other') return row.leadsTo;
  return row.leadsTo === target ? 'new' : 'old';
}
