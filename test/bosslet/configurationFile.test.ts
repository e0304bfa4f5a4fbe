import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, readFile, rename, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfigurationFile, parseConfiguration } from '../../src/bosslet/configurationFile.ts';
import { parseServer } from '../../src/clients/dig.ts';
import { put, temporaryFolder } from './folders.ts';

const FILE = '/srv/release/boss-tui.config.yaml';

/** As the documentation shows it. */
const whole = `bossManage: ~/boss-manage
python: python3.9
bosslets:
  production.boss:
    internalDomain: production.boss
    externalDomain: theboss.io
    region: us-east-1
    accountId: "123456789012"
    profile: production
    alertTopic: ProductionMicronsMailingList
    operator: operator@example.org
    scenario: production
    sprint: sprint42
    dev: { bosslet: dev.boss, profile: dev }
    apiUrl: https://api.theboss.io
    caFile: ca.pem
    maintenance: { contains: "Down for Maintenance" }
    dns: { resolvers: ["8.8.8.8", "1.1.1.1:53", "[::1]:5353", "2001:db8::1", system], authoritative: true }
    redis:
      via: endpoint
      caches: { cache: , cache-state: "rediss://:S3cret@127.0.0.1:6379/0", cache-session: }
      ssh: { user: ubuntu, bastionUser: ec2-user, port: 22, identityFile: ~/.ssh/production-key.pem, configFile: }
    evidence: { copyTo: s3://bucket/prefix }
`;

const production = (text: string) => {
  const layer = parseConfiguration(text, FILE).bosslets.get('production.boss');
  return Object.fromEntries(Object.entries(layer ?? {}).map(([name, { value }]) => [name, value]));
};

describe('the file that the README shows', () => {
  it('is one that is taken, and names every setting that it may', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const shown = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const said = Object.keys(production(shown));
    expect(said).toContain('redis.ssh.user');
    expect(said).toEqual(
      expect.arrayContaining(Object.keys(production(whole)).filter((name) => !name.startsWith('redis.caches'))),
    );
  });
});

