import type { Config } from '../bosslet/bosslet.ts';
import { changeSetName } from '../bosslet/names.ts';
import type { Stack } from '../clients/doors.ts';
import { isInProgress } from '../observe/operation.ts';
import type { OutcomeCode } from '../runbook/runbook.ts';
import { isRecreatable } from './bossManage.ts';
import { failedOnIndexes } from './indexRule.ts';
import type { Attempt, Evidence, ReadContext, Verdict } from './kind.ts';
import { lambdaPromptOf } from './prompts.ts';
import { type LogFindings, scanLog } from './scriptLog.ts';
import { exitCodeOf, exitEvidence, fellBack, lastLinesEvidence, verdictOfRefusal, wasToldNo } from './scriptVerdict.ts';
import type { StackBaseline } from './stackCard.ts';
import {
  eventsSince,
  failureEvidence,
  failureSentence,
  hasBegun,
  isGoingOn,
  readFailure,
  type StackFailure,
} from './stackEvents.ts';
import { outcomeOf, type StackOutcome } from './stackOutcome.ts';

/** Stacks whose script works on after the stack is complete: their status alone never says that they are done. */
export const WORKS_ON_AFTERWARDS: ReadonlySet<string> = new Set<Config>([
  'core',
  'cachedb',
  'activities',
  'idindexing',
]);

/** What was found, for the rules below. */
interface Found {
  readonly config: Config;
  readonly stack: Stack;
  readonly attempt: Attempt<StackBaseline>;
  readonly log: LogFindings;
  readonly evidence: readonly Evidence[];
}

/**
 * Whether an update is done: a terminal status is believed only after the operation was seen to begin (cdk-cli #1802),
 * and then only with exit 0 where the script works on afterwards.
 */
export async function proveUpdate(
  config: Config,
  context: ReadContext,
  attempt: Attempt<StackBaseline>,
): Promise<Verdict> {
  const { baseline } = attempt;
  const { cloudFormation } = context.read.aws;
  const stack = baseline.stackId ? await cloudFormation.describeStack(baseline.stackId, context.signal) : undefined;
  if (!stack || stack.stackStatus === 'DELETE_COMPLETE')
    return { is: 'failed', code: 'notFound', summary: `There is no ${config} stack to update.`, evidence: [] };
  if (isInProgress(stack.stackStatus))
    return {
      is: 'pending',
      summary: `${withoutScript(attempt)}${stack.stackName} is ${stack.stackStatus}`,
      evidence: [statusEvidence(stack)],
    };
  const since = { newestEventId: baseline.newestEventId, sinceMs: attempt.intendedAtMs };
  const events = await eventsSince(cloudFormation, stack.stackId, since, context.signal);
  const log = await scanLog(context.read.scripts, attempt.scriptFolder);
  const found = { config, stack, attempt, log, evidence: [statusEvidence(stack), exitEvidence(attempt)] };
  const isUpdated = (stack.lastUpdatedTimeMs ?? null) !== baseline.lastUpdatedTimeMs;
  // The events are ahead of the stack, which still shows the state of before.
  if (!isUpdated && isGoingOn(events))
    return {
      is: 'pending',
      summary: `${withoutScript(attempt)}${stack.stackName} is being updated; its status does not show it yet`,
      evidence: [statusEvidence(stack)],
    };
  if (!isUpdated && !hasBegun(events)) return notBegun(found, context);
  // The stack was updated, but not by us: what a colleague did in the meantime proves nothing of this step.
  const isOurs = isReviewed(stack, attempt);
  if (wasToldNo(attempt.acted) || (exitCodeOf(attempt) !== undefined && !isOurs))
    return byOthers(config, await notBegun(found, context), isOurs);
  const failure = await readFailure(cloudFormation, events, context.signal);
  const evidenceOfAll = [...found.evidence, ...failureEvidence(failure)];
  if (stack.stackStatus === 'UPDATE_COMPLETE') return complete({ ...found, evidence: evidenceOfAll });
  const outcome = withHint(outcomeOf(config, stack.stackStatus), failure);
  return {
    is: failure.cancelled && outcome.is === 'ended' ? 'notDone' : 'failed',
    code: codeOfFailure(stack, failure, context),
    summary: failureSentence(`The update of ${config}`, failure, outcome),
    evidence: evidenceOfAll,
  };
}

/** Whether what the stack was changed by last is the change set that was reviewed here. */
function isReviewed({ changeSetId }: Stack, { effects: { reviewed } }: Attempt<StackBaseline>): boolean {
  const arn = typeof reviewed === 'object' && reviewed !== null && 'arn' in reviewed ? reviewed.arn : undefined;
  return arn !== undefined && arn === changeSetId;
}

const byOthers = (config: Config, verdict: Verdict, isReviewedHere: boolean): Verdict => ({
  ...verdict,
  // It was not we who changed anything: they did.
  summary: `${verdict.summary.replace(/; nothing was (changed|started)/, '')} Somebody else ${isReviewedHere ? `executed that very change set of ${config}` : `updated ${config}`} meanwhile.`,
});

/** What AWS is at goes on to its end, whatever became of the script that began it. */
function withoutScript(attempt: Attempt<StackBaseline>): string {
  const code = exitCodeOf(attempt);
  if (code === undefined) return '';
  const how = code === 'lost' ? 'was lost' : `ended with exit ${attempt.acted?.exitCode}`;
  return `The script ${how}; AWS goes on without it, and its end is waited for: `;
}

