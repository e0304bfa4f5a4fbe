import type { CachePass } from '../clients/doors.ts';
import { classify } from './dnsAnswer.ts';
import type { Aged, CacheLook, DnsClass, DnsLook, DnsRow } from './observed.ts';

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

/** What is counted in a cache, and whether finding some keeps it from being deleted. */
export interface CachePattern {
  readonly pattern: string;
  /** `block`: data would be lost. `warn`: work in flight that is told. */
  readonly level: 'block' | 'warn';
}

/** Unflushed cuboids are in `cache`; flushes in flight are in `cache-state`. Other caches hold nothing to lose. */
export const CACHE_PATTERNS: Readonly<Record<string, readonly CachePattern[]>> = {
  cache: [{ pattern: 'WRITE-CUBOID*', level: 'block' }],
  'cache-state': [
    { pattern: 'WRITE-LOCK*', level: 'block' },
    { pattern: 'PAGE-OUT*', level: 'warn' },
    { pattern: 'DELAYED-WRITE*', level: 'warn' },
  ],
};

/** Whether a cache may be deleted without loss, as far as its passes prove it. */
export interface CacheDrain {
  readonly holds: boolean;
  /** It could be looked at; an unreachable one proves nothing. */
  readonly reachable: boolean;
  /** What the newest pass counted; undefined where none is valid. */
  readonly rows: readonly (CachePattern & {
    readonly count: number | undefined;
    readonly samples: readonly string[];
  })[];
  /** One line. */
  readonly summary: string;
  /** Until the gate can hold at the present rate, as far as it can be told. */
  readonly countdownSeconds: number | undefined;
  /** Keys of the newest valid pass that must not be lost. */
  readonly unproven: number;
  /** How many of them vanish in a second of clock time, over the valid passes. */
  readonly drainPerSecond: number | undefined;
}

/**
 * The rule for deleting, on one cache: the newest pass is younger than `freshMs`, an older one on the same process ended
 * at least `apartMs` before it, and neither these two nor any between found a key that blocks. `freshMs` is the
 * clock's limit for 60 s, `apartMs` 30 s.
 */
export function cacheDrain(
  look: CacheLook,
  {
    nowMs,
    freshMs,
    apartMs,
    sinceMs = 0,
  }: {
    readonly nowMs: number;
    readonly freshMs: number;
    readonly apartMs: number;
    /** The newest pass must have begun after this: users could still write before. */
    readonly sinceMs?: number;
  },
): CacheDrain {
  const patterns = CACHE_PATTERNS[look.name] ?? [];
  const passes = validPasses(look);
  const newest = passes.at(-1);
  const facts = {
    reachable: look.error === undefined && look.keys !== undefined,
    rows: patterns.map((row) => ({
      ...row,
      count: newest?.counts[row.pattern],
      samples: newest?.samples[row.pattern] ?? [],
    })),
    unproven: newest ? blocking(look.name, newest) : 0,
    drainPerSecond: drainPerSecond(look.name, passes),
  };
  const not = (summary: string, countdownSeconds?: number): CacheDrain => ({
    holds: false,
    ...facts,
    summary: `${look.name}: ${summary}`,
    countdownSeconds,
  });
  const holds = (summary: string): CacheDrain => ({ ...not(summary, 0), holds: true });

  if (look.absent && patterns.length === 0) return { ...holds('this bosslet has none'), reachable: true };
  if (look.absent) return not('is not configured, and every bosslet has one: nobody can tell what it holds');
  if (look.error !== undefined) return not(`cannot be looked at: ${look.error}`);
  if (patterns.length === 0) return holds('holds nothing that could be lost');
  if (!newest) return not(`${voided(look)}waits for the first complete SCAN pass`);
  if (facts.unproven > 0) {
    const drain = drainOf(look);
    const seconds = drain?.emptyInSeconds === undefined ? undefined : drain.emptyInSeconds + apartMs / 1000;
    const keys = `${facts.unproven} unflushed ${facts.unproven === 1 ? 'key' : 'keys'}`;
    return not(`${keys}${drain ? `, ${drain.words}` : ''}`, seconds);
  }
  if (nowMs - newest.endedAtMs > freshMs)
    return not(`the last pass ended ${seconds(nowMs - newest.endedAtMs)} ago; waits for a fresh one`);
  if (newest.startedAtMs < sinceMs) return not('waits for a pass that begins after the maintenance did');
  const clean = passes.slice(1 + passes.findLastIndex((pass) => blocking(look.name, pass) > 0));
  const first = clean[0] ?? newest;
  const missingMs = first.endedAtMs + apartMs - newest.endedAtMs;
  if (missingMs > 0 || clean.length < 2)
    return not(
      `${voided(look)}nothing unflushed; waits for a second pass`,
      Math.max(0, Math.ceil((first.endedAtMs + apartMs - nowMs) / 1000)),
    );
  return holds(`two passes without unflushed keys, the last ${seconds(nowMs - newest.endedAtMs)} ago`);
}