describe('a configuration file', () => {
  it('may say everything, and what is left empty says nothing', () => {
    expect(production(whole)).toEqual({
      internalDomain: 'production.boss',
      externalDomain: 'theboss.io',
      region: 'us-east-1',
      accountId: '123456789012',
      profile: 'production',
      alertTopic: 'ProductionMicronsMailingList',
      operator: 'operator@example.org',
      scenario: 'production',
      sprint: 'sprint42',
      'dev.bosslet': 'dev.boss',
      'dev.profile': 'dev',
      apiUrl: 'https://api.theboss.io',
      caFile: '/srv/release/ca.pem',
      'maintenance.contains': 'Down for Maintenance',
      'dns.resolvers': ['8.8.8.8', '1.1.1.1:53', '[::1]:5353', '2001:db8::1', 'system'],
      'dns.authoritative': true,
      'redis.via': 'endpoint',
      'redis.caches.cache-state': 'rediss://:S3cret@127.0.0.1:6379/0',
      'redis.ssh.user': 'ubuntu',
      'redis.ssh.bastionUser': 'ec2-user',
      'redis.ssh.port': 22,
      'redis.ssh.identityFile': join(homedir(), '.ssh/production-key.pem'),
      'evidence.copyTo': 's3://bucket/prefix',
    });
    expect(production('bosslets: { production.boss: , other.boss: {} }')).toEqual({});
    expect(parseConfiguration('bosslets:', FILE).bosslets.size).toBe(0);
  });

  it('takes paths from its own folder, and programs from the PATH', () => {
    const shared = (text: string) => parseConfiguration(text, FILE).shared;
    expect(shared(whole)).toEqual({
      bossManage: { value: join(homedir(), 'boss-manage'), origin: { is: 'file', file: FILE, line: 1 } },
      python: { value: 'python3.9', origin: { is: 'file', file: FILE, line: 2 } },
    });
    expect(shared('bossManage: ../boss-manage\npython: venv/bin/python')).toMatchObject({
      bossManage: { value: '/srv/boss-manage' },
      python: { value: '/srv/release/venv/bin/python' },
    });
    expect(production('bosslets: { production.boss: { evidence: { copyTo: ~/copies } } }')).toEqual({
      'evidence.copyTo': join(homedir(), 'copies'),
    });
  });

  it('remembers the line of each value, also behind an alias and in JSON', () => {
    const lines = (text: string, name = 'production.boss') =>
      Object.values(parseConfiguration(text, FILE).bosslets.get(name) ?? {}).map(({ origin }) =>
        origin.is === 'file' ? origin.line : undefined,
      );
    const text =
      'bosslets:\n  production.boss: &p\n    sprint: s1\n    dns:\n      authoritative: false\n  b.boss: *p\n';
    expect(lines(text)).toEqual([3, 5]);
    expect(lines(text, 'b.boss')).toEqual([3, 5]);
    expect(lines('{"bosslets": {"production.boss": {\n"dns":\n{"resolvers": ["1.1.1.1"]}}}}')).toEqual([3]);
  });

  const field = 'bosslets.production.boss';
  it.each([
    ['bosslets: [', `${FILE} is not YAML: `],
    ['bosslets: {}\nbosslets: {}', `${FILE} is not YAML: Map keys must be unique at line 2`],
    ['bosslets: *nowhere', `${FILE} is not YAML: `],
    ['', `${FILE}: the file must be a mapping of names to values, and is empty; correct it`],
    ['- bosslets', `${FILE}: the file must be a mapping of names to values, and is a list; correct it`],
    ['bosslet: {}', `${FILE}:1: bosslet is not known; correct it to one of $schema, bossManage, python, bosslets, or`],
    ['bosslets: { --help: {} }', `${FILE}:1: bosslets.--help must be a bosslet's name: letters, digits`],
    [
      whole.replace('"123456789012"', '123456789012'),
      `${FILE}:8: ${field}.accountId must be twelve digits in quotes, and is a number;`,
    ],
    [
      whole.replace('"123456789012"', '"12"'),
      `${FILE}:8: ${field}.accountId must be twelve digits in quotes, and is another text;`,
    ],
    [
      whole.replace('sprint42', '--force'),
      `${FILE}:13: ${field}.sprint must be a label: sprint42, and is another text;`,
    ],
    [whole.replace('"1.1.1.1:53"', '"1.1.1.1:99999"'), `${FILE}:18: ${field}.dns.resolvers.1 must be a resolver:`],
    [
      whole.replace('authoritative: true', 'authoritative: 1'),
      `${FILE}:18: ${field}.dns.authoritative must be true or false, and is a number;`,
    ],
    [
      whole.replace('via: endpoint', 'via: tunnel'),
      `${FILE}:20: ${field}.redis.via must be endpoint, bastion or direct,`,
    ],
    [
      whole.replace('port: 22', 'port: 0'),
      `${FILE}:22: ${field}.redis.ssh.port must be a port: 1 to 65535, and is a number;`,
    ],
    [
      whole.replace('port: 22', 'prot: 22'),
      `${FILE}:22: ${field}.redis.ssh.prot is not known; correct it to one of user, bastionUser, port, identityFile, configFile, or`,
    ],
    [
      whole.replace('cache-state:', 'cache-stat:'),
      `${FILE}:21: ${field}.redis.caches.cache-stat is not known; correct it to one of cache, cache-state,`,
    ],
    [
      whole.replace('dev: { bosslet: dev.boss, profile: dev }', 'dev: dev.boss'),
      `${FILE}:14: ${field}.dev must be a mapping of names to values, and is another text;`,
    ],
    [
      whole.replace('s3://bucket/prefix', 's3://'),
      `${FILE}:23: ${field}.evidence.copyTo must be a folder or s3://bucket/prefix,`,
    ],
    [
      whole.replace('https://api.theboss.io', 'https://api.theboss.io/latest'),
      `${FILE}:15: ${field}.apiUrl must be an http:// or https:// URL without a path,`,
    ],
  ])('with %j wrong is one sentence that names file, line, field and what was expected', (text, sentence) => {
    const read = () => parseConfiguration(text, FILE);
    expect(read).toThrow(sentence);
    expect(read).toThrow(/^[^\n]*$/);
  });

  it('never shows a value that is wrong: it may hold a password', () => {
    expect(() => parseConfiguration(whole.replace('rediss://', 'http://'), FILE)).toThrow(
      /cache-state must be a redis:\/\/ or rediss:\/\/ URL, and is another text; correct it and start again\.$/,
    );
    expect(() => parseConfiguration(whole.replace('rediss://', 'http://'), FILE)).not.toThrow(/S3cret/);
  });

  it.each(['8.8.8.8', '1.1.1.1:53', '[::1]:5353', '[2001:db8::1]'])(
    'takes the resolver %s, which can be asked',
    (text) => {
      expect(production(`bosslets: { production.boss: { dns: { resolvers: ["${text}"] } } }`)['dns.resolvers']).toEqual(
        [text],
      );
      expect(parseServer(text)).toBeDefined();
    },
  );
});

