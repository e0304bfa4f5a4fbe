import type { Call } from '../account.ts';
import { type Instance, launch, terminate } from '../ec2.ts';
import { groupOf, register, type TargetGroup } from '../loadBalancers.ts';
import type { Provisioned } from './provision.ts';
import { type Properties, tagOf } from './tags.ts';

/** The tag by which EC2 knows whose an instance is. */
const GROUP_TAG = 'aws:autoscaling:groupName';

/** The running instances of a group. */
export const instancesOf = ({ account, resource }: Pick<Provisioned, 'account' | 'resource'>): Instance[] =>
  account.instances.filter(
    ({ tags, state }) =>
      tags[GROUP_TAG] === resource.physicalResourceId && (state === 'running' || state === 'pending'),
  );

const firstNumber = (...candidates: readonly unknown[]): number =>
  candidates.map(Number).find((candidate) => Number.isInteger(candidate)) ?? 1;

/** How many instances the group wants. */
export const sizeOf = (properties: Properties): number => firstNumber(properties.DesiredCapacity, properties.MinSize);

/** Whether a change of the group's properties puts new instances in the place of its old ones. */
export const mustRoll = (before: Properties, after: Properties): boolean =>
  before.LaunchConfigurationName !== after.LaunchConfigurationName;

function imageOf({ stack, resource }: Provisioned): string {
  const wanted = resource.properties.LaunchConfigurationName;
  const configuration = [...stack.resources.values()].find((one) => one.physicalResourceId === wanted);
  const imageId = configuration?.properties.ImageId;
  return typeof imageId === 'string' ? imageId : '';
}

/** Launches what is missing to the group's size and puts it behind its load balancers. Gives what was launched. */
function launchMissing(context: Provisioned): Instance[] {
  const { stack, resource, seeding } = context;
  const name = tagOf(resource.properties, 'Name') ?? resource.physicalResourceId;
  const tags = {
    [GROUP_TAG]: resource.physicalResourceId,
    'aws:cloudformation:stack-name': stack.stackName,
    'aws:cloudformation:logical-id': resource.logicalResourceId,
  };
  if (seeding) adopt(context, name, tags);
  const missing = Math.max(0, sizeOf(resource.properties) - instancesOf(context).length);
  const launched = Array.from({ length: missing }, () =>
    launch(context, {
      imageId: imageOf(context),
      name,
      tags,
      ...(seeding ? { launchedAtMs: stack.state.updatedAtMs ?? stack.createdAtMs } : {}),
    }),
  );
  registerAll(context);
  return launched;
}

/** Instances of this name that a seed has put there are the group's. */
function adopt({ account }: Call, name: string, tags: Readonly<Record<string, string>>): void {
  const found = account.instances.filter((one) => one.seeded && one.tags.Name === name && !one.tags[GROUP_TAG]);
  for (const one of found) Object.assign(one.tags, tags);
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** The target groups that the group's instances belong to, and the words for joining and healthy there. */
function targetGroups({ account, resource }: Provisioned): (readonly [TargetGroup, readonly [string, string]])[] {
  const arns = strings(resource.properties.TargetGroupARNs);
  const names = strings(resource.properties.LoadBalancerNames);
  const application = account.targetGroups.filter(({ arn }) => arns.includes(arn));
  const classic = names.flatMap((name) => groupOf(account, name) ?? []);
  return [
    ...application.map((group) => [group, ['initial', 'healthy']] as const),
    ...classic.map((group) => [group, ['OutOfService', 'InService']] as const),
  ];
}

/** Brings the group's load balancers up to date with its instances. */
function registerAll(context: Provisioned): void {
  const ids = instancesOf(context).map(({ instanceId }) => instanceId);
  // Those of a seeded stack have passed their checks long ago.
  for (const [group, [joining, healthy]] of targetGroups(context))
    register(context.aws, group, ids, [context.seeding ? healthy : joining, healthy]);
}

function terminateThese(context: Provisioned, instances: readonly Instance[]): void {
  for (const { instanceId } of instances) terminate(context, instanceId);
  registerAll(context);
}

export const createGroup = (context: Provisioned): void => void launchMissing(context);
export const removeGroup = (context: Provisioned): void => terminateThese(context, instancesOf(context));

/** Terminates the instances that are not of the group's image (any more). */
export const terminateObsolete = (context: Provisioned): void =>
  terminateThese(
    context,
    instancesOf(context).filter(({ imageId }) => imageId !== imageOf(context)),
  );

/** A moment of a rolling update: what happens, and the words of its event. */
export interface RollStep {
  /** Of the whole update's time, 0 to 1. */
  readonly at: number;
  /** Does it; gives the reason of the event that tells it. */
  run(): string;
}

/** What a rolling update does before its end, machine by machine, in CloudFormation's own words. */
export function rollSteps(context: Provisioned): readonly RollStep[] {
  const obsolete = instancesOf(context);
  const size = obsolete.length;
  if (size === 0) return [];
  const share = 0.94 / size;
  return [
    {
      at: 0.01,
      run: () =>
        `Rolling update initiated. Terminating ${size} obsolete instance(s) in batches of 1, while keeping at least ${size - 1} instance(s) in service. Waiting on resource signals with a timeout of PT15M when new instances are added to the autoscaling group.`,
    },
    ...obsolete.flatMap((instance, index) =>
      batch(context, instance, Math.round(((index + 1) / size) * 100)).map(({ at, run }) => ({
        at: 0.02 + (index + at) * share,
        run,
      })),
    ),
  ];
}

/** One machine's turn, its times as shares of the turn. */
function batch(context: Provisioned, instance: Instance, percent: number): readonly RollStep[] {
  const old = `[${instance.instanceId}]`;
  let launched: readonly Instance[] = [];
  return [
    {
      at: 0,
      run() {
        terminateThese(context, [instance]);
        return `Terminating instance(s) ${old}; replacing with 1 new instance(s).`;
      },
    },
    { at: 0.24, run: () => `Successfully terminated instance(s) ${old} (Progress ${percent}%).` },
    {
      at: 0.28,
      run() {
        launched = launchMissing(context);
        return 'New instance(s) added to autoscaling group - Waiting on 1 resource signal(s) with a timeout of PT15M.';
      },
    },
    { at: 0.95, run: () => `Received SUCCESS signal with UniqueId ${launched[0]?.instanceId ?? ''}` },
  ];
}
