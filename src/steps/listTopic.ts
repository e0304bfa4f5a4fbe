import type { ReadContext } from './kind.ts';

/** The topic of the mailing list. Throws where there is none. */
export async function topicOf({ read, bosslet, signal }: ReadContext): Promise<string> {
  const topicArn = await read.aws.sns.findTopic(bosslet.alertTopic, signal);
  if (topicArn) return topicArn;
  throw new Error(`There is no SNS topic ${bosslet.alertTopic}: is this the right account, and ALERT_TOPIC right?`);
}
