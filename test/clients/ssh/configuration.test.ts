import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sshConfiguration } from '../../../src/clients/ssh/configuration.ts';
import { findMachines } from '../../../src/clients/ssh/machines.ts';
import { needing } from '../../support/servers.ts';
import { instance } from './sshd.ts';

const bastion = { name: 'bastion.production.boss', instanceId: 'i-0b', address: '198.51.100.7' };
const endpoint = { name: 'endpoint.production.boss', instanceId: 'i-0e', address: '10.1.2.3' };

/** What a user's own configuration may try, and what only it can know. */
const USERS = `
Host *
  HostName evil.example.org
  HostKeyAlias evil
  User nobody
  Port 2222
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  ControlMaster auto
  ControlPath /tmp/evil-%r
  RemoteCommand rm -rf /
  PermitLocalCommand yes
  BatchMode no
  LogLevel QUIET
  CanonicalizeHostname always
  Compression yes
Host bastion.production.boss
  ProxyCommand corporate-proxy %h %p
  KexAlgorithms curve25519-sha256
`;

const { isThere, name } = needing(['ssh'], 'the generated configuration, as a real ssh reads it');

describe.skipIf(!isThere)(name, () => {
  const read = (host: string, interactive = false): ReadonlyMap<string, readonly string[]> => {
    const folder = mkdtempSync(join(tmpdir(), 'boss-tui ssh '));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const configFile = join(folder, 'users config');
    writeFileSync(configFile, USERS, { mode: 0o600 });
    const identityFile = join(folder, 'the 100% key.pem');
    const access = { user: 'ubuntu', bastionUser: 'ec2-user', port: 22, identityFile, configFile };
    const file = join(folder, 'ours');
    const knownHostsFile = join(folder, 'known hosts');
    writeFileSync(file, sshConfiguration({ access, bastion, endpoint, knownHostsFile, interactive }));
    const lines = execFileSync('ssh', ['-G', '-F', file, host], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
      .split('\n');
    const settings = new Map<string, string[]>();
    for (const line of lines) {
      const [key = '', ...rest] = line.split(' ');
      settings.set(key, [...(settings.get(key) ?? []), rest.join(' ').replaceAll(folder, '')]);
    }
    return settings;
  };

  it.each([
    ['bastion.production.boss', '198.51.100.7', 'ec2-user', 'i-0b'],
    ['endpoint.production.boss', '10.1.2.3', 'ubuntu', 'i-0e'],
  ])('lets nothing of the user override ours for %s', (host, hostname, user, hostkeyalias) => {
    const settings = read(host);
    const said = (key: string) => settings.get(key)?.[0];
    expect(said('hostname')).toBe(hostname);
    expect(said('user')).toBe(user);
    expect(said('port')).toBe('22');
    expect(said('hostkeyalias')).toBe(hostkeyalias);
    expect(said('stricthostkeychecking')).toBe('accept-new');
    expect(said('userknownhostsfile')).toMatch(/\/known hosts"?$/);
    expect(settings.get('identityfile')?.[0]).toMatch(/\/the 100%%? key\.pem$/);
    expect(said('controlmaster')).toBe('false');
    expect(settings.has('controlpath')).toBe(false);
    expect(settings.has('remotecommand')).toBe(false);
    expect(said('permitlocalcommand')).toBe('no');
    expect(said('batchmode')).toBe('yes');
    expect(said('loglevel')).toBe('INFO');
    expect(said('exitonforwardfailure')).toBe('yes');
    expect(said('checkhostip')).toBe('no');
    expect(said('canonicalizehostname')).toBe('false');
  });

  it('takes from the user what it does not set', () => {
    expect(read('bastion.production.boss').get('proxycommand')).toEqual(['corporate-proxy %h %p']);
    expect(read('bastion.production.boss').get('kexalgorithms')).toEqual(['curve25519-sha256']);
    expect(read('endpoint.production.boss').get('compression')).toEqual(['yes']);
  });

  it('jumps to the endpoint through the bastion, and lets somebody at a terminal be asked', () => {
    expect(read('endpoint.production.boss').get('proxyjump')).toEqual(['bastion.production.boss']);
    expect(read('endpoint.production.boss', true).get('batchmode')).toEqual(['no']);
  });
});

describe('a name or path that would be more than that', () => {
  const access = { user: 'ubuntu', bastionUser: 'ec2-user', port: 22 };
  const input = { access, bastion, knownHostsFile: '/state/known_hosts', interactive: false };
  it.each([
    [{ bastion: { ...bastion, name: 'a b' } }],
    [{ bastion: { ...bastion, address: '1.2.3.4\n  ProxyCommand evil' } }],
    [{ bastion: { ...bastion, instanceId: '-oProxyCommand=evil' } }],
    [{ access: { ...access, bastionUser: 'me you' } }],
    [{ access: { ...access, identityFile: '/a"b' } }],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: ssh would replace it.
    [{ access: { ...access, identityFile: '/${HOME}/key' } }],
    [{ access: { ...access, configFile: 'relative' } }],
  ])('is refused: %j', (change) => {
    expect(() => sshConfiguration({ ...input, ...change })).toThrow(/cannot be written into an ssh configuration/);
  });
});

describe('the machines of a way', () => {
  const wanted = [
    { name: 'bastion.production.boss', from: 'here' },
    { name: 'endpoint.production.boss', from: 'within' },
  ] as const;
  const found = (instances: readonly ReturnType<typeof instance>[], turn = 0) =>
    findMachines({ instances: async () => instances }, wanted, turn);

  it('are the running ones: the bastion by its public address, the endpoint by its private one', async () => {
    const machines = await found([
      instance('bastion', 'i-old', '10.0.0.1', { state: 'stopped', publicIpAddress: '198.51.100.6', launchTimeMs: 9 }),
      instance('bastion', 'i-0b', '10.0.0.2', { publicIpAddress: '198.51.100.7' }),
      instance('endpoint', 'i-0e', '10.0.0.3', { publicIpAddress: '198.51.100.8' }),
    ]);
    expect(machines).toEqual([bastion, { ...endpoint, address: '10.0.0.3' }]);
  });

  it('are tried in turn where several run, the newest first', async () => {
    const all = [
      instance('bastion', 'i-0b', '10.0.0.2'),
      instance('endpoint', 'i-1', '10.0.0.4', { launchTimeMs: 1 }),
      instance('endpoint', 'i-2', '10.0.0.5', { launchTimeMs: 2 }),
    ];
    const ids = [];
    for (const turn of [0, 1, 2]) ids.push((await found(all, turn))[1]?.instanceId);
    expect(ids).toEqual(['i-2', 'i-1', 'i-2']);
  });

  it.each([
    [[instance('endpoint', 'i-0e', '10.0.0.3')], /no instance named bastion\.production\.boss is running/],
    [
      [instance('bastion', 'i-0b', '10.0.0.2'), { ...instance('endpoint', 'i-0e', ''), privateIpAddress: undefined }],
      /endpoint\.production\.boss \(i-0e\) has no address/,
    ],
  ])('are told where one is missing', async (instances, says) => {
    await expect(found(instances as ReturnType<typeof instance>[])).rejects.toThrow(says);
  });
});
