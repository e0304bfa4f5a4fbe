import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { access, mkdir, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { stackName } from '../bosslet/names.ts';
import { createAwsWorld } from './aws/aws.ts';
import { createCheckout } from './bossManage/checkout.ts';
import { type CacheCluster, startCaches } from './caches.ts';
import type { AwsWorld } from './contract.ts';
import { type PublicDns, startPublicDns } from './dns/publicDns.ts';
import { normalName, type RecordSet, type Zone } from './dns/zone.ts';
import type { FaultName } from './faults.ts';
import { confirmLikePeople } from './mailingList.ts';
import {
  API_BALANCER,
  API_HOST,
  AUTH_BALANCER,
  DEV,
  DEV_KEYS,
  DISTRIBUTION,
  NAME_SERVERS,
  PRODUCTION,
  PRODUCTION_KEYS,
} from './production.ts';
import { maintenanceSince } from './publicName.ts';
import { SCRIPT_WORLD_FILE, scriptWorld, writeScriptFiles } from './scriptFiles.ts';
import { seedDev } from './seedDev.ts';
import { LIST_ARN, replacesCaches, seedProduction } from './seedProduction.ts';
import { apiAnswers, type Front, maintenanceAnswers, startFront } from './site/site.ts';
import { isBehind, isStageName, STAGES, type StageName } from './stages.ts';
import type { World, WorldAddresses, WorldOptions } from './world.ts';

/**
 * Starts an embedded world in this process: AWS, DNS, caches, the public site, the people of the mailing list, and the
 * checkout with its scripts, in a folder that is made where it is missing. What was started is ended again where a
 * part of it fails.
 */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { folder, clock } = options;
  const from = stageOf(options.from);
  const faults: ReadonlySet<FaultName> = new Set(options.faults);
  let lastRequestAtMs = Date.now();
  const onRequest = () => {
    lastRequestAtMs = Date.now();
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await using started = new AsyncDisposableStack();
  const bossManage = join(folder, 'boss-manage');
  await clearOldCheckout(folder, bossManage);
  const { head } = await createCheckout({ folder: bossManage, scriptProgram: options.scriptProgram, faults });
  const aws = started.adopt(await createAwsWorld({ clock, faults, port: 0 }), (part) => part.close());
  const nowMs = clock.now();
  seedProduction(aws, { nowMs, head, faults, from });
  seedDev(aws, { nowMs });

  const zone: Zone = { name: PRODUCTION.externalDomain, nameServers: NAME_SERVERS, changes: () => byTime(aws) };
  const slowResolver = faults.has('slow-dns');
  const splitZone = faults.has('dns-split');
  const dns = started.adopt(
    await startPublicDns({
      ...{ clock, zone, slowResolver, splitZone },
      outside: outsideNames(),
      onQuery: onRequest,
      isCutOff: aws.isCutOff,
    }),
    (part) => part.close(),
  );
  const caches = started.adopt(
    await startCaches({
      clock,
      maintenanceSince: (atMs) => maintenanceSince(byTime(aws), API_HOST, DISTRIBUTION, atMs),
      undrained: faults.has('undrained-cache'),
      isNew: isBehind('redis', from) && replacesCaches(faults),
      onRequest,
      isCutOff: aws.isCutOff,
    }),
    (part) => part.close(),
  );
  followStack(aws, caches, faults);
  const site = started.adopt(await startSite(aws), (part) => part.close());
  started.adopt(startPeople(aws, options, faults), (part) => part.stop());

  const scriptEnvironment = await writeScriptFiles(folder, scriptWorld(clock, options.faults), aws.url);
  const httpPorts = new Set([aws.url, ...Object.values(site.connect)].map(portOf));
  started.adopt(onHttpRequest(httpPorts, onRequest), (unsubscribe) => unsubscribe());
  const running = started.move();
  return {
    addresses: addressesOf({ aws, dns, caches, site, bossManage, scriptEnvironment }),
    aws,
    clock,
    head,
    lastRequestAtMs: () => lastRequestAtMs,
    stop: () => running.disposeAsync(),
  };
}

/** `127.0.0.1:80` or a URL that ends so → 80. */
const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));

/** Calls back for each request to one of these ports of this process. Returns the way to stop. */
function onHttpRequest(ports: ReadonlySet<number>, onRequest: () => void): () => void {
  const channel = 'http.server.request.start';
  const listener: ChannelListener = (message) => {
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort !== undefined && ports.has(socket.localPort)) onRequest();
  };
  subscribe(channel, listener);
  return () => void unsubscribe(channel, listener);
}

