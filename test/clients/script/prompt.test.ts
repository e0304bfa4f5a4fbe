import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPromptLike, unfinishedLine } from '../../../src/clients/script/prompt.ts';
import { terminalTail } from '../../../src/clients/script/screen.ts';

const blanks = ' '.repeat(200);

describe('the line that a script has not ended', () => {
  it('is a prompt with the blank at its end', () => {
    expect(unfinishedLine('Maintenance mode will …\r\nUpdate? [N/y] ')).toEqual({
      line: 'Update? [N/y] ',
      byteOffset: Buffer.byteLength('Maintenance mode will …\r\n'),
    });
  });

  it('is what remains after spinners, at the place where the line began', () => {
    const before = `/ Working on redis\r${blanks}\rModify    Cache\r\n`;
    const log = `${before}/ Working on redis\r${blanks}\rApply Update? [y/N]: `;
    expect(unfinishedLine(log)).toEqual({ line: 'Apply Update? [y/N]: ', byteOffset: before.length });
    expect(unfinishedLine(log, 1000).byteOffset).toBe(1000 + before.length);
  });

  it('is empty after a newline, whatever colours follow', () => {
    expect(unfinishedLine('done\r\n\x1b[0m').line).toBe('');
    expect(unfinishedLine('').line).toBe('');
  });

  it.each([
    ['abc\rX', 'Xbc'],
    ['abc\x1b[2K\rpath: ', 'path: '],
    ['abcdef\r\x1b[Kx', 'x'],
    ['abc\b\bX', 'aXc'],
    ['a\tb', 'a       b'],
    ['\x1b[31mtoken: \x1b[0m', 'token: '],
    ['\x1b]0;title\x07entry: ', 'entry: '],
    ['entry: \x1b[', 'entry: '],
    ['entry: \x1b]0;half a title', 'entry: '],
    ['abc\x1b[10Gd', 'abc      d'],
    [`${'x'.repeat(200)}y: `, `${'x'.repeat(200)}y: `],
    [`${'x'.repeat(205)}\r? `, `${'x'.repeat(200)}? xxx`],
  ])('%j is shown as a terminal does', (text, shown) => {
    expect(unfinishedLine(text).line).toBe(shown);
  });

  it('is the same as the emulator’s last line', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\r',
        '\b',
        '\t',
        '\x1b[K',
        '\x1b[1K',
        '\x1b[2K',
        '\x1b[5G',
        '\x1b[2C',
        '\x1b[3D',
        '\x1b[0m',
        '\x07',
      ),
      fc.constantFrom('Apply? ', 'x', 'path: ', blanks.slice(0, 150), 'y'.repeat(120)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), async (pieces) => {
        const screen = await terminalTail();
        await screen.write(pieces.join(''));
        const shown = unfinishedLine(pieces.join('')).line.trimEnd();
        // A wrapped line is several rows; blanks at the end of a full row are its own.
        const rows = shown.match(/.{1,200}/g)?.map((row) => row.trimEnd()) ?? [];
        while (rows.at(-1) === '') rows.pop();
        expect(rows).toEqual(screen.lines());
        screen.dispose();
      }),
      { numRuns: 150 },
    );
  });
});

describe('what looks like a prompt', () => {
  it.each(['path: ', 'Update? [N/y] ', 'Are you sure? ', 'All data will be lost. [y/N]: ', 'Rebuild lambdas [Y/n]: '])(
    '%j does',
    (line) => expect(isPromptLike(line)).toBe(true),
  );
  it.each(['', 'Waiting for update .', 'Waiting for update ... done', 'path:', 'see: there', '- Working on redis'])(
    '%j does not',
    (line) => expect(isPromptLike(line)).toBe(false),
  );
});
