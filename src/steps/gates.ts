import type { Clock } from '../clock.ts';
import { type CacheDrain, cacheDrain } from '../observe/cacheDrain.ts';
import { type DnsTurned, dnsTurned, freshness, maintenanceSinceMs } from '../observe/judge.ts';
import type { Aged, Observed, StackRow } from '../observe/observed.ts';
import { isInProgress } from '../observe/operation.ts';
import type { Gate, GateNeed, Json } from '../runbook/runbook.ts';
import type { Evidence, GateResult } from './kind.ts';
import { count, duration } from './words.ts';

export interface GateInput {
  readonly observed: Observed;
  /** What was seen before this says nothing: the intent of the step that the gate follows. */
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly clock: Clock;
  closedAtMs(stepId: string): number | undefined;
  /** Facts of the release; without them a condition that depends on one is judged as if it applied. */
  readonly facts?: { readonly [name: string]: Json };
}

/** Rounds in a row in which all servers must agree; anycast resolvers hold several caches. */
const ROUNDS_NEEDED = 3;
/** A cache's newest pass must be younger, and the one before it so much older. */
const PASS_FRESH_MS = 60_000;
const PASSES_APART_MS = 30_000;

type Need<I extends GateNeed['is']> = Extract<GateNeed, { is: I }>;
type Judges = { readonly [I in GateNeed['is']]: (need: Need<I>, input: GateInput) => GateResult };

/** Whether a gate holds by what the watchers saw, and what it would take to pass it as it stands. Pure. */
export function evaluateGate(gate: Gate, input: GateInput): GateResult {
  return judgeNeed(gate.needs, input);
}

function judgeNeed<I extends GateNeed['is']>(need: Need<I>, input: GateInput): GateResult {
  const judge = JUDGES[need.is] as (need: Need<I>, input: GateInput) => GateResult;
  return judge(need, input);
}

const JUDGES: Judges = {
  dns: ({ target }, input) => {
    const look = fresh(input.observed.dns, input, 'DNS');
    if ('summary' in look) return { ...look, typed: UNSEEN_DNS };
    const turned = dnsTurned(look.value, { target, sinceMs: input.sinceMs, roundsNeeded: ROUNDS_NEEDED });
    return { ...dnsResult(turned), ...dnsOverride(turned), ...(isUnseen(turned) && { typed: UNSEEN_DNS }) };
  },
  inMaintenance: (_need, input) => {
    const look = fresh(input.observed.dns, input, 'DNS');
    if ('summary' in look) return look;
    return dnsResult(dnsTurned(look.value, { target: 'maintenance', sinceMs: 0, roundsNeeded: 1 }));
  },
  cacheDrained: ({ caches }, input) => cachesDrained(caches, input),
  noStackInProgress: (_need, input) => {
    const look = fresh(input.observed.stacks, input, 'The stacks');
    if ('summary' in look) return look;
    const busy = look.value.filter(({ stack }) => stack && isInProgress(stack.stackStatus));
    return {
      holds: busy.length === 0,
      summary:
        busy.length === 0
          ? 'no stack is in progress'
          : busy.map((row) => `${row.config} is ${inWords(row, input.nowMs)}`).join(', '),
      evidence: busy.map((row) => line(row.config, inWords(row, input.nowMs), 'warn')),
      unproven: busy.length,
    };
  },
  loadBalancerHealthy: (_need, input) => loadBalancerHealthy(input),
  settled: ({ stepId, ms, onlyWhere }, input) => {
    const { facts } = input;
    if (onlyWhere && facts && facts[onlyWhere.fact] !== onlyWhere.is) return passed('there is nothing to wait for');
    const closedAtMs = input.closedAtMs(stepId);
    if (closedAtMs === undefined) return passed(`step ${stepId} was not done; there is nothing to wait for`);
    const leftMs = closedAtMs + ms - input.nowMs;
    if (leftMs <= 0) return passed(`${duration(input.nowMs - closedAtMs)} have passed`);
    return not(`${duration(leftMs)} left of ${duration(ms)}`);
  },
};

/** The words that override a gate as it stands now: what is unproven decides, then the gate's own data. */
export function typedWords(gate: Gate, result: GateResult): string | undefined {
  if ((result.overridable ?? gate.overridable) !== 'typed') return undefined;
  const words = (result.typed ?? gate.typed)?.replace('<n>', String(result.unproven));
  return result.unproven === 1 ? words?.replace(/( 1 .*)s$/, '$1') : words;
}

