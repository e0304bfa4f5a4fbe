import * as z from 'zod';
import { isInProgress } from '../observe/operation.ts';
import type { ActContext, Acted, Attempt, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { config, paramsOf } from './params.ts';
import { eventsSince, failureEvidence, failureSentence, hasBegun, readFailure } from './stackEvents.ts';
import { outcomeOf } from './stackOutcome.ts';
import { statusEvidence } from './stackUpdateProof.ts';
import { nothingToRescue, requestTokenOf, stackInStatus, type WantedStack, wantedStack } from './stackWanted.ts';

const params = z.strictObject({ config: config.optional() });
type Params = z.infer<typeof params>;

/** The one status in which CloudFormation takes a ContinueUpdateRollback. */
const STUCK = 'UPDATE_ROLLBACK_FAILED';
/** Events of the operation that is stuck begin a moment before the time that the stack tells. */
const SLACK_MS = 60_000;

/**
 * Continues a rollback that AWS could not finish. Resources are never skipped: what is skipped is afterwards not as its
 * stack believes. Proven by the stack's own status.
 */
export const continueRollback: StepKind<Params, WantedStack> = {
  name: 'continueRollback',
  mutates: true,
  parse: paramsOf('continueRollback', params),
  plan: ({ config }, context) => plan(config, context),
  act: (_params, context) => act(context),
  prove: (_params, context, attempt) => prove(context, attempt),
};

async function plan(config: string | undefined, context: ReadContext): Promise<Plan<WantedStack>> {
  const stack = await stackInStatus(context, config, STUCK);
  const baseline = await wantedStack(context, stack);
  if (!stack) return nothingToRescue(STUCK, baseline);
  const { cloudFormation } = context.read.aws;
  const sinceMs = (stack.lastUpdatedTimeMs ?? stack.creationTimeMs) - SLACK_MS;
  const events = await eventsSince(cloudFormation, stack.stackId, { newestEventId: null, sinceMs }, context.signal);
  const failure = await readFailure(cloudFormation, events, context.signal);
  return {
    commands: [`ContinueUpdateRollback ${stack.stackName}`],
    dangers: [
      {
        id: `continue:${stack.stackName}`,
        level: 'warn',
        text: 'What kept AWS from rolling back must be mended before, or it fails again. No resource is skipped.',
      },
    ],
    evidence: [statusEvidence(stack), ...failureEvidence(failure)],
    baseline,
    alreadyDone: false,
  };
}

async function act(context: ActContext<WantedStack>): Promise<Acted> {
  const { baseline } = context.attempt;
  const { stackId } = baseline;
  const { cloudFormation } = context.doors.aws;
  if (stackId === null) return { how: 'finished', codes: ['notFound'] };
  const status = async () => (await cloudFormation.describeStack(stackId, context.signal))?.stackStatus;
  const result = await context.effect('continueRollback', {
    what: `continues the rollback of ${baseline.stackName}`,
    run: async () => {
      if ((await status()) !== STUCK) return 'over';
      await cloudFormation.continueUpdateRollback(stackId, requestTokenOf(context), context.signal);
      return 'continued';
    },
    // One that failed again since has begun since: it is not continued a second time unasked.
    probe: async () => ((await status()) === STUCK && !(await began(context)) ? 'notHappened' : 'continued'),
  });
  return result === 'continued'
    ? { how: 'finished', codes: [] }
    : { how: 'finished', codes: ['refused'], error: `${baseline.stackName} is not ${STUCK} any more.` };
}

const newEvents = ({ read, signal }: ReadContext, { stackId, newestEventId }: WantedStack) =>
  eventsSince(read.aws.cloudFormation, stackId ?? '', { newestEventId, sinceMs: 0 }, signal);

const began = async (context: ActContext<WantedStack>): Promise<boolean> =>
  hasBegun(await newEvents(context, context.attempt.baseline));

async function prove(context: ReadContext, { baseline, acted }: Attempt<WantedStack>): Promise<Verdict> {
  const { stackId, stackName, config } = baseline;
  if (stackId === null) return { is: 'done', summary: 'No rollback is to be continued.', evidence: [] };
  const { cloudFormation } = context.read.aws;
  const stack = await cloudFormation.describeStack(stackId, context.signal);
  if (!stack) return { is: 'failed', code: 'notFound', summary: `There is no ${stackName} any more.`, evidence: [] };
  const { stackStatus } = stack;
  const evidence = [statusEvidence(stack)];
  if (isInProgress(stackStatus)) return { is: 'pending', summary: `${stackName} is ${stackStatus}`, evidence };
  if (outcomeOf(config, stackStatus).is === 'ended')
    return { is: 'done', summary: `${stackName} is rolled back; it is as it was before the update.`, evidence };
  const events = await newEvents(context, baseline);
  // Right after the call a stack may still show the state of before.
  if (stackStatus === STUCK && !hasBegun(events) && !acted?.codes.includes('refused'))
    return { is: 'pending', summary: `${stackName}: waits for its rollback to go on`, evidence };
  const failure = await readFailure(cloudFormation, events, context.signal);
  return {
    is: 'failed',
    code: stackStatus === STUCK ? 'rollbackFailed' : 'refused',
    summary: failureSentence(`The rollback of ${stackName}`, failure, outcomeOf(config, stackStatus)),
    evidence: [...evidence, ...failureEvidence(failure)],
  };
}
