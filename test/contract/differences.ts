import { CreateChangeSetCommand } from '@aws-sdk/client-cloudformation';
import { ChangeResourceRecordSetsCommand, ListHostedZonesByNameCommand } from '@aws-sdk/client-route-53';
import { stackName } from '../../src/bosslet/names.ts';
import { until } from '../support/until.ts';
import { BOSSLET, bossletStacks, COMMIT, HOST, LARGE_STACK, PASSWORD, stranger } from './deployment.ts';
import type { Scene } from './scene.ts';

/** Where moto is not as AWS is: what both were asked, and what each must answer, so that a change of either shows. */
export interface Difference {
  readonly what: string;
  /** What AWS does, and what of ours rests on it. */
  readonly why: string;
  ask(scene: Scene): Promise<unknown>;
  readonly aws: unknown;
  readonly moto: unknown;
}

const REDIS = stackName(BOSSLET, 'redis');
const CLOUDWATCH = stackName(BOSSLET, 'cloudwatch');

/** The code of what was refused, or what was answered. */
const codeOr = <T>(answer: Promise<T>): Promise<T | string> =>
  answer.catch((error: unknown) => {
    if (!(error instanceof Error)) throw error;
    return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  });

/** One preview of a stack: another queue in the place of what it has. */
async function preview({ aws }: Scene, stack: string) {
  const { template, parameters } = bossletStacks([]).find((one) => one.stackName === stack) ?? stranger(stack);
  const arn = await aws.cloudFormation.createChangeSet({
    stackName: stack,
    changeSetName: `h${COMMIT}`,
    templateBody: JSON.stringify({ ...template, Resources: renamed(template.Resources) }),
    parameters,
  });
  const changeSet = await until('the change set', async () => {
    const found = await aws.cloudFormation.describeChangeSet(stack, arn);
    return found?.status.endsWith('COMPLETE') ? found : undefined;
  });
  return { changeSet, remove: () => aws.cloudFormation.deleteChangeSet(arn) };
}

/** The same rules under other names, which a rule cannot take without being made anew. */
const renamed = (resources: ReturnType<typeof stranger>['template']['Resources']) =>
  Object.fromEntries(
    Object.entries(resources).map(([id, one]) => [id, { ...one, Properties: { ...one.Properties, Name: 'renamed' } }]),
  );

