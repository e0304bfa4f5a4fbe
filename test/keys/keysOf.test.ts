import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isText, keyLabel, keysOf } from '../../src/keys/keysOf.ts';

describe('one input chunk as keys', () => {
  it.each([
    ['j', {}, ['j']],
    ['jj', {}, ['j', 'j']],
    ['y\r', {}, ['y', 'enter']],
    ['\r', { return: true }, ['enter']],
    ['\n', {}, ['enter']],
    ['\x13\x13', {}, ['ctrl-s', 'ctrl-s']],
    ['c', { ctrl: true }, ['ctrl-c']],
    ['\x03', {}, ['ctrl-c']],
    ['', { escape: true }, ['esc']],
    ['', { upArrow: true }, ['up']],
    ['', { tab: true }, ['tab']],
    ['', { tab: true, shift: true }, ['shift-tab']],
    ['', { backspace: true }, ['backspace']],
    ['ab\x7f\t', {}, ['a', 'b', 'backspace', 'tab']],
    ['é語', {}, ['é', '語']],
    ['x', { meta: true }, []],
    ['\r', { return: true, meta: true }, []],
    ['', {}, []],
  ])('%j with %j', (chunk, flags, keys) => {
    expect(keysOf(chunk, flags)).toEqual(keys);
  });

  it('names every control character, and takes nothing but text for text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (chunk) => {
        for (const key of keysOf(chunk, {}))
          expect(isText(key) ? !/\p{Control}/u.test(key) : /^[a-z-]+$/.test(key)).toBe(true);
      }),
    );
  });

  it('shows keys as hints do', () => {
    expect(['enter', 'esc', 'ctrl-y', 'S', ' '].map(keyLabel)).toEqual(['↵', 'Esc', '^Y', 'S', 'Space']);
  });
});
