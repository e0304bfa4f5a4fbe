import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClock, systemClock } from '../../src/clock.ts';
import { makePrivateFolder } from '../../src/durable.ts';
import { startWorld } from '../../src/rehearsal/startWorld.ts';
import type { World } from '../../src/rehearsal/world.ts';
import { Journal } from '../../src/release/journal.ts';
import { runbookFor } from '../../src/runbook/runbookFor.ts';
import { PRODUCTION } from '../runbook/bosslets.ts';
import { BIN, type Home, makeHome, openPanel } from '../support/program.ts';
import { until } from '../support/until.ts';

let world: World;
let worldHome: Home;
beforeAll(async () => {
  worldHome = await makeHome();
  const startedAtMs = Date.now();
  world = await startWorld({
    folder: join(worldHome.folder, 'world'),
    clock: createClock({ speed: 20, originMs: startedAtMs, startedAtMs }),
    faults: [],
    scriptProgram: fileURLToPath(new URL('../../dist/boss-manage.js', import.meta.url)),
  });
});
afterAll(async () => {
  await world.stop();
  await worldHome.remove();
});

let home: Home;
let state: string;
/** A production bosslet of the configuration's, whose AWS, DNS and caches are the world's; there is no checkout. */
beforeEach(async () => {
  home = await makeHome();
  const { bosslet, awsEndpoint, credentials } = world.addresses;
  const { internalDomain, externalDomain, region, accountId, operator, sprint, scenario, dns, redis } = bosslet;
  const content = {
    bosslets: {
      'production.boss': {
        ...{ internalDomain, externalDomain, region, accountId, operator, sprint, scenario },
        dns: { resolvers: dns.resolvers, authoritative: false },
        redis: { via: 'direct', caches: redis.caches },
      },
    },
  };
  await writeFile(join(home.folder, 'boss-tui.config.json'), JSON.stringify(content), { mode: 0o600 });
  Object.assign(home.environment, {
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  state = join(home.folder, 'state', 'boss-tui');
});
afterEach(() => home.remove());

const traces = () => readdir(state, { recursive: true }).catch(() => []);

describe('watch', { timeout: 60_000 }, () => {
  it('is the same screen, from which nothing can be done, and leaves no lock', async () => {
    const panel = openPanel(home, ['watch', 'production.boss'], 200, 50);
    await panel.sees(/WATCHING.*PRODUCTION.*production\.boss/);
    await panel.sees('NO RELEASE IS OPEN ON THIS MACHINE');
    await panel.sees('nobody operates here');
    await panel.sees(/core +UPDATE_COMPLETE/);
    await panel.sees(/WRITE-CUBOID/);
    panel.type('d');
    await panel.sees(/You are watching\. Nothing was done\./);
    expect(await traces()).toEqual([]);
    panel.type('q');
    expect(await panel.exited).toBe(0);
    expect(await traces()).toEqual([]);
  });

  it('says on the screen that the credentials are of another account, and goes on watching the rest', async () => {
    Object.assign(home.environment, {
      AWS_ACCESS_KEY_ID: world.addresses.devCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: world.addresses.devCredentials.secretAccessKey,
    });
    const panel = openPanel(home, ['watch', 'production.boss'], 200, 50);
    await panel.sees(/The credentials are of the account \d{12}, not of 123456789012\. Set AWS_PROFILE/);
    await panel.sees(/WRITE-CUBOID/);
    panel.type('q');
    expect(await panel.exited).toBe(0);
  });

  it('says of an endpoint that is none of AWS what to do about it, in full, and goes on watching the rest', async () => {
    const server = createServer((_request, response) =>
      response.writeHead(500, { 'content-type': 'text/html' }).end('<!doctype html><title>500</title><p>'),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
    Object.assign(home.environment, { AWS_ENDPOINT_URL: url });
    const panel = openPanel(home, ['watch', 'production.boss'], 200, 50);
    await panel.sees(/ListStacks failed: the answer was HTTP 500 with text\/html, and not of AWS\./);
    await panel.sees(`know this call: check the endpoint ${url}.`);
    await panel.sees(/WRITE-CUBOID/);
    await panel.sees(/other +127\.0\.0\.1|live +127\.0\.0\.1/);
    panel.type('q');
    expect(await panel.exited).toBe(0);
    server.closeAllConnections();
    server.close();
  });

  it('is a line an event on a pipe, and follows the record of the operator on this machine', async () => {
    const child = spawn(process.execPath, [BIN, 'watch', 'production.boss'], {
      env: home.environment,
      cwd: home.folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const gone = once(child, 'exit');
    await until('the first line', () =>
      said.startsWith(
        'watching production.boss in us-east-1: no release is open on this machine, so the world alone is shown\n',
      ),
    );
    expect(await traces()).toEqual([]);
    const { accountId, name, region } = world.addresses.bosslet;
    const folder = join(state, accountId, name, '20260101T0000-beef');
    await makePrivateFolder(folder);
    const journal = await Journal.open(folder, { clock: systemClock, mayWrite: async () => {} });
    await journal.append({
      ...{ type: 'release.opened', release: '20260101T0000-beef', bosslet: name, accountId, region },
      ...{ operator: 'you@here', head: 'a'.repeat(40), version: '0.0.0', runbook: runbookFor(PRODUCTION) },
    });
    await journal.append({ type: 'note', text: 'the cache drains' });
    await until('the note', () => said.includes('note: the cache drains'));
    await journal.close();
    child.kill('SIGINT');
    await gone;
    expect(await traces()).not.toContainEqual(expect.stringContaining('lock'));
  });
});
