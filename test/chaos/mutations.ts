import type { Hunted } from './hunted.ts';
import type { Mutation } from './life.ts';

/** How often each way of changing the world was used. */
export function mutationCounts({ mutations }: Pick<Hunted, 'mutations'>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { method } of mutations) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
}

/** Calls that changed the same thing in the same way more than once, as text. */
export function repeatedIn({ mutations }: Pick<Hunted, 'mutations'>): readonly string[] {
  const seen = new Set<string>();
  const repeated: string[] = [];
  for (const mutation of mutations) {
    const what = textOf(mutation);
    if (seen.has(what)) repeated.push(what);
    seen.add(what);
  }
  return repeated;
}

const textOf = ({ method, args }: Mutation): string => `${method} ${JSON.stringify(args)}`;
