import { describe, expect, it } from 'vitest';
import { CONFIGS } from '../../src/bosslet/bosslet.ts';
import { cacheDrain } from '../../src/observe/cacheDrain.ts';
import { dnsTurned } from '../../src/observe/judge.ts';
import type { DnsRound, Observed, StackRow } from '../../src/observe/observed.ts';
import { createScene, withEvents, withList } from './rig.ts';

const row = (observed: Observed, config: string): StackRow | undefined =>
  observed.stacks.value?.find((each) => each.config === config);
const cache = (observed: Observed, name: string) => observed.caches.value?.find((look) => look.name === name);
const tagged = ({ stacks }: Observed) => stacks.value?.slice(0, CONFIGS.length).every((each) => each.commit);

describe('what the watchers see of a world', () => {
  it('is the board in the order of the procedure, with versions and commits', async () => {
    await using scene = await createScene();
    await scene.seen('the tags', tagged);
    const { stacks, troubles } = scene.observed();
    expect(stacks.value?.map(({ config }) => config)).toEqual([...CONFIGS, 'backup']);
    expect(stacks.value?.every((each) => each.stack?.stackStatus.endsWith('_COMPLETE'))).toBe(true);
    expect(row(scene.observed(), 'core')?.stackVersion).toBe('3');
    expect(troubles).toEqual([]);
  });

  it('is an update that fails: bars that never run backwards, each event once, its root cause, its rollback', async () => {
    await using scene = await createScene({ faults: ['redis-size'], from: 'redis', speed: 60 });
    const fractions: number[] = [];
    const totals = new Set<number>();
    const stop = scene.watchers.subscribe((observed) => {
      const operation = row(observed, 'redis')?.operation;
      if (operation) totals.add(operation.total);
      if (operation) fractions.push(operation.total === 0 ? 0 : operation.done / operation.total);
    });
    await scene.seen('the board', ({ stacks }) => stacks.value);
    const release = scene.watchers.want({ is: 'stack', config: 'redis', sinceMs: scene.clock.now() });
    await scene.stacks.update('RedisProductionBoss', (template) =>
      template.replaceAll(/"CacheNodeType": ?"[^"]+"/g, '"CacheNodeType": "cache.r6g.4xlarge"'),
    );
    await scene.seen('the end of the rollback', (observed) => row(observed, 'redis')?.operation?.endedAtMs);
    release();
    stop();
    const { events } = scene.observed();
    const own = events.value?.filter((event) => event.config === 'redis') ?? [];
    expect(new Set(own.map(({ eventId }) => eventId)).size).toBe(own.length);
    expect(own.map(({ timestampMs }) => timestampMs)).toEqual(
      own.map(({ timestampMs }) => timestampMs).toSorted((a, b) => a - b),
    );
    expect(own[0]).toMatchObject({ logicalResourceId: 'RedisProductionBoss', resourceStatus: 'UPDATE_IN_PROGRESS' });
    expect(own.at(-1)?.resourceStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    const causes = own.filter((event) => event.rootCause);
    expect(causes).toHaveLength(1);
    expect(causes[0]?.resourceStatusReason).toContain('cannot be changed in place');
    expect(fractions.length).toBeGreaterThan(2);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    // Once known, it is what the change set touches, not the ten that the stack holds.
    expect([...totals].filter((total) => total > 0)).toEqual([3]);
  });

  it('is a stack that is deleted and made again, and its caches that go down and come back by themselves', async () => {
    await using scene = await createScene({ from: 'redis' });
    await scene.seen('a pass over the cache', (observed) => cache(observed, 'cache')?.passes.length);
    const before = cache(scene.observed(), 'cache')?.runId;
    const template = await scene.stacks.template('RedisProductionBoss');
    await scene.stacks.delete('RedisProductionBoss');
    await scene.seen('the end of the delete', (observed) => row(observed, 'redis')?.operation?.endedAtMs);
    await scene.seen('an empty row', (observed) => row(observed, 'redis')?.stack === undefined);
    const deleted = scene.observed().events.value?.filter((event) => event.config === 'redis') ?? [];
    expect(deleted.at(-1)).toMatchObject({
      resourceStatus: 'DELETE_COMPLETE',
      logicalResourceId: 'RedisProductionBoss',
    });
    const operation = row(scene.observed(), 'redis')?.operation;
    expect(operation?.done).toBe(operation?.total);
    expect(operation?.done).toBeGreaterThan(3);
    await scene.seen('caches that are gone', (observed) => cache(observed, 'cache')?.error);
    expect(scene.observed().troubles.join()).toContain('Cache cache');

    await scene.stacks.create('RedisProductionBoss', template);
    await scene.seen('the new stack', (observed) => row(observed, 'redis')?.stack?.stackStatus === 'CREATE_COMPLETE');
    await scene.seen('two passes over the new cache', (observed) => {
      const look = cache(observed, 'cache');
      return look && look.error === undefined && look.runId !== before && look.passes.length >= 2;
    });
    const look = cache(scene.observed(), 'cache');
    expect(look?.passes.every((pass) => pass.runId === look.runId)).toBe(true);
    await scene.seen('no more troubles', ({ troubles }) => troubles.length === 0);
  });

  it('is DNS that turns to the maintenance page, server by server', async () => {
    await using scene = await createScene({ speed: 200 });
    await scene.seen('a round', ({ dns }) => dns.value?.rounds.length);
    const first = scene.observed().dns.value;
    expect(first?.rounds[0]?.rows.length).toBeGreaterThan(5);
    expect(first?.rounds[0]?.rows.every((each) => each.leadsTo === 'live')).toBe(true);
    const release = scene.watchers.want({ is: 'dns' });
    const sinceMs = scene.clock.now();
    scene.turn('maintenance');
    const judged = (observed: Observed) =>
      observed.dns.value && dnsTurned(observed.dns.value, { target: 'maintenance', sinceMs, roundsNeeded: 3 });
    const isMixed = ({ rows }: DnsRound) =>
      rows.some(({ leadsTo }) => leadsTo === 'live') && rows.some(({ leadsTo }) => leadsTo === 'maintenance');
    await scene.seen('a round in which some have turned and some have not', ({ dns }) =>
      dns.value?.rounds.some(isMixed),
    );
    await scene.seen('three rounds in a row', (observed) => judged(observed)?.holds);
    release();
    expect(scene.observed().dns.value?.rounds.length).toBeLessThanOrEqual(10);
  });

  it('is a cache that drains in maintenance until two passes prove it', async () => {
    await using scene = await createScene();
    const release = scene.watchers.want({ is: 'cacheScan' });
    const judged = (observed: Observed, name: string) => {
      const look = cache(observed, name);
      const nowMs = scene.clock.now();
      return look && cacheDrain(look, { nowMs, freshMs: scene.clock.limit(60_000), apartMs: 30_000 });
    };
    await scene.seen('unflushed keys', (observed) => judged(observed, 'cache')?.unproven);
    await scene.seen('the expected names', ({ dns }) => dns.value?.expected.maintenance);
    scene.turn('maintenance');
    await scene.seen('keys that go', (observed) => (judged(observed, 'cache')?.drainPerSecond ?? 0) > 0);
    expect(judged(scene.observed(), 'cache')?.holds).toBe(false);
    await scene.seen(
      'the proof',
      (observed) => judged(observed, 'cache')?.holds && judged(observed, 'cache-state')?.holds,
    );
    release();
    const passes = cache(scene.observed(), 'cache')?.passes ?? [];
    expect(passes.length).toBeGreaterThan(3);
    passes.slice(1).forEach((pass, n) => {
      expect(pass.endedAtMs - (passes[n]?.endedAtMs ?? 0)).toBeGreaterThanOrEqual(30_000);
    });
    expect(cache(scene.observed(), 'cache')?.keys).toBeGreaterThan(0);
  });

  it('is the way into the API, only while somebody asks for it', async () => {
    await using scene = await createScene();
    await scene.seen('the board', ({ stacks }) => stacks.value);
    expect(scene.observed().site.value).toBeUndefined();
    const release = scene.watchers.want({ is: 'site' });
    await scene.seen('the site', ({ site }) => site.value);
    expect(scene.observed().site.value).toMatchObject({
      loadBalancer: expect.stringContaining('elb-production-boss'),
      ping: { status: 200, error: undefined },
      page: { isMaintenance: false, error: undefined },
    });
    expect(scene.observed().site.value?.targets.map(({ state }) => state)).toContain('healthy');
    release();
    const left = scene.observed().site.atMs;
    const later = scene.clock.now() + 60_000;
    await scene.seen('later looks at the board', ({ stacks }) => (stacks.atMs ?? 0) > later);
    expect(scene.observed().site.atMs).toBe(left);
  });

  it('is the maintenance page behind the public name, while the load balancer answers by its own', async () => {
    await using scene = await createScene({ from: 'redis' });
    scene.watchers.want({ is: 'site' });
    await scene.seen('the site', ({ site }) => site.value);
    expect(scene.observed().site.value).toMatchObject({ ping: { status: 200 }, page: { isMaintenance: true } });
  });

  it('is every event of an operation, though pages fail while they are read', async () => {
    let calls = 0;
    await using scene = await createScene({
      from: 'redis',
      change: (doors) => withEvents(doors, { pageSize: 3, fails: () => ++calls % 5 === 0 }),
    });
    await scene.seen('the board', ({ stacks }) => stacks.value);
    const sinceMs = scene.clock.now();
    await scene.stacks.update('CloudwatchProductionBoss', (template) =>
      template.replaceAll(/"Period": ?"?\d+"?/g, '"Period": 120'),
    );
    await scene.seen('the end', (observed) => row(observed, 'cloudwatch')?.operation?.endedAtMs);
    const { events } = await scene.doors.aws.cloudFormation.stackEventsPage(
      row(scene.observed(), 'cloudwatch')?.stack?.stackId ?? '',
    );
    const whole = events.filter(({ timestampMs }) => timestampMs >= sinceMs).toReversed();
    const seen = scene.observed().events.value?.filter(({ config }) => config === 'cloudwatch') ?? [];
    expect(whole.length).toBeGreaterThan(3);
    expect(calls).toBeGreaterThan(6);
    expect(seen.map(({ eventId }) => eventId)).toEqual(whole.map(({ eventId }) => eventId));
  });

  it('is the same after a restart: the operation that runs, with all its events', async () => {
    await using scene = await createScene({ from: 'redis', speed: 40 });
    await scene.stacks.delete('RedisProductionBoss');
    const redis = (observed: Observed) => observed.events.value?.filter(({ config }) => config === 'redis') ?? [];
    await scene.seen('some events', (observed) => redis(observed).length > 0);
    await scene.restart();
    await scene.seen('the end of the delete', (observed) => row(observed, 'redis')?.operation?.endedAtMs);
    const events = redis(scene.observed());
    expect(events[0]).toMatchObject({ logicalResourceId: 'RedisProductionBoss', resourceStatus: 'DELETE_IN_PROGRESS' });
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
    const gone = events.filter(({ resourceStatus }) => resourceStatus === 'DELETE_COMPLETE').length - 1;
    expect(row(scene.observed(), 'redis')?.operation?.done).toBe(gone);
  });

  it('is complete though AWS throttles, and says so', async () => {
    await using scene = await createScene({ faults: ['throttling'] });
    await scene.seen('the tags', tagged);
    await scene.seen('a round', ({ dns }) => dns.value?.rounds.length);
    await scene.seen('the reason', ({ troubles }) => troubles.join().includes('AWS slows us down'));
  });

  it('stays on the screen, with its error and its age, while AWS is out of reach', async () => {
    let reachable = true;
    await using scene = await createScene({
      change: (doors) =>
        withList(doors, () => {
          if (!reachable) throw new Error('CloudFormation ListStacks failed: Unreachable.');
        }),
    });
    await scene.seen('the board', ({ stacks }) => stacks.value);
    reachable = false;
    await scene.seen('the error', ({ stacks }) => stacks.error);
    const lost = scene.observed();
    expect(lost.stacks.value).toHaveLength(9);
    expect(lost.troubles).toContain('Stacks: CloudFormation ListStacks failed: Unreachable.');
    reachable = true;
    await scene.seen('the board again', ({ stacks }) => !stacks.error && (stacks.atMs ?? 0) > (lost.stacks.atMs ?? 0));
  });

  it('holds nothing that could move a cursor, whatever a service says', async () => {
    await using scene = await createScene({
      change: (doors) =>
        withEvents(doors, { pageSize: 100, fails: () => false, reason: '\x1b]0;owned\x07\x1b[2Jgone\u202e' }),
    });
    await scene.stacks.delete('CloudwatchProductionBoss');
    await scene.seen('events', ({ events }) => events.value?.length);
    expect(scene.observed().events.value?.every(({ resourceStatusReason }) => resourceStatusReason === 'gone')).toBe(
      true,
    );
  });
});
