import type { Account, Call } from './account.ts';
import { arn } from './account.ts';
import { AwsError } from './awsError.ts';
import { page } from './page.ts';
import { entries, type Params } from './params.ts';
import type { QueryService } from './protocol.ts';
import type { XmlFields } from './xml.ts';

export interface Topic {
  readonly topicArn: string;
  /** Filter policies that the topic may have. */
  readonly filterPolicyLimit: number;
  /** Oldest first. */
  subscriptions: TopicSubscription[];
  readonly messages: TopicMessage[];
}
/** What was published, and to whom it went. */
export interface TopicMessage {
  readonly subject: string;
  readonly text: string;
  readonly endpoints: readonly string[];
}
export interface TopicSubscription {
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly owner: string;
  /** `deleted` is what its own endpoint unsubscribed: listed for three days more, under that word. */
  state: 'pending' | 'confirmed' | 'deleted';
  /** When its endpoint was asked last. */
  subscribedAtMs: number;
  readonly attributes: Map<string, string>;
}

/** SNS forgets a subscription that nobody confirms within two days. */
const PENDING_MS = 48 * 3_600_000;
const PAGE_SIZE = 100;
/** Protocols whose endpoint must say yes; the others are trusted where they are of the topic's own account. */
const ASKS_ITS_ENDPOINT = new Set(['email', 'email-json', 'http', 'https']);
const SETTABLE = new Set([
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
  'ReplayPolicy',
  'SubscriptionRoleArn',
]);

const invalid = (what: string) => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
const missing = (what: 'Topic' | 'Subscription') => new AwsError('NotFound', `${what} does not exist`, 404);

export const newTopic = (account: Account, name: string, filterPolicyLimit: number): Topic => ({
  topicArn: arn(account, 'sns', name),
  filterPolicyLimit,
  subscriptions: [],
  messages: [],
});

function needArn(params: Params, name: string): string {
  const value = params[name];
  if (!value) throw invalid(`${name} Reason: no value for required parameter`);
  const elements = value.split(':').length;
  if (elements < 6) throw invalid(`${name} Reason: An ARN must have at least 6 elements, not ${elements}`);
  return value;
}

function needTopic(params: Params, { account, aws }: Call): Topic {
  const topic = account.topics.get(needArn(params, 'TopicArn'));
  if (!topic) throw missing('Topic');
  const now = aws.agenda.now();
  topic.subscriptions = topic.subscriptions.filter(
    ({ state, subscribedAtMs }) => state !== 'pending' || now - subscribedAtMs < PENDING_MS,
  );
  return topic;
}

function findSubscription(params: Params, { account }: Call): { topic: Topic; found: TopicSubscription } | undefined {
  const wanted = needArn(params, 'SubscriptionArn');
  for (const topic of account.topics.values()) {
    const found = topic.subscriptions.find((candidate) => candidate.arn === wanted && candidate.state !== 'deleted');
    if (found) return { topic, found };
  }
  return undefined;
}

const WORDS = { pending: 'PendingConfirmation', deleted: 'Deleted' } as const;

const listed = (topic: Topic, { state, arn: subscriptionArn, owner, protocol, endpoint }: TopicSubscription) => ({
  SubscriptionArn: state === 'confirmed' ? subscriptionArn : WORDS[state],
  Owner: owner,
  Protocol: protocol,
  Endpoint: endpoint,
  TopicArn: topic.topicArn,
});

/** SNS writes its attribute maps as lists of `entry`. */
const attributeMap = (attributes: Readonly<Record<string, string>>): XmlFields => ({
  element: 'entry',
  items: Object.entries(attributes).map(([key, value]) => ({ key, value })),
});

/** What of the attributes a call gave, checked; an empty filter policy stands for none. */
function checkAttribute(name: string, value: string): string | undefined {
  if (!SETTABLE.has(name)) throw invalid('AttributeName');
  if (name === 'FilterPolicyScope' && value !== 'MessageAttributes' && value !== 'MessageBody')
    throw invalid('FilterPolicyScope: must be either MessageAttributes or MessageBody');
  if (name === 'RawMessageDelivery' && value !== 'true' && value !== 'false')
    throw invalid('Attributes Reason: RawMessageDelivery: Invalid value. Must be true or false.');
  if (!name.endsWith('Policy')) return value;
  if (value === '') return undefined;
  const parsed = parsePolicy(name, value);
  return name === 'FilterPolicy' && Object.keys(parsed).length === 0 ? undefined : value;
}

function parsePolicy(name: string, value: string): object {
  try {
    const parsed: unknown = JSON.parse(value);
    if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)) return parsed;
  } catch {}
  throw invalid(`${name}: failed to parse JSON.`);
}

function setAttribute(topic: Topic, subscription: TopicSubscription, name: string, value: string): void {
  const checked = checkAttribute(name, value);
  if (checked === undefined) {
    subscription.attributes.delete(name);
    if (name === 'FilterPolicy') subscription.attributes.delete('FilterPolicyScope');
    return;
  }
  const others = topic.subscriptions.filter(
    (other) => other !== subscription && other.state !== 'deleted' && other.attributes.has('FilterPolicy'),
  );
  if (name === 'FilterPolicy' && others.length >= topic.filterPolicyLimit)
    throw new AwsError('FilterPolicyLimitExceeded', 'Filter policy limit exceeded', 403);
  subscription.attributes.set(name, checked);
  if (name === 'FilterPolicy' && !subscription.attributes.has('FilterPolicyScope'))
    subscription.attributes.set('FilterPolicyScope', 'MessageAttributes');
}