const stacks: readonly Difference[] = [
  {
    what: 'a NoEcho parameter',
    why: 'AWS never tells its value; moto does, so nothing about secrets may be learnt from it',
    ask: async ({ aws }) => (await aws.cloudFormation.describeStack(REDIS))?.parameters.Licence,
    aws: '****',
    moto: PASSWORD,
  },
  {
    what: 'when a stack was updated last',
    why: 'AWS tells it, by which a proof knows an operation from the one before; moto never does',
    ask: async ({ aws }) => {
      const stack = await aws.cloudFormation.describeStack(CLOUDWATCH);
      return stack?.lastUpdatedTimeMs && stack.lastUpdatedTimeMs > stack.creationTimeMs;
    },
    aws: true,
    moto: undefined,
  },
  {
    what: 'events of resources',
    why: 'AWS tells each resource’s way, which the board counts; moto tells the stack’s own two events alone',
    ask: async ({ aws }) =>
      (await aws.cloudFormation.stackEventsPage(stackName(BOSSLET, 'api'))).events.some(
        ({ resourceType }) => resourceType === 'AWS::DynamoDB::Table',
      ),
    aws: true,
    moto: false,
  },
  {
    what: 'the events of a large stack',
    why: 'AWS gives them by the hundred with a token for the next page; moto has no paging here',
    ask: async ({ aws }) => {
      const { events, nextToken } = await aws.cloudFormation.stackEventsPage(LARGE_STACK.stackName);
      return { isFull: events.length === 100, hasNext: nextToken !== undefined };
    },
    aws: { isFull: true, hasNext: true },
    moto: { isFull: false, hasNext: false },
  },
  {
    what: 'the time that an operation takes',
    why: 'AWS needs seconds at the least, and tells what is in progress meanwhile; moto is done at once',
    ask: async ({ aws, seeded }) => {
      const { events } = await aws.cloudFormation.stackEventsPage(seeded.goneStackId);
      const own = events.filter(({ physicalResourceId }) => physicalResourceId === seeded.goneStackId);
      const at = (status: string) => own.find(({ resourceStatus }) => resourceStatus === status)?.timestampMs ?? 0;
      return at('DELETE_COMPLETE') - at('DELETE_IN_PROGRESS') >= 2_000;
    },
    aws: true,
    moto: false,
  },
  {
    what: 'what a change set says of a resource',
    why: 'AWS tells replacement, policy and each property, on which the review rests; moto tells action, id and type',
    ask: async (scene) => {
      const { changeSet, remove } = await preview(scene, CLOUDWATCH);
      await remove();
      return changeSet.changes.map(({ replacement, policyAction, details }) => ({
        replacement,
        policyAction,
        details: details.map(({ name }) => name),
      }));
    },
    aws: [{ replacement: 'True', policyAction: 'ReplaceAndDelete', details: ['Name'] }],
    moto: [{ replacement: undefined, policyAction: undefined, details: [] }],
  },
  {
    what: 'the change sets of a stack',
    why: 'AWS lists the stack’s own; moto lists those of every stack',
    ask: async (scene) => {
      const { remove } = await preview(scene, CLOUDWATCH);
      const ofAnother = await scene.aws.cloudFormation.listChangeSets(REDIS);
      await remove();
      return ofAnother.length;
    },
    aws: 0,
    moto: 1,
  },
  {
    what: 'a second change set of one name',
    why: 'AWS refuses it, which is why leftover ones are cleared before an update; moto takes the first one’s place',
    ask: async (scene) => {
      const { remove } = await preview(scene, CLOUDWATCH);
      const second = await codeOr(preview(scene, CLOUDWATCH));
      await (typeof second === 'string' ? remove() : second.remove());
      return typeof second === 'string' ? second : 'made';
    },
    aws: 'AlreadyExistsException',
    moto: 'made',
  },
  {
    what: 'CreateChangeSet without a type, for a stack that does not exist',
    why: 'AWS takes it for an update and refuses it; moto makes a new stack in review',
    ask: async ({ cloudFormation, aws }) => {
      const { template } = stranger('nobodys-service');
      const input = { StackName: 'nobodys-service', ChangeSetName: 'h0', TemplateBody: JSON.stringify(template) };
      return codeOr(
        cloudFormation
          .send(new CreateChangeSetCommand(input))
          .then(async () => (await aws.cloudFormation.describeStack('nobodys-service'))?.stackStatus),
      );
    },
    aws: 'ValidationError',
    moto: 'REVIEW_IN_PROGRESS',
  },
  {
    what: 'CancelUpdateStack of a stack that is not being updated',
    why: 'AWS refuses it; moto lacks the operation and answers HTML, which is taken for a page of a proxy',
    ask: ({ aws }) => codeOr(aws.cloudFormation.cancelUpdate(REDIS, 'release-1')),
    aws: 'ValidationError',
    moto: 'NotAws',
  },
  {
    what: 'ContinueUpdateRollback of a stack whose rollback has not failed',
    why: 'AWS refuses it; moto lacks this operation too',
    ask: ({ aws }) => codeOr(aws.cloudFormation.continueUpdateRollback(REDIS, 'release-1')),
    aws: 'ValidationError',
    moto: 'NotAws',
  },
  {
    what: 'disabling a rule that does not exist',
    why: 'AWS says so; moto says so too and calls its JSON a page, which is then taken for one of a proxy',
    ask: ({ aws }) => codeOr(aws.eventBridge.disableRule('nope')),
    aws: 'ResourceNotFoundException',
    moto: 'NotAws',
  },
];

const publicNames: readonly Difference[] = [
  {
    what: 'a zone by a name in capitals',
    why: 'AWS does not tell the two apart; moto does',
    ask: async ({ aws }) => (await aws.route53.findHostedZone(BOSSLET.externalDomain.toUpperCase()))?.name,
    aws: `${BOSSLET.externalDomain}.`,
    moto: undefined,
  },
  {
    what: 'ListHostedZonesByName of a name that has no zone',
    why: 'AWS answers with the next zone, so each answer’s own name is compared; moto answers with none',
    ask: async ({ route53 }) =>
      (await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'yyy.io' }))).HostedZones?.map(
        ({ Name }) => Name,
      ),
    aws: ['zzz.io.'],
    moto: [],
  },
  {
    what: 'a change of a record',
    why: 'AWS is PENDING until its servers have it, so the gate asks them; moto is INSYNC at once',
    ask: async ({ route53, aws }) => {
      const zone = await aws.route53.findHostedZone(BOSSLET.externalDomain);
      const change = {
        Action: 'UPSERT' as const,
        ResourceRecordSet: {
          Name: `status.${BOSSLET.externalDomain}`,
          Type: 'CNAME' as const,
          TTL: 300,
          ResourceRecords: [{ Value: HOST }],
        },
      };
      const input = { HostedZoneId: zone?.id, ChangeBatch: { Changes: [change] } };
      return (await route53.send(new ChangeResourceRecordSetsCommand(input))).ChangeInfo?.Status;
    },
    aws: 'PENDING',
    moto: 'INSYNC',
  },
  {
    what: 'a distribution by its alias',
    why: 'AWS lists a distribution with its aliases; moto leaves them out of the list, so there is no maintenance page',
    ask: async ({ aws, seeded }) => {
      const found = await aws.cloudFront.findDistribution(HOST);
      return found?.domainName === seeded.distributionAddress ? 'found' : found;
    },
    aws: 'found',
    moto: undefined,
  },
];

