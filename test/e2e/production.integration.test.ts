import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createAws } from '../../src/clients/aws/aws.ts';
import { systemClock } from '../../src/clock.ts';
import { bossletFolder, stateFolder } from '../../src/commands/stateFolder.ts';
import { createCheckout } from '../../src/rehearsal/bossManage/checkout.ts';
import { API_BALANCER, API_HOST, DISTRIBUTION, PRODUCTION } from '../../src/rehearsal/production.ts';
import { scriptWorld, writeScriptFiles } from '../../src/rehearsal/scriptFiles.ts';
import type { WorldAddresses } from '../../src/rehearsal/world.ts';
import { createDeployment } from '../clients/ssh/sshd.ts';
import { BUCKET, CREDENTIALS, DISTRIBUTION_ALIAS, SUBSCRIPTIONS } from '../contract/deployment.ts';
import { recordingProxy } from '../contract/recordingProxy.ts';
import { seedMoto } from '../contract/seedMoto.ts';
import { operatorOf } from '../support/operator.ts';
import { BIN, type Home, makeHome, openPanel } from '../support/program.ts';
import { recordsIn } from '../support/records.ts';
import { freePort, needing, startDaemon } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { installPlainUpdate } from './plainScripts.ts';
import { type PublicDns, passOn, startPublicDns } from './publicWeb.ts';

const BASTION = '127.0.0.1';
const ENDPOINT = '127.0.0.2';
const SCRIPTS = BIN.replace(/bin\.js$/, 'boss-manage.js');

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-production-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A real Redis that nobody else can reach, behind the endpoint. */
async function startCache(): Promise<{ readonly url: string; readonly client: Redis }> {
  const port = await freePort();
  const folder = await temporaryFolder();
  const args = ['--port', String(port), '--save', '', '--bind', '127.0.0.1', '--dir', folder];
  const daemon = startDaemon('redis-server', args);
  onTestFinished(() => daemon.stop());
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  await client.ping();
  return { url, client };
}

/** Two sshds as bastion and endpoint, with two caches behind the second. */
async function startMachines() {
  const deployment = createDeployment();
  const port = await freePort();
  await deployment.sshd({ address: BASTION, port, hostKey: 'bastion' });
  await deployment.sshd({ address: ENDPOINT, port, hostKey: 'endpoint' });
  const [cache, other] = [await startCache(), await startCache()];
  const caches = { cache: cache.url, 'cache-state': other.url, 'cache-session': other.url };
  return { redis: { via: 'endpoint', caches, ssh: { ...deployment.access, port } }, cache: cache.client };
}

/** Writes the operator's configuration and opens the panel on it. */
async function openProduction(options: {
  readonly bossManage: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly bosslet: Readonly<Record<string, unknown>>;
}) {
  const { name, internalDomain, externalDomain, region, accountId, alertTopic, operator, scenario, sprint } =
    PRODUCTION;
  const known = { internalDomain, externalDomain, region, accountId, alertTopic, operator, scenario, sprint };
  await writeFile(
    join(home.folder, 'boss-tui.config.json'),
    JSON.stringify({ bossManage: options.bossManage, bosslets: { [name]: { ...known, ...options.bosslet } } }),
    { mode: 0o600 },
  );
  const panel = openPanel(home, [name], 160, 45, { ...options.environment, AWS_EC2_METADATA_DISABLED: 'true' });
  const releases = recordsIn(bossletFolder(stateFolder(home.environment), PRODUCTION));
  return { panel, releases, operator: operatorOf(panel, releases) };
}

/** Skips stages by name: `v vaultBackup`. */
const skipAll = async (operator: ReturnType<typeof operatorOf>, stages: readonly (readonly [string, string])[]) => {
  for (const [key, id] of stages) await operator.skips(key, id);
};

