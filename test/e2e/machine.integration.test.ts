import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startWorld } from '../../src/rehearsal/startWorld.ts';
import { createDeployment, realSsh } from '../clients/ssh/sshd.ts';
import { type Home, makeHome, openPanel, type Panel } from '../support/program.ts';
import { freePort } from '../support/servers.ts';

const { isThere, name } = realSsh('a deployment whose machines are entered over a real ssh');

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

/** What somebody finds on the endpoint: a shell that repeats what is typed, and ends with 7. */
const SHELL = `/bin/sh -c 'echo "terminal: $(tty)"; while read line; do echo "got <$line>"; [ "$line" = bye ] && exit 7; done'`;

/** The panel on a deployment of two sshds, with the embedded AWS as its AWS and the embedded caches behind the endpoint. */
async function production(): Promise<{ readonly panel: Panel; stopEndpoint(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-world-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const world = await startWorld({ folder, clock: systemClock, faults: [], scriptProgram: join(folder, 'none') });
  onTestFinished(() => world.stop());
  const { awsEndpoint, credentials, bosslet } = world.addresses;
  const deployment = createDeployment();
  const port = await freePort();
  const machines = [
    ['bastion', '127.0.0.1', []],
    ['endpoint', '127.0.0.2', [`ForceCommand ${SHELL}`]],
  ] as const;
  let stopEndpoint = async () => {};
  for (const [machine, address, more] of machines) {
    const sshd = await deployment.sshd({ address, port, hostKey: machine, more });
    stopEndpoint = sshd.stop;
    world.aws.seed.instance({
      accountId: bosslet.accountId,
      name: `${machine}.${bosslet.internalDomain}`,
      imageId: 'ami-1',
      launchedAtMs: systemClock.now(),
      privateIpAddress: address,
    });
  }
  const { internalDomain, externalDomain, accountId, operator, sprint, scenario, redis, dns } = bosslet;
  const { cache, 'cache-state': state } = redis.caches;
  const access = { ...deployment.access, port };
  const configured = {
    ...{ internalDomain, externalDomain, accountId, operator, sprint, scenario },
    dns: { resolvers: dns.resolvers, authoritative: false },
    redis: { via: 'endpoint', caches: { cache, 'cache-state': state }, ssh: access },
  };
  await writeFile(
    join(home.folder, 'boss-tui.config.json'),
    JSON.stringify({ bossManage: bosslet.bossManage, bosslets: { [bosslet.name]: configured } }),
    { mode: 0o600 },
  );
  const panel = openPanel(home, [bosslet.name], 160, 45, {
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  return { panel, stopEndpoint };
}

describe.skipIf(!isThere)(name, () => {
  it('shows its caches through two hops, lends its terminal to a shell on the endpoint, and comes back whole', {
    timeout: 90_000,
  }, async () => {
    const { panel, stopEndpoint } = await production();
    await panel.sees(/✔ tunnel up \d+s by endpoint/);
    await panel.sees(/cache \d[\d,]* keys/);
    panel.type('x');
    await panel.sees('terminal: /dev/pts/');
    expect(panel.screen()).not.toContain('Runbook');
    // Each of these would do something in the panel: they are the shell's alone.
    panel.type('q');
    panel.type('m?\r');
    await panel.sees('got <qm?>');
    panel.resize(140, 40);
    // What is typed ahead of the end is nobody's.
    panel.type('bye\rm\rq');
    await panel.sees('its shell ended with exit 7.');
    await panel.sees('─ Caches ─');
    expect(panel.screen()).toMatch(/Back from endpoint\.production\.boss \(i-0[0-9a-f]+\)/);
    expect(panel.screen()).not.toContain('got <');
    expect(panel.screen()).not.toContain('m Maintenance on ━');
    await stopEndpoint();
    panel.type('x');
    await panel.sees(/ssh into endpoint\S+ \(i-0\w+\): the bastion cannot reach the endpoint \(Connection refused\)/);
    panel.type('q');
    expect(await panel.exited).toBe(0);
  });
});
