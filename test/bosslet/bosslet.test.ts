import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bossletsOf, loadConfiguration } from '../../src/bosslet/configuration.ts';
import * as names from '../../src/bosslet/names.ts';

const production = { internalDomain: 'production.boss', externalDomain: 'theboss.io' };

describe('the names of a bosslet', () => {
  it('are what boss-manage makes of them', () => {
    expect(names.stackName(production, 'core')).toBe('CoreProductionBoss');
    expect(names.configOfStack(production, 'IdindexingProductionBoss')).toBe('idindexing');
    expect(names.configOfStack(production, 'CopycuboidProductionBoss')).toBe('copycuboid');
    expect(names.configOfStack(production, 'CoreIntegrationBoss')).toBeUndefined();
    expect(names.configOfStack(production, 'ProductionBoss')).toBeUndefined();
    expect(names.publicHost(production)).toBe('api.theboss.io');
    expect(names.loadBalancerName(production)).toBe('elb-production-boss');
    expect(names.deleteRuleName(production)).toBe('deleteEventRule.production.boss');
    expect(names.instanceName(production, 'endpoint')).toBe('endpoint.production.boss');
    expect(names.amiName({ amiSuffix: '.boss' }, 'vault', 'sprint42')).toBe('vault.boss-sprint42');
  });
});

const minimal = `
bosslets:
  production.boss:
    internalDomain: production.boss
    externalDomain: theboss.io
    accountId: "123456789012"
    operator: operator@example.org
    sprint: sprint42
`;

describe('the configuration', () => {
  it('fills in what is not said', () => {
    expect(bossletsOf(minimal, '/etc/boss-tui.config.yaml')['production.boss']).toMatchObject({
      name: 'production.boss',
      region: 'us-east-1',
      apiUrl: 'https://api.theboss.io',
      maintenance: { contains: 'Down for Maintenance' },
    });
  });

  it.each([
    ['not YAML', 'bosslets: [', /is not YAML/],
    ['a wrong type', minimal.replace('"123456789012"', '12'), /bosslets\.production\.boss\.accountId/],
    ['a field that nobody knows', `${minimal}    colour: red\n`, /colour/],
    ['nothing in it', '', /the file/],
  ])('with %s is one sentence that names file and field', (_what, text, message) => {
    const read = () => bossletsOf(text, '/etc/boss-tui.config.yaml');
    expect(read).toThrow(message);
    expect(read).toThrow('/etc/boss-tui.config.yaml');
  });

  describe('on the disk', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'boss-tui-config-'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    it('is found upward, then in the configuration folder, or not at all', async () => {
      const below = join(folder, 'work', 'a', 'b');
      const config = join(folder, 'config', 'boss-tui');
      await Promise.all([below, config].map((each) => mkdir(each, { recursive: true })));
      const environment = { XDG_CONFIG_HOME: join(folder, 'config') };
      expect(await loadConfiguration(below, environment)).toBeUndefined();
      await writeFile(join(config, 'boss-tui.config.json'), '{"bosslets": {}}', { mode: 0o600 });
      expect((await loadConfiguration(below, environment))?.file).toBe(join(config, 'boss-tui.config.json'));
      await writeFile(join(folder, 'work', 'boss-tui.config.yaml'), minimal, { mode: 0o600 });
      expect((await loadConfiguration(below, environment))?.file).toBe(join(folder, 'work', 'boss-tui.config.yaml'));
    });

    it('is refused where others can write it', async () => {
      const file = join(folder, 'boss-tui.config.yaml');
      await writeFile(file, minimal);
      await chmod(file, 0o666);
      await expect(loadConfiguration(folder, {})).rejects.toThrow(/can be written by others/);
    });
  });
});
