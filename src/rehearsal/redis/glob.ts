/** Where a `[…]` class that opens at `open` ends, and whether it takes `character`. */
function classAt(pattern: string, open: number, character: string): { readonly end: number; readonly takes: boolean } {
  let at = open + 1;
  const negated = pattern[at] === '^';
  if (negated) at++;
  let takes = false;
  for (; at < pattern.length && pattern[at] !== ']'; at++) {
    if (pattern[at] === '\\' && at + 1 < pattern.length) {
      at++;
      takes ||= pattern[at] === character;
    } else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      const [low = '', high = ''] = [pattern[at] ?? '', pattern[at + 2] ?? ''].sort();
      takes ||= character >= low && character <= high;
      at += 2;
    } else takes ||= pattern[at] === character;
  }
  return { end: Math.min(at + 1, pattern.length), takes: takes !== negated };
}

/** One element of the pattern against one character: where the next element begins, or undefined. */
function step(pattern: string, at: number, character: string): number | undefined {
  if (pattern[at] === '?') return at + 1;
  if (pattern[at] === '[') {
    const { end, takes } = classAt(pattern, at, character);
    return takes ? end : undefined;
  }
  const escaped = pattern[at] === '\\' && at + 1 < pattern.length ? at + 1 : at;
  return pattern[escaped] === character ? escaped + 1 : undefined;
}

/** Redis' own glob (util.c, stringmatchlen): `*`, `?`, `[a-c]`, `[^x]`, and a backslash that takes the next one as it is. */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let position = 0;
  let star: { readonly at: number; position: number } | undefined;
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = { at: at + 1, position };
      at++;
      continue;
    }
    const next = at < pattern.length ? step(pattern, at, text[position] ?? '') : undefined;
    if (next !== undefined) {
      at = next;
      position++;
    } else if (star) {
      star.position++;
      at = star.at;
      position = star.position;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at >= pattern.length;
}
