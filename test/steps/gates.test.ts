import { describe, expect, it } from 'vitest';
import type { CachePass } from '../../src/clients/doors.ts';
import { createClock } from '../../src/clock.ts';
import {
  type CacheLook,
  type DnsRound,
  type DnsRow,
  type DnsVerdict,
  NOTHING_OBSERVED,
  type Observed,
} from '../../src/observe/observed.ts';
import {
  cacheMayGo,
  dnsTurnedTo,
  loadBalancerHealthy,
  muteSettled,
  noStackInProgress,
  stillInMaintenance,
} from '../../src/runbook/conditions.ts';
import type { Gate } from '../../src/runbook/runbook.ts';
import { evaluateGate, type GateInput, isCovered, typedWords } from '../../src/steps/gates.ts';

const NOW = 1_000_000_000;
const clock = createClock({ speed: 1, originMs: 0, startedAtMs: 0 });
const seen = <T>(value: T) => ({ value, atMs: NOW - 1_000, error: undefined, intervalMs: 5_000 });
const look = (gate: Gate, observed: Partial<Observed>, more: Partial<GateInput> = {}) =>
  evaluateGate(gate, {
    observed: { ...NOTHING_OBSERVED, ...observed },
    sinceMs: NOW - 600_000,
    nowMs: NOW,
    clock,
    closedAtMs: () => undefined,
    ...more,
  });

const round = (
  startedAtMs: number,
  rows: readonly (readonly [label: string, leadsTo: DnsVerdict, ttl?: number])[],
): DnsRound => ({
  startedAtMs,
  rows: rows.map(([label, leadsTo, ttlSeconds]) => ({
    answer: {
      server: { label, address: '127.0.0.1', port: 53, authoritative: label.startsWith('ns') },
      askedAtMs: startedAtMs,
      rttMs: 1,
      chain: [],
    },
    leadsTo,
    ttlSeconds,
  })),
});
const dns = (...rounds: readonly DnsRound[]) => ({
  dns: seen({ host: 'api.theboss.io', expected: { live: 'elb', maintenance: 'cf' }, rounds }),
});
const three = (rows: Parameters<typeof round>[1]) => [3, 2, 1].map((n) => round(NOW - n * 5_000, rows));

