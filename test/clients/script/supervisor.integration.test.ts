import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { processStart } from '../../../src/clients/process.ts';
import { until } from '../../support/until.ts';
import { ended, logOf, logWith, program, scripts, shell, supervisorFile, temporaryFolder } from './scriptFolder.ts';

const supervisorOf = async (folder: string): Promise<{ pid: number; start: string }> =>
  JSON.parse(await readFile(join(folder, 'supervisor.json'), 'utf8'));

/** Prints its process id and a prompt, then what it was answered, for ever. */
const ASKING = `#!/usr/bin/env python3
import os, sys
print("pid", os.getpid())
n = 0
while True:
    n += 1
    answer = input("Question %d? [y/N]: " % n)
    print("answer %d was <%s>" % (n, answer))
    if answer == "end": sys.exit(7)
`;

describe('a script under its supervisor', () => {
  it('has a terminal of 200×50 that is its controlling terminal', async () => {
    const folder = join(await temporaryFolder(), 's');
    await scripts.start(folder, shell('/', 'stty size; tty -s && echo on a terminal; echo hello > /dev/tty'));
    expect(await ended(folder)).toMatchObject({ exitCode: 0 });
    const log = await logOf(folder);
    expect(log).toContain('50 200');
    expect(log).toContain('on a terminal');
    expect(log).toContain('hello');
  });

  it('gets the environment of the options and of its command, and none of ours', async () => {
    const folder = join(await temporaryFolder(), 's');
    await scripts.start(folder, { file: '/usr/bin/env', args: [], cwd: '/tmp', env: { PYTHONUNBUFFERED: '1' } });
    await ended(folder);
    const names = (await logOf(folder))
      .split('\r\n')
      .map((line) => line.split('=')[0])
      .filter((name) => name !== '');
    expect(names.sort()).toEqual(['FROM_OPTIONS', 'LANG', 'PATH', 'PWD', 'PYTHONUNBUFFERED', 'TERM']);
  });

  it('leaves files that are for their owner alone, and no value of the environment in them', async () => {
    const outer = await temporaryFolder();
    const folder = join(outer, 'scripts', 's');
    await scripts.start(folder, { ...shell(outer, 'touch made; read x'), env: { AWS_SECRET_ACCESS_KEY: 'hunter2' } });
    await until('the file', () => stat(join(outer, 'made')).catch(() => undefined));
    await scripts.answer(folder, 1, 'go');
    await ended(folder);
    const files = (await readdir(folder, { recursive: true })).sort();
    expect(files).toEqual([
      'command.json',
      'in',
      'in/0001',
      'out.log',
      'result.json',
      'supervisor.json',
      'supervisor.log',
      'typed',
    ]);
    for (const name of files) {
      const { mode } = await stat(join(folder, name));
      expect([name, mode & 0o777]).toEqual([name, name === 'in' ? 0o700 : 0o600]);
      if (name !== 'in') expect(await readFile(join(folder, name), 'utf8')).not.toContain('hunter2');
    }
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(outer, 'made'))).mode & 0o777).toBe(0o600);
  });

  it('is given each answer once and in order, however fast they come', async () => {
    const outer = await temporaryFolder();
    const folder = join(outer, 's');
    const file = await program(outer, 'asking.py', ASKING);
    await scripts.start(folder, { file, args: [], cwd: outer });
    await logWith(folder, 'Question 1? ');
    for (const [n, text] of ['one', 'two', 'three', 'end'].entries()) await scripts.answer(folder, n + 1, text);
    expect(await ended(folder)).toMatchObject({ exitCode: 7 });
    const log = await logOf(folder);
    expect(log.match(/answer \d was <\w+>/g)).toEqual([
      'answer 1 was <one>',
      'answer 2 was <two>',
      'answer 3 was <three>',
      'answer 4 was <end>',
    ]);
    expect(await readFile(join(folder, 'typed'), 'utf8')).toBe('4\n');
  });

  it('refuses a number twice, a gap, and what is more than one line', async () => {
    const outer = await temporaryFolder();
    const folder = join(outer, 's');
    await scripts.start(folder, { file: await program(outer, 'asking.py', ASKING), args: [], cwd: outer });
    await scripts.answer(folder, 1, 'y');
    expect(await scripts.answered(folder, 1)).toBe(true);
    expect(await scripts.answered(folder, 2)).toBe(false);
    await expect(scripts.answer(folder, 1, 'y')).rejects.toThrow(/Answer 1 was given .* before/);
    await expect(scripts.interrupt(folder, 1)).rejects.toThrow(/before/);
    await expect(scripts.answer(folder, 3, 'y')).rejects.toThrow(/without a gap/);
    await expect(scripts.answer(folder, 2, 'y\ny')).rejects.toThrow(/control character/);
    await logWith(folder, 'Question 2? ');
    await scripts.answer(folder, 2, 'end');
    expect(await ended(folder)).toMatchObject({ exitCode: 7 });
    expect((await logOf(folder)).match(/answer \d was/g)).toHaveLength(2);
  });

  it('is interrupted as by Ctrl-C, which it may handle', async () => {
    const outer = await temporaryFolder();
    const folder = join(outer, 's');
    const file = await program(
      outer,
      'waiting.py',
      `#!/usr/bin/env python3
import time, sys
try:
    print("waiting", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print("cleaned up")
    sys.exit(2)
`,
    );
    await scripts.start(folder, { file, args: [], cwd: outer });
    await logWith(folder, 'waiting');
    await scripts.interrupt(folder, 1);
    expect(await ended(folder)).toMatchObject({ exitCode: 2 });
    expect(await logOf(folder)).toContain('cleaned up');
  });

  it('is interrupted though it has hardly begun', async () => {
    const outer = await temporaryFolder();
    // The answer lies there before the supervisor looks for it, and the script has not taken its terminal yet. No shell:
    // one that is just forking may lose the interrupt, on any terminal.
    const sleep = { file: '/bin/sleep', args: ['600'], cwd: outer };
    const runs = Array.from({ length: 6 }, (_, n) => join(outer, `s${n}`));
    await Promise.all(
      runs.map(async (folder) => {
        const started = scripts.start(folder, sleep);
        await until('the folder of its answers', () => existsSync(join(folder, 'in')));
        await scripts.interrupt(folder, 1);
        await started;
      }),
    );
    for (const folder of runs) expect(await ended(folder)).toMatchObject({ exitCode: 130 });
  });

  it('loses no output of a script that ends at once', async () => {
    const outer = await temporaryFolder();
    const runs = Array.from({ length: 6 }, (_, n) => join(outer, `s${n}`));
    // 40,000 bytes: most of what a terminal holds unread.
    const text =
      'i=0; while [ $i -lt 1000 ]; do echo "line $i of the output, with words"; i=$((i+1)); done; echo the end';
    await Promise.all(runs.map((folder) => scripts.start(folder, shell(outer, text))));
    for (const folder of runs) {
      expect(await ended(folder)).toMatchObject({ exitCode: 0 });
      const log = await logOf(folder);
      expect(log.match(/line \d+ of/g)).toHaveLength(1000);
      expect(log.endsWith('the end\r\n')).toBe(true);
    }
  });

  it('has its last output in the log before its result', async () => {
    const outer = await temporaryFolder();
    const folder = join(outer, 's');
    await scripts.start(folder, shell(outer, 'head -c 3000000 /dev/zero | tr "\\0" x; echo; echo done'));
    await until('the result', () => stat(join(folder, 'result.json')).catch(() => undefined));
    expect((await logOf(folder)).endsWith('done\r\n')).toBe(true);
    expect((await stat(join(folder, 'out.log'))).size).toBe(3_000_000 + 2 + 6);
  });

  it('needs no memory for its output, however much it is', async () => {
    const outer = await temporaryFolder();
    const folder = join(outer, 's');
    await scripts.start(folder, shell(outer, 'head -c 100000000 /dev/zero | tr "\\0" x; echo; read x'));
    const { pid } = await supervisorOf(folder);
    await until('100 MB of log', async () => (await stat(join(folder, 'out.log'))).size > 100_000_000, 60_000);
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
    // The highest that it ever was, in kB.
    if (status !== undefined) expect(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1])).toBeLessThan(150_000);
    await scripts.answer(folder, 1, '');
    await ended(folder);
  }, 90_000);

  it.each([
    ['a file that is not there', '/no/such/script', '/tmp', '/no/such/script does not exist'],
    ['a file that is not executable', '/etc/passwd', '/tmp', '/etc/passwd may not be run'],
    ['a folder', '/etc', '/tmp', '/etc is not a file'],
    ['a folder to run in that is not there', '/bin/sh', '/no/such/folder', '/no/such/folder does not exist'],
  ])('ends with 127 and a line in the log for %s', async (_, file, cwd, says) => {
    // Root may run nothing that has no x bit at all, so this holds for root too.
    const folder = join(await temporaryFolder(), 's');
    await scripts.start(folder, { file, args: [], cwd });
    expect(await ended(folder)).toMatchObject({ exitCode: 127 });
    expect(await logOf(folder)).toBe(`boss-tui: ${says}.\r\n`);
  });

  it('ends with 127 where its interpreter is not there', async () => {
    const outer = await temporaryFolder();
    const file = await program(outer, 'old.py', '#!/opt/python2/bin/python\nprint 1\n');
    const folder = join(outer, 's');
    await scripts.start(folder, { file, args: [], cwd: outer });
    expect(await ended(folder)).toMatchObject({ exitCode: 127 });
    expect(await logOf(folder)).toContain('/opt/python2/bin/python does not exist');
  });

  it('that dies of a signal ends with 128 and its number', async () => {
    const folder = join(await temporaryFolder(), 's');
    await scripts.start(folder, shell('/', 'echo dying; kill -9 $$'));
    expect(await ended(folder)).toMatchObject({ exitCode: 137 });
  });

  it('keeps only what it started alive while it runs: a background child does not keep it open', async () => {
    const folder = join(await temporaryFolder(), 's');
    await scripts.start(folder, shell('/', 'sleep 300 & echo child $!; exit 3'));
    expect(await ended(folder)).toMatchObject({ exitCode: 3 });
    const child = Number(/child (\d+)/.exec(await logOf(folder))?.[1]);
    // Its terminal is gone, and so is it.
    await until('the end of the child', async () => (await processStart(child)) === undefined);
  });
});

