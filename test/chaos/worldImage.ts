import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createAws } from '../../src/clients/aws/aws.ts';
import type { AwsRead, Image } from '../../src/clients/doors.ts';
import type { SeedSubscription } from '../../src/rehearsal/contract.ts';
import { DEV, DEV_KEYS, PRODUCTION, PRODUCTION_KEYS } from '../../src/rehearsal/production.ts';
import { LIST_ARN } from '../../src/rehearsal/seedProduction.ts';
import type { World } from '../../src/rehearsal/world.ts';

/** Everything of the embedded world that a release can change, without ids and times. */
export type WorldImage = Readonly<Record<string, unknown>>;

/** Reads the world as it is, by AWS' own interface and from the checkout. */
export async function worldImage({ aws, addresses }: World, sinceMs: number): Promise<WorldImage> {
  const endpoint = addresses.awsEndpoint;
  const production = createAws({ ...PRODUCTION, endpoint, credentials: { ...PRODUCTION_KEYS } });
  const dev = createAws({
    region: PRODUCTION.region,
    accountId: DEV.accountId,
    endpoint,
    credentials: { ...DEV_KEYS },
  });
  const { bossManage = '' } = addresses.bosslet;
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)('git', ['-C', bossManage, ...args])).stdout;
  return {
    stacks: await stacks(production, sinceMs),
    images: imageNames(await production.ec2.images(['*'])),
    devImages: imageNames(await dev.ec2.images(['*'])),
    subscriptions: aws
      .subscriptions(LIST_ARN)
      // Those that were never confirmed die by the clock, whatever is done.
      .filter(({ confirmed }) => confirmed)
      .map(({ arn: _arn, ...subscription }) => JSON.stringify(withDefaultScope(subscription)))
      .toSorted(),
    records: aws.recordChanges().map(({ atMs: _atMs, ...change }) => change),
    rule: await production.eventBridge.describeRule(`deleteEventRule.${PRODUCTION.internalDomain}`),
    checkout: { status: await git('status', '--porcelain'), diff: await git('diff', '--submodule=diff') },
  };
}

/** SNS tells the default scope of a policy that was given without one. */
const withDefaultScope = (subscription: SeedSubscription): SeedSubscription =>
  subscription.attributes?.FilterPolicy === undefined
    ? subscription
    : { ...subscription, attributes: { FilterPolicyScope: 'MessageAttributes', ...subscription.attributes } };

/** Each stack with its resources, its change sets, and every operation that it went through since a time. */
async function stacks({ cloudFormation }: AwsRead, sinceMs: number) {
  const images: Record<string, unknown> = {};
  for (const { stackName, stackStatus } of await cloudFormation.listStacks()) {
    const stack = await cloudFormation.describeStack(stackName);
    const resources = await cloudFormation.stackResources(stackName);
    const { events } = await cloudFormation.stackEventsPage(stackName);
    images[stackName] = {
      stackStatus,
      tags: stack?.tags,
      parameters: stack?.parameters,
      resources: resources
        .map((each) => `${each.logicalResourceId} ${each.resourceType} ${each.resourceStatus}`)
        .toSorted(),
      changeSets: (await cloudFormation.listChangeSets(stackName)).map(({ changeSetName, status }) => ({
        changeSetName,
        status,
      })),
      operations: events
        .filter(
          ({ timestampMs, resourceType, logicalResourceId }) =>
            timestampMs > sinceMs && resourceType === 'AWS::CloudFormation::Stack' && logicalResourceId === stackName,
        )
        .map(({ resourceStatus }) => resourceStatus)
        .toReversed(),
    };
  }
  return images;
}

const imageNames = (images: readonly Image[]) =>
  images.map(({ name, state, tags }) => `${name} ${state} ${tags.Commit ?? ''}`).toSorted();
