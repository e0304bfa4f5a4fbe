import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createAws } from '../../src/clients/aws/aws.ts';
import { createClock } from '../../src/clock.ts';
import type { Setup } from '../../src/commands/setup.ts';
import { readStatus } from '../../src/commands/status.ts';
import { statusLines } from '../../src/commands/statusLines.ts';
import { type Status, wasAllRead } from '../../src/commands/statusReport.ts';
import { startWorld } from '../../src/rehearsal/startWorld.ts';
import type { World } from '../../src/rehearsal/world.ts';

let folder: string;
let world: World;
let setup: Setup;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-status-'));
  const startedAtMs = Date.now();
  const clock = createClock({ speed: 20, originMs: startedAtMs, startedAtMs });
  const scriptProgram = fileURLToPath(new URL('../../dist/boss-manage.js', import.meta.url));
  world = await startWorld({ folder, clock, faults: [], scriptProgram });
  const { addresses } = world;
  setup = {
    mode: 'rehearsal',
    bosslet: addresses.bosslet,
    clock,
    awsEndpoint: addresses.awsEndpoint,
    credentials: addresses.credentials,
    scriptEnvironment: {},
    supervisorFile: '',
    readOnly: true,
    recordsFolder: folder,
    faults: [],
    version: '0.0.0',
  };
});
afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

const look = (change: Partial<Setup> = {}, limitMs = 20_000) =>
  readStatus({ ...setup, ...change }, { signal: new AbortController().signal, limitMs });

/** An HTTP endpoint that does what the test says with whatever it is asked. */
async function endpoint(answer: Parameters<typeof createServer>[1] & {}): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
}

describe('one look at a bosslet', () => {
  it('has every field, as AWS, DNS and the caches say it', async () => {
    const status = await look();
    expect(wasAllRead(status)).toBe(true);
    const { accountId, operator } = setup.bosslet;
    expect(status).toMatchObject({ bosslet: 'production.boss', account: accountId, region: 'us-east-1' });
    expect(Object.keys(status)).toEqual([
      ...['bosslet', 'account', 'region', 'at', 'stacks', 'dns', 'caches', 'mailingList', 'deleteRule'],
    ]);
    expect(Math.abs(Date.parse(status.at) - setup.clock.now())).toBeLessThan(20 * 60_000);

    const aws = createAws({
      region: 'us-east-1',
      accountId,
      endpoint: world.addresses.awsEndpoint,
      credentials: world.addresses.credentials,
    });
    const core = await aws.cloudFormation.describeStack('CoreProductionBoss');
    expect(Array.isArray(status.stacks) && status.stacks.map(({ config }) => config)).toEqual([
      ...['core', 'redis', 'api', 'cachedb', 'activities', 'cloudwatch', 'idindexing', 'dynamolambda', 'backup'],
    ]);
    expect(Array.isArray(status.stacks) && status.stacks[0]).toEqual({
      config: 'core',
      stackName: 'CoreProductionBoss',
      stackId: core?.stackId,
      stackStatus: 'UPDATE_COMPLETE',
      lastUpdatedTime: new Date(core?.lastUpdatedTimeMs ?? 0).toISOString(),
      stackVersion: core?.tags.StackVersion,
      commit: core?.tags.Commit,
    });

    const live = await aws.loadBalancers.findLoadBalancer('elb-production-boss');
    const maintenance = await aws.cloudFront.findDistribution('api.theboss.io');
    expect(status.dns).toMatchObject({
      name: 'api.theboss.io',
      expected: { live: live?.dnsName, maintenance: maintenance?.domainName },
      verdict: 'live',
    });
    expect(status.dns.answers.map(({ aa }) => aa)).toEqual([true, true, true, true, false, false, false, false]);
    expect(status.dns.answers[0]).toEqual({
      server: 'ns-1.awsdns-01.org',
      rcode: 'NOERROR',
      aa: true,
      chain: [
        { name: 'api.theboss.io', type: 'CNAME', ttl: 300, data: expect.stringMatching(/^elb-production-boss-/) },
      ],
      class: 'live',
      rttMs: expect.any(Number),
    });

    expect(status.caches.map(({ name }) => name)).toEqual(['cache', 'cache-state', 'cache-session']);
    const [cache] = status.caches;
    expect(cache).toEqual({
      name: 'cache',
      keys: expect.any(Number),
      writeCuboid: expect.any(Number),
      runId: expect.stringMatching(/^[0-9a-f]{40}$/),
      passMs: expect.any(Number),
    });
    expect(cache?.writeCuboid).toBeGreaterThan(0);

    const topicArn = `arn:aws:sns:us-east-1:${accountId}:ProductionMicronsMailingList`;
    const subscriptions = world.aws.subscriptions(topicArn);
    expect(status.mailingList).toEqual({
      topicArn,
      confirmed: subscriptions.filter(({ confirmed }) => confirmed).length,
      pending: subscriptions.filter(({ confirmed, deleted }) => !confirmed && !deleted).length,
      deleted: subscriptions.filter(({ deleted }) => deleted).length,
      operatorConfirmed: subscriptions.some(({ endpoint: to, confirmed }) => to === operator && confirmed),
    });
    expect(status.deleteRule).toEqual({ name: 'deleteEventRule.production.boss', state: 'DISABLED' });
  });

  it('names what is not there as absent', async () => {
    const { cache = '' } = setup.bosslet.redis.caches;
    const bosslet = {
      ...setup.bosslet,
      internalDomain: 'elsewhere.boss',
      redis: { ...setup.bosslet.redis, caches: { cache } },
    };
    const status = await look({ bosslet });
    expect(wasAllRead(status)).toBe(true);
    expect(Array.isArray(status.stacks) && status.stacks).toHaveLength(8);
    expect(Array.isArray(status.stacks) && status.stacks[0]).toEqual({
      config: 'core',
      stackName: 'CoreElsewhereBoss',
      stackId: null,
      stackStatus: null,
      lastUpdatedTime: null,
      stackVersion: null,
      commit: null,
      absent: true,
    });
    expect(status.caches[2]).toEqual({
      ...{ name: 'cache-session', keys: null, writeCuboid: null, runId: null, passMs: null },
      absent: true,
    });
    expect(status.deleteRule).toEqual({ name: 'deleteEventRule.elsewhere.boss', state: null, absent: true });
    // Neither the load balancer's name nor the distribution's: a third one.
    expect(status.dns).toMatchObject({ expected: { live: null }, verdict: 'other' });
    const lines = statusLines(status);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}core +absent$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}cache-session +absent$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}deleteEventRule\.elsewhere\.boss +absent$/));
  });
});

