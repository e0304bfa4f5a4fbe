import type { Gate } from './runbook.ts';

/** Nothing of the bosslet is being changed by anybody; the scripts refuse every command meanwhile. */
export const noStackInProgress: Gate = {
  id: 'quiet',
  title: 'No stack of the bosslet is in progress',
  needs: { is: 'noStackInProgress' },
  overridable: 'never',
};

/** The public name has turned, seen by every server that is asked. */
export const dnsTurnedTo = (target: 'maintenance' | 'live'): Gate => ({
  id: 'dns',
  title:
    target === 'maintenance'
      ? 'All DNS servers lead to the maintenance page'
      : 'All DNS servers lead to the load balancer',
  needs: { is: 'dns', target },
  overridable: 'typed',
  typed: 'go on with <n> old servers',
});

/** Users still meet the maintenance page. */
export const stillInMaintenance: Gate = {
  id: 'maintenance',
  title: 'The public name still leads to the maintenance page',
  needs: { is: 'inMaintenance' },
  overridable: 'note',
};

/** What must hold before a cache is deleted, replaced or removed: unflushed cuboids in it exist nowhere else. */
export const cacheMayGo: readonly Gate[] = [
  noStackInProgress,
  { ...stillInMaintenance, overridable: 'typed', typed: 'delete cache outside maintenance' },
  {
    id: 'drained',
    title: 'Two SCAN passes without an unflushed key',
    needs: { is: 'cacheDrained', caches: ['cache', 'cache-state'] },
    overridable: 'typed',
    typed: 'delete cache with <n> unflushed keys',
  },
];

/** The way into the API works before users are sent there. */
export const loadBalancerHealthy: Gate = {
  id: 'healthy',
  title: "The API's load balancer has healthy targets and answers /ping/",
  needs: { is: 'loadBalancerHealthy' },
  overridable: 'typed',
  typed: 'turn on with <n> unhealthy targets',
};

/** A filter policy may take so long to be obeyed (SNS, "Amazon SNS subscription filter policies"). */
const MUTE_SETTLES_MS = 15 * 60_000;

/** A mute has had the time that SNS needs for it. */
export const muteSettled: Gate = {
  id: 'muted',
  title: 'The mute of the mailing list has had its 15 minutes',
  needs: { is: 'settled', stepId: 's.1', ms: MUTE_SETTLES_MS, onlyWhere: { fact: 'listWay', is: 'mute' } },
  overridable: 'note',
};
