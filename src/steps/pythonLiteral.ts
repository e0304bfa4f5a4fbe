/** `'name': 'value'` or `'name': "value"`, as Python's pprint writes entries of a dictionary. */
const ENTRY = /'((?:[^'\\]|\\.)*)'\s*:\s*(?:u?'((?:[^'\\]|\\.)*)'|u?"((?:[^"\\]|\\.)*)")/g;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
const unescaped = (text: string) => text.replace(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char);

/** The string values of a printed Python dictionary by key, those of inner dictionaries included; the last one counts. */
export function stringsOfPython(text: string): Readonly<Record<string, string>> {
  const entries = [...text.matchAll(ENTRY)].map(([, key = '', single, double]) => [
    unescaped(key),
    unescaped(single ?? double ?? ''),
  ]);
  return Object.fromEntries(entries);
}
