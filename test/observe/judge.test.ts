import { describe, expect, it } from 'vitest';
import type { CachePass, DnsAnswer } from '../../src/clients/doors.ts';
import { cacheDrain, voidedBy } from '../../src/observe/cacheDrain.ts';
import { DnsHistory } from '../../src/observe/dns.ts';
import { classify, leadsTo } from '../../src/observe/dnsAnswer.ts';
import { dnsTurned, freshness, maintenanceSinceMs } from '../../src/observe/judge.ts';
import type { CacheLook, DnsLook } from '../../src/observe/observed.ts';

const MINUTE = 60_000;

describe('freshness', () => {
  const aged = (atMs: number | undefined, error?: string) => ({ value: 1, atMs, error, intervalMs: 3_000 });

  it.each([
    [0, 'fresh'],
    [9_000, 'fresh'],
    [9_001, 'late'],
    [30_000, 'late'],
    [30_001, 'stale'],
  ])('after %i ms at an interval of 3 s is %s', (ageMs, level) => {
    expect(freshness(aged(100_000), 100_000 + ageMs)).toBe(level);
  });
  it('is judged in five real seconds at least, however fast the clock runs', () => {
    expect(freshness(aged(0), 5 * MINUTE, 60)).toBe('fresh');
    expect(freshness(aged(0), 5 * MINUTE + 1, 60)).toBe('late');
    expect(freshness(aged(0), 10 * MINUTE + 1, 60)).toBe('stale');
  });
  it('of what was never seen is late, or stale where it cannot be seen', () => {
    expect(freshness(aged(undefined), 0)).toBe('late');
    expect(freshness(aged(undefined, 'no route'), 0)).toBe('stale');
  });
});

describe('the cache rule', () => {
  const pass = (endedAtMs: number, cuboids: number, fields: Partial<CachePass> = {}): CachePass => ({
    runId: 'one',
    startedAtMs: endedAtMs - 1_000,
    endedAtMs,
    keys: 100,
    counts: { 'WRITE-CUBOID*': cuboids },
    samples: { 'WRITE-CUBOID*': cuboids > 0 ? ['WRITE-CUBOID&1'] : [] },
    ...fields,
  });
  const look = (passes: readonly CachePass[], fields: Partial<CacheLook> = {}): CacheLook => ({
    name: 'cache',
    keys: 100,
    runId: 'one',
    absent: false,
    passes,
    scanning: undefined,
    error: undefined,
    ...fields,
  });
  const judged = (it: CacheLook, nowMs: number) => cacheDrain(it, { nowMs, freshMs: 60_000, apartMs: 30_000 });

  it('says why passes are void only of a cache that is passed over', () => {
    const lost = { voidBeforeMs: 100_000, voidedBy: 'it hung up' };
    expect(voidedBy(look([pass(130_000, 0)], lost))).toBe('it hung up');
    expect(voidedBy(look([pass(130_000, 0), pass(160_000, 0)], lost))).toBeUndefined();
    expect(voidedBy(look([], { ...lost, name: 'cache-session' }))).toBeUndefined();
  });

  it('holds after two passes in a row, 30 s apart, that found nothing', () => {
    const drain = judged(look([pass(100_000, 5), pass(130_000, 0), pass(160_000, 0)]), 170_000);
    expect(drain).toMatchObject({ holds: true, unproven: 0, reachable: true });
    expect(drain.rows).toEqual([{ pattern: 'WRITE-CUBOID*', level: 'block', count: 0, samples: [] }]);
  });
  it.each([
    ['no pass yet', [], {}, 170_000, /first complete/],
    ['one clean pass', [pass(130_000, 5), pass(160_000, 0)], {}, 170_000, /second pass/],
    ['two clean passes too close', [pass(150_000, 0), pass(160_000, 0)], {}, 170_000, /second pass/],
    ['keys in the newest', [pass(130_000, 0), pass(160_000, 3)], {}, 170_000, /3 unflushed keys/],
    ['keys between two clean ones', [pass(100_000, 0), pass(130_000, 1), pass(160_000, 0)], {}, 170_000, /second/],
    ['the newest is too old', [pass(130_000, 0), pass(160_000, 0)], {}, 220_001, /ended 60 s ago/],
    ['another process', [pass(130_000, 0), pass(160_000, 0)], { runId: 'two' }, 170_000, /first complete/],
    ['a lost connection', [pass(130_000, 0), pass(160_000, 0)], { voidBeforeMs: 140_000 }, 170_000, /second pass/],
    ['a cache that does not answer', [pass(130_000, 0), pass(160_000, 0)], { error: 'refused' }, 170_000, /refused/],
  ] as const)('does not hold: %s', (_, passes, fields, nowMs, summary) => {
    const drain = judged(look(passes, fields), nowMs);
    expect(drain.holds).toBe(false);
    expect(drain.summary).toMatch(summary);
  });
  it('counts what is not proven, how fast it drains and how long that takes', () => {
    const drain = judged(look([pass(100_000, 90), pass(130_000, 60), pass(160_000, 30)]), 161_000);
    expect(drain).toMatchObject({ unproven: 30, drainPerSecond: 1, countdownSeconds: 60 });
  });
  it('says when a second pass may count', () => {
    expect(judged(look([pass(160_000, 0)]), 170_000).countdownSeconds).toBe(20);
  });
  it('blocks on the locks of cache-state and only warns of flushes in flight', () => {
    const state = (locks: number) => ({
      counts: { 'WRITE-LOCK*': locks, 'PAGE-OUT*': 4, 'DELAYED-WRITE*': 0 },
      samples: {},
    });
    const both = (locks: number) =>
      judged(look([pass(130_000, 0, state(locks)), pass(160_000, 0, state(locks))], { name: 'cache-state' }), 170_000);
    expect(both(0).holds).toBe(true);
    expect(both(0).rows.map(({ level, count }) => [level, count])).toEqual([
      ['block', 0],
      ['warn', 4],
      ['warn', 0],
    ]);
    expect(both(1)).toMatchObject({ holds: false, unproven: 1 });
  });
  it('asks nothing of a cache that the scenario does not have, or that holds nothing to lose', () => {
    expect(judged(look([], { name: 'cache-session', absent: true, keys: undefined }), 0).holds).toBe(true);
    expect(judged(look([], { name: 'cache-session' }), 0).holds).toBe(true);
  });
});

