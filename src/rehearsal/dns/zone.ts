import type { RecordChange } from '../contract.ts';

/** Records of one name and type, as a server holds them. */
export interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly values: readonly string[];
}

/** What is known of a name: its records of the asked type, an alias, other types only, or nothing at all. */
export type Lookup =
  | { readonly is: 'records'; readonly set: RecordSet }
  | { readonly is: 'otherTypes' }
  | { readonly is: 'noName' };

/** A public zone: its fixed head, and the history of its records. */
export interface Zone {
  /** Without its final dot: `theboss.io`. */
  readonly name: string;
  readonly nameServers: readonly string[];
  /** Oldest first. */
  changes(): readonly RecordChange[];
}

/** Seconds for which a resolver keeps an SOA or NS set of a Route 53 zone. */
const SOA_TTL_SECONDS = 900;
const NS_TTL_SECONDS = 172_800;

/** Lower case, without the final dot: how names are compared. */
export const normalName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

export const inZone = (zone: Zone, name: string): boolean => {
  const asked = normalName(name);
  return asked === zone.name || asked.endsWith(`.${zone.name}`);
};

/** The zone's start of authority, as Route 53 makes it. */
export const soaValue = (zone: Zone): string =>
  `${zone.nameServers[0]} awsdns-hostmaster.amazon.com 1 7200 900 1209600 86400`;

const headOf = (zone: Zone): readonly RecordSet[] => [
  { name: zone.name, type: 'NS', ttlSeconds: NS_TTL_SECONDS, values: zone.nameServers },
  { name: zone.name, type: 'SOA', ttlSeconds: SOA_TTL_SECONDS, values: [soaValue(zone)] },
];

/** Every set of a name at a time: the newest change of each type decides. */
function setsOf(zone: Zone, name: string, atMs: number): readonly RecordSet[] {
  const newest = new Map<string, RecordSet>();
  for (const change of zone.changes()) {
    if (change.atMs > atMs || normalName(change.name) !== name) continue;
    newest.set(change.type, {
      name,
      type: change.type,
      ttlSeconds: change.ttlSeconds,
      values: change.values.map((value) => (change.type === 'TXT' ? value : value.replace(/\.$/, ''))),
    });
  }
  for (const set of headOf(zone)) if (set.name === name) newest.set(set.type, set);
  return [...newest.values()].filter((set) => set.values.length > 0);
}

/** Whether some name below this one has records: such a name exists, though it holds nothing itself (RFC 4592, 2.2.2). */
const isEmptyNonTerminal = (zone: Zone, name: string, atMs: number): boolean =>
  zone
    .changes()
    .some(
      (change) =>
        normalName(change.name).endsWith(`.${name}`) && setsOf(zone, normalName(change.name), atMs).length > 0,
    );

/**
 * What the zone says at a time. An alias is given whatever type is asked, as a CNAME excludes all else (RFC 1034,
 * 3.6.2).
 */
export function lookUp(zone: Zone, name: string, type: string, atMs: number): Lookup {
  const asked = normalName(name);
  const sets = setsOf(zone, asked, atMs);
  if (sets.length === 0) return { is: isEmptyNonTerminal(zone, asked, atMs) ? 'otherTypes' : 'noName' };
  const set = sets.find((candidate) => candidate.type === type) ?? sets.find((candidate) => candidate.type === 'CNAME');
  return set ? { is: 'records', set } : { is: 'otherTypes' };
}
