import * as z from 'zod';
import { stackName } from '../bosslet/names.ts';
import { asTyped, updateStack } from './bossManage.ts';
import type { ActContext, Acted, Plan, ReadContext, StepKind } from './kind.ts';
import { clearLeftovers } from './leftoverChangeSets.ts';
import { config, paramsOf } from './params.ts';
import { lambdaPromptOf } from './prompts.ts';
import { lambdaQuestion } from './scriptReply.ts';
import { hasStarted, runScript, type ScriptRun } from './scriptRun.ts';
import { readStackCard, type StackBaseline } from './stackCard.ts';
import { proveUpdate } from './stackUpdateProof.ts';
import { reviewUpdate } from './updateReview.ts';
import { runOnVaultPort } from './vaultPort.ts';

const params = z.strictObject({ config });
type Params = z.infer<typeof params>;

/** Updates a stack by `cloudformation.py update`, whose own change set is reviewed while its prompt waits. */
export const stackUpdate: StepKind<Params, StackBaseline> = {
  name: 'stackUpdate',
  mutates: true,
  parse: paramsOf('stackUpdate', params),
  plan: async ({ config }, context) => planUpdate(config, context),
  act: async ({ config }, context) => actUpdate(config, context),
  prove: ({ config }, context, attempt) => proveUpdate(config, context, attempt),
};

async function planUpdate(config: Params['config'], context: ReadContext): Promise<Plan<StackBaseline>> {
  const card = await readStackCard(context, config);
  const command = updateStack(context.bosslet, config, card.baseline);
  const prompt = lambdaPromptOf(config, 'update');
  return {
    commands: [asTyped(command)],
    dangers: card.stack
      ? card.dangers
      : [
          ...card.dangers,
          {
            id: `missing:${card.stackName}`,
            level: 'danger',
            text: `${card.stackName} does not exist: an update would do nothing and exit 0.`,
          },
        ],
    evidence: [
      ...card.evidence,
      ...(prompt ? [{ label: prompt.title, value: prompt.note, tone: 'warn' as const }] : []),
    ],
    baseline: card.baseline,
    alreadyDone: false,
    ...(prompt && { choices: [{ key: prompt.key, title: prompt.title, ...lambdaQuestion(prompt) }] }),
  };
}

async function actUpdate(config: Params['config'], context: ActContext<StackBaseline>): Promise<Acted> {
  const { baseline } = context.attempt;
  if (!(await hasStarted(context))) {
    const refused = await refusal(context);
    if (refused) return refused;
  }
  // Events from here on are this operation's: the board follows them at once.
  context.want({ is: 'stack', config, sinceMs: context.attempt.intendedAtMs });
  const run: ScriptRun = {
    command: updateStack(context.bosslet, config, baseline),
    head: baseline.head,
    what: `Updating ${config}`,
    review: reviewUpdate(config, context),
    stackName: stackName(context.bosslet, config),
  };
  return READS_VAULT.has(config) ? runOnVaultPort(context, run) : runScript(context, run);
}

/** Whose script talks to Vault: api before it makes its change set, core when its stack is complete. */
const READS_VAULT: ReadonlySet<string> = new Set<Params['config']>(['core', 'api']);

/** What must still be so when the script is started. */
async function refusal(context: ActContext<StackBaseline>): Promise<Acted | undefined> {
  const { baseline } = context.attempt;
  if (baseline.stackId === null) return { how: 'finished', codes: ['notFound'] };
  if ((await context.read.git.head(context.signal)) !== baseline.head) return { how: 'finished', codes: ['headMoved'] };
  return (await clearLeftovers(context)) ? undefined : { how: 'finished', codes: ['cancelled'] };
}
