import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { Route53Client } from '@aws-sdk/client-route-53';
import { createAws } from '../../src/clients/aws/aws.ts';
import type { AwsAct } from '../../src/clients/doors.ts';
import { createClock } from '../../src/clock.ts';
import { createAwsWorld } from '../../src/rehearsal/aws/aws.ts';
import { freePort, startDaemon } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { BOSSLET, CREDENTIALS } from './deployment.ts';
import { type RecordingProxy, recordingProxy } from './recordingProxy.ts';
import { type Seeded, seedMoto, seedMotoDatabases } from './seedMoto.ts';
import { seedWorld } from './seedWorld.ts';

/** An AWS that holds the deployment, our doors to it, and a record of what they ask. */
export interface Scene {
  readonly aws: AwsAct;
  readonly seeded: Seeded;
  /** Where the doors ask; whatever is asked here is recorded. */
  readonly proxy: RecordingProxy;
  /** Where nothing is recorded. */
  readonly endpoint: string;
  /** For what our doors never ask: a client that is not recorded. */
  readonly cloudFormation: CloudFormationClient;
  readonly route53: Route53Client;
  /** Called before the first question about databases. */
  seedDatabases(): Promise<void>;
  end(): Promise<void>;
}

/** The embedded AWS, fast. */
export async function openWorld(): Promise<Scene> {
  const nowMs = Date.now();
  const clock = createClock({ speed: 1_000, originMs: nowMs, startedAtMs: nowMs });
  const world = await createAwsWorld({ clock, faults: new Set() });
  const seeded = await seedWorld(world, nowMs);
  return behindProxy(world.url, seeded, { seedDatabases: async () => {}, stop: () => world.close() });
}

/** A moto of its own, with the deployment in it. */
export async function openMoto(): Promise<Scene> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // The 700 public images that it knows would be loaded at the first call of EC2, and nobody asks for them here.
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' };
  const daemon = startDaemon('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { env });
  try {
    await until('moto to listen', async () => (await fetch(`${url}/moto-api/`)).ok, 60_000);
    return await behindProxy(url, await seedMoto(url), {
      seedDatabases: () => seedMotoDatabases(url),
      stop: () => daemon.stop(),
    });
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

async function behindProxy(
  target: string,
  seeded: Seeded,
  { seedDatabases, stop }: Pick<Scene, 'seedDatabases'> & { readonly stop: () => Promise<void> },
): Promise<Scene> {
  const proxy = await recordingProxy(target);
  const config = { region: BOSSLET.region, endpoint: target, credentials: CREDENTIALS, maxAttempts: 1 };
  return {
    aws: createAws({
      region: BOSSLET.region,
      accountId: BOSSLET.accountId,
      endpoint: proxy.url,
      credentials: CREDENTIALS,
    }),
    seeded,
    proxy,
    endpoint: target,
    cloudFormation: new CloudFormationClient(config),
    route53: new Route53Client(config),
    seedDatabases,
    end: async () => {
      await proxy.close();
      await stop();
    },
  };
}