describe('the gate of DNS', () => {
  const gate = dnsTurnedTo('maintenance');

  it('holds when all servers have turned, three rounds in a row', () => {
    const turned = three([
      ['ns-1', 'maintenance', 300],
      ['8.8.8.8', 'maintenance', 200],
    ]);
    expect(look(gate, dns(...turned)).holds).toBe(true);
    expect(look(gate, dns(...turned.slice(1))).holds).toBe(false);
  });

  it('holds by nothing that was seen before its step', () => {
    const turned = three([
      ['ns-1', 'maintenance', 300],
      ['8.8.8.8', 'maintenance', 200],
    ]);
    expect(look(gate, dns(...turned), { sinceMs: NOW - 6_000 }).holds).toBe(false);
  });

  it("is not passed by a note where the zone's own servers say nothing", () => {
    const silent = look(
      gate,
      dns(
        ...three([
          ['ns-1', 'silent'],
          ['8.8.8.8', 'maintenance', 200],
        ]),
      ),
    );
    expect(silent).toMatchObject({ holds: false });
    expect(silent.overridable ?? gate.overridable).toBe('typed');
  });

  it("names the zone's servers that disagree, and holds only when they agree", () => {
    const result = look(
      gate,
      dns(
        ...three([
          ['ns-1', 'maintenance', 300],
          ['ns-2', 'live', 300],
          ['ns-3', 'other', 300],
          ['8.8.8.8', 'live', 20],
        ]),
      ),
    );
    expect(result).toMatchObject({ holds: false });
    expect(result.summary).toContain(
      "the zone's own servers disagree: ns-1 to the maintenance page, ns-2 to the load balancer, ns-3 elsewhere",
    );
    // Resolvers may learn the old answer anew from ns-2: no TTL says when that ends.
    expect(result.summary).not.toContain('at most');
    expect(result.overridable ?? gate.overridable).toBe('typed');
  });

  it('names who is old and how long at most, and is passed by typing while its TTL runs', () => {
    const result = look(
      gate,
      dns(
        ...three([
          ['ns-1', 'maintenance', 300],
          ['8.8.8.8', 'live', 190],
          ['9.9.9.9', 'maintenance', 20],
        ]),
      ),
    );
    expect(result).toMatchObject({ holds: false, unproven: 1 });
    expect(result.summary).toMatch(/3m10s at most/);
    expect(result.overridable).toBeUndefined();
    expect(gate.overridable).toBe('typed');
  });

  it('names who keeps an old answer past its TTL, and tells of no time that it has left', () => {
    const late = [
      ['ns-1', 'maintenance', 300],
      ['8.8.8.8', 'maintenance', 200],
      ['9.9.9.9', 'live', 0],
    ] as const;
    const result = look(gate, dns(...three([...late])), { sinceMs: NOW - 3_600_000 });
    expect(result.summary).toMatch(
      /1 of 3 servers still leads to the load balancer(, past its TTL|: 9\.9\.9\.9 keeps)/,
    );
    expect(result.summary).not.toContain('at most');
  });

  it('is passed by a note where nothing is old and a resolver is merely silent', () => {
    const result = look(
      gate,
      dns(
        ...three([
          ['ns-1', 'maintenance', 300],
          ['8.8.8.8', 'silent'],
        ]),
      ),
    );
    expect(result).toMatchObject({ holds: false, overridable: 'note' });
  });

  it('holds by no stale look', () => {
    const turned = dns(
      ...three([
        ['ns-1', 'maintenance', 300],
        ['8.8.8.8', 'maintenance', 200],
      ]),
    );
    const stale = { dns: { ...turned.dns, atMs: NOW - 3_600_000 } };
    expect(look(gate, stale)).toMatchObject({ holds: false, summary: expect.stringMatching(/last seen 1h00m ago/) });
    expect(look(gate, {}).holds).toBe(false);
  });
});

describe('the gate of maintenance', () => {
  it('holds while the newest round leads there, whoever asked when', () => {
    const down = round(NOW - 1_000_000, [
      ['ns-1', 'maintenance', 300],
      ['8.8.8.8', 'maintenance', 200],
    ]);
    const up = round(NOW - 1_000, [
      ['ns-1', 'live', 300],
      ['8.8.8.8', 'maintenance', 200],
    ]);
    expect(look(stillInMaintenance, dns(down)).holds).toBe(true);
    expect(look(stillInMaintenance, dns(down, up)).holds).toBe(false);
  });
});