describe('when somebody dies', () => {
  const panel = fileURLToPath(new URL('./panel.ts', import.meta.url));

  it('the script goes on without the program that started it, which is killed with all its terminal', async () => {
    const outer = await temporaryFolder();
    const folder = join(outer, 's');
    const file = await program(outer, 'asking.py', ASKING);
    const parent = spawn(process.execPath, [panel, supervisorFile, folder, file], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await logWith(folder, 'Question 1? ');
    await once(parent.stdout, 'data');
    const gone = once(parent, 'exit');
    process.kill(-(parent.pid ?? 0), 'SIGKILL');
    await gone;

    expect(await scripts.state(folder)).toMatchObject({ is: 'running' });
    process.kill((await supervisorOf(folder)).pid, 'SIGHUP');
    await scripts.answer(folder, 1, 'still there');
    await logWith(folder, 'answer 1 was <still there>');
    await scripts.answer(folder, 2, 'end');
    expect(await ended(folder)).toMatchObject({ exitCode: 7 });
    expect((await logOf(folder)).match(/was <still there>/g)).toHaveLength(1);
  });

  it('is lost where its supervisor was killed, and the script with it', async () => {
    const outer = await temporaryFolder();
    const folder = join(outer, 's');
    await scripts.start(folder, { file: await program(outer, 'asking.py', ASKING), args: [], cwd: outer });
    const script = Number(/pid (\d+)/.exec(await logWith(folder, 'Question 1? '))?.[1]);
    process.kill((await supervisorOf(folder)).pid, 'SIGKILL');
    await until('the loss', async () => (await scripts.state(folder)).is === 'lost');
    await until('the end of the script', async () => (await processStart(script)) === undefined);
    expect((await scripts.state(folder)).is).toBe('lost');
  });

  it('is lost where the machine was restarted since, whatever runs under its supervisor’s number now', async () => {
    const folder = join(await temporaryFolder(), 's');
    await scripts.start(folder, shell('/', 'read x'));
    const supervisor = await supervisorOf(folder);
    await writeFile(
      join(folder, 'supervisor.json'),
      JSON.stringify({ ...supervisor, start: supervisor.start.replace(/^[^/]*/, 'a-boot-before') }),
    );
    expect((await scripts.state(folder)).is).toBe('lost');
    await scripts.answer(folder, 1, '');
    await ended(folder);
  });

  it('is lost where the supervisor’s number belongs to another process now', async () => {
    const folder = join(await temporaryFolder(), 's');
    await scripts.start(folder, shell('/', 'read x'));
    const supervisor = await supervisorOf(folder);
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, 'supervisor.json'), JSON.stringify({ pid: process.pid, start: supervisor.start }));
    expect((await scripts.state(folder)).is).toBe('lost');
    process.kill(supervisor.pid, 'SIGKILL');
  });

  it('is not started twice in one folder', async () => {
    const outer = await temporaryFolder();
    const folder = join(outer, 's');
    await scripts.start(folder, shell(outer, 'echo once >> count; read x'));
    await expect(scripts.start(folder, shell(outer, 'true'))).rejects.toThrow(/was started before/);
    const second = spawn(process.execPath, [supervisorFile, folder], { stdio: 'ignore' });
    expect(await once(second, 'exit')).toEqual([1, null]);
    await scripts.answer(folder, 1, '');
    expect(await ended(folder)).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(outer, 'count'), 'utf8')).toBe('once\n');
  });

  it('says why a supervisor did not begin', async () => {
    const { createScripts } = await import('../../../src/clients/script/scripts.ts');
    const outer = await temporaryFolder();
    const file = await program(outer, 'broken.js', 'process.stderr.write("it is broken"); process.exit(4);');
    const broken = createScripts({ environment: {}, supervisorFile: file });
    const command = { ...shell('/', 'true'), env: { AWS_SECRET_ACCESS_KEY: 'hunter2' } };
    await expect(broken.start(join(outer, 's'), command)).rejects.toThrow(
      /ended before it began \(exit 4\): it is broken/,
    );
    // Nobody will run it any more, and its secrets do not stay.
    expect(await readFile(join(outer, 's', 'command.json'), 'utf8')).toMatch(/"AWS_SECRET_ACCESS_KEY": ?""/);
  });
});