/** A subscription as {@link subscribe} or a seed makes it; its attributes are set one by one afterwards. */
export function newSubscription(
  { aws, account }: Call,
  topic: Topic,
  { protocol, endpoint, owner }: { readonly protocol: string; readonly endpoint: string; readonly owner?: string },
): TopicSubscription {
  const ofAnotherAccount = endpoint.startsWith('arn:') && endpoint.split(':')[4] !== account.accountId;
  return {
    arn: `${topic.topicArn}:${aws.ids.uuid()}`,
    protocol,
    endpoint,
    owner: owner ?? account.accountId,
    state: ASKS_ITS_ENDPOINT.has(protocol) || ofAnotherAccount ? 'pending' : 'confirmed',
    subscribedAtMs: aws.agenda.now(),
    attributes: new Map(),
  };
}

function subscribe(params: Params, call: Call): XmlFields {
  const topic = needTopic(params, call);
  const protocol = params.Protocol ?? '';
  const endpoint = params.Endpoint ?? '';
  if (!protocol) throw invalid('Protocol');
  if (!endpoint) throw invalid('Endpoint');
  if (protocol.startsWith('email') && !/^[^@\s]+@[^@\s]+$/.test(endpoint)) throw invalid('Email address');
  const given = entries(params, 'Attributes.entry').map(({ key = '', value = '' }) => [key, value] as const);
  const existing = topic.subscriptions.find(
    (other) => other.state !== 'deleted' && other.protocol === protocol && other.endpoint === endpoint,
  );
  if (existing && given.some(([name, value]) => existing.attributes.get(name) !== checkAttribute(name, value)))
    throw invalid('Attributes Reason: Subscription already exists with different attributes');
  const subscription = existing ?? newSubscription(call, topic, { protocol, endpoint });
  if (existing?.state === 'pending') existing.subscribedAtMs = call.aws.agenda.now();
  if (!existing) {
    for (const [name, value] of given) setAttribute(topic, subscription, name, value);
    topic.subscriptions.push(subscription);
  }
  const told = subscription.state === 'confirmed' || params.ReturnSubscriptionArn === 'true';
  return { SubscriptionArn: told ? subscription.arn : 'pending confirmation' };
}

function subscriptionAttributes(params: Params, call: Call): XmlFields {
  const { topic, found } = findSubscription(params, call) ?? {};
  if (!topic || !found) throw missing('Subscription');
  return {
    Attributes: attributeMap({
      SubscriptionArn: found.arn,
      TopicArn: topic.topicArn,
      Owner: found.owner,
      Protocol: found.protocol,
      Endpoint: found.endpoint,
      PendingConfirmation: String(found.state === 'pending'),
      ConfirmationWasAuthenticated: String(!ASKS_ITS_ENDPOINT.has(found.protocol)),
      SubscriptionPrincipal: `arn:aws:iam::${found.owner}:user/operator`,
      RawMessageDelivery: 'false',
      ...Object.fromEntries(found.attributes),
    }),
  };
}

export const sns: QueryService = {
  protocol: 'query',
  xmlns: 'http://sns.amazonaws.com/doc/2010-03-31/',
  operations: {
    ListTopics(params, { account }) {
      const { items, nextToken } = page([...account.topics.keys()], params.NextToken, PAGE_SIZE);
      return { Topics: items.map((topicArn) => ({ TopicArn: topicArn })), NextToken: nextToken };
    },
    GetTopicAttributes(params, call) {
      const { topicArn, subscriptions } = needTopic(params, call);
      const count = (state: TopicSubscription['state']) =>
        String(subscriptions.filter((subscription) => subscription.state === state).length);
      return {
        Attributes: attributeMap({
          TopicArn: topicArn,
          Owner: call.account.accountId,
          DisplayName: '',
          SubscriptionsConfirmed: count('confirmed'),
          SubscriptionsPending: count('pending'),
          SubscriptionsDeleted: count('deleted'),
        }),
      };
    },
    ListSubscriptionsByTopic(params, call) {
      const topic = needTopic(params, call);
      const { items, nextToken } = page(topic.subscriptions, params.NextToken, PAGE_SIZE);
      return { Subscriptions: items.map((subscription) => listed(topic, subscription)), NextToken: nextToken };
    },
    GetSubscriptionAttributes: subscriptionAttributes,
    SetSubscriptionAttributes(params, call) {
      const { topic, found } = findSubscription(params, call) ?? {};
      if (!topic || !found) throw missing('Subscription');
      setAttribute(topic, found, params.AttributeName ?? '', params.AttributeValue ?? '');
      return undefined;
    },
    Subscribe: subscribe,
    Publish(params, call) {
      const topic = needTopic(params, call);
      const { Subject: subject = '', Message: text = '' } = params;
      if (!text) throw invalid('Empty message');
      // No message of ours has attributes, so that every filter policy keeps it back.
      const told = topic.subscriptions.filter(
        ({ state, attributes }) => state === 'confirmed' && !attributes.has('FilterPolicy'),
      );
      topic.messages.push({ subject, text, endpoints: told.map(({ endpoint }) => endpoint) });
      return { MessageId: call.aws.ids.uuid() };
    },
    Unsubscribe(params, call) {
      const { topic, found } = findSubscription(params, call) ?? {};
      // SNS answers the removal of what is gone as if it had done it.
      if (!topic || !found) return undefined;
      if (found.state === 'pending')
        throw invalid('SubscriptionArn Reason: a pending subscription cannot be unsubscribed');
      topic.subscriptions = topic.subscriptions.filter((other) => other !== found);
      return undefined;
    },
  },
};
