import type { Bosslet, Machine } from '../bosslet/bosslet.ts';
import { publicHost } from '../bosslet/names.ts';
import { OPERATOR } from './mailingList.ts';
import { MAINTENANCE_MARKER } from './site/site.ts';

/** Where releases are kept a second time. */
export const EVIDENCE_BUCKET = 'releases.production.boss';

/** The bosslet under rehearsal: everything of it that does not depend on a port. */
export const PRODUCTION = {
  name: 'production.boss',
  internalDomain: 'production.boss',
  externalDomain: 'theboss.io',
  region: 'us-east-1',
  accountId: '123456789012',
  alertTopic: 'ProductionMicronsMailingList',
  operator: OPERATOR,
  scenario: 'production',
  sprint: 'sprint42',
  amiSuffix: '.boss',
  maintenance: { contains: MAINTENANCE_MARKER },
  evidenceCopyTo: `s3://${EVIDENCE_BUCKET}/mailing-list`,
} as const satisfies Partial<Bosslet>;

/** The account in which developers build. */
export const DEV = {
  name: 'dev.boss',
  internalDomain: 'dev.boss',
  externalDomain: 'thebossdev.io',
  accountId: '210987654321',
} as const;

/** Keys that no real account would take: a rehearsal cannot reach one. */
export const PRODUCTION_KEYS = {
  accessKeyId: 'AKIAREHEARSALPROD001',
  secretAccessKey: 'not-a-secret-production-rehearsal',
} as const;
export const DEV_KEYS = {
  accessKeyId: 'AKIAREHEARSALDEV0001',
  secretAccessKey: 'not-a-secret-dev-rehearsal',
} as const;

export const API_HOST = publicHost(PRODUCTION);
export const DISTRIBUTION = 'y3xkd1vyu9iu3.cloudfront.net';
export const API_BALANCER = 'elb-production-boss-1180443621.us-east-1.elb.amazonaws.com';
export const AUTH_BALANCER_NAME = 'auth-production-boss';
export const AUTH_BALANCER = 'auth-production-boss-773201945.us-east-1.elb.amazonaws.com';
/** TTL of the zone's records. */
export const RECORD_TTL_SECONDS = 300;

export const NAME_SERVERS = [
  'ns-1.awsdns-01.org',
  'ns-612.awsdns-12.net',
  'ns-1033.awsdns-01.com',
  'ns-1798.awsdns-32.co.uk',
] as const;

/** Commits of boss-manage that are deployed, in full. */
export const DEPLOYED_COMMIT = '7a6e3a1f0c5b9d2e8f4a1b6c3d7e9f0a2b4c6d81';
export const EARLIER_COMMIT = '3c9d1e77b2a04f5c8e6d1a9b0f3c5e7d9a1b2c3d';

/** What the vault of production holds. */
export const VAULT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'secret/auth': { username: 'admin', password: 'Rehearsed-Keycloak-0001', client_id: 'admin-cli', realm: 'master' },
  'secret/auth/realm': { username: 'bossadmin', password: 'S3cretRealmPw0001', client_id: 'endpoint' },
  'secret/keycloak': { password: 'Rehearsed-Keycloak-Db-0001', username: 'keycloak' },
  'secret/endpoint/django': { secret_key: 'rehearsed-django-secret-key-0001' },
  'secret/endpoint/auth': { client_id: 'endpoint', url: 'https://auth.theboss.io/auth/realms/BOSS' },
};

export type Images = Readonly<Record<Machine, string>>;
