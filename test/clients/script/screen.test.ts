import { describe, expect, it } from 'vitest';
import { terminalTail } from '../../../src/clients/script/screen.ts';

describe('the screen of a script', () => {
  it('shows what spinners and overwriting have left', async () => {
    const screen = await terminalTail();
    await screen.write(`Execution Order:\r\n\tredis\r\n\r\n\r${' '.repeat(200)}\rWorking on redis\r\n- Working on`);
    await screen.write(` redis\r${' '.repeat(200)}\rApply Update? [y/N]: `);
    expect(screen.lines()).toEqual([
      'Execution Order:',
      '        redis',
      '',
      'Working on redis',
      'Apply Update? [y/N]:',
    ]);
  });

  it('holds the last 50 lines of a long log and no more', async () => {
    const screen = await terminalTail();
    await screen.write(Array.from({ length: 5_000 }, (_, n) => `line ${n}\r\n`).join(''));
    await screen.write('now');
    const lines = screen.lines();
    expect(lines).toHaveLength(50);
    expect([lines[0], lines.at(-1)]).toEqual(['line 4951', 'now']);
  });

  it('lets no control of the script through', async () => {
    const screen = await terminalTail();
    await screen.write('a\x1b]52;c;aGk=\x07b\x1b[31mred\x1b[0m \u202etxt\u200b');
    expect(screen.lines()).toEqual(['abred txt']);
  });

  it('takes a sequence and a character that come in two pieces', async () => {
    const screen = await terminalTail();
    await screen.write('x\x1b[3');
    await screen.write('1my');
    expect(screen.lines()).toEqual(['xy']);
  });
});
