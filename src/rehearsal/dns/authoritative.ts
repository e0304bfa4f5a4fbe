import { type Answer, AUTHORITATIVE_ANSWER } from 'dns-packet';
import { answersOf, type Question, type Reply } from './reply.ts';
import { inZone, lookUp, soaValue, type Zone } from './zone.ts';

/** More aliases in a row than any zone of ours has; a loop ends here. */
const LONGEST_CHAIN = 8;

/** The zone's SOA in the authority section, from which a resolver knows how long to remember a "no" (RFC 2308). */
export const soaAuthority = (zone: Zone): readonly Answer[] =>
  answersOf({ name: zone.name, type: 'SOA', ttlSeconds: 900, values: [soaValue(zone)] });

/**
 * What one of the zone's own name servers says when it knows the zone as of `knownAtMs`. It follows aliases inside the
 * zone only and refuses other names, as Route 53's servers do.
 */
export function authoritativeReply(zone: Zone, question: Question, knownAtMs: number): Reply {
  if (!inZone(zone, question.name)) return { rcode: 'REFUSED', flags: 0, answers: [], authorities: [] };
  const answers: Answer[] = [];
  let name = question.name;
  for (let step = 0; step < LONGEST_CHAIN; step++) {
    const found = lookUp(zone, name, question.type, knownAtMs);
    if (found.is !== 'records') {
      const rcode = found.is === 'noName' ? 'NXDOMAIN' : 'NOERROR';
      return { rcode, flags: AUTHORITATIVE_ANSWER, answers, authorities: soaAuthority(zone) };
    }
    answers.push(...answersOf(found.set));
    const target = found.set.values[0];
    if (found.set.type === question.type || target === undefined || !inZone(zone, target)) break;
    name = target;
  }
  return { rcode: 'NOERROR', flags: AUTHORITATIVE_ANSWER, answers, authorities: [] };
}
