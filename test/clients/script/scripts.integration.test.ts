import { once } from 'node:events';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processStart } from '../../../src/clients/process.ts';
import { createScripts } from '../../../src/clients/script/scripts.ts';
import { until } from '../../support/until.ts';
import { ended, logOf, logWith, program, scripts, shell, supervisorFile, temporaryFolder } from './scriptFolder.ts';

describe('the state of a script’s folder', () => {
  it('is missing, then running, then ended', async () => {
    const folder = join(await temporaryFolder(), 's');
    expect(await scripts.state(folder)).toEqual({ is: 'missing' });
    await scripts.start(folder, shell('/', 'echo hello; read x; exit 5'));
    await logWith(folder, 'hello');
    expect(await scripts.state(folder)).toEqual({ is: 'running', logBytes: 7 });
    const before = Date.now();
    await scripts.answer(folder, 1, 'x');
    const { exitCode, endedAtMs } = await ended(folder);
    expect(exitCode).toBe(5);
    expect(endedAtMs).toBeGreaterThanOrEqual(before);
    expect(await scripts.state(folder)).toMatchObject({ is: 'ended', logBytes: 10 });
  });

  it('is running for a while where no supervisor has said so yet: it may be about to begin', async () => {
    const folder = await temporaryFolder();
    expect((await scripts.state(folder)).is).toBe('running');
  });
});

describe('reading a log', () => {
  const withLog = async (bytes: Buffer, isEnded = false) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'out.log'), bytes);
    if (isEnded) await writeFile(join(folder, 'result.json'), '{"exitCode":0,"endedAtMs":1}');
    return folder;
  };

  it('gives nothing where there is no log yet', async () => {
    expect(await scripts.read(await temporaryFolder(), 0)).toEqual({ text: '', nextOffset: 0 });
  });

  it('never splits a character, whatever the size of the pieces', async () => {
    const folder = await temporaryFolder();
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (text, size) => {
          await writeFile(join(folder, 'out.log'), text);
          let [offset, read] = [0, ''];
          for (;;) {
            const piece = await scripts.read(folder, offset, size);
            expect(Buffer.byteLength(piece.text)).toBe(piece.nextOffset - offset);
            if (piece.text === '') break;
            [offset, read] = [piece.nextOffset, read + piece.text];
          }
          expect(read).toBe(text);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('waits for the rest of a character while the script runs, and gives what there is once it ended', async () => {
    const folder = await withLog(Buffer.from([0x61, 0xe2, 0x82]));
    expect(await scripts.read(folder, 0)).toEqual({ text: 'a', nextOffset: 1 });
    await appendFile(join(folder, 'out.log'), Buffer.from([0xac]));
    expect(await scripts.read(folder, 1)).toEqual({ text: '€', nextOffset: 4 });
    expect(await scripts.read(await withLog(Buffer.from([0x61, 0xe2, 0x82]), true), 0)).toEqual({
      text: 'a\ufffd',
      nextOffset: 3,
    });
  });

  it('passes over bytes that are no text', async () => {
    expect(await scripts.read(await withLog(Buffer.from([0xff, 0x80, 0x80, 0x80, 0x80, 0x62])), 0)).toMatchObject({
      nextOffset: 6,
    });
  });
});

describe('waiting for a change', () => {
  it('ends when the log grows', async () => {
    const folder = join(await temporaryFolder(), 's');
    await scripts.start(folder, shell('/', 'stty -echo; echo one; read x; echo two; read x'));
    await logWith(folder, 'one\r\n');
    const waiting = scripts.changed(folder, 5, 20_000);
    await scripts.answer(folder, 1, '');
    await waiting;
    expect((await scripts.read(folder, 5)).text).toMatch(/two/);
    await scripts.answer(folder, 2, '');
    await ended(folder);
  });

  it('ends when the script does, when the time is over, and when it is aborted', async () => {
    const folder = join(await temporaryFolder(), 's');
    await scripts.start(folder, shell('/', 'read x'));
    await scripts.changed(folder, 0, 50);
    const abort = new AbortController();
    const aborted = scripts.changed(folder, 0, 20_000, abort.signal);
    abort.abort(new Error('left'));
    await expect(aborted).rejects.toThrow('left');
    const waiting = scripts.changed(folder, 1_000_000, 20_000);
    await scripts.interrupt(folder, 1);
    await waiting;
    expect((await scripts.state(folder)).is).toBe('ended');
  });
});

describe('what surrounds a script', () => {
  it('is looked through for an interpreter that is named without a path', async () => {
    const outer = await temporaryFolder();
    await program(outer, 'python3.9', '#!/bin/sh\necho "run by $0 with $1"\n');
    const there = createScripts({ environment: { PATH: `/no/such:${outer}:/usr/bin:/bin` }, supervisorFile });
    const command = { file: 'python3.9', args: ['x.py'], cwd: outer };
    expect((await there.capture(command)).output).toBe(`run by ${outer}/python3.9 with x.py\n`);
    const folder = join(outer, 's');
    await there.start(folder, command);
    expect(await ended(folder)).toMatchObject({ exitCode: 0 });
    expect(await logOf(folder)).toContain(`run by ${outer}/python3.9 with x.py`);
    expect(await there.program('python3.9')).toBe(join(outer, 'python3.9'));
    expect(await there.program('python3.8')).toBeUndefined();
    await expect(there.capture({ ...command, file: 'python3.8' })).rejects.toThrow(/python3\.8 is not on the PATH/);
  });

  it('loses what a command takes out of its environment', async () => {
    const env = { FROM_OPTIONS: undefined, A: 'b' };
    const { output } = await scripts.capture({ file: '/usr/bin/env', args: [], cwd: '/', env });
    expect(output).not.toContain('FROM_OPTIONS');
    expect(output).toContain('A=b');
  });

  it('may hold a port that the script needs', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await scripts.isPortFree(port)).toBe(false);
    server.close();
    await once(server, 'close');
    expect(await scripts.isPortFree(port)).toBe(true);
    // It was only tried: nothing listens there now.
    expect(await scripts.isPortFree(port)).toBe(true);
  });
});

