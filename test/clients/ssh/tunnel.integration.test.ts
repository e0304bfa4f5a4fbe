import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Caches, CacheWay } from '../../../src/clients/doors.ts';
import { createCaches } from '../../../src/clients/redis.ts';
import type { Ssh } from '../../../src/clients/ssh/ssh.ts';
import { type Server, servers } from '../../rehearsal/redis/servers.ts';
import { isGone } from '../../support/program.ts';
import { freePort } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { tunnelTo } from '../tunnel.ts';
import { createDeployment, type Deployment, fastClock, instance, realSsh } from './sshd.ts';

const { isThere, name } = realSsh('a cache behind a real sshd');
const nothing = () => undefined;

describe.skipIf(!isThere)(name, () => {
  let redis: Server;
  beforeAll(async () => {
    const real = servers.find((each) => each.name.includes('real'));
    redis = await (real ?? servers[0]).start();
  });
  afterAll(() => redis.stop());

  const cachesBy = (ssh: Ssh, via: 'endpoint' | 'bastion', urls?: Readonly<Record<string, string>>): Caches => {
    const caches = createCaches({
      urls: urls ?? { cache: `redis://127.0.0.1:${redis.port}` },
      clock: fastClock,
      tunnel: {
        ssh,
        via,
        through: `${via}.production.boss`,
        hostOf: (cache) => `${cache}.nowhere.invalid`,
        has: async (cache) => cache === 'cache' || cache === 'cache-state',
      },
    });
    onTestFinished(() => caches.close());
    return caches;
  };
  const states = (caches: Caches) => {
    const seen: CacheWay[] = [];
    caches.onWay((way) => seen.push(way));
    return () => seen.flatMap((way) => (way.is === 'tunnel' ? [way.tunnel.is] : []));
  };
  const reason = (caches: Caches) => {
    const way = caches.way();
    return way.is === 'tunnel' && way.tunnel.is === 'broken' ? way.tunnel.reason : undefined;
  };
  /** One bastion, reached through something that can be cut. */
  const bastionOnly = async (deployment: Deployment) => {
    const sshd = await deployment.sshd({ address: '127.0.0.1', port: await freePort(), hostKey: 'bastion' });
    const way = await tunnelTo(sshd.port);
    deployment.instances = [instance('bastion', 'i-0b', '10.0.0.9', { publicIpAddress: '127.0.0.1' })];
    return { sshd, way };
  };

  it('is looked at from the bastion, which is entered by its public address', async () => {
    const deployment = createDeployment();
    const { way } = await bastionOnly(deployment);
    const caches = cachesBy(deployment.ssh(way.port), 'bastion');
    const seen = states(caches);
    expect(caches.way()).toEqual({ is: 'tunnel', through: 'bastion.production.boss', tunnel: { is: 'idle' } });
    expect(await caches.cache('cache').look()).toMatchObject({ role: 'master' });
    expect(seen()).toEqual(['connecting', 'up']);
    expect(readFileSync(deployment.knownHostsFile, 'utf8')).toMatch(/^i-0b ssh-ed25519 /);
    expect(statSync(deployment.knownHostsFile).mode & 0o077).toBe(0);
  });

  it('leaves no process and no socket behind when it is closed', async () => {
    const deployment = createDeployment();
    const { sshd } = await bastionOnly(deployment);
    const caches = cachesBy(
      deployment.ssh(sshd.port, {}, { ...process.env, XDG_RUNTIME_DIR: deployment.folder }),
      'bastion',
    );
    await caches.cache('cache').look();
    const [name = ''] = readdirSync(deployment.folder).filter((each) => each.startsWith('boss-tui-ssh-'));
    const folder = join(deployment.folder, name);
    const { children } = JSON.parse(readFileSync(join(folder, 'pids.json'), 'utf8'));
    expect(await isGone(children[0].pid)).toBe(false);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await caches.close();
    expect(await isGone(children[0].pid)).toBe(true);
    expect(existsSync(folder)).toBe(false);
    await expect(caches.cache('cache').look()).rejects.toThrow('it was closed by us');
  });

  it('is scanned whole through two hops', async () => {
    const deployment = createDeployment();
    const port = await freePort();
    await deployment.sshd({ address: '127.0.0.1', port, hostKey: 'bastion' });
    await deployment.sshd({ address: '127.0.0.2', port, hostKey: 'endpoint' });
    deployment.instances = [instance('bastion', 'i-0b', '127.0.0.1'), instance('endpoint', 'i-0e', '127.0.0.2')];
    const caches = cachesBy(deployment.ssh(port), 'endpoint');
    const { Redis } = await import('ioredis');
    const client = new Redis({ host: '127.0.0.1', port: redis.port });
    await client.flushall();
    const pipeline = client.pipeline();
    for (let n = 0; n < 3_000; n += 1) pipeline.set(n % 100 === 0 ? `WRITE-CUBOID&${n}` : `CACHED-CUBOID&${n}`, 'x');
    await pipeline.exec();
    client.disconnect();
    const pass = await caches.cache('cache').scan(['WRITE-CUBOID*'], nothing);
    expect(pass).toMatchObject({ keys: 3_000, counts: { 'WRITE-CUBOID*': 30 } });
    expect(readFileSync(deployment.knownHostsFile, 'utf8').match(/^i-0[be] /gm)).toEqual(['i-0b ', 'i-0e ']);
  });

  it('has its tunnel made again by itself where that breaks, and its pass void', async () => {
    const deployment = createDeployment();
    const { way } = await bastionOnly(deployment);
    const caches = cachesBy(deployment.ssh(way.port), 'bastion');
    const seen = states(caches);
    const first = await caches.cache('cache').look();
    way.cut();
    await until('the break', () => seen().includes('broken'));
    await until('the tunnel again', () => seen().at(-1) === 'up');
    expect(seen()).toEqual(['connecting', 'up', 'broken', 'connecting', 'up']);
    expect(await caches.cache('cache').look()).toEqual(first);
    await expect(caches.cache('cache').scan(['*'], () => way.cut())).rejects.toThrow(/connection was lost/);
  });

  it('says while it is broken why, and when it is tried again', async () => {
    const deployment = createDeployment();
    const { sshd } = await bastionOnly(deployment);
    const caches = cachesBy(deployment.ssh(sshd.port), 'bastion');
    await sshd.stop();
    await expect(caches.cache('cache').look()).rejects.toThrow(
      `Cache cache could not be looked at: nothing listens for ssh at 127.0.0.1 port ${sshd.port}; look whether the instance is up, and at redis.ssh.port in the configuration.`,
    );
    await until('the next try', () => {
      const { tunnel } = caches.way() as Extract<CacheWay, { is: 'tunnel' }>;
      return tunnel.is === 'broken' && tunnel.nextTryMs >= tunnel.sinceMs + 500;
    });
  });

  it('is found again behind a machine that was replaced at the same address, without an alarm', async () => {
    const deployment = createDeployment();
    const { sshd, way } = await bastionOnly(deployment);
    const caches = cachesBy(deployment.ssh(way.port), 'bastion');
    await caches.cache('cache').look();
    await sshd.stop();
    await deployment.sshd({ address: '127.0.0.1', port: sshd.port, hostKey: 'replacement' });
    deployment.instances = [
      instance('bastion', 'i-0b', '127.0.0.1', { state: 'shutting-down' }),
      instance('bastion', 'i-0new', '127.0.0.1'),
    ];
    way.cut();
    await until('the tunnel by the new machine', async () => {
      const { tunnel } = caches.way() as Extract<CacheWay, { is: 'tunnel' }>;
      return tunnel.is === 'up' && /^i-0new /m.test(readFileSync(deployment.knownHostsFile, 'utf8'));
    });
    expect(await caches.cache('cache').look()).toMatchObject({ role: 'master' });
  });

  it('is not looked at where the same machine shows another host key', async () => {
    const deployment = createDeployment();
    const { sshd } = await bastionOnly(deployment);
    const first = deployment.ssh(sshd.port);
    await cachesBy(first, 'bastion').cache('cache').look();
    await first.close();
    await sshd.stop();
    await deployment.sshd({ address: '127.0.0.1', port: sshd.port, hostKey: 'other' });
    const caches = cachesBy(deployment.ssh(sshd.port), 'bastion');
    await expect(caches.cache('cache').look()).rejects.toThrow(
      `the host key of i-0b has changed, though it is the same instance: this may be somebody in between; compare it with the console output of i-0b; only where it is right, ssh-keygen -R i-0b -f ${deployment.knownHostsFile}.`,
    );
    expect(reason(caches)).toContain('has changed');
  });

  it('is not looked at with a key that others can read, and is once that is cured', async () => {
    const deployment = createDeployment();
    const { sshd } = await bastionOnly(deployment);
    chmodSync(deployment.keyFile, 0o644);
    const caches = cachesBy(deployment.ssh(sshd.port), 'bastion');
    await expect(caches.cache('cache').look()).rejects.toThrow(
      `the key ${deployment.keyFile} can be read by others, so ssh does not use it; chmod 600 it.`,
    );
    chmodSync(deployment.keyFile, 0o600);
    expect(await until('the tunnel', () => caches.cache('cache').look())).toMatchObject({ role: 'master' });
  });

  it.each([
    ['whose name nobody knows there', undefined, /its name is unknown there; check internalDomain/],
    ['that nothing listens for', 'redis://127.0.0.1:1', /nothing listens there; look whether the cache exists/],
  ])('%s is told, and the others are looked at', async (_, url, says) => {
    const deployment = createDeployment();
    const { sshd } = await bastionOnly(deployment);
    const caches = cachesBy(deployment.ssh(sshd.port), 'bastion', {
      'cache-state': `redis://127.0.0.1:${redis.port}`,
      ...(url && { cache: url }),
    });
    await expect(caches.cache('cache').look()).rejects.toThrow(says);
    expect(await caches.cache('cache-state').look()).toMatchObject({ role: 'master' });
    await expect(caches.cache('cache').look()).rejects.toThrow(says);
  });

  it('where the machine forbids forwarding is told', async () => {
    const deployment = createDeployment();
    const more = ['AllowTcpForwarding no'];
    const { port } = await deployment.sshd({ address: '127.0.0.1', port: await freePort(), hostKey: 'b', more });
    deployment.instances = [instance('bastion', 'i-0b', '127.0.0.1')];
    const caches = cachesBy(deployment.ssh(port), 'bastion');
    await expect(caches.cache('cache').look()).rejects.toThrow(/the machine forbids forwarding to it; allow it there/);
  });

  it.each([
    [
      'a user that it does not know',
      { bastionUser: 'nobody-here' },
      /nobody-here@127\.0\.0\.1 refuses our key; check user, bastionUser and identityFile/,
    ],
    [
      'a key that is not there',
      { identityFile: '/nowhere/key.pem' },
      /the file \/nowhere\/key\.pem does not exist; correct redis\.ssh\.identityFile/,
    ],
    [
      'a configuration that is not there',
      { configFile: '/nowhere/config' },
      /the file \/nowhere\/config does not exist; correct redis\.ssh\.configFile/,
    ],
  ])('by %s is told', async (_, change, says) => {
    const deployment = createDeployment();
    const { sshd } = await bastionOnly(deployment);
    const caches = cachesBy(deployment.ssh(sshd.port, change), 'bastion');
    await expect(caches.cache('cache').look()).rejects.toThrow(says);
  });

  it('where no ssh is on this machine is told', async () => {
    const deployment = createDeployment();
    const { sshd } = await bastionOnly(deployment);
    const caches = cachesBy(deployment.ssh(sshd.port, {}, { PATH: '/nowhere' }), 'bastion');
    await expect(caches.cache('cache').look()).rejects.toThrow(
      "there is no ssh on the PATH; install OpenSSH's client.",
    );
  });

  it('behind an endpoint that the bastion cannot reach is told', async () => {
    const deployment = createDeployment();
    const { sshd } = await bastionOnly(deployment);
    deployment.instances.push(instance('endpoint', 'i-0e', '127.0.0.2'));
    const caches = cachesBy(deployment.ssh(sshd.port), 'endpoint');
    await expect(caches.cache('cache').look()).rejects.toThrow(
      /the bastion cannot reach the endpoint \(Connection refused\)/,
    );
  });

  it('without a running machine is told, and found when one runs', async () => {
    const deployment = createDeployment();
    const { sshd } = await bastionOnly(deployment);
    const { instances } = deployment;
    deployment.instances = instances.map((each) => ({ ...each, state: 'stopped' }));
    const caches = cachesBy(deployment.ssh(sshd.port), 'bastion');
    await expect(caches.cache('cache').look()).rejects.toThrow(
      /no instance named bastion\.production\.boss is running/,
    );
    deployment.instances = instances;
    expect(await until('the tunnel', () => caches.cache('cache').look())).toMatchObject({ role: 'master' });
  });
});
