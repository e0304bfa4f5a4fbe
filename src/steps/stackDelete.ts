import * as z from 'zod';
import type { Config } from '../bosslet/bosslet.ts';
import { stackName } from '../bosslet/names.ts';
import type { StackResource } from '../clients/doors.ts';
import { isInProgress } from '../observe/operation.ts';
import { asTyped, deleteStack, type RecreatableConfig } from './bossManage.ts';
import { DATA_HOLDING } from './dangerTypes.ts';
import type { Attempt, Danger, Evidence, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf, recreatableConfig } from './params.ts';
import { recoveryPoint } from './recoveryPoint.ts';
import { scanLog } from './scriptLog.ts';
import { runScript } from './scriptRun.ts';
import { exitEvidence, lastLinesEvidence, verdictOfRefusal } from './scriptVerdict.ts';
import { readStackCard, type StackBaseline } from './stackCard.ts';
import { eventsSince, failureEvidence, failureSentence, readFailure } from './stackEvents.ts';
import { rememberBefore } from './stackMemory.ts';
import { outcomeOf } from './stackOutcome.ts';
import { statusEvidence } from './stackUpdateProof.ts';
import { count } from './words.ts';

const params = z.strictObject({
  config: recreatableConfig,
  /** Clears away what a failed create left; refuses a stack that works. */
  onlyFailedCreate: z.literal(true).optional(),
});
type Params = z.infer<typeof params>;

/** What a create that failed leaves behind: a name that is taken, with nothing in it that works. */
const FAILED_CREATE: ReadonlySet<string> = new Set([
  'CREATE_FAILED',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'DELETE_FAILED',
  'REVIEW_IN_PROGRESS',
]);

/** Deletes a stack by `cloudformation.py delete`, which asks nothing: its name is typed before it starts. */
export const stackDelete: StepKind<Params, StackBaseline> = {
  name: 'stackDelete',
  mutates: true,
  parse: paramsOf('stackDelete', params),
  plan: (params, context) => planDelete(params, context),
  act: async ({ config, onlyFailedCreate }, context) => {
    const { baseline } = context.attempt;
    if (onlyFailedCreate && !FAILED_CREATE.has(baseline.stackStatus ?? ''))
      return {
        how: 'finished',
        codes: ['refused'],
        error: `${stackName(context.bosslet, config)} is ${baseline.stackStatus}: only a create that failed is cleared away here.`,
      };
    context.want({ is: 'stack', config, sinceMs: context.attempt.intendedAtMs });
    const acted = await runScript(context, {
      command: deleteStack(context.bosslet, config, baseline),
      head: baseline.head,
      what: `Deleting ${config}`,
    });
    return { ...acted, before: rememberBefore(context.release.facts, config, baseline) };
  },
  prove: ({ config }, context, attempt) => proveDelete(config, context, attempt),
};

async function planDelete({ config }: Params, context: ReadContext): Promise<Plan<StackBaseline>> {
  const card = await readStackCard(context, config);
  const resources = card.stack
    ? await context.read.aws.cloudFormation.stackResources(card.stackName, context.signal)
    : [];
  const retained = card.stack ? await retainedIds(context, card.stackName) : new Set<string>();
  return {
    commands: [asTyped(deleteStack(context.bosslet, config, card.baseline))],
    dangers: await Promise.all(
      resources.filter(({ resourceType }) => DATA_HOLDING.has(resourceType)).map(deleteDanger(retained, context)),
    ),
    evidence: [...card.evidence, ...(await queueEvidence(context, config, resources))],
    baseline: card.baseline,
    alreadyDone: card.stack === undefined,
  };
}

const deleteDanger =
  (retained: ReadonlySet<string>, context: ReadContext) =>
  async ({ logicalResourceId, resourceType, physicalResourceId }: StackResource): Promise<Danger> => {
    const id = `delete:${resourceType}:${logicalResourceId}`;
    const what = `${logicalResourceId} (${resourceType})`;
    if (retained.has(logicalResourceId))
      return { id, level: 'warn', text: `${what} is retained: it stays, outside the stack.` };
    const point = await recoveryPoint(resourceType, physicalResourceId, context);
    return { id, level: 'danger', text: `${what} is deleted with what it holds${point ? `; ${point}` : ''}.` };
  };

