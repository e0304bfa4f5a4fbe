import type { SqsRead } from '../doors.ts';
import { isAbsent } from './awsError.ts';
import type { Connection } from './connection.ts';

const MISSING = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'NonExistentQueue'];

export function createSqs(connection: Connection): SqsRead {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/sqs.ts');
    // A queue's URL is its name here and never where we connect to: an endpoint of one's own would be left by it.
    return { sdk, client: new sdk.SQSClient({ ...config, useQueueUrlAsEndpoint: false }) };
  });
  return {
    depth: (queue, signal) =>
      run(signal, async ({ sdk, client }, options) => {
        try {
          const QueueUrl = /^https?:/.test(queue)
            ? queue
            : (await client.send(new sdk.GetQueueUrlCommand({ QueueName: queue }), options)).QueueUrl;
          const command = new sdk.GetQueueAttributesCommand({
            QueueUrl,
            AttributeNames: [
              'ApproximateNumberOfMessages',
              'ApproximateNumberOfMessagesNotVisible',
              'ApproximateNumberOfMessagesDelayed',
            ],
          });
          const { Attributes = {} } = await client.send(command, options);
          return {
            visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
            notVisible: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
            delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
          };
        } catch (error) {
          if (isAbsent(error, MISSING)) return undefined;
          throw error;
        }
      }),
  };
}
