import { classify } from './dnsAnswer.ts';
import type { Aged, DnsClass, DnsLook, DnsRow } from './observed.ts';

/** How much an observation may be trusted by its age: drawn plain, yellow, red. */
export type Freshness = 'fresh' | 'late' | 'stale';

/** Missed looks after which an age turns yellow, and red. */
const LATE_AFTER_LOOKS = 3;
const STALE_AFTER_LOOKS = 10;
/** As {@link Clock.limit}: no age is judged by less than so much real time. */
const SHORTEST_REAL_MS = 5_000;

/**
 * Judges an age by how often its watcher looks: late after three missed looks, stale after ten, but however fast a
 * rehearsal's clock (`speed`) never before five and ten real seconds.
 */
export function freshness(aged: Aged<unknown>, nowMs: number, speed = 1): Freshness {
  if (aged.atMs === undefined) return aged.error === undefined ? 'late' : 'stale';
  const ageMs = nowMs - aged.atMs;
  if (ageMs <= Math.max(LATE_AFTER_LOOKS * aged.intervalMs, SHORTEST_REAL_MS * speed)) return 'fresh';
  return ageMs <= Math.max(STALE_AFTER_LOOKS * aged.intervalMs, 2 * SHORTEST_REAL_MS * speed) ? 'late' : 'stale';
}

/** Whether the public name has turned to its target, as far as the rounds prove it. */
export interface DnsTurned {
  readonly holds: boolean;
  /** The servers of the newest round. */
  readonly rows: readonly {
    readonly label: string;
    readonly authoritative: boolean;
    readonly class: DnsClass;
    /** As the server said it when it was asked. */
    readonly ttlSeconds: number | undefined;
    /** Still old five minutes after any honest cache would have forgotten. */
    readonly pastTtl: boolean;
  }[];
  /** One line. */
  readonly summary: string;
  /** Largest TTL of an old row, counted from when it was asked; undefined where none is old. */
  readonly countdownSeconds: number | undefined;
  /** Servers of the newest round that stand in the way. */
  readonly unproven: number;
}

/** An old answer may be passed with a note this long after its TTL ended. */
const PAST_TTL_MS = 5 * 60_000;
/**
 * Since when the zone's servers lead to the maintenance page without a break, as far as the kept looks tell; undefined
 * where one of them leads elsewhere now or none was asked.
 */
export function maintenanceSinceMs(look: DnsLook): number | undefined {
  const zone = look.rounds.at(-1)?.rows.filter((row) => row.answer.server.authoritative) ?? [];
  const speaking = zone.filter(({ leadsTo }) => leadsTo !== 'silent');
  if (speaking.length === 0 || speaking.some(({ leadsTo }) => leadsTo !== 'maintenance')) return undefined;
  return Math.max(...speaking.map(({ leadsThereSinceMs, answer }) => leadsThereSinceMs ?? answer.askedAtMs));
}

/** The zone's TTL: both of maintenance.py's records have it. */
const ZONE_TTL_SECONDS = 300;

/**
 * The rule for DNS gates: all authoritative servers new, no row old, one recursive resolver new at least, in each of the
 * last `roundsNeeded` rounds, all begun after `sinceMs`. Silent servers are named and not counted, but where nobody
 * authoritative (or no resolver) speaks at all, nothing is proven.
 */
