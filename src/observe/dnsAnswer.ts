import type { DnsAnswer } from '../clients/doors.ts';
import type { DnsClass, DnsLook, DnsRow, DnsVerdict } from './observed.ts';

/** A name as it is compared: lower case, no final dot, without the prefix that load balancers' aliases carry. */
const plainName = (name: string) =>
  name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^dualstack\./, '');

/** Each other answer says nothing about the name: SERVFAIL, REFUSED, BADVERS. */
const TELLING = new Set(['NOERROR', 'NXDOMAIN']);

/** Silence, a refusal, and what a server of the zone did not say with authority: then another answered in its place. */
const isSilent = ({ server, rcode = '', aa, error }: DnsAnswer): boolean =>
  error !== undefined || !TELLING.has(rcode) || (server.authoritative && aa === false);

/** Who an answer's chain leads to; a name of neither is `other`. */
export function leadsTo(answer: DnsAnswer, expected: DnsLook['expected']): DnsVerdict {
  if (isSilent(answer)) return 'silent';
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
