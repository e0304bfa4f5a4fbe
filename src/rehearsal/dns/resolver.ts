import { type Answer, RECURSION_AVAILABLE } from 'dns-packet';
import { soaAuthority } from './authoritative.ts';
import { answersOf, type Question, type Reply } from './reply.ts';
import { inZone, type Lookup, lookUp, normalName, type RecordSet, type Zone } from './zone.ts';

const LONGEST_CHAIN = 8;
/** How far back a cache's life is followed: longer than any TTL that matters to a release. */
const HISTORY_MS = 3_600_000;

/** A recursive resolver and how it differs from its neighbours. */
export interface ResolverOptions {
  readonly zone: Zone;
  /** Names outside the zone: load balancers, distributions, name servers. */
  readonly outside: ReadonlyMap<string, RecordSet>;
  /** How long after a change the name server that it asks has learnt of it, in clock milliseconds. */
  readonly propagationMs: number;
  /** Clock time at which the world began. */
  readonly startedAtMs: number;
  /** Age of its cached answers at the beginning, as a share of their TTL: 0 to under 1. */
  readonly age: number;
  /** How much longer than its TTL it keeps an answer that has since changed; 0 for one that behaves. */
  readonly staleMs: number;
}

interface Cached {
  readonly set: RecordSet;
  readonly fetchedAtMs: number;
  readonly isStale: boolean;
}

const sameSet = (a: RecordSet, b: RecordSet): boolean =>
  a.type === b.type &&
  a.values.length === b.values.length &&
  a.values.every((value, index) => value === b.values[index]);

function fetchSet(options: ResolverOptions, name: string, type: string, atMs: number): Lookup {
  if (inZone(options.zone, name)) return lookUp(options.zone, name, type, atMs - options.propagationMs);
  const set = options.outside.get(normalName(name));
  if (!set) return { is: 'noName' };
  return set.type === type ? { is: 'records', set } : { is: 'otherTypes' };
}

/**
 * What a resolver holds at a time, from what it held before. Others ask it for the same names, so an answer is fetched
 * anew the moment its TTL ends, and each resolver keeps its own rhythm. Undefined: nothing is held, ask the zone.
 */
function advance(options: ResolverOptions, cached: Cached, type: string, nowMs: number): Cached | undefined {
  let held = cached;
  for (;;) {
    const endsAtMs = held.fetchedAtMs + held.set.ttlSeconds * 1000;
    if (nowMs < endsAtMs) return held;
    const fresh = fetchSet(options, held.set.name, type, endsAtMs);
    const changed = fresh.is !== 'records' || !sameSet(fresh.set, held.set);
    const keptUntilMs = endsAtMs + (changed ? options.staleMs : 0);
    if (nowMs < keptUntilMs) return { ...held, isStale: true };
    const next = fetchSet(options, held.set.name, type, keptUntilMs);
    if (next.is !== 'records') return undefined;
    held = { set: next.set, fetchedAtMs: keptUntilMs, isStale: false };
  }
}

/** Answers by the resolver's own cache; the returned function is given clock time. */
export function createResolver(options: ResolverOptions): (question: Question, nowMs: number) => Reply {
  const cache = new Map<string, Cached>();

  function firstSight(name: string, type: string, nowMs: number): Cached | undefined {
    const past = fetchSet(options, name, type, options.startedAtMs - HISTORY_MS);
    if (past.is === 'records') {
      const fetchedAtMs = options.startedAtMs - HISTORY_MS - options.age * past.set.ttlSeconds * 1000;
      const held = advance(options, { set: past.set, fetchedAtMs, isStale: false }, type, nowMs);
      if (held) return held;
    }
    const now = fetchSet(options, name, type, nowMs);
    return now.is === 'records' ? { set: now.set, fetchedAtMs: nowMs, isStale: false } : undefined;
  }

  function hold(name: string, type: string, nowMs: number): Cached | undefined {
    const key = `${normalName(name)} ${type}`;
    const before = cache.get(key);
    const held = (before && advance(options, before, type, nowMs)) ?? firstSight(name, type, nowMs);
    // A stale answer is remembered as it was: only the time decides whether it is stale.
    if (held) cache.set(key, { ...held, isStale: false });
    else cache.delete(key);
    return held;
  }

  return (question, nowMs) => {
    const answers: Answer[] = [];
    let name = question.name;
    for (let step = 0; step < LONGEST_CHAIN; step++) {
      const held = hold(name, question.type, nowMs);
      if (!held) {
        const nothing = fetchSet(options, name, question.type, nowMs);
        const rcode = nothing.is === 'noName' ? 'NXDOMAIN' : 'NOERROR';
        const authorities = inZone(options.zone, name) ? soaAuthority(options.zone) : [];
        return { rcode, flags: RECURSION_AVAILABLE, answers, authorities };
      }
      const ageSeconds = Math.floor((nowMs - held.fetchedAtMs) / 1000);
      answers.push(...answersOf(held.set, held.isStale ? 0 : held.set.ttlSeconds - ageSeconds));
      const target = held.set.values[0];
      if (held.set.type === question.type || target === undefined) break;
      name = target;
    }
    return { rcode: 'NOERROR', flags: RECURSION_AVAILABLE, answers, authorities: [] };
  };
}