describe('where the file is found', () => {
  it('is upward, then in the configuration folder, unless it is named', async () => {
    const folder = await temporaryFolder();
    const below = join(folder, 'work', 'a', 'b');
    await mkdir(below, { recursive: true });
    const environment = { XDG_CONFIG_HOME: join(folder, 'config') };
    const found = async (named?: string) => (await loadConfigurationFile(below, environment, named))?.file;
    expect(await found()).toBeUndefined();
    const inConfig = await put(join(folder, 'config', 'boss-tui', 'boss-tui.config.json'), '{"bosslets": {}}');
    expect(await found()).toBe(inConfig);
    const above = await put(join(folder, 'work', 'boss-tui.config.yml'), whole);
    expect(await found()).toBe(above);
    const named = await put(join(folder, 'work', 'a', 'other.yaml'), whole);
    expect(await found('../other.yaml')).toBe(named);
    await expect(found('nowhere.yaml')).rejects.toThrow(
      `${join(below, 'nowhere.yaml')} does not exist; correct --config.`,
    );
    await expect(found('.')).rejects.toThrow(/is not a file/);
  });

  it('does not wait for a pipe of that name', async () => {
    const folder = await temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'boss-tui.config.yaml')]);
    await expect(loadConfigurationFile(folder, {})).rejects.toThrow(/is not a file: move it away/);
  });
});

describe('a file that somebody else could change is refused', () => {
  const opened = async (prepare: (folder: string, file: string) => Promise<unknown>) => {
    const folder = join(await temporaryFolder(), 'release');
    const file = await put(join(folder, 'boss-tui.config.yaml'), whole);
    await prepare(folder, file);
    return loadConfigurationFile(folder, {}).then(
      () => 'read',
      (error: Error) => error.message,
    );
  };

  it('by its own mode', async () => {
    for (const mode of [0o620, 0o602])
      expect(await opened((_, file) => chmod(file, mode))).toMatch(
        /which names programs to run, can be written by others: make it yours alone with "chmod go-w .*\.yaml"\.$/,
      );
    expect(await opened((_, file) => chmod(file, 0o644))).toBe('read');
  });

  it('by the mode of a folder on the way to it, unless that is sticky', async () => {
    expect(await opened((folder) => chmod(folder, 0o777))).toMatch(
      /can be replaced by others, who may write in the folder .*\/release: take that from them with "chmod go-w .*\/release"\.$/,
    );
    expect(await opened((folder) => chmod(join(folder, '..'), 0o775))).toMatch(/can be replaced by others/);
    expect(await opened((folder) => chmod(folder, 0o1777))).toBe('read');
  });

  it('by the folder in which a link leads to it', async () => {
    expect(
      await opened(async (folder, file) => {
        await mkdir(join(folder, 'dotfiles'), { mode: 0o755 });
        await rename(file, join(folder, 'dotfiles', 'boss-tui.yaml'));
        await symlink('dotfiles/boss-tui.yaml', file);
      }),
    ).toBe('read');
    expect(
      await opened(async (folder, file) => {
        await mkdir(join(folder, 'shared'));
        await chmod(join(folder, 'shared'), 0o777);
        await rename(file, join(folder, 'shared', 'boss-tui.yaml'));
        await symlink('shared/boss-tui.yaml', file);
      }),
    ).toMatch(/who may write in the folder .*\/shared/);
  });

  it.skipIf(process.getuid?.() !== 0)('by its owner, or that of its folder', async () => {
    expect(await opened((_, file) => chown(file, 12_345, 0))).toMatch(/belongs to another user/);
    expect(await opened((folder) => chown(folder, 12_345, 0))).toMatch(/by the user whom its folder .* belongs to/);
  });
});
