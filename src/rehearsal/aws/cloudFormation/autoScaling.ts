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

/** Launches all the group's instances and puts them behind its load balancers. */
export function launchAll(context: Provisioned): Instance[] {
  const { stack, resource, seeding } = context;
  const name = tagOf(resource.properties, 'Name') ?? resource.physicalResourceId;
  const tags = {
    [GROUP_TAG]: resource.physicalResourceId,
    'aws:cloudformation:stack-name': stack.stackName,
    'aws:cloudformation:logical-id': resource.logicalResourceId,
  };
  const adopted = seeding ? adopt(context, name, tags) : [];
  const missing = Math.max(0, sizeOf(resource.properties) - adopted.length);
  const launched = Array.from({ length: missing }, () =>
    launch(context, {
      imageId: imageOf(context),
      name,
      tags,
      ...(seeding ? { launchedAtMs: stack.state.updatedAtMs ?? stack.createdAtMs } : {}),
    }),
  );
  const all = [...adopted, ...launched];
  registerAll(context, all);
  return all;
}

/** Instances of this name that a seed has put there are the group's. */
function adopt({ account }: Call, name: string, tags: Readonly<Record<string, string>>): Instance[] {
  const found = account.instances.filter((one) => one.seeded && one.tags.Name === name && !one.tags[GROUP_TAG]);
  for (const one of found) Object.assign(one.tags, tags);
  return found;
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

function registerAll(context: Provisioned, instances: readonly Instance[]): void {
  for (const [group, [joining, healthy]] of targetGroups(context)) {
    // Those of a seeded stack have passed their checks long ago.
    const first = context.seeding ? healthy : joining;
    register(
      context.aws,
      group,
      instances.map(({ instanceId }) => instanceId),
      [first, healthy],
    );
  }
}

/** Terminates all the group's instances; its load balancers have none then. */
export function terminateAll(context: Provisioned): Instance[] {
  const running = instancesOf(context);
  for (const { instanceId } of running) terminate(context, instanceId);
  for (const [group] of targetGroups(context)) group.targets = [];
  return running;
}

export const createGroup = (context: Provisioned): void => void launchAll(context);
export const removeGroup = (context: Provisioned): void => void terminateAll(context);

/** A moment of a rolling update: what happens, and the words of its event. */
export interface RollStep {
  /** Of the whole update's time, 0 to 1. */
  readonly at: number;
  /** Does it; gives the reason of the event that tells it. */
  run(context: Provisioned): string;
}

const listed = (instances: readonly Instance[]) => `[${instances.map(({ instanceId }) => instanceId).join(', ')}]`;

/** What a rolling update does before its end, with CloudFormation's own words. */
export function rollSteps(size: number): readonly RollStep[] {
  let terminated: readonly Instance[] = [];
  let launched: readonly Instance[] = [];
  return [
    {
      at: 0.01,
      run: () =>
        `Rolling update initiated. Terminating ${size} obsolete instance(s) in batches of ${size}, while keeping at least 0 instance(s) in service. Waiting on resource signals with a timeout of PT15M when new instances are added to the autoscaling group.`,
    },
    {
      at: 0.03,
      run(context) {
        terminated = terminateAll(context);
        return `Terminating instance(s) ${listed(terminated)}; replacing with ${size} new instance(s).`;
      },
    },
    { at: 0.25, run: () => `Successfully terminated instance(s) ${listed(terminated)} (Progress 100%).` },
    {
      at: 0.28,
      run(context) {
        launched = launchAll(context);
        return `New instance(s) added to autoscaling group - Waiting on ${size} resource signal(s) with a timeout of PT15M.`;
      },
    },
    { at: 0.95, run: () => `Received SUCCESS signal with UniqueId ${launched[0]?.instanceId ?? ''}` },
  ];
}
