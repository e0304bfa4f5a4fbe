import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { type ScriptWorld, WORLD_FILE_VARIABLE } from './bossManage/scriptWorld.ts';
import { DATABASE_PASSWORD, DATABASE_VAULT_PATH } from './bossManage/templates.ts';
import type { FaultName } from './faults.ts';
import { DEV, DEV_KEYS, PRODUCTION, PRODUCTION_KEYS, VAULT } from './production.ts';

/** In a world's folder: what its scripts read. */
export const SCRIPT_WORLD_FILE = 'script-world.json';

/** What the scripts are told of their world, as of now. */
export function scriptWorld(clock: Clock, faults: readonly FaultName[]): ScriptWorld {
  const nowMs = clock.now();
  const { region, amiSuffix, alertTopic } = PRODUCTION;
  const common = { region, amiSuffix, alertTopic };
  return {
    // The same clock, told from this moment on.
    clock: { speed: clock.speed, originMs: nowMs, startedAtMs: Date.now() },
    faults: [...faults],
    bosslets: {
      [PRODUCTION.name]: {
        ...common,
        ...PRODUCTION_KEYS,
        internalDomain: PRODUCTION.internalDomain,
        externalDomain: PRODUCTION.externalDomain,
        accountId: PRODUCTION.accountId,
        scenario: PRODUCTION.scenario,
      },
      [DEV.name]: {
        ...common,
        ...DEV_KEYS,
        internalDomain: DEV.internalDomain,
        externalDomain: DEV.externalDomain,
        accountId: DEV.accountId,
      },
    },
    vault: { ...VAULT, [DATABASE_VAULT_PATH]: { name: 'boss', user: 'testuser', password: DATABASE_PASSWORD } },
    worldStartedAtMs: nowMs,
  };
}

/**
 * The whole environment of the scripts, built from nothing, with the files that it names: whatever the operator has
 * set up for the real AWS is out of their reach.
 */
export async function writeScriptFiles(
  folder: string,
  world: ScriptWorld,
  awsEndpoint: string,
): Promise<Readonly<Record<string, string>>> {
  const home = join(folder, 'home');
  const empty = { config: join(home, 'aws-config'), credentials: join(home, 'aws-credentials') };
  const worldFile = join(folder, SCRIPT_WORLD_FILE);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await Promise.all([
    writeFile(empty.config, '', { mode: 0o600 }),
    writeFile(empty.credentials, '', { mode: 0o600 }),
    writeFile(worldFile, JSON.stringify(world), { mode: 0o600 }),
  ]);
  return {
    // The scripts' shebang finds the node that runs this world, not an older one of the machine.
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ACCESS_KEY_ID: PRODUCTION_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: PRODUCTION_KEYS.secretAccessKey,
    AWS_REGION: PRODUCTION.region,
    AWS_CONFIG_FILE: empty.config,
    AWS_SHARED_CREDENTIALS_FILE: empty.credentials,
    AWS_EC2_METADATA_DISABLED: 'true',
    PYTHONUNBUFFERED: '1',
    [WORLD_FILE_VARIABLE]: worldFile,
  };
}
