import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SCRIPTS } from '../../src/steps/bossManage.ts';
import { INDEX_FILE } from '../../src/steps/indexFile.ts';
import type { Progress } from '../../src/steps/kind.ts';
import { preflight } from '../../src/steps/preflight.ts';
import { checkoutChecks } from '../../src/steps/preflightCheckout.ts';
import { machineChecks } from '../../src/steps/preflightMachines.ts';
import { scriptChecks } from '../../src/steps/preflightScripts.ts';
import { askPython, pythonFindings } from '../../src/steps/python.ts';
import { readVault } from '../../src/steps/vaultRead.ts';
import { found, type More, type PythonCheckout, pythonCheckout } from './pythonCheckout.ts';

let checkout: PythonCheckout;
beforeEach(async () => {
  checkout = await pythonCheckout();
});
afterEach(() => checkout.remove());

const lookAtScripts = (more?: More) => found(scriptChecks(checkout.context(more)));
const lookAtCheckout = (more?: More, titles?: readonly string[]) =>
  found(checkoutChecks(checkout.context(more)), titles);
const lookAtMachines = (more?: More) => found(machineChecks(checkout.context(more)));
const only = (level: string) => expect.objectContaining({ level });

describe('scripts in Python', () => {
  it('are sound where the interpreter, each script and the bosslet file say so', async () => {
    const all = await lookAtScripts();
    expect(Object.keys(all)).toEqual(['Scripts', 'Script imports', 'Python', 'Programs']);
    for (const [title, findings] of Object.entries(all)) expect(findings, title).toEqual([only('ok')]);
    expect(all.Python?.[0]?.detail).toContain('Python 3.9.18');
  });

  it('that cannot import a module say which, and the cure installs it for their interpreter', async () => {
    const trace = `echo 'Traceback (most recent call last):' >&2; echo "ModuleNotFoundError: No module named 'hvac'" >&2; exit 1`;
    for (const name of ['bastion.py', 'cloudformation.py']) await checkout.script(name, trace);
    await checkout.python([3, 8, 1], { boto3: '1', botocore: '1', hvac: null, yaml: '6', funcparserlib: '0.3.6' });
    const { 'Script imports': imports, Python } = await lookAtScripts();
    expect(imports).toEqual([
      {
        level: 'stop',
        detail:
          "--help of cloudformation.py, bastion.py ends with exit 1: ModuleNotFoundError: No module named 'hvac'.",
        cure: "python3 -m pip install 'hvac<1.0'",
      },
    ]);
    expect(Python?.map(({ level, detail, cure }) => [level, detail, cure])).toEqual([
      ['stop', 'python3 lacks the module hvac.', "python3 -m pip install 'hvac<1.0'"],
      ['stop', 'python3 lacks the module iso8601.', 'python3 -m pip install iso8601'],
    ]);
  });

  it('that run all the same are not stopped by a module that they never asked for', async () => {
    await checkout.python([3, 9, 1], { boto3: '1', botocore: '1', hvac: '1.2.0', yaml: '6', funcparserlib: '0.3.6' });
    const { 'Script imports': imports, Python } = await lookAtScripts();
    expect(imports).toEqual([only('ok')]);
    expect(Python?.map(({ level, detail }) => [level, detail])).toEqual([
      ['warn', 'python3 has hvac 1.2.0, and the scripts need one below 1.0.'],
      ['warn', 'python3 lacks the module iso8601.'],
    ]);
  });

  it.each([
    [3, 6, 15],
    [3, 10, 13],
    [2, 7, 18],
  ] as const)('do not run on Python %i.%i', async (...version) => {
    await checkout.python(version);
    expect((await lookAtScripts()).Python).toEqual([
      {
        level: 'stop',
        detail: expect.stringContaining(version.join('.')),
        cure: expect.stringContaining('3.7 to 3.9'),
      },
    ]);
  });

  it('are run by the interpreter that is configured, found on the PATH by its name', async () => {
    await checkout.program('python3.9', `if [ "$1" = -c ]; then echo none; else exec /bin/sh "$@"; fi`);
    for (const name of SCRIPTS) await chmod(join(checkout.folder, 'bin', name), 0o644);
    const { Scripts, Python } = await lookAtScripts({ bosslet: { python: 'python3.9' } });
    expect(Scripts).toEqual([only('ok')]);
    expect(Python).toEqual([
      { level: 'stop', detail: expect.stringMatching(/no answer that can be read/), cure: expect.any(String) },
    ]);
    const { Python: missing, ...others } = await lookAtScripts({ bosslet: { python: 'python3.7' } });
    expect(missing).toEqual([
      { level: 'stop', detail: 'python3.7, which runs the scripts, was not found.', cure: expect.any(String) },
    ]);
    expect(Object.values(others).flat()).toEqual([only('ok'), only('ok')]);
  });

  it('need programs: which are missing, and what cannot be done without', async () => {
    await rm(join(checkout.folder, '..', 'path', 'packer'));
    expect((await lookAtScripts()).Programs).toEqual([
      {
        level: 'warn',
        detail: 'packer was not found: no AMI can be built.',
        cure: expect.stringContaining('Install packer'),
      },
    ]);
    await checkout.program('packer');
    const container = (name: string) => lookAtScripts({ variables: { LAMBDA_BUILD_CONTAINER: name } });
    expect((await container('no-podman')).Programs).toEqual([
      {
        level: 'warn',
        detail: expect.stringMatching(/^no-podman was not found.*LAMBDA_BUILD_CONTAINER/),
        cure: expect.any(String),
      },
    ]);
    await checkout.program('podman');
    expect((await container('podman')).Programs).toEqual([only('ok')]);
  });

  const python3 = spawnSync('python3', ['-c', '']).status === 0;
  it.skipIf(!python3)('are asked for in words that a real Python understands (needs python3)', async () => {
    const program = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
    const about = await askPython(checkout.context(), program);
    const version = execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim().slice('Python '.length);
    if (typeof about === 'string') throw new Error(about);
    expect(about.python.join('.')).toBe(version);
    expect(Object.keys(about.modules)).toContain('hvac');
    expect(pythonFindings('python3', { python: [3, 9, 0], modules: {} }, false)).toContainEqual(only('stop'));
  });
});

