import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkoutOf } from '../../src/bosslet/bosslet.ts';
import { joinWorld, launchWorld, type RunningWorld, stopWorld } from '../../src/rehearsal/joinWorld.ts';
import { processStart } from '../../src/rehearsal/processLife.ts';
import { untilItIsOver } from '../../src/rehearsal/worldWatch.ts';
import { isGone } from '../support/program.ts';
import { until } from '../support/until.ts';

const program = (name: string) => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));

describe('a world in a process of its own', () => {
  let root: string;
  let folder: string;
  let running: RunningWorld | undefined;

  const launch = async (options: { readonly from?: string; readonly worldProgram?: string } = {}) => {
    running = await launchWorld({
      folder,
      speed: 120,
      faults: ['slow-dns', 'rollback'],
      worldProgram: program('world'),
      scriptProgram: program('boss-manage'),
      ...options,
    });
    return running;
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'boss-tui-world-'));
    folder = join(root, 'state', 'world');
    running = undefined;
  });
  afterEach(async () => {
    if (running) await stopWorld(running);
    await rm(root, { recursive: true, force: true });
  });

  it('is launched, joined by whoever comes later with the same clock, and stopped', async () => {
    expect(await joinWorld(folder)).toBeUndefined();
    const launched = await launch();
    const joined = await joinWorld(folder);
    expect(joined).toMatchObject({
      pid: launched.pid,
      faults: ['slow-dns', 'rollback'],
      addresses: launched.addresses,
    });
    expect(joined?.clock.speed).toBe(120);
    expect(Math.abs((joined?.clock.now() ?? 0) - launched.clock.now())).toBeLessThan(120_000);
    expect((await stat(join(folder, 'world.json'))).mode & 0o777).toBe(0o600);
    const cache = new Redis(launched.addresses.bosslet.redis.caches.cache ?? '');
    expect(await cache.dbsize()).toBeGreaterThan(5_000);
    cache.disconnect();
    await stopWorld(launched);
    expect(await isGone(launched.pid)).toBe(true);
    expect(await joinWorld(folder)).toBeUndefined();
    await stopWorld(launched);
  });

  it('is one world for two who launch it at the same time', async () => {
    const [one, other] = await Promise.all([launch(), launch()]);
    expect(other.pid).toBe(one.pid);
    expect(other.addresses).toEqual(one.addresses);
    expect((await stat(checkoutOf(other.addresses.bosslet))).isDirectory()).toBe(true);
  });

  it('ends when its folder is removed', async () => {
    const { pid } = await launch();
    await rm(root, { recursive: true, force: true });
    await until('the world to end', () => isGone(pid));
  });

  it('ends when its world.json is taken away', async () => {
    const { pid } = await launch();
    await rm(join(folder, 'world.json'));
    await until('the world to end', () => isGone(pid));
  });

  it('is not joined when it was killed, nor when its pid is now another process’s', async () => {
    const launched = await launch();
    const file = join(folder, 'world.json');
    const content = await readFile(file, 'utf8');
    await stopWorld(launched);
    await writeFile(file, content);
    expect(await joinWorld(folder)).toBeUndefined();
    await writeFile(file, content.replace(`"pid": ${launched.pid}`, `"pid": ${process.pid}`));
    expect(await joinWorld(folder)).toBeUndefined();
    const again = await launch();
    process.kill(again.pid, 'SIGKILL');
    await until('the world to die', () => isGone(again.pid));
    expect(await joinWorld(folder)).toBeUndefined();
  });

  it('is not joined by what cannot be read', async () => {
    await mkdir(folder, { recursive: true });
    for (const text of ['', '{', '{}', '[]', '{"pid":1}']) {
      await writeFile(join(folder, 'world.json'), text);
      expect(await joinWorld(folder)).toBeUndefined();
    }
  });

  it('begins before a stage that is named', async () => {
    const { addresses } = await launch({ from: 'api' });
    const cache = new Redis(addresses.bosslet.redis.caches.cache ?? '');
    expect(await cache.dbsize()).toBe(5_000);
    cache.disconnect();
  });

  it('tells the end of its log where it dies before it can be reached', async () => {
    await expect(launch({ from: 'tomorrow' })).rejects.toThrow(
      /world ended before it could be reached; its log .*world\.log ends with:\nA world cannot begin before tomorrow/,
    );
    const crashing = join(root, 'crashing.mjs');
    await writeFile(crashing, 'throw new Error("no such luck");');
    await expect(launch({ worldProgram: crashing })).rejects.toThrow(/no such luck/);
  });

  it.each([
    [[], /Name the one folder/],
    [['a', 'b'], /Name the one folder/],
    [['a', '--speed', '0'], /--speed is a number above 0, not 0\./],
    [['a', '--speed', 'fast'], /--speed is a number above 0, not fast\./],
    [['a', '--fault', 'nonsense'], /There is no fault nonsense; name one of redis-size, /],
    [['a', '--colour'], /Unknown option '--colour'/],
  ] as const)('refuses the arguments %j in one line', async (args, message) => {
    const child = spawn(process.execPath, [program('world'), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('the watch over a world', () => {
  const watch = (options: Partial<Parameters<typeof untilItIsOver>[0]>) =>
    untilItIsOver({
      isOurs: () => Promise.resolve(true),
      lastRequestAtMs: () => Date.now(),
      abandonedAfterMs: 60_000,
      signal: new AbortController().signal,
      ...options,
    });

  it('ends when nobody has asked for long enough, and not before', async () => {
    const lastMs = Date.now();
    expect(await watch({ lastRequestAtMs: () => lastMs, abandonedAfterMs: 150 })).toBe('abandoned');
    expect(Date.now() - lastMs).toBeGreaterThanOrEqual(150);
    const told = new AbortController();
    let looks = 0;
    const lastRequestAtMs = () => {
      looks += 1;
      if (looks === 3) told.abort();
      return Date.now();
    };
    expect(await watch({ lastRequestAtMs, abandonedAfterMs: 200, signal: told.signal })).toBe('told');
  });

  it('ends when the folder is no longer its own', async () => {
    expect(await watch({ isOurs: () => Promise.resolve(false) })).toBe('forgotten');
  });
});

it('tells processes apart by their start, and takes a zombie for dead', async () => {
  expect(await processStart(process.pid)).toBe(await processStart(process.pid));
  expect(await processStart(process.pid)).not.toBe(await processStart(process.ppid));
  expect(await processStart(2 ** 22 + 1)).toBeUndefined();
  // The shell becomes a sleep, which never reaps the child that ends after that.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [line] = await once(parent.stdout, 'data');
    const zombie = Number(String(line));
    await until('the child to be a zombie', async () =>
      (await readFile(`/proc/${zombie}/stat`, 'utf8')).includes(') Z '),
    );
    expect(await processStart(zombie)).toBeUndefined();
  } finally {
    parent.kill('SIGKILL');
  }
});