describe('capturing what a command prints', () => {
  it('gives stdout alone where all went well, stderr too where it did not', async () => {
    const folder = await temporaryFolder();
    expect(await scripts.capture(shell(folder, 'echo "{}"; echo warning >&2'))).toEqual({
      exitCode: 0,
      output: '{}\n',
    });
    expect(await scripts.capture(shell(folder, 'echo half; echo why >&2; exit 3'))).toEqual({
      exitCode: 3,
      output: 'half\nwhy\n',
    });
  });

  it('writes nothing of it anywhere and gives the script its own environment', async () => {
    const folder = await temporaryFolder();
    const { output } = await scripts.capture({ file: '/usr/bin/env', args: [], cwd: folder, env: { A: 'b' } });
    expect(output).toContain('FROM_OPTIONS=yes');
    expect(output).toContain('A=b');
    expect(output).not.toContain('VITEST');
  });

  it('gives it pipes to print on, and a terminal of its own that is not ours', async () => {
    const folder = await temporaryFolder();
    const { output } = await scripts.capture(
      shell(
        folder,
        '[ -t 0 ] || [ -t 1 ] || [ -t 2 ] || echo pipes; echo Password: > /dev/tty && echo a terminal; umask',
      ),
    );
    expect(output).toBe('pipes\na terminal\n0077\n');
  });

  it('keeps every byte of a long output', async () => {
    const text = 'i=0; while [ $i -lt 20000 ]; do echo "{\\"a\\": $i, \\"ü\\": 1}"; i=$((i+1)); done';
    const { output } = await scripts.capture(shell('/', text));
    const lines = output.split('\n');
    expect([lines.length, lines[19_999]]).toEqual([20_001, '{"a": 19999, "ü": 1}']);
  });

  it('says what could not be run', async () => {
    await expect(scripts.capture({ file: '/no/such', args: [], cwd: '/' })).rejects.toThrow(
      /\/no\/such could not be run/,
    );
  });

  it('ends what it started, and what that started, when it is aborted', async () => {
    const folder = await temporaryFolder();
    const file = await program(folder, 's.sh', `#!/bin/sh\nsleep 300 &\necho $! > ${folder}/child\nwait\n`);
    const abort = new AbortController();
    const running = scripts.capture({ file, args: [], cwd: folder }, abort.signal);
    const child = await until('the child', async () =>
      Number(await readFile(join(folder, 'child'), 'utf8').catch(() => '')),
    );
    abort.abort(new Error('left'));
    await expect(running).rejects.toThrow('left');
    await until('the end of the child', async () => (await processStart(child)) === undefined);
  });
});