/** Removes what an earlier world left in its folder, and nothing that is somebody's own. */
async function clearOldCheckout(folder: string, bossManage: string): Promise<void> {
  const exists = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  if (!(await exists(bossManage))) return;
  if (!(await exists(join(folder, SCRIPT_WORLD_FILE))))
    throw new Error(`${bossManage} exists and no rehearsal made it; give the world a folder of its own.`);
  await rm(bossManage, { recursive: true, force: true });
}

function stageOf(name: string | undefined): StageName | undefined {
  if (name === undefined || isStageName(name)) return name;
  throw new Error(`A world cannot begin before ${name}: there is no such stage. Name one of ${STAGES.join(', ')}.`);
}

/** The public records' history by time, whatever the order in which they were seeded. */
const byTime = (aws: AwsWorld) => aws.recordChanges().toSorted((a, b) => a.atMs - b.atMs);

/** Names that resolvers know beside the zone: who it leads to, and its own name servers. */
function outsideNames(): readonly RecordSet[] {
  const names = [API_BALANCER, AUTH_BALANCER, DISTRIBUTION, ...NAME_SERVERS];
  return names.map((name) => ({ name: normalName(name), type: 'A', ttlSeconds: 60, values: ['127.0.0.1'] }));
}

/** The caches live and die with the redis stack. */
function followStack(aws: AwsWorld, caches: CacheCluster, faults: ReadonlySet<FaultName>): void {
  const redis = stackName(PRODUCTION, 'redis');
  aws.onStackSettled((settled) => {
    if (settled.stackName !== redis || settled.accountId !== PRODUCTION.accountId) return;
    if (settled.stackStatus === 'DELETE_COMPLETE') caches.goDown();
    if (settled.stackStatus === 'CREATE_COMPLETE') caches.comeUp();
    // When the passes for the delete are counted.
    if (settled.stackStatus === 'UPDATE_ROLLBACK_COMPLETE' && faults.has('cache-failover')) caches.failOver();
  });
}

interface Site {
  readonly connect: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** One front for the load balancer and one for the distribution; whoever asks goes where DNS leads them. */
async function startSite(aws: AwsWorld): Promise<Site> {
  const apiStack = stackName(PRODUCTION, 'api');
  const hasHealthyTargets = () => aws.stackStatus(PRODUCTION.accountId, apiStack) !== undefined;
  const answers = {
    [API_BALANCER]: apiAnswers({ host: API_HOST, hasHealthyTargets }),
    [DISTRIBUTION]: maintenanceAnswers({ aliases: [API_HOST] }),
  };
  const fronts: (readonly [string, Front])[] = [];
  for (const [name, answer] of Object.entries(answers)) {
    const front = await startFront((request, response) =>
      aws.isCutOff() ? void request.socket.destroy() : answer(request, response),
    );
    fronts.push([name, front]);
  }
  return {
    connect: Object.fromEntries(fronts.map(([name, { address }]) => [name, address])),
    close: async () => {
      await Promise.all(fronts.map(([, front]) => front.close()));
    },
  };
}

function startPeople(aws: AwsWorld, { clock }: WorldOptions, faults: ReadonlySet<string>): { stop(): Promise<void> } {
  const leaving = new AbortController();
  const { signal } = leaving;
  const confirming = confirmLikePeople({
    aws,
    topicArn: LIST_ARN,
    clock,
    twoNeverDo: faults.has('pending-email'),
    signal,
  });
  return {
    stop: () => {
      leaving.abort();
      return confirming;
    },
  };
}

/** How the panel reaches all of it. */
function addressesOf(parts: {
  readonly aws: AwsWorld;
  readonly dns: PublicDns;
  readonly caches: CacheCluster;
  readonly site: Site;
  readonly bossManage: string;
  readonly scriptEnvironment: Readonly<Record<string, string>>;
}): WorldAddresses {
  const { aws, dns, caches, site, bossManage, scriptEnvironment } = parts;
  const labelled = Object.entries(dns.resolvers);
  return {
    awsEndpoint: aws.url,
    // Copies: the SDK writes into the credentials that it is given.
    credentials: { ...PRODUCTION_KEYS },
    devCredentials: { ...DEV_KEYS },
    bosslet: {
      ...PRODUCTION,
      dev: { bosslet: DEV.name, accountId: DEV.accountId },
      apiUrl: `http://${API_HOST}`,
      dns: {
        resolvers: labelled.map(([, address]) => address),
        authoritative: true,
        nameServers: dns.nameServers,
        labels: Object.fromEntries(labelled.map(([label, address]) => [address, label])),
      },
      redis: {
        via: 'direct',
        caches: Object.fromEntries(
          Object.entries(caches.servers).map(([name, { port }]) => [name, `redis://127.0.0.1:${port}`]),
        ),
      },
      connect: site.connect,
      bossManage,
    },
    scriptEnvironment,
  };
}
