import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, type Lock, type LockHolder, type LockHost, LockLost, readLock } from '../../src/release/lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const host = (alive: boolean, more: Partial<LockHost> = {}): LockHost => ({
  bootId: 'boot',
  host: 'here',
  user: 'you',
  processStart: '1',
  isAlive: async () => alive,
  ...more,
});
const isLock = (taken: Lock | LockHolder): taken is Lock => 'verify' in taken;

describe('the lock of a bosslet', () => {
  it('is taken by the first and named to the second', async () => {
    const first = await acquireLock(folder, host(true), 1);
    expect(isLock(first)).toBe(true);
    const second = await acquireLock(folder, host(true, { user: 'colleague' }), 2);
    expect(isLock(second)).toBe(false);
    expect(second).toMatchObject({ user: 'you', sinceMs: 1 });
  });

  it('is taken from a holder that died, and from one of an earlier boot', async () => {
    await acquireLock(folder, host(true), 1);
    expect(isLock(await acquireLock(folder, host(false), 2))).toBe(true);
    expect(isLock(await acquireLock(folder, host(true, { bootId: 'later' }), 3))).toBe(true);
  });

  it('is never taken from a holder on another machine', async () => {
    await acquireLock(folder, host(true, { host: 'elsewhere' }), 1);
    expect(isLock(await acquireLock(folder, host(false), 2))).toBe(false);
  });

  it('tells a holder that was taken over, and leaves the new one its lock', async () => {
    const old = await acquireLock(folder, host(true), 1);
    const taken = await acquireLock(folder, host(true, { user: 'colleague' }), 2, true);
    if (!isLock(old) || !isLock(taken)) throw new Error('both were locks');
    await expect(old.verify()).rejects.toThrow(LockLost);
    await expect(old.verify()).rejects.toThrow(/colleague@here/);
    await old.release();
    await taken.verify();
    await taken.release();
    expect(await readLock(folder)).toBeUndefined();
  });

  it('has one winner where many come at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => acquireLock(folder, host(true), n)));
    expect(all.filter(isLock)).toHaveLength(1);
  });

  it('replaces half a lock that a crash left', async () => {
    await writeFile(join(folder, 'lock'), '{"id":');
    expect(isLock(await acquireLock(folder, host(true), 1))).toBe(true);
  });
});
