import type { Machine } from '../../../bosslet/bosslet.ts';
import type { TemplateResource } from '../../contract.ts';

/** The part of a bosslet's configuration that ends up in its templates. */
export interface TemplateBosslet {
  readonly internalDomain: string;
  readonly externalDomain: string;
  readonly accountId: string;
  readonly region: string;
  readonly amiSuffix: string;
}

/** What one stack's resources are made from. */
export interface StackInput {
  readonly bosslet: TemplateBosslet;
  readonly images: Readonly<Record<Machine, string>>;
  /** Absent: no scenario was given and the bosslet has none. */
  readonly scenario: string | undefined;
  /** `deployed`: what runs before the release; `head`: what the checkout generates. */
  readonly revision: 'deployed' | 'head';
}

export type Resources = Readonly<Record<string, TemplateResource>>;
export type Value = unknown;

export const ref = (logicalId: string) => ({ Ref: logicalId });
export const getAtt = (logicalId: string, attribute: string) => ({ 'Fn::GetAtt': [logicalId, attribute] });

const capitalise = (word: string) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();

/** How boss-manage names queues and step functions: `S3flush` → `S3flushProductionBoss`. */
export const capitalised = (bosslet: TemplateBosslet, name: string): string =>
  `${name}.${bosslet.internalDomain}`.split('.').map(capitalise).join('');
/** How it names lambdas, topics and load balancers: `multiLambda-production-boss`. */
export const dashed = (bosslet: TemplateBosslet, name: string): string =>
  `${name}.${bosslet.internalDomain}`.replaceAll('.', '-');
/** How it names everything else: `tileindex.production.boss`. */
export const dotted = (bosslet: TemplateBosslet, name: string): string => `${name}.${bosslet.internalDomain}`;

export const roleArn = (bosslet: TemplateBosslet, role: string): string =>
  `arn:aws:iam::${bosslet.accountId}:role/${role}`;
export const topicArn = (bosslet: TemplateBosslet, topic: string): string =>
  `arn:aws:sns:${bosslet.region}:${bosslet.accountId}:${topic}`;
export const certificateArn = (bosslet: TemplateBosslet, host: 'api' | 'auth'): string =>
  `arn:aws:acm:${bosslet.region}:${bosslet.accountId}:certificate/${host}-7f3d2c10-5a5e-4b0e-9a35-1f1c6d0e8b21`;

/** The Name tag by which boss-manage finds its machines. */
export const nameTag = (name: string) => ({ Key: 'Name', Value: name });

/** A CNAME; in the public zone for hosts, in the bosslet's own zone for machines. */
export const cname = (zone: string, name: string, target: Value): TemplateResource => ({
  Type: 'AWS::Route53::RecordSet',
  Properties: { HostedZoneName: `${zone}.`, Name: name, Type: 'CNAME', TTL: '300', ResourceRecords: [target] },
});

export const alarm = (input: {
  readonly name: string;
  readonly metric: string;
  readonly namespace: string;
  readonly statistic: string;
  readonly comparison: string;
  readonly threshold: string;
  readonly dimension: { readonly Name: string; readonly Value: Value };
  readonly actions: readonly Value[];
}): TemplateResource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: input.name,
    MetricName: input.metric,
    Namespace: input.namespace,
    Statistic: input.statistic,
    ComparisonOperator: input.comparison,
    Threshold: input.threshold,
    EvaluationPeriods: '1',
    Period: '60',
    Dimensions: [input.dimension],
    AlarmActions: input.actions,
  },
});
