import { type Account, type Aws, arn, type Call } from './account.ts';
import { AwsError } from './awsError.ts';
import { type JsonInput, type JsonService, text } from './protocol.ts';

export interface Queue {
  readonly name: string;
  visible: number;
}

export const queueUrl = (aws: Aws, account: Account, name: string): string => `${aws.url}/${account.accountId}/${name}`;

function needQueue({ account }: Call, name: string | undefined): Queue {
  const queue = account.queues.get(name ?? '');
  if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
  return queue;
}

/** The attributes that were asked for, or all. */
function attributes(call: Call, queue: Queue, input: JsonInput): Record<string, string> {
  const all: Record<string, string> = {
    ApproximateNumberOfMessages: String(queue.visible),
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    QueueArn: arn(call.account, 'sqs', queue.name),
  };
  const asked: readonly unknown[] = Array.isArray(input.AttributeNames) ? input.AttributeNames : [];
  const unknown = asked.find((name) => name !== 'All' && !(typeof name === 'string' && Object.hasOwn(all, name)));
  if (unknown !== undefined) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  return asked.includes('All') ? all : Object.fromEntries(Object.entries(all).filter(([name]) => asked.includes(name)));
}

export const sqs: JsonService = {
  protocol: 'json',
  contentType: 'application/x-amz-json-1.0',
  errorPrefix: 'com.amazonaws.sqs#',
  queryErrors: { QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue' },
  operations: {
    GetQueueUrl: (input, call) => ({
      QueueUrl: queueUrl(call.aws, call.account, needQueue(call, text(input, 'QueueName')).name),
    }),
    GetQueueAttributes: (input, call) => ({
      Attributes: attributes(call, needQueue(call, text(input, 'QueueUrl')?.split('/').at(-1)), input),
    }),
  },
};