/** Whether an override that was given before covers what is unproven now: as much at most, and of the same kind. */
export function isCovered(
  gate: Gate,
  result: GateResult,
  given: {
    readonly typed?: string | undefined;
    readonly unproven?: number | undefined;
    readonly names?: readonly string[] | undefined;
  },
): boolean {
  const overridable = result.overridable ?? gate.overridable;
  if (overridable === 'never' || result.unproven > (given.unproven ?? Number.POSITIVE_INFINITY)) return false;
  if (!areKnown(namesIn(result.evidence), given.names)) return false;
  const words = typedWords(gate, result);
  return overridable === 'note' || (given.typed !== undefined && uncounted(given.typed) === uncounted(words ?? ''));
}

/** What is unproven, by name, as evidence lists it: a cache's keys. */
export const namesIn = (evidence: readonly Evidence[]): readonly string[] =>
  evidence.filter(({ label }) => label === '').map(({ value }) => value);

/** Whether all that is named now was named then. A list that was cut names not all, and its number alone decides. */
const areKnown = (now: readonly string[], then: readonly string[] = []): boolean =>
  then.length === 0 || then.some((name) => MORE.test(name)) || now.every((name) => then.includes(name));

const MORE = /^… and \d+ more$/;

/** Words of an override without their number. */
const uncounted = (words: string): string => words.replace(/\b\d+\b/, '<n>').replace(/s$/, '');

/** `UPDATE_IN_PROGRESS for 3m05s`: whoever began it. */
function inWords({ stack, operation }: StackRow, nowMs: number): string {
  const runs = operation && operation.endedAtMs === undefined ? operation.startedAtMs : undefined;
  return `${stack?.stackStatus}${runs === undefined ? '' : ` for ${duration(nowMs - runs)}`}`;
}

const line = (label: string, value: string, tone: Evidence['tone']): Evidence => ({ label, value, tone });
const passed = (summary: string): GateResult => ({ holds: true, summary, evidence: [], unproven: 0 });
const not = (summary: string): GateResult => ({ holds: false, summary, evidence: [], unproven: 0 });

/** What was seen lately. An observation that is missing or stale proves nothing. */
function fresh<T>(aged: Aged<T>, { nowMs, clock }: GateInput, what: string): { readonly value: T } | GateResult {
  if (aged.value === undefined || aged.atMs === undefined)
    return not(`${what}: waits for the first look${aged.error ? ` (${aged.error})` : ''}`);
  if (freshness(aged, nowMs, clock.speed) === 'stale')
    return not(`${what}: last seen ${duration(nowMs - aged.atMs)} ago${aged.error ? ` (${aged.error})` : ''}`);
  return { value: aged.value };
}

function dnsResult(turned: DnsTurned): GateResult {
  return {
    holds: turned.holds,
    summary: turned.summary + oldInWords(turned),
    evidence: turned.rows.map((row) =>
      line(
        row.label,
        row.ttlSeconds === undefined ? row.class : `${row.class}, ttl ${row.ttlSeconds}`,
        row.class === 'new' ? 'ok' : row.class === 'silent' ? 'plain' : 'warn',
      ),
    ),
    unproven: turned.unproven,
  };
}

const UNSEEN_DNS = 'go on without a look at DNS';
/** Nobody who could tell has answered: no number of old servers says anything. */
function isUnseen({ rows }: DnsTurned): boolean {
  const zone = rows.filter(({ authoritative }) => authoritative);
  return (zone.length > 0 ? zone : rows).every((row) => row.class === 'silent');
}

/** How long old answers may live on; once they should be over, who holds on to them. */
function oldInWords({ rows, countdownSeconds }: DnsTurned): string {
  // Until the zone's own servers have turned, every resolver may learn the old answer anew.
  if (countdownSeconds === undefined || rows.some((row) => row.authoritative && row.class === 'old')) return '';
  const late = rows.filter(({ pastTtl }) => pastTtl).map(({ label }) => label);
  if (late.length > 0) return `: ${late.join(', ')} ${late.length === 1 ? 'keeps' : 'keep'} it past its TTL`;
  return countdownSeconds > 0 ? `, ${duration(countdownSeconds * 1000)} at most` : ', past its TTL';
}

/**
 * An old answer five minutes past its TTL, or resolvers that all say nothing, need only a note; an old answer before its
 * end is typed, and so is whatever the zone's own servers leave unproven.
 */
function dnsOverride({ rows }: DnsTurned): Pick<GateResult, 'overridable'> {
  const zone = rows.filter(({ authoritative }) => authoritative);
  const zoneTurned =
    zone.length === 0 ||
    (zone.every((row) => row.class === 'new' || row.class === 'silent') && zone.some((row) => row.class === 'new'));
  const resolvers = rows.filter(({ authoritative }) => !authoritative);
  const noteIsEnough = resolvers.every((row) => row.class !== 'old' || row.pastTtl);
  return rows.length > 0 && zoneTurned && noteIsEnough ? { overridable: 'note' } : {};
}

