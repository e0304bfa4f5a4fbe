import { canonicalJson } from '../../../text/json.ts';
import { intrinsic, isRecord } from './references.ts';

/** A changed value inside a property, as DescribeChangeSet tells it with IncludePropertyValues. */
export interface Leaf {
  /** `/Properties/Tags/0/Value`. */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly changeType: 'Add' | 'Remove' | 'Modify';
}

const asText = (value: unknown) =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value);

/** Every place below `path` where two values differ; a list whose length differs is one place. */
export function leaves(path: string, before: unknown, after: unknown): Leaf[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  if (isRecord(before) && isRecord(after) && !intrinsic(before) && !intrinsic(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => leaves(`${path}/${key}`, before[key], after[key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item, index) => leaves(`${path}/${index}`, item, after[index]));
  const changeType = before === undefined ? 'Add' : after === undefined ? 'Remove' : 'Modify';
  return [{ path, before: asText(before), after: asText(after), changeType }];
}