describe('the panel on a deployment behind real servers', { timeout: 300_000 }, () => {
  const embedded = needing(['ssh', 'sshd', 'redis-server', 'knotd'], 'with the embedded AWS as a process of its own');
  it.skipIf(!embedded.isThere)(
    `${embedded.name} goes down, makes its drained caches anew, and comes up again`,
    async () => {
      const { redis, cache } = await startMachines();
      await cache.mset('WRITE-CUBOID&1', 'x', 'WRITE-CUBOID&2', 'x', 'CACHED-CUBOID&1', 'x');
      let dns: PublicDns | undefined;
      const aws = await startAws((leadsTo) => dns?.leadTo(leadsTo));
      const hosts = [
        { name: API_BALANCER, address: '127.0.0.3' },
        { name: DISTRIBUTION, address: '127.0.0.4' },
      ];
      dns = await startPublicDns(PRODUCTION.externalDomain, API_BALANCER, hosts);
      const webPort = await freePort();
      for (const { name, address } of hosts) await passOn(address, webPort, aws.bosslet.connect?.[name] ?? '');
      const { panel, operator, releases } = await openProduction({
        bossManage: aws.bosslet.bossManage ?? '',
        environment: { ...aws.scriptEnvironment, ...home.environment },
        bosslet: {
          redis,
          apiUrl: `http://${API_HOST}:${webPort}`,
          dns: { resolvers: [dns.address], authoritative: false },
        },
      });

      await operator.runs('m', 'maintenanceOn');
      await skipAll(operator, [
        ['a', 'amis'],
        ['v', 'vaultBackup'],
        ['s', 'silence'],
        ['1', 'core'],
      ]);
      const drained = until(
        'the cache gate to wait for the keys',
        () => /unflushed|WRITE-CUBOID\s+2/.test(panel.screen()) && panel.screen().includes('2.recreate'),
        120_000,
      ).then(() => cache.del('WRITE-CUBOID&1', 'WRITE-CUBOID&2'));
      await operator.runs('2', 'redis', { withinMs: 200_000 });
      expect(await drained).toBe(2);
      await skipAll(operator, [
        ['3', 'api'],
        ['4', 'cachedb'],
        ['5', 'activities'],
        ['6', 'cloudwatch'],
        ['7', 'idindexing'],
        ['8', 'dynamolambda'],
      ]);
      await operator.runs('o', 'maintenanceOff');
      await operator.leaves();
      const state = (await releases()).at(-1)?.state;
      expect(state?.steps['2.1']?.closedAs).toBe('byFallback');
      expect(Object.values(state?.steps ?? {}).flatMap(({ overrides }) => overrides)).toEqual([]);
    },
  );

  const moto = needing(['ssh', 'sshd', 'redis-server', 'knotd', 'moto_server'], 'with moto as its AWS');
  it.skipIf(!moto.isThere)(
    `${moto.name} silences its list, updates redis, and restores the list and the rule`,
    async () => {
      const { redis } = await startMachines();
      const aws = await startMoto();
      const dns = await startPublicDns(PRODUCTION.externalDomain, aws.balancerAddress, []);
      const folder = await temporaryFolder();
      const bossManage = join(folder, 'boss-manage');
      await createCheckout({ folder: bossManage, scriptProgram: SCRIPTS, faults: new Set() });
      await installPlainUpdate(bossManage);
      const scripts = await writeScriptFiles(folder, scriptWorld(systemClock, []), aws.url);
      const { operator, releases } = await openProduction({
        bossManage,
        environment: { ...scripts, ...home.environment },
        bosslet: {
          redis,
          dns: { resolvers: [dns.address], authoritative: false },
          evidence: { copyTo: `s3://${BUCKET}/lists` },
        },
      });
      const attributes = () => listAttributes(aws.endpoint, aws.topicArn);
      const before = await attributes();

      await operator.runs('s', 'silence');
      const silenced = Object.values(await attributes());
      expect(silenced.filter((each) => each?.FilterPolicy?.includes('boss-tui'))).toHaveLength(silenced.length - 1);
      await skipAll(operator, [
        ['m', 'maintenanceOn'],
        ['a', 'amis'],
        ['v', 'vaultBackup'],
      ]);
      await operator.skips('1', 'core');
      await operator.runs('2', 'redis');
      await operator.runs('r', 'restore');
      await operator.runs('d', 'deleteRule');
      await operator.leaves();
      expect(await attributes()).toEqual(before);
      const release = (await releases()).at(-1);
      expect(release?.state.steps['2.1']?.closedAs).toBe('done');
    },
  );
});

