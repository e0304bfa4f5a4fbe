import type { Bosslet, Config, Machine } from './bosslet.ts';

type Named = Pick<Bosslet, 'internalDomain' | 'externalDomain' | 'externalFormat'>;

const capitalise = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** What every stack of a bosslet ends in: `ProductionBoss`. */
export const stackSuffix = (bosslet: Named): string => bosslet.internalDomain.split('.').map(capitalise).join('');

/** `core` → `CoreProductionBoss`. */
export const stackName = (bosslet: Named, config: Config | (string & {})): string =>
  capitalise(config) + stackSuffix(bosslet);

/** `CoreProductionBoss` → `core`; undefined for a stack of somebody else. */
export function configOfStack(bosslet: Named, name: string): string | undefined {
  const suffix = stackSuffix(bosslet);
  if (!name.endsWith(suffix) || name.length === suffix.length) return undefined;
  const head = name.slice(0, -suffix.length);
  return head.charAt(0).toLowerCase() + head.slice(1);
}

/** The public name of a machine: `api.theboss.io`, `api-integration.theboss.io`. */
export const publicHost = (
  { externalDomain, externalFormat = '{machine}' }: Named,
  machine: 'api' | 'auth' = 'api',
): string => `${externalFormat.replaceAll('{machine}', machine)}.${externalDomain}`;

/** The API's load balancer: `elb-production-boss`. */
export const loadBalancerName = (bosslet: Named): string => `elb-${bosslet.internalDomain.replaceAll('.', '-')}`;

/** The rule that must stay disabled: `deleteEventRule.production.boss`. */
export const deleteRuleName = (bosslet: Named): string => `deleteEventRule.${bosslet.internalDomain}`;

/** Name tag of a machine's instances: `endpoint.production.boss`. */
export const instanceName = (bosslet: Named, machine: Machine | 'bastion'): string =>
  `${machine}.${bosslet.internalDomain}`;

/** `vault.boss-sprint42`. */
export const amiName = (bosslet: Pick<Bosslet, 'amiSuffix'>, machine: Machine, version: string): string =>
  `${machine}${bosslet.amiSuffix}-${version}`;

/** The change set that `cloudformation.py update` makes: `h<40-hex HEAD>`. */
export const changeSetName = (head: string): string => `h${head}`;

export const topicArn = (bosslet: Pick<Bosslet, 'region' | 'accountId' | 'alertTopic'>): string =>
  `arn:aws:sns:${bosslet.region}:${bosslet.accountId}:${bosslet.alertTopic}`;