export function dnsTurned(
  look: DnsLook,
  {
    target,
    sinceMs,
    roundsNeeded,
  }: { readonly target: 'maintenance' | 'live'; readonly sinceMs: number; readonly roundsNeeded: number },
): DnsTurned {
  const rounds = look.rounds.filter((round) => round.startedAtMs >= sinceMs);
  const newest = rounds.at(-1);
  if (!newest)
    return {
      holds: false,
      rows: [],
      summary: `${look.host}: waits for the first round`,
      countdownSeconds: undefined,
      unproven: 0,
    };
  const forgottenAtMs = lastHonestMs(newest.rows, target, sinceMs) + PAST_TTL_MS;
  const rows = newest.rows.map((row) => ({
    label: row.answer.server.label,
    authoritative: row.answer.server.authoritative,
    class: classify(row, target),
    ttlSeconds: row.ttlSeconds,
    pastTtl: classify(row, target) === 'old' && row.answer.askedAtMs > forgottenAtMs,
  }));
  const old = rows.filter((row) => row.class === 'old');
  const turned = rounds.slice(-roundsNeeded).filter((round) => objection(round.rows, target) === undefined).length;
  const found = objection(newest.rows, target);
  const silent = rows.filter((row) => row.class === 'silent').map((row) => row.label);
  const holds = found === undefined && turned >= roundsNeeded;
  const summary =
    found ?? (holds ? `all servers lead to ${word(target)}` : `${turned} of ${roundsNeeded} rounds agree`);
  return {
    holds,
    rows,
    summary: `${look.host}: ${summary}${silent.length > 0 ? `; silent: ${silent.join(', ')}` : ''}`,
    countdownSeconds: old.length > 0 ? Math.max(...old.map((row) => row.ttlSeconds ?? 0)) : undefined,
    unproven: rows.filter((row) => row.class === 'old' || (row.authoritative && row.class === 'other')).length,
  };
}

const word = (target: 'maintenance' | 'live') =>
  target === 'maintenance' ? 'the maintenance page' : 'the load balancer';

/** What keeps a round from counting, in words; undefined where it counts. */
function objection(rows: readonly DnsRow[], target: 'maintenance' | 'live'): string | undefined {
  const classes = (authoritative: boolean) =>
    rows.filter((row) => row.answer.server.authoritative === authoritative).map((row) => classify(row, target));
  const [zone, resolvers] = [classes(true), classes(false)];
  const split = splitZone(rows, target);
  if (split !== undefined) return split;
  const old = [...zone, ...resolvers].filter((row) => row === 'old').length;
  if (old > 0) {
    const other = word(target === 'maintenance' ? 'live' : 'maintenance');
    return `${old} of ${rows.length} servers still ${old === 1 ? 'leads' : 'lead'} to ${other}`;
  }
  const elsewhere = zone.filter((row) => row === 'other').length;
  if (elsewhere > 0) return `${elsewhere} of ${zone.length} authoritative servers lead elsewhere`;
  if (zone.length > 0 && !zone.includes('new')) return 'no authoritative server answers';
  if (resolvers.length > 0 && !resolvers.includes('new')) return 'no resolver leads there yet';
  return rows.length === 0 ? 'no server is known' : undefined;
}

/** Names the zone's own servers that answer otherwise than the others; undefined where they agree. */
function splitZone(rows: readonly DnsRow[], target: 'maintenance' | 'live'): string | undefined {
  const zone = rows.filter((row) => row.answer.server.authoritative);
  const named = (of: DnsClass) =>
    zone
      .filter((row) => classify(row, target) === of)
      .map((row) => row.answer.server.label)
      .join(', ');
  const [turned, old, other] = [named('new'), named('old'), named('other')];
  if (turned === '' || (old === '' && other === '')) return undefined;
  const where = word(target === 'maintenance' ? 'live' : 'maintenance');
  const parts = [...(old === '' ? [] : [`${old} to ${where}`]), ...(other === '' ? [] : [`${other} elsewhere`])];
  return `the zone's own servers disagree: ${turned} to ${word(target)}, ${parts.join(', ')}`;
}

/** When the last honest cache forgets the old answer: a full TTL after the zone's servers turned. */
function lastHonestMs(rows: readonly DnsRow[], target: 'maintenance' | 'live', sinceMs: number): number {
  const zone = rows.filter((row) => row.answer.server.authoritative);
  const turnedAtMs = zone.map((row) =>
    classify(row, target) === 'old' ? row.answer.askedAtMs : Math.max(sinceMs, row.leadsThereSinceMs ?? sinceMs),
  );
  const ttl = Math.max(ZONE_TTL_SECONDS, ...zone.map((row) => row.ttlSeconds ?? 0));
  return Math.max(sinceMs, ...turnedAtMs) + ttl * 1000;
}
