import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Configured, configure } from '../../src/bosslet/configuration.ts';
import { SETTING_NAMES } from '../../src/bosslet/settings.ts';
import { configLines } from '../../src/commands/printConfig.ts';
import { MASK } from '../../src/text/secret.ts';
import { checkoutWith, PRODUCTION_SAID, put, saying, temporaryFolder } from '../bosslet/folders.ts';
import { type Home, makeHome, run } from '../support/program.ts';

const FILE = `bossManage: boss-manage
bosslets:
  production.boss:
    operator: operator@example.org
    region: eu-west-1
    scenario: production
    redis: { via: direct, caches: { cache: "rediss://default:S3cret%2Fof%40us@127.0.0.1:6379?password=S3cret" } }
`;
const SAID = { 'production.boss': { ...PRODUCTION_SAID, LAMBDA_SERVER_KEY: 'S3cret' } };

async function configured(file: string, flags = {}): Promise<Configured> {
  const folder = await temporaryFolder();
  await checkoutWith(folder, saying(SAID));
  await put(join(folder, 'boss-tui.config.yaml'), file);
  const environment = { PATH: process.env.PATH };
  const known = await configure({ name: 'production.boss', flags, from: folder, environment });
  if (!known) throw new Error('nothing is configured');
  return known;
}

describe('the printed configuration', () => {
  const row = (lines: readonly string[], name: string) =>
    lines.find((line) => line.startsWith(`${name} `))?.split(/ {2,}/);

  it('shows every setting with its value and where that was said', async () => {
    const known = await configured(FILE, { sprint: 'sprint42' });
    const lines = configLines(known, undefined, {});
    for (const name of SETTING_NAMES) expect(row(lines, name), name).toHaveLength(3);
    expect(row(lines, 'sprint')).toEqual(['sprint', 'sprint42', '--sprint']);
    expect(row(lines, 'operator')).toEqual(['operator', 'operator@example.org', `${known.file}:4`]);
    expect(row(lines, 'accountId')).toEqual([
      'accountId',
      '012345678901',
      'boss-config.py production.boss: ACCOUNT_ID',
    ]);
    expect(row(lines, 'region')?.[2]).toBe(`${known.file}:5; boss-config.py says us-east-1`);
    expect(row(lines, 'scenario')?.[2]).toBe(`${known.file}:6; boss-config.py says the same`);
    expect(row(lines, 'amiSuffix')?.[2]).toBe('boss-config.py production.boss: AMI_SUFFIX');
    expect(row(lines, 'dns.authoritative')).toEqual(['dns.authoritative', 'true', 'default']);
    expect(row(lines, 'apiUrl')).toEqual(['apiUrl', 'https://api.theboss.io', 'derived from externalDomain']);
    expect(row(lines, 'caFile')).toEqual(['caFile', '–', 'the well-known certificates']);
    expect(lines).toContainEqual(expect.stringMatching(/^! region is eu-west-1 .* and us-east-1 for the scripts/));
  });

  it('shows no secret, and nothing of the environment but how AWS is reached', async () => {
    const lines = configLines(await configured(FILE), undefined, {
      AWS_PROFILE: 'production',
      AWS_SECRET_ACCESS_KEY: 'S3cret',
      AWS_ENDPOINT_URL: 'http://me:S3cret@127.0.0.1:4566',
      REDIS_PASSWORD: 'S3cret',
    });
    expect(lines.join('\n')).not.toContain('S3cret');
    expect(lines.join('\n')).not.toContain('REDIS_PASSWORD');
    expect(row(lines, 'redis.caches.cache')?.[1]).toBe(`rediss://${MASK}@127.0.0.1:6379?${MASK}`);
    expect(row(lines, 'AWS_SECRET_ACCESS_KEY')).toEqual(['AWS_SECRET_ACCESS_KEY', MASK, 'environment']);
    expect(row(lines, 'AWS_ENDPOINT_URL')?.[1]).toBe(`http://${MASK}@127.0.0.1:4566`);
    expect(row(lines, 'AWS_PROFILE')?.[1]).toBe('production');
  });
});

describe('boss-tui doctor --print-config', () => {
  let home: Home;
  beforeEach(async () => {
    home = await makeHome();
  });
  afterEach(() => home.remove());

  it('tells what is missing beside what is known, without asking AWS', async () => {
    await checkoutWith(home.folder, saying(SAID));
    const file = await put(join(home.folder, 'boss-tui.config.yaml'), FILE);
    const environment = { ...home.environment, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const print = (...args: string[]) => run({ ...home, environment }, ['doctor', '--print-config', ...args]);
    const lacking = await print();
    expect(lacking).toMatchObject({ code: 2, stderr: '' });
    expect(lacking.stdout).toContain(
      `✖ Nobody says sprint of production.boss: say it below bosslets.production.boss in ${file}, or by --sprint.\n`,
    );
    const whole = await print('production.boss', '--sprint', 'sprint42', '--profile', 'me');
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout).toMatch(/^profile +me +--profile$/m);
    expect(whole.stdout).not.toContain('S3cret');
  });
});
