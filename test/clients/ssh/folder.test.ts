import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeSshFolder } from '../../../src/clients/ssh/folder.ts';
import { isGone } from '../../support/program.ts';
import { until } from '../../support/until.ts';

const runtime = () => {
  const folder = mkdtempSync(join(tmpdir(), 'boss-tui-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const longLived = () => {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

describe('the folder of a tunnel', () => {
  it('is ours alone and goes with us', async () => {
    const place = runtime();
    const folder = await makeSshFolder({ XDG_RUNTIME_DIR: place });
    expect(folder.path.startsWith(`${place}/boss-tui-ssh-`)).toBe(true);
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    await folder.remove();
    expect(readdirSync(place)).toEqual([]);
  });

  it.each([
    ['too long for the path of a socket', () => join(runtime(), 'a'.repeat(90))],
    ['not fit for the shell that ssh starts', () => join(runtime(), 'a b')],
    ['not there', () => '/nowhere'],
  ])('is elsewhere where its place is %s', async (_, place) => {
    const XDG_RUNTIME_DIR = place();
    if (XDG_RUNTIME_DIR !== '/nowhere') mkdirSync(XDG_RUNTIME_DIR, { recursive: true });
    const folder = await makeSshFolder({ XDG_RUNTIME_DIR });
    onTestFinished(() => folder.remove());
    expect(folder.path.startsWith(XDG_RUNTIME_DIR)).toBe(false);
    expect(join(folder.path, 'cache-throttle').length).toBeLessThanOrEqual(103);
    expect(folder.path).toMatch(/^[\w./+-]+$/);
  });

  it('that a killed run left goes with the ssh that it had started, and one in use stays', async () => {
    const place = runtime();
    const [dead, theirs, ours] = [longLived(), longLived(), longLived()];
    const left = await makeSshFolder({ XDG_RUNTIME_DIR: place });
    await left.note(theirs.pid ?? 0);
    const inUse = await makeSshFolder({ XDG_RUNTIME_DIR: place });
    await inUse.note(ours.pid ?? 0);
    const file = join(left.path, 'pids.json');
    const pids = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...pids, owner: { pid: dead.pid, start: 'of another time' } }));
    const gone = once(theirs, 'exit');
    const next = await makeSshFolder({ XDG_RUNTIME_DIR: place });
    await gone;
    expect(existsSync(left.path)).toBe(false);
    expect(existsSync(inUse.path) && existsSync(next.path)).toBe(true);
    expect(await isGone(ours.pid ?? 0)).toBe(false);
    await until('nobody else was ended', async () => !(await isGone(dead.pid ?? 0)));
  });
});
