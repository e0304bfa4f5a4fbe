import * as z from 'zod';
import { stackName } from '../bosslet/names.ts';
import { isInProgress } from '../observe/operation.ts';
import { asTyped, createStack, type RecreatableConfig } from './bossManage.ts';
import type { Attempt, Evidence, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf, recreatableConfig } from './params.ts';
import { lambdaPromptOf } from './prompts.ts';
import { scanLog } from './scriptLog.ts';
import { lambdaQuestion } from './scriptReply.ts';
import { hasStarted, runScript } from './scriptRun.ts';
import { exitCodeOf, exitEvidence, fellBack, lastLinesEvidence, verdictOfRefusal } from './scriptVerdict.ts';
import { readStackCard, type StackBaseline } from './stackCard.ts';
import { eventsSince, failureEvidence, failureSentence, readFailure } from './stackEvents.ts';
import { missingImages } from './stackImages.ts';
import { rememberTook } from './stackMemory.ts';
import { outcomeOf } from './stackOutcome.ts';
import { statusEvidence, WORKS_ON_AFTERWARDS } from './stackUpdateProof.ts';

const params = z.strictObject({ config: recreatableConfig });
type Params = z.infer<typeof params>;

/** Creates a stack by `cloudformation.py create`. A StackId that was not there before proves it. */
export const stackCreate: StepKind<Params, StackBaseline> = {
  name: 'stackCreate',
  mutates: true,
  parse: paramsOf('stackCreate', params),
  plan: ({ config }, context) => planCreate(config, context),
  act: async ({ config }, context) => {
    const { baseline } = context.attempt;
    const started = await hasStarted(context);
    if (!started && baseline.stackId !== null)
      return {
        how: 'finished',
        codes: ['refused'],
        error: `${stackName(context.bosslet, config)} exists already (${baseline.stackStatus}): its script would do nothing and exit 0. Delete it first.`,
      };
    // A create asks nothing before it launches what it found.
    const missing = started ? [] : await missingImages(context, config, baseline.amiVersion);
    if (missing.length > 0)
      return {
        how: 'finished',
        codes: ['amiFellBack'],
        error: `There is no ${missing.join(', ')} AMI for ${baseline.amiVersion}, and the script would take the latest instead; nothing was started. Make the AMI, then try again.`,
      };
    context.want({ is: 'stack', config, sinceMs: context.attempt.intendedAtMs });
    const acted = await runScript(context, {
      command: createStack(context.bosslet, config, baseline),
      head: baseline.head,
      what: `Creating ${config}`,
    });
    return { ...acted, facts: rememberTook(config, baseline.takes) };
  },
  prove: ({ config }, context, attempt) => proveCreate(config, context, attempt),
};

async function planCreate(config: RecreatableConfig, context: ReadContext): Promise<Plan<StackBaseline>> {
  const card = await readStackCard(context, config);
  const prompt = lambdaPromptOf(config, 'create');
  return {
    commands: [asTyped(createStack(context.bosslet, config, card.baseline))],
    // What is said of a stack that still exists is for the delete before; only its image and commit matter here.
    dangers: card.dangers.filter(({ id }) => /^(ami|head):/.test(id)),
    evidence: card.evidence,
    baseline: card.baseline,
    alreadyDone: false,
    ...(prompt && { choices: [{ key: prompt.key, title: prompt.title, ...lambdaQuestion(prompt) }] }),
  };
}

async function proveCreate(
  config: RecreatableConfig,
  context: ReadContext,
  attempt: Attempt<StackBaseline>,
): Promise<Verdict> {
  const { cloudFormation } = context.read.aws;
  const stack = await cloudFormation.describeStack(stackName(context.bosslet, config), context.signal);
  const log = await scanLog(context.read.scripts, attempt.scriptFolder);
  const evidence: readonly Evidence[] = [...(stack ? [statusEvidence(stack)] : []), exitEvidence(attempt)];
  const more = [...evidence, ...lastLinesEvidence(log)];
  const refusal = verdictOfRefusal(attempt.acted, more);
  // No script of ours ran: whoever created the stack meanwhile, it was not this step.
  if (refusal && attempt.acted?.how === 'finished' && attempt.acted.exitCode === undefined) return refusal;
  if (!stack || stack.stackId === attempt.baseline.stackId) {
    if (refusal) return refusal;
    const said = log.lastLines.at(-1) ?? 'its script said nothing';
    return { is: 'failed', code: 'createFailed', summary: `${config} was not created: ${said}`, evidence: more };
  }
  if (isInProgress(stack.stackStatus))
    return { is: 'pending', summary: `${stack.stackName} is ${stack.stackStatus}`, evidence };
  if (!/^(CREATE|UPDATE)_COMPLETE$/.test(stack.stackStatus)) {
    const since = { newestEventId: null, sinceMs: stack.creationTimeMs };
    const events = await eventsSince(cloudFormation, stack.stackId, since, context.signal);
    const failure = await readFailure(cloudFormation, events, context.signal);
    return {
      is: 'failed',
      code: 'createFailed',
      summary: failureSentence(`The create of ${config}`, failure, outcomeOf(config, stack.stackStatus)),
      evidence: [...evidence, ...failureEvidence(failure)],
    };
  }
  if (log.amiFellBack.length > 0) return fellBack(config, 'created', log, evidence);
  const code = exitCodeOf(attempt);
  if (code === undefined) return { is: 'done', summary: `${config} is created.`, evidence };
  const how = code === 'lost' ? 'was lost' : `ended with exit ${attempt.acted?.exitCode}`;
  if (!WORKS_ON_AFTERWARDS.has(config))
    return { is: 'done', summary: `${config} is created, though its script ${how}.`, evidence };
  return {
    is: 'unknown',
    code,
    summary: `The stack ${config} is created, but its script ${how}: nobody knows whether the work after it was done. An update does that work again.`,
    evidence: more,
  };
}
