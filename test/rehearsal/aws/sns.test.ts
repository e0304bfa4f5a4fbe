import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { expect, test } from 'vitest';
import type { SeedSubscription } from '../../../src/rehearsal/contract.ts';
import { ACCOUNT, createScene, type Scene } from './world.ts';

const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:ProductionMicronsMailingList`;

const email = (endpoint: string, confirmed = true): SeedSubscription => ({
  protocol: 'email',
  endpoint,
  owner: ACCOUNT,
  confirmed,
});

function seedTopic({ aws }: Scene, subscriptions: readonly SeedSubscription[], filterPolicyLimit = 200): void {
  aws.seed.topic({ accountId: ACCOUNT, name: 'ProductionMicronsMailingList', subscriptions, filterPolicyLimit });
}

test('subscriptions come in pages of a hundred, with the words for those that have no ARN', async () => {
  await using scene = await createScene();
  const sns = new SNSClient(scene.config());
  const many = Array.from({ length: 110 }, (_, index) => email(`person${index}@example.org`));
  seedTopic(scene, [email('late@example.org', false), { ...email('gone@example.org'), deleted: true }, ...many]);
  expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn: TOPIC }]);
  const first = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: TOPIC }));
  expect(first.Subscriptions).toHaveLength(100);
  expect(first.Subscriptions?.slice(0, 2).map(({ SubscriptionArn: arn }) => arn)).toEqual([
    'PendingConfirmation',
    'Deleted',
  ]);
  const second = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: TOPIC, NextToken: first.NextToken }));
  expect(second.Subscriptions).toHaveLength(12);
  expect(second.NextToken).toBeUndefined();
  const { Attributes: attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: TOPIC }));
  expect(attributes).toMatchObject({
    SubscriptionsConfirmed: '110',
    SubscriptionsPending: '1',
    SubscriptionsDeleted: '1',
  });
  await expect(sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: `${TOPIC}x` }))).rejects.toMatchObject({
    name: expect.stringContaining('NotFound'),
    message: 'Topic does not exist',
  });
});

test('a filter policy is set, told, and removed by an empty one', async () => {
  await using scene = await createScene();
  const sns = new SNSClient(scene.config());
  seedTopic(scene, [{ ...email('a@example.org'), attributes: { RawMessageDelivery: 'true' } }]);
  const arn = scene.aws.subscriptions(TOPIC)[0]?.arn;
  const attributes = async () =>
    (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }))).Attributes;
  const set = (AttributeName: string, AttributeValue: string) =>
    sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: arn, AttributeName, AttributeValue }));
  expect(await attributes()).toMatchObject({ RawMessageDelivery: 'true', PendingConfirmation: 'false' });
  await set('FilterPolicy', '{"muted":["r1"]}');
  expect(await attributes()).toMatchObject({
    FilterPolicy: '{"muted":["r1"]}',
    FilterPolicyScope: 'MessageAttributes',
  });
  expect(scene.aws.subscriptions(TOPIC)[0]?.attributes?.FilterPolicy).toBe('{"muted":["r1"]}');
  await set('FilterPolicy', '{}');
  expect(await attributes()).not.toHaveProperty('FilterPolicy');
  const refused = { name: expect.stringContaining('InvalidParameter') };
  await expect(set('FilterPolicy', 'no json')).rejects.toMatchObject(refused);
  await expect(set('Colour', 'blue')).rejects.toMatchObject(refused);
});

test('a topic has no more filter policies than its limit', async () => {
  await using scene = await createScene();
  const sns = new SNSClient(scene.config());
  seedTopic(scene, [email('a@example.org'), email('b@example.org')], 1);
  const [a, b] = scene.aws.subscriptions(TOPIC);
  const mute = (arn: string | undefined) =>
    sns.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn: arn,
        AttributeName: 'FilterPolicy',
        AttributeValue: '{"muted":["r1"]}',
      }),
    );
  await mute(a?.arn);
  // The one that has a policy already may have another.
  await mute(a?.arn);
  await expect(mute(b?.arn)).rejects.toMatchObject({ name: expect.stringContaining('FilterPolicyLimitExceeded') });
});

test('an address must confirm; what needs no confirmation is there at once', async () => {
  await using scene = await createScene();
  const sns = new SNSClient(scene.config());
  seedTopic(scene, []);
  const subscribe = (Protocol: string, Endpoint: string, ReturnSubscriptionArn = false) =>
    sns.send(new SubscribeCommand({ TopicArn: TOPIC, Protocol, Endpoint, ReturnSubscriptionArn }));
  expect((await subscribe('email', 'a@example.org')).SubscriptionArn).toBe('pending confirmation');
  const { SubscriptionArn: arn } = await subscribe('email', 'a@example.org', true);
  expect(arn).toMatch(new RegExp(`^${TOPIC}:`));
  await expect(sns.send(new UnsubscribeCommand({ SubscriptionArn: arn }))).rejects.toMatchObject({
    name: expect.stringContaining('InvalidParameter'),
  });
  await expect(sns.send(new UnsubscribeCommand({ SubscriptionArn: 'PendingConfirmation' }))).rejects.toMatchObject({
    name: expect.stringContaining('InvalidParameter'),
  });
  scene.aws.confirmSubscription(TOPIC, 'email', 'a@example.org');
  expect((await subscribe('email', 'a@example.org')).SubscriptionArn).toBe(arn);
  expect((await subscribe('sms', '+15550100')).SubscriptionArn).toMatch(/^arn:/);
  expect((await subscribe('sqs', `arn:aws:sqs:us-east-1:${ACCOUNT}:q`)).SubscriptionArn).toMatch(/^arn:/);
  const foreign = await subscribe('sqs', 'arn:aws:sqs:us-east-1:999999999999:q');
  expect(foreign.SubscriptionArn).toBe('pending confirmation');
  await expect(subscribe('email', 'nobody')).rejects.toMatchObject({
    name: expect.stringContaining('InvalidParameter'),
  });
  await sns.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
  expect(scene.aws.subscriptions(TOPIC).map(({ endpoint }) => endpoint)).not.toContain('a@example.org');
  await expect(sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }))).rejects.toMatchObject({
    name: expect.stringContaining('NotFound'),
    message: 'Subscription does not exist',
  });
});

test('subscribing again is idempotent, but not with other attributes', async () => {
  await using scene = await createScene();
  const sns = new SNSClient(scene.config());
  seedTopic(scene, []);
  const subscribe = (policy: string) =>
    sns.send(
      new SubscribeCommand({
        TopicArn: TOPIC,
        Protocol: 'sms',
        Endpoint: '+15550100',
        Attributes: { FilterPolicy: policy },
      }),
    );
  const first = await subscribe('{"a":["b"]}');
  expect((await subscribe('{"a":["b"]}')).SubscriptionArn).toBe(first.SubscriptionArn);
  await expect(subscribe('{"a":["c"]}')).rejects.toMatchObject({
    name: expect.stringContaining('InvalidParameter'),
    message: expect.stringMatching(/already exists with different attributes/),
  });
  expect(scene.aws.subscriptions(TOPIC)).toHaveLength(1);
});

test('a subscription that nobody confirms is gone after two days', async () => {
  await using scene = await createScene();
  const sns = new SNSClient(scene.config());
  seedTopic(scene, []);
  await sns.send(new SubscribeCommand({ TopicArn: TOPIC, Protocol: 'email', Endpoint: 'a@example.org' }));
  const count = async () =>
    (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: TOPIC }))).Subscriptions?.length ?? 0;
  scene.clock.advance(47 * 3_600_000);
  expect(await count()).toBe(1);
  scene.clock.advance(2 * 3_600_000);
  expect(await count()).toBe(0);
});
