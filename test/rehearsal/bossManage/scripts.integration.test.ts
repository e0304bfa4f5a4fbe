import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dev, openScripts, production, type Scripts } from './scripts.ts';

let scripts: Scripts;
beforeAll(async () => {
  scripts = await openScripts({ configs: ['core', 'api'] });
});
afterAll(() => scripts.close());

describe('boss-config.py', () => {
  test('prints the configuration as Python literals', async () => {
    const { code, stdout } = await scripts.run('boss-config.py', ['production.boss']);
    expect(code).toBe(0);
    for (const line of [
      "EXTERNAL_DOMAIN = 'theboss.io'",
      "EXTERNAL_FORMAT = '{machine}'",
      "INTERNAL_DOMAIN = 'production.boss'",
      'SUBNET_CIDR = 24',
      "SCENARIO = 'production'",
      'ACCOUNT_ID = 123456789012',
      'PROFILE = None',
      'OUTBOUND_BASTION = False',
      "ALERT_TOPIC = 'ProductionMicronsMailingList'",
    ])
      expect(stdout.split('\n')).toContain(line);
  });

  test('gives the dev bosslet a profile of its own', async () => {
    expect((await scripts.run('boss-config.py', ['dev.boss'])).stdout).toContain("PROFILE = 'dev'");
  });

  test('evaluates an expression', async () => {
    const expression =
      '__import__("json").dumps({"api": bosslet.names.public_dns("api"), "scenario": bosslet.scenario})';
    const { stdout } = await scripts.run('boss-config.py', ['production.boss', '-e', expression]);
    expect(JSON.parse(stdout)).toEqual({ api: 'api.theboss.io', scenario: 'production' });
  });
});

describe('maintenance.py', () => {
  test('leads the name to CloudFront once it is confirmed, and back to the load balancer without a prompt', async () => {
    const on = scripts.start('maintenance.py', ['on', 'production.boss']);
    await on.sees('Update? [N/y] ');
    on.type('y\r');
    expect((await on.exit).code).toBe(0);
    expect(on.output().replaceAll('\r\n', '\n')).toBe(
      [
        'Maintenance mode will update the api DNS entry to point to a maintenance page.',
        'Are you sure you want to go into maintenance mode for production.boss?',
        'Update? [N/y] y',
        'Setting Route53 for: ',
        'api.theboss.io.: y3xkd1vyu9iu3.cloudfront.net',
        '',
        'It can take up to 10 to 15 minutes for the route53 changes to be seen outside of AWS.',
        'You can you use: dig api.theboss.io.',
        '       This will show either cloudfront or elb server',
        '\x1b[0m',
      ].join('\n'),
    );
    expect(scripts.aws.recordChanges().at(-1)).toMatchObject({
      name: 'api.theboss.io.',
      type: 'CNAME',
      ttlSeconds: 300,
      values: ['y3xkd1vyu9iu3.cloudfront.net'],
    });

    const { code, stdout } = await scripts.run('maintenance.py', ['off', 'production.boss']);
    expect(code).toBe(0);
    const target = /^api\.theboss\.io\.: (elb-production-boss\S+)$/m.exec(stdout)?.[1];
    expect(target).toBeDefined();
    expect(scripts.aws.recordChanges().at(-1)?.values).toEqual([target]);
  });

  test('n cancels with exit 2, and any value of -yes means yes', async () => {
    const before = scripts.aws.recordChanges().length;
    const no = await scripts.run('maintenance.py', ['on', 'production.boss'], { input: 'n\n' });
    expect(no.code).toBe(2);
    expect(no.stdout).toMatch(/Canceled\n$/);
    expect(scripts.aws.recordChanges()).toHaveLength(before);
    expect((await scripts.run('maintenance.py', ['-yes', 'no', 'on', 'production.boss'])).code).toBe(0);
    expect(scripts.aws.recordChanges()).toHaveLength(before + 1);
  });

  test('without a distribution on is refused; without a zone off says so and ends with exit 0', async () => {
    const on = await scripts.run('maintenance.py', ['-yes', '1', 'on', 'dev.boss']);
    expect(on).toMatchObject({
      code: 1,
      stdout: 'Cannot turn on maintenance mode as there is not a Cloudfront site for api.theboss.io\n',
    });
    const off = await scripts.run('maintenance.py', ['off', 'dev.boss']);
    expect(off.code).toBe(0);
    expect(off.stdout).toContain('Error: Unable to find Route 53 Hosted Zone');
  });
});

