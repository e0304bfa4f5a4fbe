import { sanitiseLine } from '../text/sanitise.ts';

/** A deep copy of plain data from outside in which every string may be drawn on one line. */
export function clean<T>(value: T): T {
  if (typeof value === 'string') return sanitiseLine(value) as T;
  if (Array.isArray(value)) return value.map((item) => clean(item)) as T;
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [sanitiseLine(key), clean(item)])) as T;
  return value;
}
