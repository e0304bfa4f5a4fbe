import type { Bosslet } from '../../src/bosslet/bosslet.ts';

/** A production bosslet for what needs no world. */
export const BOSSLET: Bosslet = {
  name: 'production.boss',
  internalDomain: 'production.boss',
  externalDomain: 'theboss.io',
  region: 'us-east-1',
  accountId: '123456789012',
  alertTopic: 'ProductionMicronsMailingList',
  operator: 'you@example.org',
  scenario: 'production',
  sprint: 'sprint42',
  amiSuffix: '.boss',
  dev: { bosslet: 'dev.boss', accountId: '210987654321' },
  apiUrl: 'https://api.theboss.io',
  maintenance: { contains: 'Down for Maintenance' },
  dns: { resolvers: ['8.8.8.8:53'], authoritative: true },
  redis: { via: 'bastion', caches: {} },
  bossManage: '/srv/boss-manage',
};