describe('a checkout', () => {
  const NOTHING_LEFT = { cloudFormation: { describeStack: async () => ({ tags: { StackVersion: '3' } }) } };
  const aws = NOTHING_LEFT as unknown as NonNullable<More['read']>['aws'];
  const look = (more: More = {}, titles?: readonly string[]) =>
    lookAtCheckout({ ...more, read: { ...(aws && { aws }), ...more.read } }, titles);

  it('that is whole has no finding', async () => {
    const { 'Detached scripts': _ofTheMachine, ...all } = await look();
    for (const [title, findings] of Object.entries(all)) expect(findings, title).toEqual([only('ok')]);
  });

  it('without bin is one finding and not one of each', async () => {
    const nowhere = { bosslet: { bossManage: '/nowhere' } };
    const { 'Detached scripts': _ofTheMachine, Configuration: _told, ...checks } = await look(nowhere);
    const all = { ...checks, ...(await lookAtScripts(nowhere)), ...(await lookAtMachines(nowhere)) };
    expect(Object.values(all).flat()).toEqual([
      {
        level: 'stop',
        detail: '/nowhere has no folder bin, so it is no checkout of boss-manage.',
        cure: expect.stringContaining('bossManage'),
      },
    ]);
  });

  it('says what differs from its commit, also in a submodule whose settings hide it', async () => {
    const inner = join(checkout.folder, 'salt_stack/salt/ndingest/files/ndingest.git');
    await rm(inner, { recursive: true });
    checkout.git('rm', '-r', '--quiet', '--cached', 'salt_stack');
    const file = INDEX_FILE.slice(INDEX_FILE.indexOf('ndingest.git/'));
    const other = await pythonCheckout();
    await other.write(file.slice('ndingest.git/'.length), '{"GlobalSecondaryIndexes": []}\n');
    other.git('add', '--all');
    other.git('commit', '--quiet', '--message', 'schema');
    checkout.git(
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      other.folder,
      'salt_stack/salt/ndingest/files/ndingest.git',
    );
    checkout.git('config', '-f', '.gitmodules', 'submodule.salt_stack/salt/ndingest/files/ndingest.git.ignore', 'all');
    checkout.git('add', '--all');
    checkout.git('commit', '--quiet', '--message', 'submodule');
    await other.remove();
    expect((await look({}, ['Index file']))['Index file']).toEqual([only('ok')]);
    expect((await look({}, ['Checkout'])).Checkout).toEqual([only('ok')]);
    await checkout.write(INDEX_FILE, '{"GlobalSecondaryIndexes": [1]}\n');
    const { Checkout, 'Index file': index } = await look();
    expect(Checkout).toEqual([
      { level: 'warn', detail: expect.stringContaining('ndingest.git'), cure: expect.any(String) },
    ]);
    expect(index).toEqual([
      { level: 'warn', detail: expect.stringContaining('differs from its commit'), cure: expect.any(String) },
    ]);
    await rm(inner, { recursive: true });
    expect((await look({}, ['Index file']))['Index file']).toEqual([
      {
        level: 'warn',
        detail: expect.stringContaining('not checked out'),
        cure: expect.stringContaining('submodule update --init'),
      },
    ]);
  });

  it.each([
    ['2', [only('warn')]],
    ['3', [only('ok')]],
    ['4', [only('ok')]],
    ['', [only('warn')]],
    ['what', [only('ok')]],
  ])('with a progress file of %j, where the stack is at version 3', async (version, expected) => {
    const file = await checkout.write('cloud_formation/configs/migrations/api/progress', `${version}\n`);
    const { 'Unfinished updates': unfinished } = await look({}, ['Unfinished updates']);
    expect(unfinished).toEqual(expected);
    if (unfinished?.[0]?.level === 'warn') expect(unfinished[0].cure).toBe(`rm ${file}`);
  });

  it('says where a password was left behind, and where generate would die', async () => {
    const template = {
      Resources: { Db: { Type: 'AWS::RDS::DBInstance', Properties: { MasterUserPassword: 'S3cret' } } },
    };
    const file = await checkout.write('cloud_formation/templates/ApiProductionBoss.template', JSON.stringify(template));
    const left = (await look({}, ['Templates folder']))['Templates folder'];
    expect(left).toEqual([{ level: 'warn', detail: expect.stringContaining(file), cure: `shred -u ${file}` }]);
    expect(JSON.stringify(left)).not.toContain('S3cret');
    await rm(join(checkout.folder, 'cloud_formation', 'templates'), { recursive: true });
    expect((await look({}, ['Templates folder']))['Templates folder']).toEqual([
      { level: 'stop', detail: expect.any(String), cure: expect.stringContaining('mkdir') },
    ]);
  });

  it('needs its token of Vault, for our eyes only', async () => {
    const token = 'vault/private/vault.production.boss/vault_token';
    const file = await checkout.write(token, 'token\n', 0o644);
    expect((await look({}, ['Vault token']))['Vault token']).toEqual([
      { level: 'warn', detail: expect.any(String), cure: `chmod 600 ${file}` },
    ]);
    await checkout.write(token, '', 0o600);
    expect((await look({}, ['Vault token']))['Vault token']).toEqual([only('stop')]);
    await rm(file);
    expect((await look({}, ['Vault token']))['Vault token']).toEqual([only('stop')]);
  });
});

