import type { Call } from '../account.ts';
import type { Table, TableIndex } from '../dynamoDb.ts';
import { launch, terminate } from '../ec2.ts';
import { groupOf, newLoadBalancer, newTargetGroup } from '../loadBalancers.ts';
import { absoluteName } from '../route53.ts';
import { newTopic } from '../sns.ts';
import { createGroup, removeGroup } from './autoScaling.ts';
import { durationMs } from './durations.ts';
import { shortName } from './physicalIds.ts';
import { isRecord } from './references.ts';
import type { Resource, Stack } from './stack.ts';
import { type Properties, tagOf } from './tags.ts';

/** A resource of a stack, for which something is to be made, changed or removed in its own service. */
export interface Provisioned extends Call {
  readonly stack: Stack;
  readonly resource: Resource;
  /** The stack is being seeded: it stood there before, so nothing takes time and what is there already is its own. */
  readonly seeding: boolean;
}

/** What a resource type means to its own service; most mean nothing that anybody here looks at. */
interface Provision {
  create(context: Provisioned): void;
  /** The resource holds the new properties already. */
  update?(context: Provisioned, before: Properties): void;
  remove(context: Provisioned): void;
}

const nameOf = ({ definition, properties, physicalResourceId }: Resource) =>
  shortName(definition.Type, properties, physicalResourceId);

const rule: Provision = {
  create({ account, resource, seeding }) {
    const name = nameOf(resource);
    if (seeding && account.rules.has(name)) return;
    account.rules.set(name, { name, state: resource.properties.State === 'DISABLED' ? 'DISABLED' : 'ENABLED' });
  },
  update({ account, resource }, before) {
    const known = account.rules.get(nameOf(resource));
    // What somebody switched since is left alone, unless the template says otherwise now.
    if (known && before.State !== resource.properties.State)
      known.state = resource.properties.State === 'DISABLED' ? 'DISABLED' : 'ENABLED';
  },
  remove: ({ account, resource }) => void account.rules.delete(nameOf(resource)),
};

const queue: Provision = {
  create({ account, resource }) {
    const name = nameOf(resource);
    if (!account.queues.has(name)) account.queues.set(name, { name, visible: 0 });
  },
  remove: ({ account, resource }) => void account.queues.delete(nameOf(resource)),
};

const topic: Provision = {
  create({ account, resource }) {
    if (account.topics.has(resource.physicalResourceId)) return;
    const made = newTopic(account, nameOf(resource), 200);
    account.topics.set(made.topicArn, made);
  },
  remove: ({ account, resource }) => void account.topics.delete(resource.physicalResourceId),
};

/** The indexes that a template gives a table, all in one status. */
const indexesOf = (properties: Properties, status: TableIndex['status']): TableIndex[] =>
  (Array.isArray(properties.GlobalSecondaryIndexes) ? properties.GlobalSecondaryIndexes : [])
    .filter(isRecord)
    .map((index) => ({ name: String(index.IndexName), status, keySchema: index.KeySchema }));

const table: Provision = {
  create({ aws, account, resource, seeding }) {
    const name = nameOf(resource);
    const made: Table = {
      name,
      createdAtMs: aws.agenda.now(),
      status: seeding ? 'ACTIVE' : 'CREATING',
      keySchema: resource.properties.KeySchema,
      attributeDefinitions: resource.properties.AttributeDefinitions,
      indexes: indexesOf(resource.properties, seeding ? 'ACTIVE' : 'CREATING'),
    };
    account.tables.set(name, made);
    if (!seeding) activate(aws.agenda, made, resource.properties, durationMs('AWS::DynamoDB::Table', 'create'));
  },
  update({ aws, account, resource }) {
    const known = account.tables.get(nameOf(resource));
    if (!known) return;
    const wanted = indexesOf(resource.properties, 'CREATING');
    const kept = known.indexes.map((index) =>
      wanted.some(({ name }) => name === index.name) ? index : { ...index, status: 'DELETING' as const },
    );
    const fresh = wanted.filter(({ name }) => !known.indexes.some((index) => index.name === name));
    known.attributeDefinitions = resource.properties.AttributeDefinitions;
    known.indexes = [...kept, ...fresh];
    known.status = 'UPDATING';
    activate(aws.agenda, known, resource.properties, durationMs('AWS::DynamoDB::Table', 'update'));
  },
  remove: ({ account, resource }) => void account.tables.delete(nameOf(resource)),
};

/** A little before CloudFormation says so, the table has what the template wants. */
function activate(agenda: Call['aws']['agenda'], made: Table, properties: Properties, afterMs: number): void {
  agenda.at(agenda.now() + afterMs - 4_000, () => {
    made.status = 'ACTIVE';
    made.indexes = indexesOf(properties, 'ACTIVE');
  });
}

const instance: Provision = {
  create({ aws, account, resource, stack, seeding }) {
    const name = tagOf(resource.properties, 'Name') ?? `${stack.stackName}-${resource.logicalResourceId}`;
    const known = account.instances.find((one) => seeding && one.seeded && one.tags.Name === name);
    if (known) {
      resource.physicalResourceId = known.instanceId;
      return;
    }
    const imageId = typeof resource.properties.ImageId === 'string' ? resource.properties.ImageId : '';
    launch(
      { aws, account },
      {
        imageId,
        name,
        instanceId: resource.physicalResourceId,
        ...(seeding ? { launchedAtMs: stack.state.updatedAtMs ?? stack.createdAtMs } : {}),
      },
    );
  },
  remove: (context) => terminate(context, context.resource.physicalResourceId),
};