describe('the gate of the caches', () => {
  const gate = cacheMayGo.at(-1);
  if (!gate) throw new Error('the rule has no cache gate');
  const pass = (endedAtMs: number, counts: Record<string, number>): CachePass => ({
    runId: 'r',
    startedAtMs: endedAtMs - 500,
    endedAtMs,
    keys: 10,
    counts,
    samples: Object.fromEntries(Object.entries(counts).map(([key, n]) => [key, n > 0 ? [`${key}1`] : []])),
  });
  const cache = (name: string, passes: readonly CachePass[], more: Partial<CacheLook> = {}): CacheLook => ({
    name,
    keys: 10,
    runId: 'r',
    absent: false,
    passes,
    scanning: undefined,
    error: undefined,
    ...more,
  });
  const clean = (pattern: string) => [pass(NOW - 40_000, { [pattern]: 0 }), pass(NOW - 5_000, { [pattern]: 0 })];
  const state = cache('cache-state', clean('WRITE-LOCK*'));

  it('holds after two clean passes over both caches', () => {
    expect(look(gate, { caches: seen([cache('cache', clean('WRITE-CUBOID*')), state]) }).holds).toBe(true);
  });

  it('counts what would be lost, lists it, and is passed only by typing that number', () => {
    const full = [pass(NOW - 40_000, { 'WRITE-CUBOID*': 9 }), pass(NOW - 5_000, { 'WRITE-CUBOID*': 3 })];
    const result = look(gate, { caches: seen([cache('cache', full), state]) });
    expect(result).toMatchObject({ holds: false, unproven: 3 });
    expect(result.typed ?? gate.typed).toBe('delete cache with <n> unflushed keys');
    expect(result.evidence.map(({ value }) => value)).toContain('WRITE-CUBOID*1');
    // Whoever thinks of going on without it reads what that loses.
    expect(result.evidence[0]).toMatchObject({ value: '3: cuboids that are written nowhere else yet', tone: 'danger' });
  });

  it.each([
    ['drains at a rate', [9, 3], {}, /3 unflushed keys, \d+ drain a minute \(\d+s or so\)/],
    ['does not drain', [3, 3], {}, /3 unflushed keys, none drains$/],
    ['was clean', [0, 2], {}, /2 unflushed keys, they came back: something still writes$/],
    ['fills', [1, 2], {}, /2 unflushed keys, more than before: something still writes$/],
    [
      'failed over',
      [0, 0],
      { voidBeforeMs: NOW - 1_000, voidedBy: 'another process serves it now (a failover or a restart)' },
      /cache: the passes before are void: another process.*; waits for the first complete SCAN pass$/,
    ],
    [
      'was cut off between its passes',
      [0, 0],
      { voidBeforeMs: NOW - 10_000, voidedBy: 'the tunnel to it broke' },
      /void: the tunnel to it broke; nothing unflushed; waits for a second pass/,
    ],
  ] as const)('says of a cache that it %s', (_name, [first, second], more, words) => {
    const passes = [pass(NOW - 40_000, { 'WRITE-CUBOID*': first }), pass(NOW - 5_000, { 'WRITE-CUBOID*': second })];
    const result = look(gate, { caches: seen([cache('cache', passes, more), state]) });
    expect(result.holds).toBe(false);
    expect(result.summary).toMatch(words);
  });

  it('is not held up by what is merely told: pages that go out and delayed writes', () => {
    const flights = (counts: Record<string, number>) =>
      look(gate, {
        caches: seen([
          cache('cache', clean('WRITE-CUBOID*')),
          cache('cache-state', [pass(NOW - 40_000, counts), pass(NOW - 5_000, counts)]),
        ]),
      });
    const told = flights({ 'WRITE-LOCK*': 0, 'PAGE-OUT*': 4, 'DELAYED-WRITE*': 2 });
    expect(told.holds).toBe(true);
    expect(told.evidence).toContainEqual({ label: 'PAGE-OUT*', value: '4', tone: 'warn' });
    expect(flights({ 'WRITE-LOCK*': 1 })).toMatchObject({ holds: false, unproven: 1 });
  });

  it('needs a pass that began after the maintenance did: users could write until then', () => {
    const caches = { caches: seen([cache('cache', clean('WRITE-CUBOID*')), state]) };
    const maintained = (sinceMs: number) =>
      dns({
        startedAtMs: NOW - 1_000,
        rows: [{ ...round(NOW - 1_000, [['ns-1', 'maintenance', 300]]).rows[0], leadsThereSinceMs: sinceMs } as DnsRow],
      });
    expect(look(gate, { ...caches, ...maintained(NOW - 60_000) }).holds).toBe(true);
    const early = look(gate, { ...caches, ...maintained(NOW - 2_000) });
    expect(early).toMatchObject({ holds: false });
    expect(early.summary).toContain('begins after the maintenance did');
  });

  it('takes no cache that is not configured for one that does not exist', () => {
    const none = cache('cache', [], { absent: true, keys: undefined });
    expect(look(gate, { caches: seen([none, state]) })).toMatchObject({
      holds: false,
      typed: 'delete unreachable cache',
    });
  });

  it('holds by no cache that was not looked at, and names other words for one that cannot be reached', () => {
    expect(look(gate, { caches: seen([state]) })).toMatchObject({ holds: false, typed: 'delete unreachable cache' });
    const gone = cache('cache', [], { error: 'connection refused', keys: undefined });
    expect(look(gate, { caches: seen([gone, state]) })).toMatchObject({
      holds: false,
      typed: 'delete unreachable cache',
    });
    expect(look(gate, {})).toMatchObject({ holds: false, typed: 'delete unreachable cache' });
  });

  it('says how many keys there are beyond those that are named', () => {
    const many = [pass(NOW - 40_000, { 'WRITE-CUBOID*': 3 }), pass(NOW - 5_000, { 'WRITE-CUBOID*': 3 })];
    const { evidence } = look(gate, { caches: seen([cache('cache', many), state]) });
    expect(evidence).toContainEqual({ label: '', value: 'WRITE-CUBOID*1', tone: 'plain' });
    expect(evidence).toContainEqual({ label: '', value: '… and 2 more', tone: 'plain' });
  });

  it('takes what no valid pass has counted for any number, beside a cache with keys too', () => {
    const uncounted = cache('cache', [], {});
    const three = cache('cache-state', [pass(1_000, { 'WRITE-LOCK*': 3 })]);
    expect(look(gate, { caches: seen([uncounted, state]) })).toMatchObject({ typed: 'delete unreachable cache' });
    expect(look(gate, { caches: seen([uncounted, three]) })).toMatchObject({
      unproven: 3,
      typed: 'delete unreachable cache',
    });
  });
});

