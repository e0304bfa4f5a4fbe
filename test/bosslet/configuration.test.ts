import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asked, completeBosslet, configure } from '../../src/bosslet/configuration.ts';
import { openScripts, type Scripts } from '../rehearsal/bossManage/scripts.ts';
import { checkoutWith, PRODUCTION_SAID, put, saying, temporaryFolder } from './folders.ts';

const PATH = process.env.PATH ?? '';
const asked = (from: string, more: Partial<Asked> = {}): Asked => ({
  name: 'production.boss',
  flags: {},
  from,
  environment: { PATH, XDG_CONFIG_HOME: join(from, 'config') },
  ...more,
});
const open = async (from: string, more: Partial<Asked> = {}) => {
  const configured = await configure(asked(from, more));
  return configured && completeBosslet(configured);
};
const why = (opening: Promise<unknown>) =>
  opening.then(
    () => 'opened',
    (error: Error) => error.message,
  );

/** All that nothing can do without. */
const enough = (more = '') => `bosslets:
  production.boss:
    internalDomain: production.boss
    externalDomain: theboss.io
    accountId: "012345678901"
    operator: operator@example.org
    sprint: sprint42
${more}`;
const SAID = { 'production.boss': PRODUCTION_SAID };
const BOTH = { ...SAID, 'dev.boss': { ...PRODUCTION_SAID, ACCOUNT_ID: 210_987_654_321, PROFILE: 'developers' } };

describe('a bosslet without a checkout', () => {
  it('is what the file says, and defaults', async () => {
    const folder = await temporaryFolder();
    const dev =
      '    dev: { bosslet: dev.boss, accountId: "210987654321", profile: dev }\n    evidence: { copyTo: copies }\n';
    await put(
      join(folder, 'boss-tui.config.yaml'),
      enough(`${dev}    redis: { caches: { cache: , cache-state: "redis://h:1" } }\n`),
    );
    expect(await open(folder)).toEqual({
      name: 'production.boss',
      internalDomain: 'production.boss',
      externalDomain: 'theboss.io',
      externalFormat: '{machine}',
      region: 'us-east-1',
      accountId: '012345678901',
      alertTopic: 'ProductionMicronsMailingList',
      operator: 'operator@example.org',
      sprint: 'sprint42',
      amiSuffix: '.boss',
      dev: { bosslet: 'dev.boss', accountId: '210987654321', profile: 'dev' },
      apiUrl: 'https://api.theboss.io',
      maintenance: { contains: 'Down for Maintenance' },
      dns: { resolvers: ['8.8.8.8', '1.1.1.1', '9.9.9.9', 'system'], authoritative: true },
      redis: {
        via: 'endpoint',
        caches: { 'cache-state': 'redis://h:1' },
        ssh: { user: 'ubuntu', bastionUser: 'ec2-user', port: 22 },
      },
      evidenceCopyTo: join(folder, 'copies'),
      doubts: [],
    });
    expect((await open(folder, { name: undefined }))?.name).toBe('production.boss');
  });

  it('that is asked for by nobody is none, unless options speak of one', async () => {
    const folder = await temporaryFolder();
    expect(await open(folder, { name: undefined })).toBeUndefined();
    expect(await why(open(folder, { name: undefined, flags: { sprint: 'sprint43' } }))).toBe(
      'Options for a bosslet are given, and none is named or configured: name one.',
    );
  });

  it('of which something is said nowhere names it, the file and every cure', async () => {
    const folder = await temporaryFolder();
    const file = await put(
      join(folder, 'boss-tui.config.yaml'),
      'bosslets:\n  production.boss: { accountId: "012345678901", sprint: s1 }\n',
    );
    expect(await why(open(folder))).toBe(
      `Nobody says internalDomain, externalDomain, operator of production.boss: say them below bosslets.production.boss in ${file}, or by --operator, or name the boss-manage checkout by --boss-manage.`,
    );
    expect(await why(open(folder, { name: 'other.boss' }))).toBe(
      `The bosslet "other.boss" is not configured: ${file} knows production.boss, and no boss-manage checkout is named by --boss-manage or around this folder.`,
    );
    expect(await why(open(folder, { name: '../x' }))).toMatch(/^"\.\.\/x" is not the name of a bosslet/);
  });

  it('has an open question where its dev account is named and not known', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, 'boss-tui.config.yaml'), enough('    dev: { bosslet: dev.boss, profile: dev }\n'));
    const bosslet = await open(folder);
    expect(bosslet?.dev).toBeUndefined();
    expect(bosslet?.doubts).toEqual([
      {
        level: 'stop',
        text: 'The account of dev.boss is not known, so its stages would be manual.',
        cure: 'Say accountId below bosslets.production.boss.dev, or name a checkout that knows dev.boss.',
      },
    ]);
  });
});