/** The embedded AWS as a process of its own; `onRecord` is told where the public name leads each time that changes. */
async function startAws(onRecord: (leadsTo: string) => Promise<void> | undefined): Promise<WorldAddresses> {
  const folder = await temporaryFolder();
  const program = fileURLToPath(new URL('awsProcess.ts', import.meta.url));
  const child = spawn(process.execPath, [program, folder, SCRIPTS, BASTION, ENDPOINT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await gone;
  });
  const addresses = Promise.withResolvers<WorldAddresses>();
  void gone.then(() => addresses.reject(new Error('The embedded AWS ended before it had begun.')));
  createInterface(child.stdout).on('line', (line) => {
    const told = JSON.parse(line) as WorldAddresses | { readonly leadsTo: string };
    if ('leadsTo' in told) void onRecord(told.leadsTo);
    else addresses.resolve(told);
  });
  return addresses.promise;
}

/** moto with the deployment, its machines on this one, and the one thing added that it lists of no distribution. */
async function startMoto() {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const daemon = startDaemon('moto_server', ['-H', '127.0.0.1', '-p', String(port)]);
  onTestFinished(() => daemon.stop());
  await until('moto to listen', async () => (await fetch(`${endpoint}/moto-api/`)).ok);
  const seeded = await seedMoto(endpoint, SUBSCRIPTIONS.slice(0, 12));
  const ec2 = new EC2Client({ region: PRODUCTION.region, endpoint, credentials: CREDENTIALS });
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '127.0.0.0/16' }));
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '127.0.0.0/24' }));
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
  for (const [machine, PrivateIpAddress] of Object.entries({ bastion: BASTION, endpoint: ENDPOINT })) {
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({
        ...{ ImageId: Images[0]?.ImageId, MinCount: 1, MaxCount: 1 },
        ...{ SubnetId: Subnet?.SubnetId, PrivateIpAddress },
      }),
    );
    const Tags = [{ Key: 'Name', Value: `${machine}.${PRODUCTION.internalDomain}` }];
    await ec2.send(new CreateTagsCommand({ Resources: [Instances[0]?.InstanceId ?? ''], Tags }));
  }
  const aliases = `<Aliases><Quantity>1</Quantity><Items><CNAME>${DISTRIBUTION_ALIAS}</CNAME></Items></Aliases>`;
  const proxy = await recordingProxy(endpoint, (operation, body) =>
    operation === 'ListDistributions'
      ? body.replace(/<Aliases>[\s\S]*?<\/Aliases>/g, '').replace(/<DistributionSummary>/, `$&${aliases}`)
      : body,
  );
  onTestFinished(() => proxy.close());
  return { ...seeded, endpoint, url: proxy.url };
}

/** Every attribute of every subscription, by its ARN. */
async function listAttributes(endpoint: string, topicArn: string) {
  const { sns } = createAws({ ...PRODUCTION, endpoint, credentials: CREDENTIALS });
  const subscriptions = await sns.listSubscriptions(topicArn);
  return Object.fromEntries(
    await Promise.all(
      subscriptions.map(async ({ subscriptionArn }) => {
        const {
          FilterPolicy = '{}',
          FilterPolicyScope,
          ...others
        } = (await sns.subscriptionAttributes(subscriptionArn)) ?? {};
        // moto keeps a policy that was taken off as one that lets everything pass.
        return [subscriptionArn, FilterPolicy === '{}' ? others : { ...others, FilterPolicy, FilterPolicyScope }];
      }),
    ),
  ) as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
}