describe('what cannot be read says so in its place, and the others stay', () => {
  it('a topic that is not there', async () => {
    const status = await look({ bosslet: { ...setup.bosslet, alertTopic: 'NoList' } });
    expect(wasAllRead(status)).toBe(false);
    expect(status.mailingList).toEqual({
      error: 'There is no SNS topic NoList in 123456789012; check the region and alertTopic.',
    });
    expect(status.deleteRule).toMatchObject({ state: 'DISABLED' });
  });

  it('credentials of another account: nothing that they read is taken for the bosslet’s', async () => {
    const status = await look({ credentials: world.addresses.devCredentials });
    const account = {
      error: expect.stringMatching(/^The credentials are of the account \d{12}, not of 123456789012\. Set AWS_PROFILE/),
    };
    const notRead = { error: expect.stringMatching(/^Not read: the credentials are of the account/) };
    expect(status).toMatchObject({ account, stacks: notRead, mailingList: notRead, deleteRule: notRead });
    expect(status.dns).toMatchObject({ expected: { live: notRead, maintenance: notRead }, verdict: 'unknown' });
    expect(status.caches[0]?.keys).toBeGreaterThan(0);
    expect(status.dns.answers.at(-1)).toMatchObject({ rcode: 'NOERROR', class: 'unknown' });
  });

  it('an AWS endpoint that hangs, one that answers HTML, and one that is not there', async () => {
    const hangs = await endpoint(() => {});
    const html = await endpoint((_request, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<!doctype html><title>404</title>'),
    );
    for (const [awsEndpoint, says] of [
      [hangs, /^No answer within 3 s; check the endpoint http:\/\/127\.0\.0\.1:\d+: something there hangs\.$/],
      [html, /^CloudFormation DescribeStacks failed: /],
      ['http://127.0.0.1:1', /^(CloudFormation DescribeStacks failed: .*ECONNREFUSED|No answer within 3 s)/],
    ] as const) {
      const status = await look({ awsEndpoint }, 3_000);
      expect(status.stacks).toEqual({ error: expect.stringMatching(says) });
      for (const part of [status.account, status.mailingList, status.deleteRule, status.dns.expected.live])
        expect(part).toEqual({ error: expect.any(String) });
      expect(status.dns.answers[0]).toMatchObject({ server: 'name servers of theboss.io', class: 'silent' });
      expect(status.dns.answers[1]).toMatchObject({ rcode: 'NOERROR', class: 'unknown' });
      expect(status.caches.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
      for (const line of statusLines(status)) expect(line).not.toContain('\n');
    }
  });

  it('a resolver that never answers, a cache that refuses, and a resolver that is none', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const resolver = `127.0.0.1:${silent.address().port}`;
    const { bosslet } = setup;
    const [known = ''] = bosslet.dns.resolvers;
    const caches = { ...bosslet.redis.caches, 'cache-state': 'redis://127.0.0.1:1' };
    const status = await look(
      {
        bosslet: {
          ...bosslet,
          dns: { ...bosslet.dns, resolvers: [resolver, known] },
          redis: { ...bosslet.redis, caches },
        },
      },
      3_000,
    );
    const [dead, alive] = status.dns.answers.slice(-2);
    expect(dead).toMatchObject({ server: resolver, class: 'silent', error: expect.stringMatching(/\.$/) });
    expect(alive).toMatchObject({ class: 'live' });
    expect(status.dns.verdict).toBe('live');
    expect(status.caches[0]?.keys).toBeGreaterThan(0);
    expect(status.caches[1]).toMatchObject({
      keys: null,
      error: expect.stringMatching(/^Cache cache-state .*ECONNREFUSED/),
    });
    expect(wasAllRead(status)).toBe(false);
    const wrong = await look({ bosslet: { ...bosslet, dns: { ...bosslet.dns, resolvers: ['nowhere'] } } });
    expect(wrong.dns.answers.at(-1)).toMatchObject({
      server: 'resolvers',
      error: expect.stringContaining('"nowhere"'),
    });
  });

  it('but an interruption ends the look', async () => {
    const abort = new AbortController();
    const awsEndpoint = await endpoint(() => abort.abort(new Error('left')));
    await expect(readStatus({ ...setup, awsEndpoint }, { signal: abort.signal })).rejects.toThrow('left');
  });
});

describe('the lines of a status', () => {
  const status: Status = {
    bosslet: 'production.boss',
    account: '123456789012',
    region: 'us-east-1',
    at: '2026-11-02T12:01:07.123Z',
    stacks: { error: 'CloudFormation DescribeStacks failed: AccessDenied.' },
    dns: {
      name: 'api.theboss.io',
      expected: { live: 'elb-1.example', maintenance: null },
      verdict: 'mixed',
      answers: [
        {
          ...{ server: 'ns-1.example', rcode: 'NOERROR', aa: true, class: 'live', rttMs: 12 },
          chain: [{ name: 'api.theboss.io', type: 'CNAME', ttl: 300, data: 'elb-1.example' }],
        },
        { ...{ server: '8.8.8.8', rcode: 'NXDOMAIN', aa: false, class: 'other', rttMs: 3 }, chain: [] },
      ],
    },
    caches: [
      { name: 'cache', keys: 1_204_331, writeCuboid: 3, runId: 'a1', passMs: 1_250 },
      { name: 'cache-session', keys: null, writeCuboid: null, runId: null, passMs: null, absent: true },
    ],
    mailingList: { topicArn: 'arn:t', confirmed: 241, pending: 9, deleted: 0, operatorConfirmed: false },
    deleteRule: { name: 'deleteEventRule.production.boss', state: 'ENABLED' },
  };

  it('stand in columns, without a colour on a pipe', () => {
    expect(statusLines(status)).toEqual([
      'production.boss  account 123456789012  us-east-1  2026-11-02 12:01:07 UTC',
      '',
      'Stacks',
      '  ! CloudFormation DescribeStacks failed: AccessDenied.',
      '',
      'DNS api.theboss.io → mixed',
      '  live is         elb-1.example',
      '  maintenance is  the account has none',
      '  ns-1.example  live   NOERROR   aa  ttl 300  12 ms  CNAME elb-1.example',
      '  8.8.8.8       other  NXDOMAIN               3 ms',
      '',
      'Caches',
      '  cache          1,204,331 keys  WRITE-CUBOID 3  pass 1.3 s  run a1',
      '  cache-session  absent',
      '',
      'Mailing list',
      '  arn:t',
      "  241 confirmed  9 pending  0 deleted  the operator's own is not confirmed",
      '',
      'Delete rule',
      '  deleteEventRule.production.boss  ENABLED',
    ]);
  });

  it('say by tone what needs a look', () => {
    const painted = statusLines(status, (tone, text) => `<${tone} ${text}>`).join('\n');
    for (const shown of [
      '<danger ENABLED>',
      '<warn WRITE-CUBOID 3>',
      '<danger ! CloudFormation',
      '<ok live ',
      '<title Caches>',
    ])
      expect(painted).toContain(shown);
  });
});
