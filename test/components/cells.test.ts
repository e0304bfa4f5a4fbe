import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { cellWidth, fitText, truncate, truncateStart, visible, wrap } from '../../components/cells.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });

describe('text in cells', () => {
  it('takes exactly the cells that it is given, whatever the text is', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, width) => {
        expect(stringWidth(fitText(text, width))).toBe(width);
      }),
    );
  });

  it('is never wider than its place after a cut, from either end', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, width) => {
        expect(cellWidth(truncate(visible(text), width))).toBeLessThanOrEqual(width);
        expect(cellWidth(truncateStart(visible(text), width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('drops what takes no cell or moves the cursor', () => {
    expect(visible('a\u001b[31mb\u202ec\u200b\r\nd\te')).toBe('a[31mbc d e');
    expect(visible('\u009b2Jx\u0007')).toBe('2Jx');
  });

  it('counts the marks of the panes as terminals do', () => {
    for (const mark of '·×–’•…›←↑→↓─╭┏█▏▎▟▶▸◌✔✖‖') expect(cellWidth(mark), mark).toBe(stringWidth(mark));
  });

  it('marks a cut', () => {
    expect(truncate('CoreProductionBoss', 8)).toBe('CorePro…');
    expect(truncateStart('ElasticLoadBalancingV2::LoadBalancer', 14)).toBe('…:LoadBalancer');
    expect(truncate('語語語', 4)).toBe('語…');
  });

  it('wraps at spaces, inside a word only where it must, and loses nothing', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrap('  "Sid": ""\n', 20)).toEqual(['  "Sid": ""', '']);
    expect(wrap('    abcdefgh', 8)).toEqual(['abcdefgh']);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (text, width) => {
          const lines = wrap(text, width);
          expect(lines.every((line) => cellWidth(line) <= width)).toBe(true);
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        },
      ),
    );
  });
});
