import { devIam } from './bossManage/checkoutIam.ts';
import type { AwsWorld } from './contract.ts';
import { seedDevImages } from './images.ts';
import { DEV, DEV_KEYS, PRODUCTION } from './production.ts';

const DAY_MS = 86_400_000;

/** Fills the developers' account: stacks and AMIs of theirs, and the IAM that the export of the iam stage reads. */
export function seedDev(aws: AwsWorld, options: { readonly nowMs: number }): void {
  const { accountId } = DEV;
  aws.seed.account(accountId, DEV_KEYS.accessKeyId, PRODUCTION.region);
  for (const [index, stackName] of ['CoreDevBoss', 'RedisDevBoss', 'ApiDevBoss'].entries())
    aws.seed.stack({
      accountId,
      stackName,
      template: {
        Resources: { Alerts: { Type: 'AWS::SNS::Topic', Properties: { TopicName: `${stackName}-alerts` } } },
      },
      tags: { StackVersion: '1' },
      createdAtMs: options.nowMs - (30 - index) * DAY_MS,
    });
  seedDevImages(aws, options.nowMs);
  aws.seed.iam({ accountId, ...devIam(accountId) });
}
