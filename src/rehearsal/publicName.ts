import type { RecordChange } from './contract.ts';
import { normalName } from './dns/zone.ts';

/**
 * Since when a name has led to the maintenance page, as of a time; undefined where it leads elsewhere. Set again to
 * what it was, it began when it was first set.
 */
export function maintenanceSince(
  changes: readonly RecordChange[],
  host: string,
  distribution: string,
  atMs: number,
): number | undefined {
  let sinceMs: number | undefined;
  for (const change of changes) {
    if (change.atMs > atMs || change.type !== 'CNAME' || normalName(change.name) !== host) continue;
    const isMaintenance = change.values.some((value) => normalName(value) === distribution);
    sinceMs = isMaintenance ? (sinceMs ?? change.atMs) : undefined;
  }
  return sinceMs;
}
