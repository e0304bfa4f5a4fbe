import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyBar } from '../../components/keyBar.ts';
import { fitLine, justify, lineText, lineWidth, spansOf } from '../../components/line.tsx';
import { progressBar } from '../../components/progressBar.ts';
import { sparkline } from '../../components/sparkline.ts';
import { tableLine } from '../../components/table.ts';
import { textInput } from '../../components/textInput.ts';
import { ago, duration, grouped, hoursAndMinutes, roughly } from '../../components/time.ts';
import { clampFirst, firstAround, windowRemark } from '../../components/WindowedList.tsx';

describe('times', () => {
  it.each([
    [0, '0s'],
    [41_900, '41s'],
    [372_000, '6m12s'],
    [7_500_000, '2h05m'],
    [300_000_000, '3d11h'],
    [-5, '0s'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('speaks of ages in steps, so that a still screen stays still', () => {
    expect([0, 4_999, 5_000, 9_999, 61_000, 7_500_000].map(ago)).toEqual([
      'now',
      'now',
      '5s ago',
      '5s ago',
      '1m ago',
      '2h05m ago',
    ]);
  });

  it('writes elapsed time as a clock and a rough time in one unit', () => {
    expect(hoursAndMinutes(133 * 60_000)).toBe('02:13');
    expect([60_000, 540_000, 9_000_000].map(roughly)).toEqual(['60s', '9m', '3h']);
  });

  it('groups digits', () => expect([0, 999, 1_204_331].map(grouped)).toEqual(['0', '999', '1,204,331']));
});

describe('bars and curves', () => {
  it('fills in eighths', () => {
    expect(progressBar(0.55, 10)).toBe('█████▌····');
    expect(progressBar(1, 4)).toBe('████');
    expect(progressBar(Number.NaN, 4)).toBe('····');
  });

  it('always takes its width, and never shrinks as the fraction grows', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 2, noNaN: true }), fc.integer({ min: 1, max: 30 }), (fraction, width) => {
        expect([...progressBar(fraction, width)]).toHaveLength(width);
      }),
    );
  });

  it('draws a falling count as a falling curve', () => {
    expect(sparkline([400, 200, 100, 0, 0], 10)).toBe('█▅▃▁▁');
    expect(sparkline([0, 0], 10)).toBe('▁▁');
    expect(sparkline([9, 1, 1], 2)).toBe('██');
  });
});

describe('rows', () => {
  const span = fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 12 }), bold: fc.boolean() });

  it('take exactly their width, whatever runs they are made of', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 6 }), fc.integer({ min: 0, max: 40 }), (spans, width) => {
        expect(lineWidth(fitLine(spans, width))).toBe(width);
      }),
    );
  });

  it('cut the left part where both do not fit', () => {
    expect(lineText(justify('Maintenance on', ' 3m12s', 16))).toBe('Maintenan… 3m12s');
    expect(lineText(justify('a', 'b', 5))).toBe('a   b');
  });

  it('keep table cells in their columns', () => {
    const columns = [{ width: 5 }, { width: 0 }, { width: 4, align: 'right' as const }];
    expect(lineText(tableLine(columns, ['redis', 'left out', '9']))).toBe('redis    9');
    expect(lineText(tableLine(columns, [['re', { text: 'd' }], '', '12345']))).toBe('red   123…');
  });

  it('show the end of a long input and mask a secret', () => {
    expect(lineText(textInput({ label: 'type', text: 'abcdefghij' }, 14))).toBe('type › …fghij ');
    expect(lineText(textInput({ label: 'answer', text: 'geheim', masked: true }, 40))).toBe('answer › •••••• ');
  });

  it('keep the last two hints where not all have room', () => {
    const hints = ['run', 'skip', 'help', 'quit'].map((label) => ({ key: label.charAt(0), label }));
    expect(lineText(keyBar(hints, 60))).toBe('r run  s skip  h help  q quit');
    expect(lineText(keyBar(hints, 22))).toBe('r run  h help  q quit');
    expect(spansOf(keyBar(hints, 3)).some(({ text }) => text === 'q')).toBe(true);
  });
});

describe('windows', () => {
  it('never show emptiness below the end, and keep the cursor in sight', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 50 }), fc.nat(250), (total, height, cursor) => {
        const at = Math.min(cursor, Math.max(0, total - 1));
        const first = firstAround(at, total, height);
        expect(first).toBe(clampFirst(first, total, height));
        if (total > 0) expect(at >= first && at < first + height).toBe(true);
      }),
    );
    expect(windowRemark(11, 120, 13)).toBe('12–24 of 120');
    expect(windowRemark(0, 5, 10)).toBeUndefined();
  });
});