describe('bastion.py', () => {
  const vault = (...args: string[]) => scripts.run('bastion.py', ['vault.production.boss', ...args]);

  test('reads a secret as a Python literal, after one hop', async () => {
    const startedAtMs = scripts.clock.now();
    const { code, stdout } = await vault('vault-read', 'secret/auth/realm');
    expect(code).toBe(0);
    expect(scripts.clock.now() - startedAtMs).toBeGreaterThanOrEqual(10_500);
    expect(stdout.split('\n').slice(0, 6)).toEqual([
      "{'auth': None,",
      " 'data': {'client_id': 'endpoint',",
      "          'password': 'S3cretRealmPw0001',",
      "          'username': 'bossadmin'},",
      " 'lease_duration': 2764800,",
      " 'lease_id': '',",
    ]);
    expect(stdout).toMatch(/\n 'wrap_info': None\}\n$/);
  });

  test('of a missing path is None and exit 0', async () => {
    expect(await vault('vault-read', 'secret/nothing')).toMatchObject({ code: 0, stdout: 'None\n' });
  });

  test('exports everything, sorted, readable for all, relative to the caller', async () => {
    const { code, stdout } = await scripts.run('bastion.py', ['vault.production.boss', 'vault-export', 'vault.json'], {
      cwd: scripts.folder,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const file = join(scripts.folder, 'vault.json');
    expect(Object.keys(JSON.parse(await readFile(file, 'utf8')))).toEqual(['secret/auth', 'secret/auth/realm']);
    expect((await stat(file)).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  test('asks for what is missing', async () => {
    const run = scripts.start('bastion.py', ['vault.production.boss', 'vault-read']);
    await run.sees('path: ');
    run.type('\x03');
    expect((await run.exit).code).toBe(130);
  });

  test('needs the token of the vault', async () => {
    await rm(join(scripts.checkout, 'vault/private/vault.dev.boss/vault_token'));
    const { code, stderr } = await scripts.run('bastion.py', ['vault.dev.boss', 'vault-read', 'secret/auth']);
    expect(code).toBe(1);
    expect(stderr).toContain('vault_token');
  });
});

describe('iam_utils.py', () => {
  const file = (type: string) => readFile(join(scripts.checkout, 'config/iam', `${type}.json`), 'utf8');

  test('exports the names it is told of, with the account masked, and prints nothing', async () => {
    const roles = await file('roles');
    const run = await scripts.run('iam_utils.py', ['dev.boss', 'export', 'groups', 'roles', 'policies']);
    expect(run).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await file('groups')).toContain('sqs:GetQueueAttributes');
    expect(await file('groups')).not.toContain('aplSpeedTestGroup');
    expect(await file('roles')).toBe(roles);
    expect(await file('policies')).not.toContain(dev.accountId);
  });

  test('empties the files against an account that has none of the names', async () => {
    await scripts.run('iam_utils.py', ['production.boss', 'export', 'groups']);
    expect(await file('groups')).toBe('[]');
  });
});

describe('packer.py', () => {
  const log = (machine: string) => readFile(join(scripts.checkout, 'packer/logs', `${machine}.log`), 'utf8');

  test('builds an image named after HEAD for each machine, and tells of it in logs alone', async () => {
    const { code, stdout } = await scripts.run('packer.py', ['dev.boss', 'auth', 'vault']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'Launching auth configuration\nLaunching vault configuration\nWaiting for all builds started to finish\n',
    );
    const name = `vault.boss-h${scripts.head.slice(0, 8)}`;
    expect(await log('vault')).toContain(`Creating AMI ${name} from instance`);
    expect(await log('vault')).toMatch(
      /==> Builds finished\. The artifacts of successful builds are:\n.*\nus-east-1: ami-\w+\n\n$/,
    );

    const again = await scripts.run('packer.py', ['dev.boss', 'vault']);
    expect(again.code).toBe(0);
    expect(await log('vault')).toContain(`AMI Name: '${name}' is used by an existing AMI: ami-`);
    expect(await log('vault')).toMatch(/==> Builds finished but no artifacts were created\.\n$/);
  });

  test('the option of the written procedure does not exist', async () => {
    const { code, stderr } = await scripts.run('packer.py', ['production.boss', 'auth', '--name', 'sprint42']);
    expect(code).toBe(2);
    expect(stderr).toContain('error: unrecognized arguments: --name sprint42');
  });
});

test('no script runs without a rehearsal’s world', async () => {
  expect(production.accountId).not.toBe(dev.accountId);
  const { spawnSync } = await import('node:child_process');
  const { status, stderr } = spawnSync(join(scripts.checkout, 'bin/maintenance.py'), ['off', 'production.boss'], {
    env: { PATH: process.env.PATH ?? '' },
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toBe('BOSS_WORLD_FILE is not set: these scripts run in a rehearsal only; start one first.\n');
});
