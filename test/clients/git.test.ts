import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createGit } from '../../src/clients/git.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-git-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    },
  }).trim();

async function checkout(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(folder, { recursive: true });
  git(folder, 'init', '--quiet');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'all');
  return folder;
}

describe('the checkout', () => {
  it('says its commit, what is changed and how', async () => {
    const folder = await checkout(await temporaryFolder(), { 'config/iam/roles.json': '[1]\n', 'a [b] *.txt': 'x\n' });
    const door = createGit({ folder });
    expect(await door.head()).toBe(git(folder, 'rev-parse', 'HEAD'));
    expect(await door.status()).toEqual([]);
    await writeFile(join(folder, 'config/iam/roles.json'), '[]\n');
    await writeFile(join(folder, 'new.txt'), 'new\n');
    expect(await door.status()).toEqual([' M config/iam/roles.json', '?? new.txt']);
    const diff = await door.diff(['config/iam/roles.json']);
    expect(diff).toContain('--- a/config/iam/roles.json');
    expect(diff).toContain('-[1]\n+[]\n');
    expect(await door.diff(['a [b] *.txt'])).toBe('');
  });

  it('says its commit on a branch, detached, packed, and in a worktree', async () => {
    const folder = await checkout(await temporaryFolder(), { 'a.txt': 'a\n' });
    const door = createGit({ folder });
    const first = git(folder, 'rev-parse', 'HEAD');
    git(folder, 'checkout', '--quiet', '-b', 'release/sprint42');
    git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'more');
    const second = git(folder, 'rev-parse', 'HEAD');
    expect(await door.head()).toBe(second);
    git(folder, 'pack-refs', '--all');
    expect(await door.head()).toBe(second);
    git(folder, 'checkout', '--quiet', '--detach', first);
    expect(await door.head()).toBe(first);
    const beside = join(await temporaryFolder(), 'beside');
    git(folder, 'worktree', 'add', '--quiet', beside, 'release/sprint42');
    expect(await createGit({ folder: beside }).head()).toBe(second);
  });

  it('puts back what is named and nothing else, staged or not, gone or not', async () => {
    const folder = await checkout(await temporaryFolder(), { 'a.txt': 'a\n', 'b.txt': 'b\n', 'd/c.txt': 'c\n' });
    const door = createGit({ folder });
    await writeFile(join(folder, 'a.txt'), 'changed\n');
    git(folder, 'add', 'a.txt');
    await writeFile(join(folder, 'b.txt'), 'mine\n');
    await rm(join(folder, 'd'), { recursive: true });
    await door.restore(['a.txt', 'd/c.txt']);
    expect(await door.status()).toEqual([' M b.txt']);
    expect(await readFile(join(folder, 'd/c.txt'), 'utf8')).toBe('c\n');
    await door.restore([]);
    expect(await door.status()).toEqual([' M b.txt']);
  });

  it('reaches a file of a submodule in the submodule', async () => {
    const outer = await temporaryFolder();
    const inner = await checkout(join(outer, 'ndingest'), { 'schemas/index.json': '1\n' });
    const folder = await checkout(join(outer, 'manage'), { 'a.txt': 'a\n' });
    git(folder, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'sub/ndingest.git');
    git(folder, 'commit', '--quiet', '--message', 'sub');
    const door = createGit({ folder });
    const path = 'sub/ndingest.git/schemas/index.json';
    await writeFile(join(folder, path), '2\n');
    await writeFile(join(folder, 'a.txt'), 'b\n');
    const diff = await door.diff([path, 'a.txt']);
    expect(diff).toContain('-1\n+2\n');
    expect(diff).toContain('-a\n+b\n');
    await door.restore([path]);
    expect(await door.diff([path])).toBe('');
    expect(await door.status()).toEqual([' M a.txt']);
  });

  it('says in one sentence what it is not', async () => {
    const folder = await temporaryFolder();
    await expect(createGit({ folder }).head()).rejects.toThrow(/is not a git checkout; configure bossManage/);
    await expect(createGit({ folder: join(folder, 'no') }).head()).rejects.toThrow(/does not exist/);
    git(folder, 'init', '--quiet');
    await expect(createGit({ folder }).head()).rejects.toThrow(/has no commit/);
    const path = process.env.PATH;
    process.env.PATH = folder;
    onTestFinished(() => {
      process.env.PATH = path;
    });
    await expect(createGit({ folder }).head()).rejects.toThrow('git was not found; install it');
  });

  it('ends with the reason of its signal', async () => {
    const folder = await checkout(await temporaryFolder(), { 'a.txt': 'a\n' });
    const abort = new AbortController();
    const asking = createGit({ folder }).head(abort.signal);
    abort.abort(new Error('left'));
    await expect(asking).rejects.toThrow('left');
  });
});