describe('what an override covers', () => {
  const drained = cacheMayGo.find(({ id }) => id === 'drained') as Gate;
  const open = (unproven: number, more: object = {}) => ({
    ...{ holds: false, summary: '', evidence: [], unproven },
    ...more,
  });
  const blind = open(0, { typed: 'delete unreachable cache' });

  it('is as much as was unproven then, or less', () => {
    const given = { typed: typedWords(drained, open(3)), unproven: 3 };
    expect(given.typed).toBe('delete cache with 3 unflushed keys');
    expect([1, 2, 3, 4].map((n) => isCovered(drained, open(n), given))).toEqual([true, true, true, false]);
  });

  it('is not what nobody can count any more, nor the other way round', () => {
    expect(isCovered(drained, blind, { typed: 'delete cache with 3 unflushed keys', unproven: 3 })).toBe(false);
    expect(isCovered(drained, blind, { typed: 'delete unreachable cache', unproven: 0 })).toBe(true);
    expect(isCovered(drained, open(1), { typed: 'delete unreachable cache', unproven: 0 })).toBe(false);
  });

  it('is no other key than those that were named, but by number where the list of them was cut', () => {
    const named = (...names: readonly string[]) =>
      open(names.length, { evidence: names.map((value) => ({ label: '', value, tone: 'plain' })) });
    const typed = 'delete cache with 3 unflushed keys';
    const given = { typed, unproven: 3, names: ['a', 'b', 'c'] };
    expect(isCovered(drained, named('a', 'c'), given)).toBe(true);
    expect(isCovered(drained, named('a', 'd'), given)).toBe(false);
    expect(isCovered(drained, named('a', 'd'), { ...given, names: ['a', '… and 2 more'] })).toBe(true);
  });

  it('is by a note only what a note is enough for now', () => {
    const note = { unproven: 2 };
    expect(isCovered(stillInMaintenance, open(2), note)).toBe(true);
    expect(isCovered(stillInMaintenance, open(2, { overridable: 'typed', typed: 'x' }), note)).toBe(false);
    expect(isCovered(noStackInProgress, open(0), note)).toBe(false);
  });
});

