import type { SnsAct, SnsRead } from '../doors.ts';
import { isAbsent } from './awsError.ts';
import { allOf, type Connection, pages } from './connection.ts';

/** SNS: lists come by hundreds, and an unconfirmed subscription has a word in place of its ARN. */
export function createSns(connection: Connection): SnsRead & SnsAct {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/sns.ts');
    return { sdk, client: new sdk.SNSClient(config) };
  });
  return {
    findTopic: (topicName, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const topics = pages(
          (NextToken) => client.send(new sdk.ListTopicsCommand({ NextToken }), options),
          (page) => page.NextToken,
        );
        for await (const page of topics) {
          const found = page.Topics?.find(({ TopicArn }) => TopicArn?.split(':').at(-1) === topicName);
          if (found?.TopicArn !== undefined) return found.TopicArn;
        }
        return undefined;
      }),
    listSubscriptions: (topicArn, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const all = await allOf(
          (NextToken) =>
            client.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn: topicArn, NextToken }), options),
          (page) => page.NextToken,
          (page) => page.Subscriptions,
        );
        return all.map((one) => ({
          subscriptionArn: one.SubscriptionArn ?? '',
          protocol: one.Protocol ?? '',
          endpoint: one.Endpoint ?? '',
          owner: one.Owner ?? '',
        }));
      }),
    subscriptionAttributes: (arn, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        try {
          const command = new sdk.GetSubscriptionAttributesCommand({ SubscriptionArn: arn });
          return (await client.send(command, options)).Attributes ?? {};
        } catch (error) {
          if (isAbsent(error, ['NotFound', 'NotFoundException'])) return undefined;
          throw error;
        }
      }),
    setSubscriptionAttribute: (arn, name, value, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const input = { SubscriptionArn: arn, AttributeName: name, AttributeValue: value };
        await client.send(new sdk.SetSubscriptionAttributesCommand(input), options);
      }),
    subscribe: ({ topicArn, protocol, endpoint, attributes }, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const command = new sdk.SubscribeCommand({
          TopicArn: topicArn,
          Protocol: protocol,
          Endpoint: endpoint,
          Attributes: { ...attributes },
        });
        return (await client.send(command, options)).SubscriptionArn ?? 'pending confirmation';
      }),
    unsubscribe: (arn, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        await client.send(new sdk.UnsubscribeCommand({ SubscriptionArn: arn }), options);
      }),
    publish: (topicArn, { subject, text }, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const command = new sdk.PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text });
        return (await client.send(command, options)).MessageId ?? '';
      }),
  };
}
