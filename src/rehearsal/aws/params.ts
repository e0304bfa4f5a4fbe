import { validationError } from './awsError.ts';

/** The flat parameters of a query call: `Tags.member.1.Key` → `Commit`. */
export type Params = Readonly<Record<string, string>>;

export const parseParams = (body: string): Params => Object.fromEntries(new URLSearchParams(body));

/** A parameter that must be there; ValidationError otherwise. */
export function required(params: Params, name: string): string {
  const value = params[name];
  if (value === undefined || value === '')
    throw validationError(
      `1 validation error detected: Value null at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must not be null`,
    );
  return value;
}

/** The parts of a list, in their order, each with the rest of its names: `Filter` → `[{Name, 'Value.1'}]`; a scalar's rest is `''`. */
export function entries(params: Params, prefix: string): Params[] {
  const found = new Map<number, Record<string, string>>();
  for (const [name, value] of Object.entries(params)) {
    if (!name.startsWith(`${prefix}.`)) continue;
    const [index, ...rest] = name.slice(prefix.length + 1).split('.');
    if (!/^\d+$/.test(index ?? '')) continue;
    const entry = found.get(Number(index)) ?? {};
    entry[rest.join('.')] = value;
    found.set(Number(index), entry);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, entry]) => entry);
}

/** A list of scalars. */
export const values = (params: Params, prefix: string): string[] =>
  entries(params, prefix).flatMap((entry) => (entry[''] === undefined ? [] : [entry['']]));

/** A list of pairs as a record; the names of key and value differ by service. */
export const pairs = (params: Params, prefix: string, key = 'Key', value = 'Value'): Record<string, string> =>
  Object.fromEntries(entries(params, prefix).map((entry) => [entry[key] ?? '', entry[value] ?? '']));
