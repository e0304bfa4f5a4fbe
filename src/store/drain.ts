import { maintenanceSinceMs } from '../observe/judge.ts';
import type { AppState } from './store.ts';

/** How a cache drains, for the pane that draws it. */
export { type Drain, drainOf, voidedBy } from '../observe/cacheDrain.ts';

/** Whether the zone's servers lead users to the maintenance page: only then must a cache drain. */
export const leadsToMaintenance = ({ observed }: AppState): boolean =>
  observed.dns.value !== undefined && maintenanceSinceMs(observed.dns.value) !== undefined;
