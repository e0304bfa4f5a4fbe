import type { AwsCall } from './awsError.ts';

/** What the SDK tells its middleware of a command. */
export interface CommandContext {
  readonly commandName?: string;
  readonly clientName?: string;
}

/** Fields that name what a command is about, most telling first. */
const TARGETS = [
  'StackName',
  'ChangeSetName',
  'SubscriptionArn',
  'Endpoint',
  'TopicArn',
  'TableName',
  'QueueUrl',
  'QueueName',
  'SourceImageId',
  'StartRecordName',
  'DNSName',
  'LoadBalancerArn',
  'LoadBalancerName',
  'TargetGroupArn',
  'HostedZoneId',
  'Id',
  'Name',
];

function targetOf(input: object): string | undefined {
  const named = new Map<string, unknown>(Object.entries(input));
  return TARGETS.map((field) => named.get(field)).find((value): value is string => typeof value === 'string');
}

/** How often a command was sent until it was answered. */
export function attemptsOf(output: object): number {
  const metadata: unknown = '$metadata' in output ? output.$metadata : undefined;
  const attempts = metadata !== null && typeof metadata === 'object' && 'attempts' in metadata ? metadata.attempts : 1;
  return typeof attempts === 'number' ? attempts : 1;
}

/** What a command is, for the words about it. */
export const callOf = (context: CommandContext, input: object): AwsCall => ({
  service: (context.clientName ?? 'AWS').replace(/Client$/, ''),
  operation: (context.commandName ?? 'command').replace(/Command$/, ''),
  target: targetOf(input),
});
