import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIGS, checkoutOf } from '../../src/bosslet/bosslet.ts';
import { stackName, topicArn } from '../../src/bosslet/names.ts';
import { createClock } from '../../src/clock.ts';
import { openDoors } from '../../src/commands/doors.ts';
import { readScriptWorld } from '../../src/rehearsal/bossManage/scriptWorld.ts';
import type { FaultName } from '../../src/rehearsal/faults.ts';
import { startWorld } from '../../src/rehearsal/startWorld.ts';
import type { World } from '../../src/rehearsal/world.ts';
import { mutedBy } from '../../src/steps/mailingListSnapshot.ts';
import { until } from '../support/until.ts';
import { ask } from './dns/ask.ts';

const scriptProgram = fileURLToPath(new URL('../../dist/boss-manage.js', import.meta.url));
const BALANCER = 'elb-production-boss-1180443621.us-east-1.elb.amazonaws.com';
const DISTRIBUTION = 'y3xkd1vyu9iu3.cloudfront.net';

describe('an embedded world', () => {
  let folder: string;
  let world: World;

  const begin = async (
    options: { readonly faults?: readonly FaultName[]; readonly from?: string; readonly speed?: number } = {},
  ) => {
    const startedAtMs = Date.now();
    world = await startWorld({
      folder,
      clock: createClock({ speed: options.speed ?? 60, originMs: startedAtMs, startedAtMs }),
      faults: options.faults ?? [],
      scriptProgram,
      ...(options.from === undefined ? {} : { from: options.from }),
    });
    const { addresses, clock } = world;
    const doors = openDoors({ ...addresses, clock, supervisorFile: '', readOnly: false });
    return { doors, bosslet: addresses.bosslet, clock };
  };
  const answers = async (type: 'A' | 'CNAME' = 'CNAME') => {
    const { dns } = world.addresses.bosslet;
    const servers = [...Object.values(dns.nameServers ?? {}), ...dns.resolvers];
    return Promise.all(
      servers.map(async (address) => (await ask(Number(address.split(':')[1]), 'api.theboss.io', type)).answers[0]),
    );
  };
  const cacheClient = (name: string) =>
    new Redis(world.addresses.bosslet.redis.caches[name] ?? '', { retryStrategy: () => null, lazyConnect: true });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boss-tui-world-'));
  });
  afterEach(async () => {
    await world?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is a production account with eight stacks, each with its tags, among some of others', async () => {
    const { doors, bosslet } = await begin();
    const stacks = await doors.aws.cloudFormation.listStacks();
    expect(stacks.length).toBeGreaterThan(CONFIGS.length);
    for (const config of CONFIGS) {
      const stack = await doors.aws.cloudFormation.describeStack(stackName(bosslet, config));
      expect(stack?.stackStatus).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
      expect(stack?.tags.StackVersion).toMatch(/^[13]$/);
      expect(stack?.tags.Commit).toMatch(/^[0-9a-f]{40}$/);
      expect(stack?.tags.Commit).not.toBe(world.head);
      expect(Date.now() - (stack?.lastUpdatedTimeMs ?? stack?.creationTimeMs ?? 0)).toBeGreaterThan(30 * 86_400_000);
    }
    expect((await doors.aws.sts.callerIdentity()).account).toBe(bosslet.accountId);
    expect((await doors.dev?.sts.callerIdentity())?.account).toBe(bosslet.dev?.accountId);
  });

  it('has machines, AMIs, a load balancer with healthy targets, a rule, a distribution, a zone, queues and tables', async () => {
    const { doors, bosslet } = await begin();
    const { aws } = doors;
    expect((await aws.ec2.instances(['endpoint.production.boss'])).map(({ state }) => state)).toEqual([
      'running',
      'running',
    ]);
    for (const machine of ['auth', 'vault', 'endpoint', 'cachemanager', 'activities']) {
      const [latest, older] = await aws.ec2.images([`${machine}.boss-h*`]);
      expect(latest?.name).toBe(`${machine}.boss-h${world.head.slice(0, 8)}`);
      expect(latest?.tags.Commit).toBe(world.head);
      expect(older?.tags.Commit).not.toBe(world.head);
      expect(await aws.ec2.images([`${machine}.boss-sprint41`])).toHaveLength(1);
      expect(await aws.ec2.images([`${machine}.boss-sprint42`])).toHaveLength(0);
      expect((await doors.dev?.ec2.images([`${machine}.boss-h*`]))?.length).toBe(machine === 'activities' ? 0 : 2);
    }
    const balancer = await aws.loadBalancers.findLoadBalancer('elb-production-boss');
    expect(balancer?.dnsName).toBe(BALANCER);
    const targets = balancer && (await aws.loadBalancers.targetHealth(balancer));
    expect(targets?.map(({ state }) => state)).toEqual(['healthy', 'healthy']);
    expect(await aws.eventBridge.describeRule('deleteEventRule.production.boss')).toMatchObject({ state: 'DISABLED' });
    expect(await aws.cloudFront.findDistribution('api.theboss.io')).toMatchObject({ domainName: DISTRIBUTION });
    expect((await aws.route53.findHostedZone('theboss.io'))?.nameServers).toEqual(
      Object.keys(bosslet.dns.nameServers ?? {}),
    );
    expect(await aws.sqs.depth('S3flushProductionBoss')).toMatchObject({ visible: 4 });
    expect((await aws.dynamoDb.describeTable('tileindex.production.boss'))?.tableStatus).toBe('ACTIVE');
    const topic = await aws.sns.findTopic(bosslet.alertTopic);
    expect(topic && (await aws.sns.listSubscriptions(topic))).toHaveLength(37);
  });

  it('leads everybody from the API to the maintenance page and back, server by server', async () => {
    const { doors, bosslet, clock } = await begin({ speed: 600 });
    expect(new Set(await answers())).toEqual(new Set([`api.theboss.io CNAME ${BALANCER}`]));
    expect(await doors.http.get(`${bosslet.apiUrl}/ping/`)).toEqual({ status: 200, body: 'pong' });
    world.aws.seed.record({
      atMs: clock.now(),
      name: 'api.theboss.io.',
      type: 'CNAME',
      ttlSeconds: 300,
      values: [DISTRIBUTION],
    });
    await until('all to turn', async () => (await answers()).every((line) => line?.endsWith(DISTRIBUTION)));
    expect((await doors.http.get(`${bosslet.apiUrl}/`)).body).toContain(bosslet.maintenance.contains);
    expect(await doors.http.get(`${bosslet.apiUrl}/ping/`, { via: BALANCER })).toEqual({ status: 200, body: 'pong' });
    const cache = doors.caches.cache('cache');
    await until('the cache to drain', async () => {
      const pass = await cache.scan(['WRITE-CUBOID*'], () => undefined);
      return pass.counts['WRITE-CUBOID*'] === 0;
    });
    await doors.caches.close();
  });

  it('takes the caches down with their stack and brings them back empty', async () => {
    const { bosslet } = await begin({ speed: 600 });
    const redis = stackName(bosslet, 'redis');
    const before = cacheClient('cache');
    before.on('error', () => undefined);
    const runId = /run_id:(\w+)/.exec(await before.info('server'))?.[1];
    await aws(['delete-stack', redis]);
    await until('the stack to go', () => world.aws.stackStatus(bosslet.accountId, redis) === undefined);
    await expect(before.ping()).rejects.toThrow();
    const between = cacheClient('cache');
    between.on('error', () => undefined);
    await expect(between.ping()).rejects.toThrow();
    between.disconnect();
    await aws(['create-stack', redis]);
    await until('the stack to come', () => world.aws.stackStatus(bosslet.accountId, redis) === 'CREATE_COMPLETE');
    const after = cacheClient('cache');
    expect(/run_id:(\w+)/.exec(await after.info('server'))?.[1]).not.toBe(runId);
    expect(await after.get('CACHED-CUBOID')).toBeNull();
    after.disconnect();
    before.disconnect();
  });

  /** What the scripts do, by the SDK. */
  async function aws([command, name]: readonly ['delete-stack' | 'create-stack', string]): Promise<void> {
    const sdk = await import('@aws-sdk/client-cloudformation');
    const { awsEndpoint, credentials, bosslet } = world.addresses;
    const client = new sdk.CloudFormationClient({ endpoint: awsEndpoint, credentials, region: bosslet.region });
    if (command === 'delete-stack') await client.send(new sdk.DeleteStackCommand({ StackName: name }));
    else {
      const template = { Resources: { Cache: { Type: 'AWS::ElastiCache::ReplicationGroup', Properties: {} } } };
      await client.send(new sdk.CreateStackCommand({ StackName: name, TemplateBody: JSON.stringify(template) }));
    }
    client.destroy();
  }

  it('has people who confirm again some minutes later, but for two who never do', async () => {
    const { doors, bosslet } = await begin({ speed: 600, faults: ['pending-email'] });
    const topic = topicArn(bosslet);
    const mails = world.aws.subscriptions(topic).filter(({ protocol, confirmed }) => protocol === 'email' && confirmed);
    const asked = mails.filter(({ endpoint }) => endpoint !== bosslet.operator);
    const act = doors.aws.sns;
    for (const { arn } of asked) await act.unsubscribe(arn);
    // Asked one by one: on a busy machine the first have confirmed before the last are asked.
    for (const { protocol, endpoint } of asked)
      expect(await act.subscribe({ topicArn: topic, protocol, endpoint, attributes: {} })).toBe('pending confirmation');
    const pending = () => {
      const now = world.aws.subscriptions(topic).filter(({ confirmed }) => !confirmed);
      return now.map(({ endpoint }) => endpoint).filter((endpoint) => asked.some((one) => one.endpoint === endpoint));
    };
    await until('all but two to confirm', () => pending().length === 2);
    expect(pending()).toEqual(['ada.on.leave@example.org', 'old-shared-mailbox@example.org']);
  });

  it('refuses more filter policies than five where the list cannot be muted', async () => {
    const { doors, bosslet } = await begin({ faults: ['pending-email'] });
    const topic = topicArn(bosslet);
    const plain = world.aws
      .subscriptions(topic)
      .filter(({ confirmed, attributes }) => confirmed && !attributes?.FilterPolicy);
    const mute = async () => {
      for (const { arn } of plain) await doors.aws.sns.setSubscriptionAttribute(arn, 'FilterPolicy', '{"a":["b"]}');
    };
    await expect(mute()).rejects.toThrow(/FilterPolicyLimitExceeded|filter polic/i);
  });

  it('notices each request: to AWS, the site, DNS and a cache', async () => {
    const { doors, bosslet } = await begin();
    const cache = cacheClient('cache');
    await cache.ping();
    const requests = {
      aws: () => doors.aws.sts.callerIdentity(),
      site: () => doors.http.get(`${bosslet.apiUrl}/ping/`, { via: BALANCER }),
      dns: () => answers(),
      cache: () => cache.ping(),
    };
    for (const [name, request] of Object.entries(requests)) {
      const before = world.lastRequestAtMs();
      await until('a millisecond to pass', () => Date.now() > before);
      await request();
      expect(world.lastRequestAtMs(), name).toBeGreaterThan(before);
    }
    cache.disconnect();
  });

  it('gives scripts an environment made of nothing, with a world file for their eyes only', async () => {
    await begin({ faults: ['rollback'] });
    const { scriptEnvironment: environment, bosslet } = world.addresses;
    expect(Object.keys(environment).sort()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_CONFIG_FILE',
      'AWS_EC2_METADATA_DISABLED',
      'AWS_ENDPOINT_URL',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SHARED_CREDENTIALS_FILE',
      'BOSS_WORLD_FILE',
      'HOME',
      'LANG',
      'PATH',
      'PYTHONUNBUFFERED',
      'TERM',
    ]);
    for (const file of [environment.AWS_CONFIG_FILE ?? '', environment.AWS_SHARED_CREDENTIALS_FILE ?? '']) {
      expect(await readFile(file, 'utf8')).toBe('');
      expect(file.startsWith(folder)).toBe(true);
    }
    const told = readScriptWorld(environment);
    expect(told.faults).toEqual(['rollback']);
    expect(told.vault['secret/auth/realm']).toMatchObject({ username: 'bossadmin', password: expect.any(String) });
    for (const path of ['secret/auth', 'secret/keycloak', 'secret/endpoint/django', 'secret/endpoint/auth'])
      expect(told.vault).toHaveProperty([path]);
    expect((await stat(environment.BOSS_WORLD_FILE ?? '')).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: bosslet.bossManage });
    expect(stdout.trim()).toBe(world.head);
  });

  it.each([
    ['core', [], 0],
    ['cachedb', [], 3],
    ['maintenanceOff', [], 8],
  ] as const)('begins before %s with everything earlier as its stages leave it', async (from, faults, done) => {
    const { doors, bosslet } = await begin({ from, faults });
    expect(new Set(await answers())).toEqual(new Set([`api.theboss.io CNAME ${DISTRIBUTION}`]));
    const commits: (string | undefined)[] = [];
    for (const config of CONFIGS)
      commits.push((await doors.aws.cloudFormation.describeStack(stackName(bosslet, config)))?.tags.Commit);
    expect(commits.map((commit) => commit === world.head)).toEqual(CONFIGS.map((_, index) => index < done));
    const pass = await doors.caches.cache('cache').scan(['WRITE-CUBOID*'], () => undefined);
    expect(pass.counts['WRITE-CUBOID*']).toBe(0);
    expect(pass.keys).toBe(5_000);
    const muted = world.aws
      .subscriptions(topicArn(bosslet))
      .filter(({ attributes = {} }) => mutedBy(attributes) !== undefined);
    expect(muted).toHaveLength(34);
    expect(muted.map(({ endpoint }) => endpoint)).not.toContain(bosslet.operator);
    await doors.caches.close();
  });

  it('begins before redis with keys that do not drain, and before api with caches that are new', async () => {
    const before = await begin({ from: 'redis', faults: ['undrained-cache'] });
    const pass = await before.doors.caches.cache('cache').scan(['WRITE-CUBOID*'], () => undefined);
    expect(pass.counts['WRITE-CUBOID*']).toBe(3);
    await before.doors.caches.close();
    await world.stop();
    const after = await begin({ from: 'api', faults: ['undrained-cache'] });
    expect((await after.doors.caches.cache('cache').look()).keys).toBe(0);
    await after.doors.caches.close();
  });

  it('begins before health as it was, with new stacks, a list that is whole and the API live', async () => {
    const { doors, bosslet } = await begin({ from: 'health' });
    expect(new Set(await answers())).toEqual(new Set([`api.theboss.io CNAME ${BALANCER}`]));
    expect(await doors.http.get(`${bosslet.apiUrl}/latest/collection/`)).toMatchObject({ status: 401 });
    const list = world.aws.subscriptions(topicArn(bosslet));
    expect(list).toHaveLength(37);
    expect(list.filter(({ attributes = {} }) => mutedBy(attributes) !== undefined)).toEqual([]);
    expect(await doors.aws.ec2.images(['vault.boss-sprint42'])).toEqual([]);
  });

  it('says which stages there are, and takes no folder that is somebody’s', async () => {
    await expect(begin({ from: 'tomorrow' })).rejects.toThrow(/no such stage. Name one of maintenanceOn, amis/);
    await mkdir(join(folder, 'boss-manage'));
    await writeFile(join(folder, 'boss-manage', 'mine.txt'), 'mine');
    await expect(begin()).rejects.toThrow(/no rehearsal made it; give the world a folder of its own/);
    expect(await readFile(join(folder, 'boss-manage', 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('starts again in the folder of one that ended, with the same HEAD', async () => {
    await begin();
    const { head } = world;
    await writeFile(join(checkoutOf(world.addresses.bosslet), 'leftover'), '');
    await world.stop();
    const { doors } = await begin();
    expect(world.head).toBe(head);
    expect(await doors.git.status()).toEqual([]);
  });
});
