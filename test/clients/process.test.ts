import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { spawn as spawnTerminal } from '@lydell/node-pty';
import { describe, expect, it } from 'vitest';
import { hasTerminal, isAlive, processStart } from '../../src/clients/process.ts';
import { until } from '../support/until.ts';

describe('whether a process lives', () => {
  it('is known by its number and its start', async () => {
    const start = await processStart(process.pid);
    expect(start).toBeTruthy();
    expect(await processStart(process.pid)).toBe(start);
    expect(await isAlive(process.pid, start ?? '')).toBe(true);
    expect(await isAlive(process.pid, `${start}0`)).toBe(false);
  });

  it('is no after its end', async () => {
    const child = spawn('/bin/sh', ['-c', 'read x']);
    const pid = child.pid ?? 0;
    const start = (await processStart(pid)) ?? '';
    expect(await isAlive(pid, start)).toBe(true);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect(await isAlive(pid, start)).toBe(false);
    expect(await processStart(pid)).toBeUndefined();
  });

  it('is no for one that is dead and that nobody has reaped', async () => {
    // A Python that sleeps does not reap its child.
    const parent = spawn('python3', [
      '-c',
      'import os, time\npid = os.fork()\nif pid == 0: os._exit(0)\nprint(pid, flush=True)\ntime.sleep(600)',
    ]);
    try {
      const [line] = await once(parent.stdout, 'data');
      const pid = Number(String(line));
      await until('the zombie', async () => (await processStart(pid)) === undefined);
      expect(process.kill(pid, 0)).toBe(true);
      if (process.platform === 'linux') expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('is no for numbers that no process has', async () => {
    expect(await processStart(2 ** 22 + 1)).toBeUndefined();
    expect(await processStart(-1)).toBeUndefined();
  });
});

describe('whether a process has a terminal', () => {
  it('is told of one on a pseudo-terminal, and of one that has none', async () => {
    const onTerminal = spawnTerminal('/bin/sh', ['-c', 'read x'], {});
    const without = spawn('/bin/sh', ['-c', 'read x'], { detached: true });
    try {
      await until('the terminal to be taken', () => hasTerminal(onTerminal.pid));
      expect(await hasTerminal(without.pid ?? 0)).toBe(false);
    } finally {
      onTerminal.kill('SIGKILL');
      without.kill('SIGKILL');
    }
    expect(await hasTerminal(2 ** 22 + 1)).toBe(false);
  });
});
