import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Home, makeHome } from '../support/program.ts';
import { BOSSLET, CREDENTIALS } from './deployment.ts';

/** A home with a configuration for the deployment, and an environment that leads every AWS tool to an endpoint. */
export async function operatorAt(
  endpoint: string,
  {
    resolver = '127.0.0.1:1',
    bossManage,
  }: {
    /** The only name server that is asked; absent: one that nobody listens at. */
    readonly resolver?: string;
    /** The checkout; absent: there is none. */
    readonly bossManage?: (folder: string) => Promise<unknown>;
  } = {},
): Promise<Home> {
  const home = await makeHome();
  onTestFinished(() => home.remove());
  const checkout = join(home.folder, 'boss-manage');
  await mkdir(checkout);
  await bossManage?.(checkout);
  const { internalDomain, externalDomain, region, accountId, operator, sprint } = BOSSLET;
  const bosslet = {
    ...{ internalDomain, externalDomain, region, accountId, operator, sprint },
    scenario: 'production',
    dns: { resolvers: [resolver], authoritative: false },
    redis: { via: 'direct', caches: {} },
  };
  // JSON is YAML.
  const text = JSON.stringify({
    ...(bossManage ? { bossManage: checkout } : {}),
    bosslets: { [internalDomain]: bosslet },
  });
  await writeFile(join(home.folder, 'boss-tui.config.yaml'), text, { mode: 0o600 });
  const environment = {
    ...home.environment,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return { ...home, environment };
}
