import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTerminalOutput } from '../../components/terminalOutput.ts';
import { openTerminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';

const FRAME = (text: string) => ['\u001b[?2026h', text, '\u001b[?2026l'];

describe('frames', () => {
  it('are written whole, or not at all', async () => {
    const terminal = openTerminal(80, 24);
    const output = createTerminalOutput(terminal.stdout);
    const repaints: number[] = [];
    output.onRepaint(() => repaints.push(terminal.bytes()));
    const draw = (text: string) => {
      for (const part of FRAME(text)) output.stream.write(part);
    };
    draw('first');
    await until('the first frame', () => terminal.rows()[0] === 'first');
    terminal.reads(false);
    draw('x'.repeat(2_000));
    draw('dropped');
    draw('dropped too');
    expect(output.stalled).toBe(true);
    expect(repaints).toEqual([]);
    terminal.reads(true);
    await until('the call for a repaint', () => repaints.length === 1);
    draw('whole');
    await until(
      'a clean sheet',
      () => terminal.rows()[0] === 'whole' && terminal.rows().every((row) => !row.includes('dropped')),
    );
    expect(
      terminal
        .rows()
        .slice(1)
        .every((row) => row === ''),
    ).toBe(true);
    expect(output.stalled).toBe(false);
    terminal.dispose();
  });

  it('tell who waits for them only when the terminal has taken them', async () => {
    const terminal = openTerminal(80, 24);
    const output = createTerminalOutput(terminal.stdout);
    const told: string[] = [];
    terminal.reads(false);
    for (const part of FRAME('x'.repeat(2_000))) output.stream.write(part);
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    output.whenDrawn(() => told.push('drawn'));
    // Its own look whether there was anything to draw.
    expect(vi.getTimerCount()).toBe(1);
    vi.runAllTimers();
    vi.useRealTimers();
    expect(told).toEqual([]);
    terminal.reads(true);
    await until('drawn', () => told.length === 1);
    terminal.dispose();
  });

  it('do not keep a program from ending while nobody reads', async () => {
    const terminal = openTerminal(80, 24);
    const output = createTerminalOutput(terminal.stdout);
    terminal.reads(false);
    for (const part of FRAME('x'.repeat(2_000))) output.stream.write(part);
    const ended = new Promise<void>((resolve) => output.stream.write('', () => resolve()));
    await ended;
    terminal.dispose();
  });

  it('are lost with their terminal, which is told once', () => {
    const terminal = openTerminal(80, 24);
    const output = createTerminalOutput(terminal.stdout);
    let gone = 0;
    output.onGone(() => {
      gone += 1;
    });
    terminal.stdout.emit('error', new Error('EIO'));
    terminal.stdout.emit('close');
    for (const part of FRAME('nobody sees it')) output.stream.write(part);
    expect(gone).toBe(1);
    expect(terminal.bytes()).toBe(0);
    terminal.dispose();
  });
});

describe('a pseudo-terminal that nobody reads', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boss-tui-terminal-'));
    await writeFile(
      join(folder, 'child.ts'),
      CHILD(fileURLToPath(new URL('../../components/terminalOutput.ts', import.meta.url))),
    );
    await build({
      entryPoints: [join(folder, 'child.ts')],
      outfile: join(folder, 'child.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('stops no timer of the program, and gets a whole frame when it reads again', async () => {
    const file = join(folder, 'report.json');
    const child = spawn(process.execPath, [join(folder, 'child.mjs'), file], { cols: 80, rows: 24 });
    let seen = '';
    child.onData((data) => {
      seen += data;
    });
    const ended = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
    await until('the first frame', () => seen.includes('FRAME 0 END'));
    child.pause();
    const report = () =>
      readFile(file, 'utf8').then(
        (text) => JSON.parse(text) as { longestMs: number; frames: number; stalled: boolean },
      );
    await until('frames that nobody reads', async () => (await report()).stalled && (await report()).frames > 200);
    // A blocked loop would have stood still for as long as nobody reads.
    expect((await report()).longestMs).toBeLessThan(1_000);
    seen = '';
    child.resume();
    await until('a frame on a clean sheet', () =>
      /\u001b\[0m\u001b\[H\u001b\[JFRAME \d+ END/.test(seen.replaceAll(/x+/g, '')),
    );
    child.write('q');
    expect(await ended).toBe(0);
  });
});

/** A program that draws a large frame every 10 ms and reports how long its loop ever stood still. */
const CHILD = (output: string) => `
import { writeFileSync, renameSync } from 'node:fs';
import { createTerminalOutput } from ${JSON.stringify(output)};
const file = process.argv[2];
const output = createTerminalOutput(process.stdout);
let frames = 0, last = performance.now(), longestMs = 0;
const draw = () => {
  output.stream.write('\\u001b[?2026h');
  output.stream.write('FRAME ' + frames + ' END' + 'x'.repeat(4000));
  output.stream.write('\\u001b[?2026l');
};
output.onRepaint(draw);
setInterval(() => {
  const now = performance.now();
  longestMs = Math.max(longestMs, now - last);
  last = now;
  draw();
  frames += 1;
  if (frames % 10 === 1) {
    writeFileSync(file + '.new', JSON.stringify({ longestMs, frames, stalled: output.stalled }));
    renameSync(file + '.new', file);
  }
}, 10);
process.stdin.setRawMode(true);
process.stdin.on('data', () => process.exit(0));
`;
