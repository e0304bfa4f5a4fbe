import type { CachePass } from '../clients/doors.ts';
import type { CacheLook } from './observed.ts';

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
  /** Keys of the newest valid pass that must not be lost; undefined: there is no such pass. */
  readonly unproven: number | undefined;
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
    unproven: newest && blocking(look.name, newest),
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
  if (facts.unproven) {
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
  // Where nothing could be lost no pass is ever made, and none can come.
  CACHE_PATTERNS[look.name] && validPasses(look).length < 2 ? look.voidedBy : undefined;
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

const seconds = (ms: number) => `${Math.max(0, Math.round(ms / 1000))} s`;
