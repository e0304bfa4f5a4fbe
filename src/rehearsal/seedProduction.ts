import { CONFIGS, type Config } from '../bosslet/bosslet.ts';
import { changeSetName, loadBalancerName, stackName, topicArn } from '../bosslet/names.ts';
import { STACK_VERSIONS, stackParameters, stackTemplate } from './bossManage/templates.ts';
import type { AwsWorld, Template } from './contract.ts';
import { type FaultName, RESIZES_CACHES } from './faults.ts';
import { productionImages, seedProductionImages } from './images.ts';
import { filterPolicyLimit, mailingList, OPERATOR } from './mailingList.ts';
import {
  API_BALANCER,
  API_HOST,
  AUTH_BALANCER,
  AUTH_BALANCER_NAME,
  DEPLOYED_COMMIT,
  DISTRIBUTION,
  EVIDENCE_BUCKET,
  NAME_SERVERS,
  PRODUCTION,
  PRODUCTION_KEYS,
  RECORD_TTL_SECONDS,
} from './production.ts';
import { isBehind, type StageName } from './stages.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What the fixture depends on. */
export interface SeedOptions {
  readonly nowMs: number;
  /** HEAD of the checkout. */
  readonly head: string;
  readonly faults: ReadonlySet<FaultName>;
  /** The stage before which the world begins. */
  readonly from: StageName | undefined;
}

/** When the API was in maintenance, where earlier stages brought it there. */
interface Outage {
  readonly beganAtMs: number;
  /** Absent: it goes on. */
  readonly endedAtMs?: number;
}

/** How long an outage takes, as far as the stacks are concerned. */
const OUTAGE_MS = 180 * MINUTE_MS;
/** Long enough for resolvers and caches to have followed the last change of the public name. */
const SETTLED_MS = 40 * MINUTE_MS;
/** Long enough for resolvers, while the keys that do not drain are still there. */
const UNDRAINED_MS = 10 * MINUTE_MS;

function outageOf({ nowMs, faults, from }: SeedOptions): Outage | undefined {
  if (!isBehind('maintenanceOn', from)) return undefined;
  if (!isBehind('maintenanceOff', from))
    return { beganAtMs: nowMs - (faults.has('undrained-cache') ? UNDRAINED_MS : SETTLED_MS) };
  return { beganAtMs: nowMs - SETTLED_MS - OUTAGE_MS, endedAtMs: nowMs - SETTLED_MS };
}

/** When a stack was changed last: in the outage, one after the other, or in the release before. */
function changedAtMs(options: SeedOptions, config: Config): number {
  const { nowMs, from } = options;
  const index = CONFIGS.indexOf(config);
  const outage = isBehind(config, from) ? outageOf(options) : undefined;
  if (!outage) return nowMs - 45 * DAY_MS + index * 12 * MINUTE_MS;
  const share = (index + 1) / (CONFIGS.length + 1);
  return outage.beganAtMs + share * ((outage.endedAtMs ?? nowMs) - outage.beganAtMs);
}

/** Fills the account of production with everything that is there before the release, and what earlier stages left. */
export function seedProduction(aws: AwsWorld, options: SeedOptions): void {
  const { accountId, region } = PRODUCTION;
  aws.seed.account(accountId, PRODUCTION_KEYS.accessKeyId, region);
  seedProductionImages(aws, { ...options, labelled: isBehind('finishProduction', options.from) });
  // Before the stacks that name them, so that their records lead to the names that resolvers know.
  seedBalancers(aws);
  seedStacks(aws, options);
  seedSite(aws, options);
  seedList(aws, options);
  if (options.faults.has('leftover-change-set')) seedLeftovers(aws, options);
  aws.seed.bucket({ accountId, name: EVIDENCE_BUCKET });
  for (const [name, visible] of Object.entries(QUEUE_DEPTHS)) aws.seed.queue({ accountId, name, visible });
}

/** What earlier runs at this commit left behind: one that found nothing to do, and one that died at its prompt. */
function seedLeftovers(aws: AwsWorld, { nowMs, head, from }: SeedOptions): void {
  const { accountId } = PRODUCTION;
  const leave = (config: Config, ageMs: number, resources: Template['Resources']) => {
    if (isBehind(config, from)) return;
    const createdAtMs = nowMs - ageMs;
    const stackOf = stackName(PRODUCTION, config);
    aws.seed.changeSet({ accountId, stackName: stackOf, changeSetName: changeSetName(head), createdAtMs, resources });
  };
  leave('core', 26 * 60 * MINUTE_MS, {});
  leave('redis', 190 * MINUTE_MS, { Alarms: { Type: 'AWS::SNS::Topic' } });
}

/** What waits in the queues of the stacks; the others are empty. */
const QUEUE_DEPTHS = {
  S3flushProductionBoss: 4,
  DeadletterProductionBoss: 2,
  IndexidsqueueProductionBoss: 17,
  DownsamplequeueProductionBoss: 1,
} as const;

function seedStacks(aws: AwsWorld, options: SeedOptions): void {
  const { accountId } = PRODUCTION;
  for (const config of CONFIGS) seedStack(aws, options, config);
  const foreign = [
    { stackName: 'BackupProductionBoss', ageMs: 210 * DAY_MS },
    { stackName: 'account-audit-trail', ageMs: 800 * DAY_MS },
    { stackName: 'billing-alarms', ageMs: 640 * DAY_MS },
    { stackName: 'CoreIntegrationBoss', ageMs: 19 * DAY_MS },
  ];
  for (const { stackName: name, ageMs } of foreign)
    aws.seed.stack({
      accountId,
      stackName: name,
      template: foreignTemplate(name),
      tags: {},
      createdAtMs: options.nowMs - ageMs,
    });
}