/** Logical ids whose deployed DeletionPolicy is Retain. A template that cannot be read retains nothing. */
async function retainedIds(context: ReadContext, name: string): Promise<ReadonlySet<string>> {
  const template = await context.read.aws.cloudFormation.getTemplate(name, context.signal);
  const parsed = templateShape.safeParse(parseJson(template));
  if (!parsed.success) return new Set();
  const entries = Object.entries(parsed.data.Resources);
  return new Set(entries.flatMap(([id, { DeletionPolicy }]) => (DeletionPolicy === 'Retain' ? [id] : [])));
}
const templateShape = z.object({
  Resources: z.record(z.string(), z.object({ DeletionPolicy: z.string().optional() })),
});
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the messages of the queues are that a cache is flushed through. */
const flushedThrough = (queue: string): string => {
  if (/indexdeadletter/i.test(queue)) return 'index updates that failed';
  return /deadletter/i.test(queue) ? 'flushes that failed' : 'cuboids on their way from the cache to S3';
};

/** What still waits in the queues that die with a stack; for redis, in those that the cache is flushed through. */
async function queueEvidence(
  context: ReadContext,
  config: Config,
  resources: readonly StackResource[],
): Promise<readonly Evidence[]> {
  const { cloudFormation, sqs } = context.read.aws;
  const of =
    config === 'redis'
      ? (await cloudFormation.stackResources(stackName(context.bosslet, 'api'), context.signal)).filter(
          ({ logicalResourceId }) => /s3flush|deadletter/i.test(logicalResourceId),
        )
      : resources;
  const queues = of.filter(({ resourceType }) => resourceType === 'AWS::SQS::Queue');
  return Promise.all(
    queues.map(async ({ logicalResourceId, physicalResourceId }): Promise<Evidence> => {
      const depth = physicalResourceId ? await sqs.depth(physicalResourceId, context.signal) : undefined;
      const waiting = depth && depth.visible + depth.notVisible + depth.delayed;
      return {
        label: `Queue ${logicalResourceId}`,
        value:
          waiting === undefined
            ? 'not found'
            : waiting === 0
              ? 'empty'
              : `${count(waiting, 'message')}: ${config === 'redis' ? flushedThrough(logicalResourceId) : 'deleted with it'}`,
        tone: waiting === 0 ? 'ok' : 'warn',
      };
    }),
  );
}

async function proveDelete(
  config: RecreatableConfig,
  context: ReadContext,
  attempt: Attempt<StackBaseline>,
): Promise<Verdict> {
  const { cloudFormation } = context.read.aws;
  const { stackId, newestEventId } = attempt.baseline;
  // Gone by its id: one of the same name may have been made since.
  const stack = await cloudFormation.describeStack(stackId ?? stackName(context.bosslet, config), context.signal);
  if (!stack || stack.stackStatus === 'DELETE_COMPLETE')
    return { is: 'done', summary: stackId ? `${config} is deleted.` : `There is no ${config} stack.`, evidence: [] };
  const evidence = [statusEvidence(stack), exitEvidence(attempt)];
  if (isInProgress(stack.stackStatus))
    return { is: 'pending', summary: `${stack.stackName} is ${stack.stackStatus}`, evidence };
  const since = { newestEventId, sinceMs: attempt.intendedAtMs };
  if (stack.stackStatus === 'DELETE_FAILED' && attempt.acted) {
    const events = await eventsSince(cloudFormation, stack.stackId, since, context.signal);
    const failure = await readFailure(cloudFormation, events, context.signal);
    return {
      is: 'failed',
      code: 'deleteFailed',
      summary: failureSentence(`The delete of ${config}`, failure, outcomeOf(config, stack.stackStatus)),
      evidence: [...evidence, ...failureEvidence(failure)],
    };
  }
  const log = lastLinesEvidence(await scanLog(context.read.scripts, attempt.scriptFolder));
  const refusal = verdictOfRefusal(attempt.acted, [...evidence, ...log]);
  return (
    refusal ?? {
      is: 'notDone',
      code: attempt.acted?.exitCode === undefined ? 'lost' : 'exitCode',
      summary: `${stack.stackName} still exists (${stack.stackStatus}).`,
      evidence: [...evidence, ...log],
    }
  );
}
