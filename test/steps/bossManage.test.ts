import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFIGS } from '../../src/bosslet/bosslet.ts';
import type { ScriptCommand } from '../../src/clients/doors.ts';
import * as bossManage from '../../src/steps/bossManage.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { BOSSLET } from './bosslet.ts';

const { asTyped, RECREATABLE } = bossManage;
const options = { amiVersion: 'sprint42' };

/** Every command that can be built of stacks. */
const stackCommands = (): readonly ScriptCommand[] => [
  ...CONFIGS.flatMap((config) => [
    bossManage.updateStack(BOSSLET, config, options),
    bossManage.generateTemplate(BOSSLET, config, options),
  ]),
  ...RECREATABLE.flatMap((config) => [
    bossManage.deleteStack(BOSSLET, config, options),
    bossManage.createStack(BOSSLET, config, options),
  ]),
];

describe('commands of cloudformation.py', () => {
  it('always say the scenario and the AMIs', () => {
    for (const { args } of stackCommands()) {
      expect(args).toContain('--scenario');
      expect(args[args.indexOf('--scenario') + 1]).toBe('production');
      expect(args[args.indexOf('--ami-version') + 1]).toBe('sprint42');
    }
  });

  it('are not built without the scenario, whatever they do', () => {
    const { scenario: _none, ...bosslet } = BOSSLET;
    for (const build of [bossManage.updateStack, bossManage.generateTemplate])
      for (const config of CONFIGS)
        expect(() => build(bosslet, config, options)).toThrow(/scenario.*CacheSession.*set/);
    for (const build of [bossManage.deleteStack, bossManage.createStack])
      expect(() => build(bosslet, 'redis', options)).toThrow(/scenario/);
  });

  it('run in bin/, unbuffered, by their own shebang', () => {
    for (const { cwd, env, file } of stackCommands()) {
      expect(cwd).toBe('/srv/boss-manage/bin');
      expect(file).toBe('/srv/boss-manage/bin/cloudformation.py');
      expect(env).toEqual({ PYTHONUNBUFFERED: '1' });
    }
    const command = bossManage.updateStack({ ...BOSSLET, python: '/usr/bin/python3.9' }, 'core', options);
    expect(command.file).toBe('/usr/bin/python3.9');
    expect(command.args[0]).toBe('/srv/boss-manage/bin/cloudformation.py');
  });

  it('are never a delete, create or post-init of core or api', () => {
    for (const { args } of stackCommands()) {
      const touches = args.includes('core') || args.includes('api');
      if (touches)
        expect(args.some((word) => ['delete', 'create', 'post-init', 'pre-init'].includes(word))).toBe(false);
    }
    for (const config of ['core', 'api', 'all']) {
      expect(() => bossManage.deleteStack(BOSSLET, config as 'redis', options)).toThrow(/never deleted or created/);
      expect(() => bossManage.createStack(BOSSLET, config as 'redis', options)).toThrow(/never deleted or created/);
      for (const kind of ['stackDelete', 'stackCreate']) expect(() => stepKinds.get(kind)?.parse({ config })).toThrow();
    }
  });

  it('are built in one place, where post-init does not occur', async () => {
    const folder = new URL('../../src/steps/', import.meta.url);
    const sources = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
    for (const name of sources) {
      const text = await readFile(new URL(name, folder), 'utf8');
      expect(text, name).not.toMatch(/post-init/);
      if (name !== 'bossManage.ts') expect(text, name).not.toMatch(/script\(|'cloudformation\.py',\s*\[/);
    }
  });
});

describe('commands of the other scripts', () => {
  it('are what the procedure has typed', () => {
    const typed = [
      bossManage.maintenance(BOSSLET, 'on'),
      bossManage.vaultExport(BOSSLET, '/home/you/state/vault.json'),
      bossManage.vaultRead(BOSSLET, 'secret/auth/realm'),
      bossManage.iamExport(BOSSLET, 'dev.boss'),
      bossManage.packer(BOSSLET, 'dev.boss', ['auth', 'vault']),
      bossManage.packer(BOSSLET, 'production.boss', ['auth'], 'sprint42'),
    ].map(asTyped);
    expect(typed).toEqual([
      './maintenance.py on production.boss',
      './bastion.py vault.production.boss vault-export /home/you/state/vault.json',
      './bastion.py vault.production.boss vault-read secret/auth/realm',
      './iam_utils.py dev.boss export groups roles policies',
      './packer.py dev.boss auth vault',
      './packer.py --ami-version sprint42 production.boss auth',
    ]);
  });

  it('are shown so that nothing in them could be taken for more than one word', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]+$/), (word) => {
        const shown = asTyped({ file: '/b/x.py', args: [word], cwd: '/b' }).slice('./x.py '.length);
        expect(shown === word || shown === `'${word}'`).toBe(true);
        if (/\s/.test(word)) expect(shown).toBe(`'${word}'`);
      }),
    );
  });

  it("take another bosslet's account from its profile, and never from ours", () => {
    const ours = { ...BOSSLET, profile: 'production' };
    const dev = { bosslet: 'dev.boss', accountId: '210987654321' };
    const withProfile = { ...ours, dev: { ...dev, profile: 'dev' } };
    const iam = (of: typeof BOSSLET) => bossManage.iamExport(of, 'dev.boss').env;
    expect(iam(withProfile)).toMatchObject({ AWS_PROFILE: 'dev', AWS_ACCESS_KEY_ID: undefined });
    expect(iam({ ...ours, dev })).toEqual({ PYTHONUNBUFFERED: '1', AWS_PROFILE: undefined });
    expect(Object.keys(iam({ ...BOSSLET, dev }) ?? {})).toEqual(['PYTHONUNBUFFERED']);
    expect(bossManage.packer(withProfile, 'dev.boss', ['auth']).env).toMatchObject({ AWS_PROFILE: 'dev' });
    expect(bossManage.packer(withProfile, BOSSLET.name, ['auth']).env).toEqual({ PYTHONUNBUFFERED: '1' });
  });
});