function cachesDrained(names: readonly string[], input: GateInput): GateResult {
  const { observed, nowMs, clock } = input;
  const looks = observed.caches.value;
  if (!looks) return { ...not('The caches: waits for the first look'), typed: UNREACHABLE };
  const dns = observed.dns.value;
  const sinceMs = (dns && maintenanceSinceMs(dns)) ?? 0;
  const drains = names.map((name) => {
    const look = looks.find((each) => each.name === name);
    return look && cacheDrain(look, { nowMs, freshMs: clock.limit(PASS_FRESH_MS), apartMs: PASSES_APART_MS, sinceMs });
  });
  const known = drains.filter((drain) => drain !== undefined);
  const open = known.filter((drain) => !drain.holds);
  const missing = names.filter((_, index) => drains[index] === undefined);
  const unproven = known.reduce((sum, drain) => sum + (drain.unproven ?? 0), 0);
  // What no pass has counted may be any number.
  const isUnknown = missing.length > 0 || open.some((drain) => !drain.reachable || drain.unproven === undefined);
  const seconds = Math.max(0, ...open.map((drain) => drain.countdownSeconds ?? 0));
  return {
    holds: open.length === 0 && missing.length === 0,
    summary:
      [...missing.map((name) => `${name}: was not looked at`), ...open.map(({ summary }) => summary)].join(' · ') +
        (seconds > 0 ? ` (${duration(seconds * 1000)} or so)` : '') || 'two passes found nothing unflushed',
    evidence: known.flatMap((drain) =>
      drain.rows.flatMap((row) => [
        line(
          row.pattern,
          row.count === undefined ? 'not counted yet' : counted(row.pattern, row.count),
          row.count === 0 ? 'ok' : row.count !== undefined && row.level === 'block' ? 'danger' : 'warn',
        ),
        ...row.samples.map((key) => line('', key, 'plain')),
        ...unlisted(row),
      ]),
    ),
    unproven,
    ...(isUnknown && { typed: UNREACHABLE }),
  };
}

/** A pass keeps the names of the first keys alone: how many more there are is said. */
const unlisted = ({ count: all = 0, samples }: CacheDrain['rows'][number]): readonly Evidence[] =>
  samples.length > 0 && all > samples.length ? [line('', `… and ${all - samples.length} more`, 'plain')] : [];

/** What would be lost stands beside its number. */
const counted = (pattern: string, count: number): string =>
  pattern === 'WRITE-CUBOID*' && count > 0 ? `${count}: cuboids that are written nowhere else yet` : String(count);

const UNREACHABLE = 'delete unreachable cache';
/** What the two generations of load balancers call a target that takes requests. */
const HEALTHY: ReadonlySet<string> = new Set(['healthy', 'InService']);

/** Words for what nobody has counted. */
const UNSEEN = 'turn on without a look at the load balancer';

function loadBalancerHealthy(input: GateInput): GateResult {
  const { site } = input.observed;
  const look = fresh(site, input, 'The load balancer');
  if ('summary' in look) return { ...look, typed: UNSEEN };
  if ((site.atMs ?? 0) < input.sinceMs) return { ...not('The load balancer: waits for a fresh look'), typed: UNSEEN };
  const { loadBalancer, targets, ping } = look.value;
  const serving = targets.filter(({ state }) => state !== 'draining' && state !== 'unused');
  const unhealthy = serving.filter(({ state }) => !HEALTHY.has(state));
  const objections = [
    ...(loadBalancer === undefined ? ['no load balancer was found'] : []),
    ...(serving.length === 0 ? ['it has no target'] : []),
    ...(unhealthy.length > 0 ? [`${count(unhealthy.length, 'target')} of ${serving.length} not healthy`] : []),
    ...(ping.status === 200 ? [] : [`/ping/ answers ${ping.status ?? ping.error ?? 'nothing'}`]),
  ];
  return {
    holds: objections.length === 0,
    summary: objections.join(', ') || `${count(serving.length, 'healthy target')}, /ping/ answers 200`,
    evidence: [
      ...targets.map(({ targetId, state, reason }) =>
        line(targetId, reason ? `${state}: ${reason}` : state, HEALTHY.has(state) ? 'ok' : 'warn'),
      ),
      line('/ping/', String(ping.status ?? ping.error ?? 'no answer'), ping.status === 200 ? 'ok' : 'danger'),
    ],
    unproven: unhealthy.length,
    ...(unhealthy.length === 0 && { typed: 'turn on though it does not answer' }),
  };
}
