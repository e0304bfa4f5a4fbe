import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateFolder, writeDurably, writeOnce } from '../src/durable.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-durable-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a durable file', () => {
  it('replaces what was there, and is its owner’s alone', async () => {
    const file = join(folder, 'file');
    await writeDurably(file, 'one');
    await chmod(file, 0o644);
    await writeDurably(file, Buffer.from('two'));
    expect(await readFile(file, 'utf8')).toBe('two');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('that is written once is taken by one of many', async () => {
    const file = join(folder, 'file');
    const tries = await Promise.allSettled(['a', 'b', 'c', 'd'].map((body) => writeOnce(file, body)));
    const failed = tries.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(failed).toEqual(['EEXIST', 'EEXIST', 'EEXIST']);
    const won = tries.findIndex(({ status }) => status === 'fulfilled');
    expect(await readFile(file, 'utf8')).toBe('abcd'[won]);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('that cannot be put in its place leaves nothing behind', async () => {
    await mkdir(join(folder, 'taken', 'inner'), { recursive: true });
    await expect(writeDurably(join(folder, 'taken'), 'x')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(await readdir(folder)).toEqual(['taken']);
    await expect(writeDurably(join(folder, 'nowhere', 'file'), 'x')).rejects.toThrow(/ENOENT/);
  });

  it('stands in a folder that is its owner’s alone, however deep', async () => {
    await makePrivateFolder(join(folder, 'a', 'b'));
    expect((await stat(join(folder, 'a', 'b'))).mode & 0o777).toBe(0o700);
    await makePrivateFolder(join(folder, 'a', 'b'));
  });
});
