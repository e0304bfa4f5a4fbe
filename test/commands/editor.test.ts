import { describe, expect, it } from 'vitest';
import { editorOf, runEditor } from '../../src/commands/editor.ts';

describe("the operator's editor", () => {
  it.each([
    [{ VISUAL: 'code --wait', EDITOR: 'nano' }, ['code', '--wait']],
    [{ VISUAL: ' ', EDITOR: 'nano' }, ['nano']],
    [{}, ['vi']],
  ])('of %j', (environment, expected) => {
    expect(editorOf(environment)).toEqual(expected);
  });

  it('is given the file, and counts as having edited it only where it ends well', async () => {
    const { signal } = new AbortController();
    await expect(runEditor('/dev/null', { EDITOR: 'test -e' }, signal)).resolves.toBe('Back from test.');
    await expect(runEditor('/no/such/file', { EDITOR: 'test -e' }, signal)).rejects.toThrow(
      'The editor test ended with exit 1: file does not count as edited.',
    );
    await expect(runEditor('/dev/null', { EDITOR: '/no/such/editor' }, signal)).rejects.toThrow(/set EDITOR to one/);
  });
});
