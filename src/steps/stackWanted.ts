import { CONFIGS } from '../bosslet/bosslet.ts';
import { configOfStack, stackName } from '../bosslet/names.ts';
import type { Stack } from '../clients/doors.ts';
import type { ActContext, Plan, ReadContext } from './kind.ts';

/** The stack that a rescue is for, as its card showed it. */
export type WantedStack = {
  /** Null: there was none in this status. */
  readonly stackId: string | null;
  readonly stackName: string;
  readonly config: string;
  readonly lastUpdatedTimeMs: number | null;
  readonly newestEventId: string | null;
};

/** The stack of a config where it is in a status; without a config the first of the release's stacks that is. */
export async function stackInStatus(
  { read, bosslet, signal }: ReadContext,
  config: string | undefined,
  stackStatus: string,
): Promise<Stack | undefined> {
  const { cloudFormation } = read.aws;
  const known = config === undefined ? await cloudFormation.listStacks(signal) : [];
  const names = config === undefined ? CONFIGS.map((each) => stackName(bosslet, each)) : [stackName(bosslet, config)];
  const name =
    config === undefined
      ? names.find((each) => known.some((one) => one.stackName === each && one.stackStatus === stackStatus))
      : names[0];
  const stack = name === undefined ? undefined : await cloudFormation.describeStack(name, signal);
  return stack?.stackStatus === stackStatus ? stack : undefined;
}

/** What is remembered of it, to tell this very operation from another one later. */
export async function wantedStack(
  { read, bosslet, signal }: ReadContext,
  stack: Stack | undefined,
): Promise<WantedStack> {
  if (!stack) return { stackId: null, stackName: '', config: '', lastUpdatedTimeMs: null, newestEventId: null };
  const { events } = await read.aws.cloudFormation.stackEventsPage(stack.stackId, undefined, signal);
  return {
    stackId: stack.stackId,
    stackName: stack.stackName,
    config: configOfStack(bosslet, stack.stackName) ?? stack.stackName,
    lastUpdatedTimeMs: stack.lastUpdatedTimeMs ?? null,
    newestEventId: events[0]?.eventId ?? null,
  };
}

/** The plan where no stack is in the status that a rescue is for. */
export const nothingToRescue = (stackStatus: string, baseline: WantedStack): Plan<WantedStack> => ({
  commands: [],
  dangers: [],
  evidence: [{ label: 'Stacks', value: `none is ${stackStatus}`, tone: 'plain' }],
  baseline,
  alreadyDone: true,
});

/** A ClientRequestToken: sent again after a crash it is the same request. */
export const requestTokenOf = ({ release, step, attempt }: ActContext<WantedStack>): string =>
  `${release.id}-${step.id}-${attempt.number}`.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(-128);