describe('the way to Vault', () => {
  const free = { isPortFree: async () => true };
  const reads = `echo "{'data': {'password': 'S3cretRealmPw0001', 'username': 'bossadmin'}}"`;

  it('works where vault-read gives a password, which is not told', async () => {
    await checkout.script('bastion.py', reads);
    const { Vault } = await lookAtMachines({ scripts: free });
    expect(Vault).toEqual([{ level: 'ok', detail: 'vault-read works' }]);
  });

  it('is not tried on a port that another program holds', async () => {
    await checkout.script('bastion.py', `touch ${checkout.folder}/tried; ${reads}`);
    let looks = 0;
    const clock = { ...checkout.context().clock, sleep: async () => {} };
    const scripts = { isPortFree: async (port: number) => port !== 3128 || looks++ < 0 };
    const [vault] = machineChecks({ ...checkout.context({ scripts }), clock }).filter(({ title }) => title === 'Vault');
    expect(await vault?.run()).toEqual({
      level: 'stop',
      detail: 'Another program listens on port 3128, where boss-manage opens its tunnel to Vault.',
      cure: expect.stringContaining('ss -ltnp'),
    });
    expect(looks).toBeGreaterThan(1);
    expect(checkout.git('status', '--porcelain')).not.toContain('tried');
  });

  it('names the exception of a script that fails, and nothing else that it printed', async () => {
    const ends = (last: string) => checkout.script('bastion.py', `${reads}; echo "${last}" >&2; exit 1`);
    await ends('lib.exceptions.SSHError: Error establishing a SSH tunnel');
    expect((await lookAtMachines({ scripts: free })).Vault).toEqual([
      {
        level: 'stop',
        detail: expect.stringMatching(/exit 1: lib\.exceptions\.SSHError: Error establishing/),
        cure: expect.stringMatching(/ssh to the bastion/),
      },
    ]);
    await ends("{'password': 'S3cretRealmPw0001'}");
    expect((await lookAtMachines({ scripts: free })).Vault?.[0]?.detail).toBe('vault-read ended with exit 1.');
  });

  it('is a missing password, which vault-read tells with exit 0', async () => {
    await checkout.script('bastion.py', 'echo None');
    expect((await lookAtMachines({ scripts: free })).Vault).toEqual([only('stop')]);
  });

  it('ends where ssh asks something that nobody sees', async () => {
    await checkout.script('bastion.py', 'printf "Enter passphrase: " > /dev/tty; read answer < /dev/tty');
    await expect(
      readVault('secret/auth/realm', checkout.context({ scripts: { ...free, capture: checkout.capture } }), 1_000),
    ).rejects.toThrow(/passphrase, which nobody sees/);
  });
});

