import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatches } from '../../../src/rehearsal/redis/glob.ts';

describe("Redis' patterns", () => {
  it.each([
    ['*', '', true],
    ['*', 'anything', true],
    ['', '', true],
    ['', 'a', false],
    ['WRITE-CUBOID*', 'WRITE-CUBOID&1&2', true],
    ['WRITE-CUBOID*', 'XWRITE-CUBOID&1', false],
    ['WRITE-CUBOID&*', 'WRITE-CUBOID', false],
    ['*&9', 'a&9&9', true],
    ['a*b*c', 'a1b2b3c', true],
    ['a*b*c', 'a1b2b3', false],
    ['h?llo', 'hello', true],
    ['h?llo', 'hllo', false],
    ['h[ae]llo', 'hallo', true],
    ['h[^e]llo', 'hello', false],
    ['h[a-c]llo', 'hbllo', true],
    ['h[c-a]llo', 'hbllo', true],
    ['h[a-c]llo', 'hdllo', false],
    ['h\\*llo', 'h*llo', true],
    ['h\\*llo', 'hxllo', false],
    ['[\\]]', ']', true],
    ['[abc', 'a', true],
  ])('%j against %j: %s', (pattern, text, matches) => {
    expect(globMatches(pattern, text)).toBe(matches);
  });

  it('take any text for itself when its special characters are escaped, and with stars anywhere', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '[', ']', '\\', '&', '-', '^') });
    fc.assert(
      fc.property(letters, letters, (left, right) => {
        const plain = (text: string) => text.replace(/[*?[\]\\^-]/g, '\\$&');
        const text = left + right;
        expect(globMatches(plain(text), text)).toBe(true);
        expect(globMatches(`${plain(left)}*${plain(right)}`, text)).toBe(true);
        expect(globMatches(`${plain(text)}?`, text)).toBe(false);
      }),
    );
  });
});