describe('the gate of stacks in progress', () => {
  const row = (config: string, stackStatus: string) => ({
    config,
    stackName: `${config}X`,
    stack: { stackName: `${config}X`, stackId: 'id', stackStatus, creationTimeMs: 0 },
    stackVersion: undefined,
    commit: undefined,
    operation: undefined,
  });
  it('names who is busy, and can never be passed', () => {
    expect(look(noStackInProgress, { stacks: seen([row('core', 'UPDATE_COMPLETE')]) }).holds).toBe(true);
    const busy = look(noStackInProgress, { stacks: seen([row('core', 'UPDATE_ROLLBACK_IN_PROGRESS')]) });
    expect(busy).toMatchObject({ holds: false, summary: 'core is UPDATE_ROLLBACK_IN_PROGRESS' });
    expect(noStackInProgress.overridable).toBe('never');
    expect(busy.overridable).toBeUndefined();
  });

  it('says which operation, and for how long: nobody here may have begun it', () => {
    const operation = { startedAtMs: NOW - 185_000, endedAtMs: undefined, done: 1, total: 4 };
    const stacks = seen([{ ...row('api', 'DELETE_IN_PROGRESS'), operation }]);
    expect(look(noStackInProgress, { stacks })).toMatchObject({
      holds: false,
      summary: 'api is DELETE_IN_PROGRESS for 3m05s',
      evidence: [{ label: 'api', value: 'DELETE_IN_PROGRESS for 3m05s' }],
    });
  });
});

describe('the gate of the load balancer', () => {
  const site = (states: readonly string[], status: number | undefined) => ({
    site: seen({
      loadBalancer: 'elb',
      targets: states.map((state, index) => ({ targetId: `i-${index}`, state })),
      ping: { status, error: status === undefined ? 'refused' : undefined },
      page: { status: 200, isMaintenance: true, error: undefined },
    }),
  });
  it.each([
    [['healthy', 'healthy', 'draining'], 200, true, 0],
    [['InService'], 200, true, 0],
    [['healthy', 'unhealthy'], 200, false, 1],
    [['healthy'], 503, false, 0],
    [['healthy'], undefined, false, 0],
    [[], 200, false, 0],
  ] as const)('with targets %j and /ping/ %s: holds %s', (states, status, holds, unproven) => {
    expect(look(loadBalancerHealthy, site(states, status))).toMatchObject({ holds, unproven });
  });

  it('holds by no look from before', () => {
    expect(look(loadBalancerHealthy, site(['healthy'], 200), { sinceMs: NOW }).holds).toBe(false);
  });

  it('is passed in words that are true where nothing could be counted', () => {
    expect(look(loadBalancerHealthy, {}).typed).toBe('turn on without a look at the load balancer');
    expect(look(loadBalancerHealthy, site(['healthy'], 503)).typed).toBe('turn on though it does not answer');
    expect(look(loadBalancerHealthy, site(['unhealthy'], 200)).typed).toBeUndefined();
    const unseen = 'go on without a look at DNS';
    expect(look(dnsTurnedTo('live'), {}).typed).toBe(unseen);
    expect(look(dnsTurnedTo('live'), dns()).typed).toBe(unseen);
    const silent = three([
      ['ns-1', 'silent'],
      ['8.8.8.8', 'live', 300],
    ]);
    expect(look(dnsTurnedTo('live'), dns(...silent)).typed).toBe(unseen);
  });
});

describe('the gate of time', () => {
  const closed = (agoMs: number) => ({ closedAtMs: () => NOW - agoMs });
  it('holds when it has passed, or when there is nothing to wait for', () => {
    expect(look(muteSettled, {}, closed(900_000)).holds).toBe(true);
    expect(look(muteSettled, {}, closed(600_000))).toMatchObject({ holds: false, summary: '5m00s left of 15m00s' });
    expect(look(muteSettled, {}).holds).toBe(true);
    expect(look(muteSettled, {}, { ...closed(0), facts: { listWay: 'remove' } }).holds).toBe(true);
    expect(look(muteSettled, {}, { ...closed(0), facts: { listWay: 'mute' } }).holds).toBe(false);
  });
});