const foreignTemplate = (name: string): Template => ({
  Description: `Not of the release: ${name}`,
  Resources: { Archive: { Type: 'AWS::S3::Bucket', Properties: { BucketName: `${name.toLowerCase()}-archive` } } },
});

/** One of the eight: as it is deployed, or as its stage left it. */
function seedStack(aws: AwsWorld, options: SeedOptions, config: Config): void {
  const { nowMs, head, faults, from } = options;
  const isNew = isBehind(config, from);
  const commit = isNew ? head : DEPLOYED_COMMIT;
  const bosslet = PRODUCTION;
  const template = stackTemplate(config, {
    bosslet,
    images: productionImages(commit),
    scenario: PRODUCTION.scenario,
    revision: isNew ? 'head' : 'deployed',
    faults,
    alertTopic: PRODUCTION.alertTopic,
  });
  const lastMs = changedAtMs(options, config);
  // dynamolambda knows no update: each release makes it anew.
  const isRecreated = config === 'dynamolambda' || (config === 'redis' && isNew && replacesCaches(faults));
  const times = isRecreated
    ? { createdAtMs: lastMs }
    : { createdAtMs: nowMs - (412 - CONFIGS.indexOf(config)) * DAY_MS, updatedAtMs: lastMs };
  aws.seed.stack({
    accountId: PRODUCTION.accountId,
    stackName: stackName(PRODUCTION, config),
    template,
    parameters: stackParameters(config, { bosslet }),
    tags: { StackVersion: String(STACK_VERSIONS[config]), Commit: commit },
    ...times,
  });
}

/** Whether the redis stage can only end by deleting the caches. */
export const replacesCaches = (faults: ReadonlySet<FaultName>): boolean => !RESIZES_CACHES.isDisjointFrom(faults);

/** The machines behind them are the stacks'. */
function seedBalancers(aws: AwsWorld): void {
  const { accountId } = PRODUCTION;
  const balancer = (name: string, dnsName: string, kind: 'classic' | 'application') =>
    aws.seed.loadBalancer({ accountId, name, dnsName, kind, targets: [] });
  balancer(loadBalancerName(PRODUCTION), API_BALANCER, 'application');
  balancer(AUTH_BALANCER_NAME, AUTH_BALANCER, 'classic');
}

/** The zone, the distribution with the maintenance page, and where the public name has led since the release began. */
function seedSite(aws: AwsWorld, options: SeedOptions): void {
  const { accountId, externalDomain } = PRODUCTION;
  aws.seed.hostedZone({ accountId, name: `${externalDomain}.`, nameServers: NAME_SERVERS });
  aws.seed.distribution({ accountId, domainName: 'd2v9kq0sq3xwml.cloudfront.net', aliases: ['docs.theboss.io'] });
  aws.seed.distribution({ accountId, domainName: DISTRIBUTION, aliases: [API_HOST] });
  const record = (name: string, type: string, atMs: number, values: readonly string[]) =>
    aws.seed.record({ atMs, name: `${name}.`, type, ttlSeconds: RECORD_TTL_SECONDS, values });
  // The records of the API and of auth are their stacks'.
  record(externalDomain, 'TXT', options.nowMs - 300 * DAY_MS, VERIFICATIONS);
  const outage = outageOf(options);
  if (!outage) return;
  record(API_HOST, 'CNAME', outage.beganAtMs, [DISTRIBUTION]);
  if (outage.endedAtMs !== undefined) record(API_HOST, 'CNAME', outage.endedAtMs, [API_BALANCER]);
}

/** Proofs of ownership, as many a zone collects them: too long for a plain UDP answer. */
const VERIFICATIONS = ['google', 'ms', 'atlassian', 'docusign', 'github', 'zoom', 'adobe', 'stripe'].map(
  (service, index) => `"${service}-domain-verification=${String(index).repeat(8)}${'f00dcafe'.repeat(5)}"`,
);

/** The mark of a muted subscription, as silencing the list leaves it, with the id of a release that is not known here. */
const MUTED = { FilterPolicy: JSON.stringify({ 'boss-tui-muted': ['earlier-release'] }) };

/** The list as it is, or as silencing it left it: muted, or where that is impossible all but removed. */
function seedList(aws: AwsWorld, { faults, from }: SeedOptions): void {
  const { accountId, region, alertTopic } = PRODUCTION;
  const list = mailingList(accountId, region);
  const isSilent = isBehind('silence', from) && !isBehind('restore', from);
  const stays = ({ endpoint, confirmed }: (typeof list)[number]) => endpoint === OPERATOR || !confirmed;
  const silenced = faults.has('pending-email')
    ? list.filter(stays)
    : list.map((one) => (stays(one) ? one : { ...one, attributes: { ...one.attributes, ...MUTED } }));
  aws.seed.topic({
    accountId,
    name: alertTopic,
    subscriptions: isSilent ? silenced : list,
    filterPolicyLimit: filterPolicyLimit(faults),
  });
}

export const LIST_ARN = topicArn(PRODUCTION);
