import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCheckout, SCRIPT_NAMES } from '../../../src/rehearsal/bossManage/checkout.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-checkout-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const make = (name: string, program = '/somewhere/boss-manage.js', faults: 'danger-change'[] = []) =>
  createCheckout({ folder: join(folder, name), scriptProgram: program, faults: new Set(faults) });
const status = (name: string) =>
  execFileSync('git', ['status', '--porcelain', '--untracked-files=all'], {
    cwd: join(folder, name),
    encoding: 'utf8',
  });

test('HEAD is the same wherever and with whatever program it is made', async () => {
  const { head } = await make('one');
  expect(head).toMatch(/^[0-9a-f]{40}$/);
  expect((await make('two', '/elsewhere/boss-manage.js')).head).toBe(head);
});

test('it is clean, with executables, and with the folders that git ignores', async () => {
  await make('one');
  expect(status('one')).toBe('');
  for (const name of SCRIPT_NAMES) expect((await stat(join(folder, 'one/bin', name))).mode & 0o777).toBe(0o755);
  for (const ignored of ['cloud_formation/templates', 'packer/logs', 'vault/private/vault.production.boss/vault_token'])
    await stat(join(folder, 'one', ignored));
});

test('the environment of whoever makes it does not reach git', async () => {
  const { head } = await make('one');
  process.env.GIT_AUTHOR_NAME = 'somebody';
  process.env.GIT_DIR = '/nowhere';
  try {
    expect((await make('two')).head).toBe(head);
  } finally {
    delete process.env.GIT_AUTHOR_NAME;
    delete process.env.GIT_DIR;
  }
});

test('a colleague’s edit shows as a change that is not committed', async () => {
  await make('one', undefined, ['danger-change']);
  expect(status('one')).toBe('?? cloud_formation/configs/api.local-edit\n');
});
