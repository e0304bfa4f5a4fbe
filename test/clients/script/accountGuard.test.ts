import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wrongAccount } from '../../../src/clients/aws/awsError.ts';
import { inTheirAccount, neverStarted } from '../../../src/clients/script/accountGuard.ts';
import { ended, scripts, shell, temporaryFolder } from './scriptFolder.ts';

const account = (bosslet: string, isOurs: boolean) => ({
  bosslet,
  mustBeOurs: async () => {
    if (!isOurs) throw wrongAccount('2', '1', undefined);
  },
});

describe('a script', () => {
  it.each([
    [['update', 'production.boss', 'core'], 'production.boss'],
    [['vault.production.boss', 'vault-export', '/f'], 'production.boss'],
    [['dev.boss', 'export', 'roles'], 'dev.boss'],
    [['vault.dev.boss', 'vault-export'], 'dev.boss'],
    [['--help'], 'production.boss'],
  ])('%j begins only in the account of %s', async (args, needed) => {
    const folder = await temporaryFolder();
    const command = { ...shell(folder, 'true'), args: ['-c', 'true', 'script', ...args] };
    const guarded = (names: readonly string[]) =>
      inTheirAccount(scripts, account('production.boss', names.includes('production.boss')), [
        account('dev.boss', names.includes('dev.boss')),
      ]);
    const others = ['production.boss', 'dev.boss'].filter((name) => name !== needed);
    await expect(guarded(others).start(join(folder, '1'), command)).rejects.toMatchObject({ code: 'WrongAccount' });
    expect(await scripts.state(join(folder, '1'))).toEqual({ is: 'missing' });
    await guarded([needed]).start(join(folder, '1'), command);
    expect(await ended(join(folder, '1'))).toMatchObject({ exitCode: 0 });
  });

  it('never begins in a session that only looks, which reads the logs of others all the same', async () => {
    const folder = await temporaryFolder();
    const looking = neverStarted(scripts);
    await expect(looking.start(join(folder, '1'), shell(folder, 'true'))).rejects.toThrow(
      '/bin/sh was not started: this session only looks and changes nothing; act as the operator.',
    );
    await scripts.start(join(folder, '1'), shell(folder, 'echo said'));
    await ended(join(folder, '1'));
    expect((await looking.read(join(folder, '1'), 0)).text).toContain('said');
  });
});
