import type { AwsWorld } from '../contract.ts';
import { type Account, type Aws, type Call, createAccount } from './account.ts';
import { seedChangeSet } from './cloudFormation/changeSets.ts';
import { seedStack } from './cloudFormation/seedStack.ts';
import type { Instance } from './ec2.ts';
import { groupOf, newLoadBalancer, newTargetGroup } from './loadBalancers.ts';
import { absoluteName } from './route53.ts';
import { newSubscription, newTopic } from './sns.ts';

/**
 * Puts things into the world before (or while) it runs. A seed that names what a seeded stack has made already takes
 * its place, so that the order of seeds does not matter.
 */
export function createSeed(aws: Aws): AwsWorld['seed'] {
  const need = (accountId: string): Account => {
    const account = aws.accounts.get(accountId);
    if (!account) throw new Error(`The embedded AWS has no account ${accountId}; call seed.account first.`);
    return account;
  };
  const callOf = (accountId: string): Call => ({ aws, account: need(accountId) });
  return {
    account(accountId, accessKeyId, region) {
      const account = aws.accounts.get(accountId) ?? createAccount(accountId, region);
      aws.accounts.set(accountId, account);
      aws.accessKeys.set(accessKeyId, { account, expired: false });
    },
    stack: (input) => seedStack(callOf(input.accountId), input),
    template: ({ accountId, url, template }) => void need(accountId).templates.set(url, template),
    changeSet: ({ accountId, ...input }) => seedChangeSet(callOf(accountId), input),
    topic: (input) => seedTopic(callOf(input.accountId), input),
    hostedZone({ accountId, name, nameServers }) {
      const id = `Z${aws.ids.tail(13)}`;
      need(accountId).hostedZones.push({ id, name: absoluteName(name), nameServers, changes: new Map() });
    },
    record: (change) => void aws.recordChanges.push({ ...change, name: absoluteName(change.name) }),
    distribution({ accountId, domainName, aliases }) {
      const id = `E${aws.ids.tail(13)}`;
      const arn = `arn:aws:cloudfront::${accountId}:distribution/${id}`;
      need(accountId).distributions.push({ id, arn, domainName, aliases });
    },
    loadBalancer: (input) => seedLoadBalancer(callOf(input.accountId), input),
    image({ accountId, imageId, name, ownerId, createdAtMs, tags }) {
      need(accountId).images.push({ imageId, name, ownerId, createdAtMs, state: 'available', tags: { ...tags } });
    },
    instance: (input) => seedInstance(callOf(input.accountId), input),
    rule({ accountId, name, state }) {
      need(accountId).rules.set(name, { name, state });
    },
    queue({ accountId, name, visible }) {
      const { queues } = need(accountId);
      const queue = queues.get(name) ?? { name, visible };
      queue.visible = visible;
      queues.set(name, queue);
    },
    bucket({ accountId, name }) {
      need(accountId).buckets.set(name, new Map());
    },
    tableBackup: ({ accountId, ...backup }) => void need(accountId).tableBackups.push(backup),
    databaseSnapshot: ({ accountId, ...snapshot }) => void need(accountId).databaseSnapshots.push(snapshot),
    iam({ accountId, groups, roles, policies }) {
      Object.assign(need(accountId).iam, { groups, roles, policies });
    },
  };
}

function seedTopic(
  call: Call,
  { name, subscriptions, filterPolicyLimit }: Parameters<AwsWorld['seed']['topic']>[0],
): void {
  const topic = newTopic(call.account, name, filterPolicyLimit);
  call.account.topics.set(topic.topicArn, topic);
  for (const seed of subscriptions) {
    const subscription = newSubscription(call, topic, seed);
    subscription.state = seed.deleted ? 'deleted' : seed.confirmed ? 'confirmed' : 'pending';
    for (const [key, value] of Object.entries(seed.attributes ?? {})) subscription.attributes.set(key, value);
    topic.subscriptions.push(subscription);
  }
}

function seedLoadBalancer(call: Call, input: Parameters<AwsWorld['seed']['loadBalancer']>[0]): void {
  const { account } = call;
  const known = account.loadBalancers.find(({ name, kind }) => name === input.name && kind === input.kind);
  const loadBalancer = known ?? newLoadBalancer(call, input);
  loadBalancer.dnsName = input.dnsName;
  if (!known) account.loadBalancers.push(loadBalancer);
  const group = groupOf(account, input.name) ?? newTargetGroup(call, input.name);
  if (group.loadBalancers.size === 0) account.targetGroups.push(group);
  group.loadBalancers.add(input.name);
  if (input.targets.length > 0) group.targets = input.targets;
}

/** Takes the place of an instance of the same name that a seeded stack has launched, and of its load balancer's target. */
function seedInstance(
  { aws, account }: Call,
  { name, imageId, launchedAtMs, privateIpAddress }: Parameters<AwsWorld['seed']['instance']>[0],
): void {
  const index = account.instances.findIndex(({ tags, seeded }) => tags.Name === name && !seeded);
  const replaced: Instance | undefined = account.instances[index];
  const instance: Instance = {
    instanceId: replaced?.instanceId ?? `i-0${aws.ids.hex(16)}`,
    imageId,
    launchedAtMs,
    privateIpAddress,
    state: 'running',
    tags: { ...replaced?.tags, Name: name },
    seeded: true,
  };
  if (replaced) account.instances[index] = instance;
  else account.instances.push(instance);
}
