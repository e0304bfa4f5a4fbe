/** Values as Python shows them. */
export type PythonValue =
  | null
  | boolean
  | number
  | string
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue };

/** `repr()` of a value. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, item]) => `${quoted(key)}: ${repr(item)}`)
      .join(', ')}}`;
  return String(value);
}

/** Python prefers single quotes, and double ones where the text has single ones only. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
    .replaceAll(quote, `\\${quote}`);
  return quote + escaped + quote;
}

/** Columns that `pprint` keeps to. */
const WIDTH = 80;

/**
 * `pprint.pformat()`: keys sorted, one item a line where a whole does not fit. `indent` is the column at which the
 * value begins, `allowance` the room that closing brackets behind it need.
 */
export function pformat(value: unknown, indent = 0, allowance = 0): string {
  const sorted = sortKeys(value);
  const line = repr(sorted);
  if (line.length <= WIDTH - indent - allowance || sorted === null || typeof sorted !== 'object') return line;
  const pad = `,\n${' '.repeat(indent + 1)}`;
  if (Array.isArray(sorted)) {
    const last = sorted.length - 1;
    return `[${sorted.map((item, at) => pformat(item, indent + 1, at === last ? allowance + 1 : 1)).join(pad)}]`;
  }
  const entries = Object.entries(sorted);
  const items = entries.map(([key, item], at) => {
    const shown = `${quoted(key)}: `;
    return shown + pformat(item, indent + 1 + shown.length, at === entries.length - 1 ? allowance + 1 : 1);
  });
  return `{${items.join(pad)}}`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortKeys(item)]),
  );
}

/** `json.dumps(value, indent=…, sort_keys=True)`. */
export const dumpSorted = (value: unknown, indent: number): string =>
  JSON.stringify(sortKeys(value), undefined, indent);