/** Those on the process that runs now, begun after the connection was last lost. */
function validPasses(look: CacheLook): readonly CachePass[] {
  const runId = look.runId ?? look.passes.at(-1)?.runId;
  return look.passes.filter((pass) => pass.runId === runId && pass.startedAtMs >= (look.voidBeforeMs ?? 0));
}

function blocking(cache: string, pass: CachePass): number {
  return (CACHE_PATTERNS[cache] ?? [])
    .filter(({ level }) => level === 'block')
    .reduce((sum, { pattern }) => sum + (pass.counts[pattern] ?? 0), 0);
}

/** Why passes do not count any more, until two that do have come since. */
export const voidedBy = (look: CacheLook): string | undefined =>
  validPasses(look).length < 2 ? look.voidedBy : undefined;
const voided = (look: CacheLook): string => {
  const reason = voidedBy(look);
  return reason === undefined ? '' : `the passes before are void: ${reason}; `;
};

/** How what must not be lost drains from a cache, by its valid passes. */
export interface Drain {
  /** Keys that vanish in a second of clock time; 0 where nothing drains. */
  readonly perSecond: number;
  /** Undefined where nothing drains. */
  readonly emptyInSeconds: number | undefined;
  /** `12 a second`, `none of them drains`. */
  readonly words: string;
}

/** Undefined where nothing is left to drain, or two passes have not told yet. */
export function drainOf(look: CacheLook): Drain | undefined {
  const passes = validPasses(look);
  const newest = passes.at(-1);
  const left = newest ? blocking(look.name, newest) : 0;
  const perSecond = drainPerSecond(look.name, passes);
  if (left === 0 || perSecond === undefined) return undefined;
  const before = passes.at(-2);
  const had = before && blocking(look.name, before);
  const none = { perSecond: 0, emptyInSeconds: undefined };
  if (had === 0) return { ...none, words: 'they came back: something still writes' };
  if (had !== undefined && had < left) return { ...none, words: 'more than before: something still writes' };
  if (perSecond === 0) return { ...none, words: 'none drains' };
  const words =
    perSecond >= 1
      ? `${Math.round(perSecond)} drain a second`
      : `${Math.max(1, Math.round(perSecond * 60))} drain a minute`;
  return { perSecond, emptyInSeconds: Math.ceil(left / perSecond), words };
}

/** Over the last five passes; undefined where nothing can be told, 0 where nothing drains. */
function drainPerSecond(cache: string, passes: readonly CachePass[]): number | undefined {
  const last = passes.slice(-5);
  const [first, newest] = [last[0], last.at(-1)];
  if (!first || !newest || newest.endedAtMs <= first.endedAtMs) return undefined;
  const gone = blocking(cache, first) - blocking(cache, newest);
  return Math.max(0, gone) / ((newest.endedAtMs - first.endedAtMs) / 1000);
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

const seconds = (ms: number) => `${Math.max(0, Math.round(ms / 1000))} s`;