describe('the three layers', () => {
  it('lie over each other: boss-config.py, the file, the command line', async () => {
    const folder = await temporaryFolder();
    const checkout = await checkoutWith(folder, saying(BOTH));
    await put(
      join(folder, 'boss-tui.config.yaml'),
      'bossManage: boss-manage\nbosslets:\n  production.boss:\n    operator: you@example.org\n    scenario: ha-development\n    sprint: sprint41\n    dev: { bosslet: dev.boss }\n    redis: { ssh: { user: admin } }\n',
    );
    const bosslet = await open(folder, { flags: { sprint: 'sprint42', region: 'us-east-1' } });
    expect(bosslet).toMatchObject({
      accountId: '012345678901',
      scenario: 'ha-development',
      sprint: 'sprint42',
      bossManage: checkout,
      dev: { bosslet: 'dev.boss', accountId: '210987654321', profile: 'developers' },
      redis: { ssh: { user: 'admin', identityFile: expect.stringMatching(/\/\.ssh\/production-key\.pem$/) } },
      doubts: [],
    });
    expect(bosslet).not.toHaveProperty('profile');
    expect(await why(open(folder, { flags: { sprint: '-x' } }))).toBe(
      '--sprint must be a label: sprint42; correct it.',
    );
  });

  it('need no file below a checkout', async () => {
    const folder = await temporaryFolder();
    const checkout = await checkoutWith(
      folder,
      saying({ 'integration.boss': { ...PRODUCTION_SAID, EXTERNAL_FORMAT: '{machine}-integration' } }),
    );
    const flags = { sprint: 'sprint42', operator: 'you@example.org' };
    const below = join(checkout, 'cloud_formation', 'configs');
    await mkdir(below, { recursive: true });
    expect(await open(below, { name: 'integration.boss', flags })).toMatchObject({
      bossManage: checkout,
      apiUrl: 'https://api-integration.theboss.io',
    });
    expect(await why(open(below, { name: 'integration.boss', flags: { sprint: 'sprint42' } }))).toBe(
      'Nobody says operator of integration.boss: say it below bosslets.integration.boss in boss-tui.config.yaml, or by --operator.',
    );
    expect(await why(open(below, { flags }))).toMatch(/knows no bosslet "production\.boss", but integration\.boss: /);
    // Named, it is found from anywhere.
    const elsewhere = await temporaryFolder();
    expect(
      (await open(elsewhere, { name: 'integration.boss', flags: { ...flags, bossManage: checkout } }))?.bossManage,
    ).toBe(checkout);
  });

  it('that disagree about the deployment are a finding that stops a release', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'boss-tui.config.yaml');
    await checkoutWith(
      folder,
      saying({ 'production.boss': { ...PRODUCTION_SAID, ACCOUNT_ID: 999_999_999_999, PROFILE: 'admin' } }),
    );
    await put(file, `bossManage: boss-manage\n${enough('    profile: me\n')}`);
    expect((await open(folder))?.doubts).toEqual([
      {
        level: 'stop',
        text: `accountId is 012345678901 (${file}:6), and 999999999999 for the scripts (boss-config.py production.boss: ACCOUNT_ID).`,
        cure: 'Correct the one that is wrong: the scripts act by theirs.',
      },
      expect.objectContaining({
        level: 'warn',
        text: expect.stringMatching(/^profile is me .*, and admin for the scripts/),
      }),
    ]);
  });
});

describe('a checkout that says nothing', () => {
  it('stops a release and leaves the rest alive where the file says enough', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'boss-manage'));
    await put(join(folder, 'boss-tui.config.yaml'), `bossManage: boss-manage\n${enough()}`);
    const bosslet = await open(folder);
    expect(bosslet).toMatchObject({ accountId: '012345678901', bossManage: join(folder, 'boss-manage') });
    expect(bosslet?.doubts).toEqual([
      expect.objectContaining({
        level: 'stop',
        text: expect.stringMatching(/has no bin\/boss-config\.py, so it is no/),
      }),
    ]);
  });

  it('is the error where the file does not', async () => {
    const folder = await temporaryFolder();
    await checkoutWith(folder, 'exec sleep 600');
    await put(join(folder, 'boss-tui.config.yaml'), 'bossManage: boss-manage\nbosslets:\n  production.boss:\n');
    expect(await why(open(folder, { timeoutMs: 300 }))).toMatch(/did not end within 0\.3 s/);
  });

  it('as others could have put it there is not run, unless somebody names it', async () => {
    const folder = await temporaryFolder();
    const checkout = await checkoutWith(folder, saying(SAID));
    await chmod(checkout, 0o777);
    const flags = { sprint: 'sprint42', operator: 'you@example.org' };
    expect(await why(open(checkout, { flags }))).toMatch(
      /boss-config\.py was found and not run, as it can be replaced by others, who may write in the folder .*, or name the checkout by --boss-manage\.$/,
    );
    expect((await open(checkout, { flags: { ...flags, bossManage: '.' } }))?.bossManage).toBe(checkout);
    await put(join(folder, 'boss-tui.config.yaml'), enough());
    const bosslet = await open(checkout);
    expect(bosslet).not.toHaveProperty('bossManage');
    expect(bosslet?.doubts).toMatchObject([{ level: 'stop' }]);
  });
});

describe('the scripts of a checkout', () => {
  let scripts: Scripts;
  beforeAll(async () => {
    scripts = await openScripts({ configs: [] });
  });
  afterAll(() => scripts.close());

  it('say all but what boss-manage does not know', async () => {
    const folder = await temporaryFolder();
    await put(
      join(folder, 'boss-tui.config.yaml'),
      `bossManage: ${scripts.checkout}\nbosslets:\n  production.boss:\n    operator: you@example.org\n    sprint: sprint42\n    dev: { bosslet: dev.boss }\n`,
    );
    const environment = { ...scripts.environment, XDG_CONFIG_HOME: folder };
    expect(await open(folder, { environment })).toMatchObject({
      internalDomain: 'production.boss',
      externalDomain: 'theboss.io',
      region: 'us-east-1',
      accountId: '123456789012',
      alertTopic: 'ProductionMicronsMailingList',
      scenario: 'production',
      amiSuffix: '.boss',
      apiUrl: 'https://api.theboss.io',
      dev: { bosslet: 'dev.boss', accountId: '210987654321', profile: 'dev' },
      doubts: [],
    });
    expect(await why(open(folder, { name: 'nowhere.boss', environment }))).toMatch(
      /knows no bosslet "nowhere\.boss", but dev\.boss, production\.boss: /,
    );
  });
});