const images: readonly Difference[] = [
  {
    what: 'the tags of a copied image',
    why: 'AWS sets those that the copy was asked with; moto sets none',
    ask: async ({ aws, seeded }) => {
      await aws.ec2.copyImage(copyOf(seeded.imageIds, 'tags'));
      return (await aws.ec2.images(['auth.boss-tags']))[0]?.tags;
    },
    aws: { Commit: COMMIT },
    moto: {},
  },
  {
    what: 'a copy that is asked for twice with one token',
    why: 'AWS makes one, so that a crash in between makes no second; moto knows no tokens',
    ask: async ({ aws, seeded }) => {
      const input = copyOf(seeded.imageIds, 'twice');
      const first = await aws.ec2.copyImage(input);
      return (await aws.ec2.copyImage(input)) === first;
    },
    aws: true,
    moto: false,
  },
  {
    what: 'a copy of another image with the token of a first',
    why: 'AWS refuses to take it for the same request; moto knows no tokens',
    ask: async ({ aws, seeded }) => {
      const input = copyOf(seeded.imageIds, 'mixed');
      await aws.ec2.copyImage(input);
      const other = seeded.imageIds['auth.boss-sprint41'] ?? '';
      return codeOr(aws.ec2.copyImage({ ...input, sourceImageId: other }).then(() => 'made'));
    },
    aws: 'IdempotentParameterMismatch',
    moto: 'made',
  },
  {
    what: 'a second image of one name',
    why: 'AWS has one image of a name in an account; moto has as many as are asked for',
    ask: async ({ aws, seeded }) => {
      const input = { ...copyOf(seeded.imageIds, 'sprint41'), clientToken: 'namesake' };
      return codeOr(aws.ec2.copyImage(input).then(() => 'made'));
    },
    aws: 'InvalidAMIName.Duplicate',
    moto: 'made',
  },
];

const copyOf = (imageIds: Readonly<Record<string, string>>, version: string) => ({
  sourceImageId: imageIds[`auth.boss-h${COMMIT.slice(0, 8)}`] ?? '',
  name: `auth.boss-${version}`,
  tags: { Commit: COMMIT },
  clientToken: `release-1/${version}`,
});

const mailingList: readonly Difference[] = [
  {
    what: 'an e-mail address that subscribes',
    why: 'AWS waits until its owner has confirmed; moto takes it as confirmed',
    ask: async ({ aws, seeded }) => {
      const input = { topicArn: seeded.topicArn, protocol: 'email', endpoint: 'new@example.org', attributes: {} };
      const arn = await aws.sns.subscribe(input);
      const listed = (await aws.sns.listSubscriptions(seeded.topicArn)).find(
        ({ endpoint }) => endpoint === input.endpoint,
      );
      return [arn.startsWith('arn:') ? 'an ARN' : arn, listed?.subscriptionArn === arn || listed?.subscriptionArn];
    },
    aws: ['pending confirmation', 'PendingConfirmation'],
    moto: ['an ARN', true],
  },
  {
    what: 'subscribing again with other attributes',
    why: 'AWS refuses it, so a restore sets attributes one by one; moto takes them',
    ask: async ({ aws, seeded }) =>
      codeOr(
        aws.sns
          .subscribe({
            topicArn: seeded.topicArn,
            protocol: 'sms',
            endpoint: '+14105550003',
            attributes: { RawMessageDelivery: 'true' },
          })
          .then(() => 'subscribed'),
      ),
    aws: 'InvalidParameterException',
    moto: 'subscribed',
  },
  {
    what: 'a filter policy that is no JSON',
    why: 'AWS names the parameter; moto fails with an HTML page',
    ask: async ({ aws, seeded }) => {
      const [first] = await aws.sns.listSubscriptions(seeded.topicArn);
      const set = aws.sns.setSubscriptionAttribute(first?.subscriptionArn ?? '', 'FilterPolicy', 'no JSON');
      return codeOr(set.then(() => 'set'));
    },
    aws: 'InvalidParameterException',
    moto: 'NotAws',
  },
];

/** All of them, what changes most last. */
export const DIFFERENCES: readonly Difference[] = [...stacks, ...publicNames, ...images, ...mailingList];