describe('the machines behind the bastion', () => {
  const ssh = { user: 'ubuntu', bastionUser: 'ec2-user', port: 22 };
  const machines = (instances: readonly object[], more: Partial<typeof ssh> & { identityFile?: string } = {}) =>
    lookAtMachines({
      bosslet: { redis: { via: 'endpoint', caches: {}, ssh: { ...ssh, ...more } }, bossManage: '/nowhere' },
      read: {
        aws: { ec2: { instances: async () => instances } } as unknown as NonNullable<NonNullable<More['read']>['aws']>,
      },
    });

  it.each([
    ['runs', [{ state: 'stopped' }, { state: 'running', publicIpAddress: '192.0.2.1' }], 'ok'],
    ['is stopped', [{ state: 'stopped', publicIpAddress: '192.0.2.1' }], 'stop'],
    ['has a private address alone', [{ state: 'running', privateIpAddress: '10.0.0.4' }], 'warn'],
    ['has no address yet', [{ state: 'running' }], 'stop'],
    ['is not there', [], 'stop'],
  ])('are reached where it %s', async (_what, instances, level) => {
    expect((await machines(instances)).Bastion).toEqual([only(level)]);
  });

  it('may be left out where the caches are reached without them', async () => {
    const { Bastion } = await lookAtMachines({
      bosslet: { redis: { via: 'direct', caches: {}, ssh }, bossManage: '/nowhere' },
      read: { aws: { ec2: { instances: async () => [] } } as unknown as NonNullable<More['read']>['aws'] & object },
    });
    expect(Bastion).toEqual([only('warn')]);
  });

  it('are not reached with a key that others can read', async () => {
    const identityFile = await checkout.write('../key.pem', 'key\n', 0o644);
    expect((await machines([], { identityFile }))['ssh key']).toEqual([
      { level: 'stop', detail: expect.any(String), cure: `chmod 600 ${identityFile}` },
    ]);
    await chmod(identityFile, 0o600);
    expect((await machines([], { identityFile }))['ssh key']).toEqual([only('ok')]);
    expect((await machines([], { identityFile: '/no/key.pem' }))['ssh key']).toEqual([only('stop')]);
  });
});

describe('the preflight', () => {
  it('goes on where one check throws and another never answers, and tells what it waits for', async () => {
    const told: Progress[] = [];
    const context = checkout.context({ told, scripts: { isPortFree: async () => true } });
    const hanging = { ...context.read.aws, route53: { findHostedZone: () => new Promise(() => {}) } };
    const read = {
      ...context.read,
      aws: {
        ...hanging,
        ec2: context.read.aws.ec2,
        sts: context.read.aws.sts,
        sns: context.read.aws.sns,
        cloudFormation: context.read.aws.cloudFormation,
        cloudFront: context.read.aws.cloudFront,
        loadBalancers: context.read.aws.loadBalancers,
      },
      caches: {
        names: [],
        cache: () => {
          throw new Error('none');
        },
        close: async () => {},
      },
    };
    const findings = await preflight({ ...context, read: read as unknown as typeof context.read }, 4_000);
    const of = (title: string) => findings.filter((each) => each.title === title);
    expect(of('Hosted zone')).toEqual([
      {
        level: 'stop',
        title: 'Hosted zone',
        detail: 'No answer came in 4s.',
        cure: expect.stringContaining('endpoint'),
      },
    ]);
    expect(of('Stacks')).toEqual([
      {
        level: 'stop',
        title: 'Stacks',
        detail: 'cloudFormation.listStacks does not answer.',
        cure: expect.any(String),
      },
    ]);
    expect(of('Scripts')).toEqual([expect.objectContaining({ level: 'ok' })]);
    expect(findings.every(({ level, cure }) => level === 'ok' || (cure ?? '') !== '')).toBe(true);
    expect(told.at(-1)?.text).toMatch(/^\d+ of \d+ looked at; waits for Hosted zone$/);
  });
});