describe('the DNS rule', () => {
  const EXPECTED = { live: 'elb-production-boss.us-east-1.elb.amazonaws.com', maintenance: 'd1.cloudfront.net' };
  const TO_CLOUDFRONT = 'D1.CloudFront.net.';
  const TO_ELB = `dualstack.${EXPECTED.live}`;

  function answer(label: string, leadsTo: string | undefined, fields: Partial<DnsAnswer> & { ttl?: number } = {}) {
    const { ttl = 300, ...rest } = fields;
    const authoritative = label.startsWith('ns');
    return {
      server: { label, address: label, port: 53, authoritative },
      askedAtMs: 0,
      rttMs: 1,
      rcode: 'NOERROR',
      chain: leadsTo ? [{ name: 'api.theboss.io', type: 'CNAME', ttlSeconds: ttl, data: leadsTo }] : [],
      ...(leadsTo === undefined && !rest.rcode ? { error: 'no answer' } : {}),
      ...rest,
    };
  }
  /** Rounds five seconds apart, the first at `fromMs`. */
  function looked(rounds: readonly (readonly DnsAnswer[])[], fromMs = 1_000): DnsLook {
    const history = new DnsHistory('api.theboss.io');
    history.expect(EXPECTED);
    let look: DnsLook | undefined;
    rounds.forEach((answers, n) => {
      const startedAtMs = fromMs + n * 5_000;
      look = history.add({ startedAtMs, answers: answers.map((one) => ({ ...one, askedAtMs: startedAtMs })) });
    });
    return look ?? { host: 'api.theboss.io', expected: EXPECTED, rounds: [] };
  }
  const judged = (look: DnsLook, sinceMs = 0) => dnsTurned(look, { target: 'maintenance', sinceMs, roundsNeeded: 3 });
  const allNew = [answer('ns-1', TO_CLOUDFRONT), answer('ns-2', TO_CLOUDFRONT), answer('8.8.8.8', TO_CLOUDFRONT)];

  it('tells who an answer leads to, whatever its case, final dot and prefix', () => {
    expect(leadsTo(answer('x', TO_CLOUDFRONT), EXPECTED)).toBe('maintenance');
    expect(leadsTo(answer('x', TO_ELB.toUpperCase()), EXPECTED)).toBe('live');
    expect(leadsTo(answer('x', 'parked.example'), EXPECTED)).toBe('other');
    expect(leadsTo(answer('x', undefined, { rcode: 'NXDOMAIN' }), EXPECTED)).toBe('other');
    expect(leadsTo(answer('x', undefined, { rcode: 'SERVFAIL' }), EXPECTED)).toBe('silent');
    expect(leadsTo(answer('x', undefined), EXPECTED)).toBe('silent');
    expect(leadsTo(answer('x', 'parked.example'), { live: undefined, maintenance: undefined })).toBe('other');
  });
  it('calls the target new and its opposite old', () => {
    expect(classify({ leadsTo: 'live' }, 'live')).toBe('new');
    expect(classify({ leadsTo: 'live' }, 'maintenance')).toBe('old');
    expect(classify({ leadsTo: 'silent' }, 'live')).toBe('silent');
  });
  it('holds after three rounds in a row in which all servers are new', () => {
    expect(judged(looked([allNew, allNew])).holds).toBe(false);
    expect(judged(looked([allNew, allNew])).summary).toContain('2 of 3 rounds');
    expect(judged(looked([allNew, allNew, allNew]))).toMatchObject({ holds: true, unproven: 0 });
  });
  it('begins to count anew after a round that did not agree', () => {
    const back = [...allNew.slice(0, 2), answer('8.8.8.8', TO_ELB)];
    expect(judged(looked([allNew, allNew, back, allNew, allNew])).holds).toBe(false);
  });
  it('counts only rounds that began after the step', () => {
    expect(judged(looked([allNew, allNew, allNew], 1_000), 1_001).holds).toBe(false);
    expect(judged(looked([allNew, allNew, allNew, allNew], 1_000), 1_001).holds).toBe(true);
    expect(judged(looked([allNew], 1_000), 2_000)).toMatchObject({ holds: false, rows: [] });
  });
  it('names silent servers and does not count them', () => {
    const round = [...allNew.slice(0, 1), answer('ns-2', undefined), ...allNew.slice(2), answer('1.1.1.1', undefined)];
    const turned = judged(looked([round, round, round]));
    expect(turned.holds).toBe(true);
    expect(turned.summary).toContain('silent: ns-2, 1.1.1.1');
  });
  it('proves nothing where nobody authoritative, or no resolver, speaks', () => {
    const noZone = [answer('ns-1', undefined), answer('8.8.8.8', TO_CLOUDFRONT)];
    expect(judged(looked([noZone, noZone, noZone])).summary).toContain('no authoritative server answers');
    const noResolver = [answer('ns-1', TO_CLOUDFRONT), answer('8.8.8.8', undefined)];
    expect(judged(looked([noResolver, noResolver, noResolver])).summary).toContain('no resolver');
  });
  it('wants every authoritative server, and is content with one resolver', () => {
    const elsewhere = [
      answer('ns-1', TO_CLOUDFRONT),
      answer('ns-2', 'parked.example'),
      answer('8.8.8.8', TO_CLOUDFRONT),
    ];
    expect(judged(looked([elsewhere, elsewhere, elsewhere]))).toMatchObject({ holds: false, unproven: 1 });
    const one = [...allNew, answer('9.9.9.9', undefined, { rcode: 'NXDOMAIN' })];
    expect(judged(looked([one, one, one])).holds).toBe(true);
  });
  it("tells since when the zone's servers lead to the maintenance page; a silent round breaks nothing", () => {
    const silent = [answer('ns-1', undefined), ...allNew.slice(1)];
    const back = [answer('ns-1', TO_ELB), ...allNew.slice(1)];
    expect(maintenanceSinceMs(looked([allNew, silent, allNew]))).toBe(1_000);
    expect(maintenanceSinceMs(looked([allNew, back, silent, allNew]))).toBe(16_000);
    expect(maintenanceSinceMs(looked([allNew, back]))).toBeUndefined();
    expect(maintenanceSinceMs(looked([[answer('ns-1', undefined), answer('8.8.8.8', TO_CLOUDFRONT)]]))).toBeUndefined();
  });
  it('counts down the largest TTL of an old answer', () => {
    const round = [...allNew, answer('1.1.1.1', TO_ELB, { ttl: 41 }), answer('9.9.9.9', TO_ELB, { ttl: 170 })];
    const turned = judged(looked([round]));
    expect(turned).toMatchObject({ holds: false, unproven: 2, countdownSeconds: 170 });
    expect(turned.summary).toContain('2 of 5 servers still lead to the load balancer');
    expect(turned.rows.find((row) => row.label === '1.1.1.1')).toMatchObject({ class: 'old', ttlSeconds: 41 });
  });
  it('marks an old answer that outlived its TTL by five minutes, counted from when the zone turned', () => {
    const stuck = [...allNew, answer('1.1.1.1', TO_ELB, { ttl: 0 })];
    const rounds = (n: number) => Array.from({ length: n }, () => stuck);
    const isPast = (look: DnsLook) => judged(look).rows.find((row) => row.label === '1.1.1.1')?.pastTtl;
    // Five minutes of TTL and five of patience are 120 rounds, of which the look keeps ten.
    expect(isPast(looked(rounds(121)))).toBe(false);
    expect(isPast(looked(rounds(122)))).toBe(true);
    expect(judged(looked(rounds(122))).rows.filter((row) => row.pastTtl)).toHaveLength(1);
  });
  it('judges the kept rounds anew when the expected names become known', () => {
    const history = new DnsHistory('api.theboss.io');
    expect(history.add({ startedAtMs: 1, answers: allNew }).rounds[0]?.rows[0]?.leadsTo).toBe('other');
    expect(history.expect(EXPECTED)?.rounds[0]?.rows[0]?.leadsTo).toBe('maintenance');
    expect(history.expect(EXPECTED)).toBeUndefined();
  });
});