/** Which way on fits: a rollback that failed is continued before anything else. */
function codeOfFailure(
  { stackStatus }: Stack,
  { cause, cancelled }: StackFailure,
  { bosslet }: Pick<ReadContext, 'bosslet'>,
): OutcomeCode {
  if (stackStatus === 'UPDATE_ROLLBACK_FAILED') return 'rollbackFailed';
  if (cancelled) return 'cancelled';
  return failedOnIndexes(bosslet, cause?.event) ? 'twoIndexChanges' : 'updateFailed';
}

/** What an operator looks at, by the words of the first failure. */
const HINTS: readonly { readonly says: RegExp; readonly hint: string }[] = [
  {
    says: /\d+ SUCCESS signal/,
    hint: 'The new instances did not report in time: look at their logs for why. A slow start is got over by trying again.',
  },
];

/** Where the stack is as it was, what is known of such a failure says more than that its cause is to be mended. */
function withHint(outcome: StackOutcome, { cause }: StackFailure): StackOutcome {
  const reason = cause?.event.resourceStatusReason ?? '';
  const found = HINTS.find(({ says }) => says.test(reason));
  return found && outcome.is === 'ended' ? { ...outcome, todo: found.hint } : outcome;
}

/** The operation was seen to begin and to end well. */
function complete({ config, attempt, log, evidence }: Found): Verdict {
  if (log.functionNotFound.length > 0) return functionNotFound(config, log, evidence);
  if (log.amiFellBack.length > 0) return fellBack(config, 'updated', log, evidence);
  const code = exitCodeOf(attempt);
  if (code === undefined) return { is: 'done', summary: `${config} is updated.`, evidence };
  const how = code === 'lost' ? 'was lost' : `ended with exit ${attempt.acted?.exitCode}`;
  if (WORKS_ON_AFTERWARDS.has(config))
    return {
      is: 'unknown',
      code,
      summary: `The stack ${config} is complete, but its script ${how}: nobody knows whether the work after it was done. Run it again; it finds no changes and does that work.`,
      evidence: [...evidence, ...lastLinesEvidence(log)],
    };
  return { is: 'done', summary: `${config} is updated, though its script ${how}.`, evidence };
}

function functionNotFound(config: Config, log: LogFindings, evidence: readonly Evidence[]): Verdict {
  return {
    is: 'failed',
    code: 'functionNotFound',
    summary: `A lambda of ${config} is not there yet, so its code could not be updated; the script said so in passing. cachedb and activities must be deleted and created again.`,
    evidence: [
      ...evidence,
      ...log.functionNotFound.map((value) => ({ label: 'Output', value, tone: 'danger' as const })),
    ],
  };
}

/** The stack is as it was: by choice, by an error of the script, or because there was nothing to do. */
async function notBegun(found: Found, context: ReadContext): Promise<Verdict> {
  const { config, stack, attempt, log, evidence } = found;
  const more = [...evidence, ...lastLinesEvidence(log)];
  const refusal = verdictOfRefusal(attempt.acted, more);
  if (refusal) return hasRepublished(config, attempt) ? withLambdas(config, refusal) : refusal;
  const code = exitCodeOf(attempt);
  if (code === undefined && log.noChanges) {
    if (log.functionNotFound.length > 0) return functionNotFound(config, log, evidence);
    return { is: 'done', summary: `${config} had nothing to update.`, evidence };
  }
  if (code === undefined)
    return { is: 'notDone', summary: `The script ended with exit 0 and did not update ${config}.`, evidence: more };
  if (code === 'lost' && (await wasExecuted(stack, attempt, context)))
    return { is: 'pending', summary: `${config}: its change set was executed; waits for the update to show`, evidence };
  return { is: 'failed', code, summary: summaryOfFailure(code, found), evidence: more };
}

function summaryOfFailure(code: 'lost' | 'exitCode' | undefined, { config, attempt, log }: Found): string {
  if (code === 'lost') return `The script was lost before it changed ${config}. Run it again.`;
  // What the scripts say of any failed stack, whatever it holds.
  if (!isRecreatable(config) && log.lastLines.some((line) => /needs to be deleted/.test(line)))
    return `The script refuses ${config}, whose stack has failed. Do not delete it as the script advises: it holds what exists nowhere else. Resolve it in the AWS console.`;
  return `The script ended with exit ${attempt.acted?.exitCode} before it changed ${config}: ${log.lastLines.at(-1) ?? 'it said nothing'}`;
}

/** Whether Yes to the question about lambdas replaced code that runs now, before anything of the stack was decided. */
const hasRepublished = (config: Config, { effects }: Attempt<StackBaseline>): boolean =>
  lambdaPromptOf(config, 'update')?.republishes === true &&
  Object.keys(effects).some((key) => /^reply@\d+\/y$/.test(key));

const withLambdas = (config: Config, refusal: Verdict): Verdict => ({
  ...refusal,
  summary: `The stack ${config} is as it was, but its live functions were republished before the change set was shown; that is not undone. Have what was wrong mended in the checkout, then try again.`,
});

/** Right after its execution a stack may still show the state of before. */
async function wasExecuted(stack: Stack, attempt: Attempt<StackBaseline>, context: ReadContext): Promise<boolean> {
  const changeSets = await context.read.aws.cloudFormation.listChangeSets(stack.stackName, context.signal);
  const ours = changeSets.find((each) => each.changeSetName === changeSetName(attempt.baseline.head));
  return ours !== undefined && /^EXECUTE_(IN_PROGRESS|COMPLETE)$/.test(ours.executionStatus);
}

export const statusEvidence = ({ stackStatus }: Pick<Stack, 'stackStatus'>): Evidence => ({
  label: 'Status',
  value: stackStatus,
  tone: /ROLLBACK|FAILED/.test(stackStatus) ? 'danger' : stackStatus.endsWith('_COMPLETE') ? 'ok' : 'plain',
});
