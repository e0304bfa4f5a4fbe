import type { StageName } from './stages.ts';

/** What can be made to go wrong in the embedded world. A fault is added by one row here and a look at it where it strikes. */
export const FAULTS = {
  'redis-size': 'The update of redis fails, because the size of a cache cannot be changed in place.',
  'function-not-found': 'A new lambda of cachedb is not there yet when the script updates its code.',
  rollback: 'The update of api fails half-way and CloudFormation rolls it back.',
  'rollback-failed': 'The update of api fails half-way, and CloudFormation cannot roll it back either.',
  throttling: 'AWS answers every tenth call with Throttling.',
  'expired-credentials':
    'The credentials expire in the middle of the first update, and are renewed some minutes later.',
  'network-loss': 'AWS and DNS cannot be reached for some minutes in the middle of the first update.',
  'script-crash': 'The script of core dies in the middle, after the update of its stack began.',
  'slow-dns': 'One resolver keeps the old answer far longer than its TTL.',
  'undrained-cache': 'Keys stay unflushed in the cache for a long time.',
  'cache-failover': 'The primary of the cache fails over while its passes are counted; its size must change, too.',
  'dns-split': "One of the zone's own name servers goes on answering the old way for a long while.",
  'pending-email': 'Addresses of the mailing list must confirm again after the restore.',
  gsi: 'The update of api would change two indexes of one table at once, which AWS refuses.',
  'ami-build-failed': 'The first build of the endpoint image fails; packer.py exits 0 all the same.',
  'leftover-change-set':
    'Earlier runs left change sets of this commit behind: a failed one of core, one of redis that waits.',
  'danger-change': 'The change set of api would replace a DynamoDB table.',
} as const;

export type FaultName = keyof typeof FAULTS;

/** Where each strikes first: a rehearsal that begins before this stage meets it at once. */
export const STRIKES_IN: Readonly<Record<FaultName, StageName>> = {
  'redis-size': 'redis',
  'function-not-found': 'cachedb',
  rollback: 'api',
  'rollback-failed': 'api',
  throttling: 'maintenanceOn',
  'expired-credentials': 'core',
  'network-loss': 'core',
  'script-crash': 'core',
  'slow-dns': 'maintenanceOn',
  'undrained-cache': 'redis',
  'cache-failover': 'redis',
  'dns-split': 'maintenanceOn',
  'pending-email': 'silence',
  gsi: 'api',
  'ami-build-failed': 'finishDev',
  'leftover-change-set': 'core',
  'danger-change': 'api',
};
export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULTS, name);

/** Faults in which the size of a cache must change, so that redis is deleted and created. */
export const RESIZES_CACHES: ReadonlySet<FaultName> = new Set(['redis-size', 'undrained-cache', 'cache-failover']);
