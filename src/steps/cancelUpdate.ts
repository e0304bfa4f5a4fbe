import * as z from 'zod';
import type { Stack } from '../clients/doors.ts';
import { isInProgress } from '../observe/operation.ts';
import type { ActContext, Acted, Attempt, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { config, paramsOf } from './params.ts';
import { eventsSince, failureEvidence, failureSentence, readFailure } from './stackEvents.ts';
import { outcomeOf } from './stackOutcome.ts';
import { statusEvidence } from './stackUpdateProof.ts';
import { nothingToRescue, requestTokenOf, stackInStatus, type WantedStack, wantedStack } from './stackWanted.ts';
import { age } from './words.ts';

const params = z.strictObject({ config: config.optional() });
type Params = z.infer<typeof params>;

/** The one status in which CloudFormation takes a CancelUpdateStack. */
const CANCELLABLE = 'UPDATE_IN_PROGRESS';

/** Cancels an update that AWS is at: it is rolled back, resource by resource. Proven by the stack's own status. */
export const cancelUpdate: StepKind<Params, WantedStack> = {
  name: 'cancelUpdate',
  mutates: true,
  interrupts: true,
  parse: paramsOf('cancelUpdate', params),
  plan: ({ config }, context) => plan(config, context),
  act: (_params, context) => act(context),
  prove: (_params, context, attempt) => prove(context, attempt),
};

async function plan(config: string | undefined, context: ReadContext): Promise<Plan<WantedStack>> {
  const stack = await stackInStatus(context, config, CANCELLABLE);
  const baseline = await wantedStack(context, stack);
  if (!stack) return nothingToRescue(CANCELLABLE, baseline);
  const beganMs = stack.lastUpdatedTimeMs ?? stack.creationTimeMs;
  return {
    commands: [`CancelUpdateStack ${stack.stackName}`],
    dangers: [
      {
        id: `cancel:${stack.stackName}`,
        level: 'warn',
        text: `AWS takes the update of ${stack.stackName} back, whoever began it; the script that waits for it ends with exit 2. What was replaced so far is not lost: the old ones are still there.`,
      },
    ],
    evidence: [
      statusEvidence(stack),
      { label: 'Update', value: `began ${age(context.clock.now() - beganMs)} ago`, tone: 'plain' },
    ],
    baseline,
    alreadyDone: false,
  };
}

async function act(context: ActContext<WantedStack>): Promise<Acted> {
  const { baseline } = context.attempt;
  const { stackId } = baseline;
  const { cloudFormation } = context.doors.aws;
  if (stackId === null) return { how: 'finished', codes: ['notFound'] };
  const result = await context.effect('cancelUpdate', {
    what: `cancels the update of ${baseline.stackName}`,
    run: async () => {
      if (!isThisUpdate(await describe(context), baseline)) return 'over';
      try {
        await cloudFormation.cancelUpdate(stackId, requestTokenOf(context), context.signal);
        return 'cancelled';
      } catch (error) {
        // It may have come to its end in this very moment.
        const stack = await describe(context);
        if (isThisUpdate(stack, baseline)) throw error;
        return resultOf(stack);
      }
    },
    probe: async () => {
      const stack = await describe(context);
      return isThisUpdate(stack, baseline) ? 'notHappened' : resultOf(stack);
    },
  });
  return result === 'cancelled'
    ? { how: 'finished', codes: [] }
    : {
        how: 'finished',
        codes: ['refused'],
        error: `The update of ${baseline.stackName} had come to its end before it could be cancelled.`,
      };
}

const describe = ({ read, attempt, signal }: ActContext<WantedStack>) =>
  read.aws.cloudFormation.describeStack(attempt.baseline.stackId ?? '', signal);

/** What has become of an update that is not in progress any more. */
const resultOf = (stack: Stack | undefined): 'cancelled' | 'over' =>
  /^UPDATE_ROLLBACK_/.test(stack?.stackStatus ?? '') ? 'cancelled' : 'over';

/** The same update as the card showed: never one that somebody began since. */
const isThisUpdate = (stack: Stack | undefined, { lastUpdatedTimeMs }: WantedStack): boolean =>
  stack?.stackStatus === CANCELLABLE && (stack.lastUpdatedTimeMs ?? null) === lastUpdatedTimeMs;

async function prove(context: ReadContext, { baseline, acted }: Attempt<WantedStack>): Promise<Verdict> {
  const { stackId, stackName, newestEventId, config } = baseline;
  if (stackId === null) return { is: 'done', summary: 'No update runs: nothing is to be cancelled.', evidence: [] };
  const { cloudFormation } = context.read.aws;
  const stack = await cloudFormation.describeStack(stackId, context.signal);
  if (!stack) return { is: 'failed', code: 'notFound', summary: `There is no ${stackName} any more.`, evidence: [] };
  const { stackStatus } = stack;
  const evidence = [statusEvidence(stack)];
  const isRollback = stackStatus.startsWith('UPDATE_ROLLBACK_');
  if (acted?.codes.includes('refused') && !isRollback)
    return { is: 'notDone', code: 'refused', summary: acted.error ?? '', evidence };
  if (isInProgress(stackStatus)) return { is: 'pending', summary: `${stackName} is ${stackStatus}`, evidence };
  if (stackStatus === 'UPDATE_ROLLBACK_COMPLETE')
    return { is: 'done', summary: `The update of ${stackName} was rolled back; it is as it was before.`, evidence };
  const events = await eventsSince(cloudFormation, stackId, { newestEventId, sinceMs: 0 }, context.signal);
  const failure = await readFailure(cloudFormation, events, context.signal);
  return {
    is: 'failed',
    code: stackStatus === 'UPDATE_ROLLBACK_FAILED' ? 'rollbackFailed' : 'refused',
    summary: failureSentence(
      `The cancel of ${stackName}`,
      { ...failure, cancelled: false },
      outcomeOf(config, stackStatus),
    ),
    evidence: [...evidence, ...failureEvidence(failure)],
  };
}