const loadBalancer = (kind: 'classic' | 'application'): Provision => ({
  create(context) {
    const { account, resource } = context;
    const name = nameOf(resource);
    const known = account.loadBalancers.find((one) => one.name === name && one.kind === kind);
    if (known?.arn) resource.physicalResourceId = known.arn;
    if (known) return;
    account.loadBalancers.push({
      ...newLoadBalancer(context, { name, kind }),
      arn: kind === 'application' ? resource.physicalResourceId : undefined,
    });
    // A classic one holds its instances itself.
    if (kind === 'classic') link(context, name, name);
  },
  remove({ account, resource }) {
    const name = nameOf(resource);
    account.loadBalancers.splice(
      0,
      Infinity,
      ...account.loadBalancers.filter((one) => one.name !== name || one.kind !== kind),
    );
    for (const group of account.targetGroups) group.loadBalancers.delete(name);
  },
});

/** Makes a target group where there is none of this name, and lets the load balancer lead to it. */
function link(context: Provisioned, groupName: string, loadBalancerName: string): void {
  const { account } = context;
  const known = account.targetGroups.find(({ name }) => name === groupName);
  const group = known ?? newTargetGroup(context, groupName);
  if (!known) account.targetGroups.push(group);
  group.loadBalancers.add(loadBalancerName);
}

const targetGroup: Provision = {
  create(context) {
    const { account, resource } = context;
    const name = nameOf(resource);
    if (account.targetGroups.some((group) => group.arn === resource.physicalResourceId)) return;
    account.targetGroups.push({ ...newTargetGroup(context, name), arn: resource.physicalResourceId });
  },
  remove({ account, resource }) {
    const { physicalResourceId } = resource;
    account.targetGroups.splice(0, Infinity, ...account.targetGroups.filter(({ arn }) => arn !== physicalResourceId));
  },
};

/** A listener leads a load balancer to a target group; what a seed put behind the load balancer moves with it. */
const listener: Provision = {
  create({ account, resource: { properties } }) {
    const owner = account.loadBalancers.find((one) => one.arn && one.arn === properties.LoadBalancerArn);
    const actions: readonly unknown[] = Array.isArray(properties.DefaultActions) ? properties.DefaultActions : [];
    const wanted = actions.filter(isRecord).map(({ TargetGroupArn: arn }) => arn);
    const group = account.targetGroups.find(({ arn }) => wanted.includes(arn));
    if (!owner || !group) return;
    const seeded = groupOf(account, owner.name);
    if (seeded && seeded !== group) {
      group.targets = seeded.targets;
      account.targetGroups.splice(account.targetGroups.indexOf(seeded), 1);
    }
    group.loadBalancers.add(owner.name);
  },
  remove() {},
};

/** The records of a RecordSet or a RecordSetGroup. */
function recordsOf({ properties, definition }: Resource): Properties[] {
  if (definition.Type === 'AWS::Route53::RecordSet') return [properties];
  return (Array.isArray(properties.RecordSets) ? properties.RecordSets : []).filter(isRecord);
}

/** A record's values; those of an alias are what it stands for. */
function valuesOf(record: Properties): string[] {
  if (isRecord(record.AliasTarget)) return [String(record.AliasTarget.DNSName)];
  return Array.isArray(record.ResourceRecords) ? record.ResourceRecords.map(String) : [];
}

function writeRecords({ aws, resource, seeding }: Provisioned, exist: boolean): void {
  for (const record of recordsOf(resource)) {
    aws.recordChanges.push({
      // What a seeded stack made has always been there, so that any seed of the record itself comes after it.
      atMs: seeding ? 0 : aws.agenda.now(),
      name: absoluteName(String(record.Name)),
      type: String(record.Type),
      ttlSeconds: Number(record.TTL ?? 60),
      values: exist ? valuesOf(record) : [],
    });
  }
}

const record: Provision = {
  create: (context) => writeRecords(context, true),
  update: (context) => writeRecords(context, true),
  remove: (context) => writeRecords(context, false),
};

const PROVISIONS: Readonly<Record<string, Provision>> = {
  'AWS::AutoScaling::AutoScalingGroup': { create: createGroup, remove: removeGroup },
  'AWS::DynamoDB::Table': table,
  'AWS::EC2::Instance': instance,
  'AWS::ElasticLoadBalancing::LoadBalancer': loadBalancer('classic'),
  'AWS::ElasticLoadBalancingV2::Listener': listener,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancer('application'),
  'AWS::ElasticLoadBalancingV2::TargetGroup': targetGroup,
  'AWS::Events::Rule': rule,
  'AWS::Route53::RecordSet': record,
  'AWS::Route53::RecordSetGroup': record,
  'AWS::SNS::Topic': topic,
  'AWS::SQS::Queue': queue,
};

/** Makes in its own service what a resource stands for. */
export const provision = (context: Provisioned): void => PROVISIONS[context.resource.definition.Type]?.create(context);

/** Changes it in place; the resource holds its new properties, `before` the old ones. */
export const reprovision = (context: Provisioned, before: Properties): void =>
  PROVISIONS[context.resource.definition.Type]?.update?.(context, before);

/** Removes it. */
export const unprovision = (context: Provisioned): void =>
  PROVISIONS[context.resource.definition.Type]?.remove(context);
