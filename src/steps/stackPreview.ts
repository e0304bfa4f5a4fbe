import * as z from 'zod';
import type { Config } from '../bosslet/bosslet.ts';
import { publicHost, stackName } from '../bosslet/names.ts';
import { changesNothing } from '../clients/aws/changeSet.ts';
import type { ChangeSet } from '../clients/doors.ts';
import { asTyped, generateTemplate } from './bossManage.ts';
import { StepCancelled } from './cancelled.ts';
import { deleteChangeSet } from './changeSetDeletion.ts';
import { classifyChangeSet } from './changeSetReview.ts';
import { clashDanger, indexClashes, isCurable } from './indexRule.ts';
import type { ActContext, Acted, Attempt, StepKind, Verdict } from './kind.ts';
import { config, paramsOf } from './params.ts';
import { scanLog } from './scriptLog.ts';
import { runScript } from './scriptRun.ts';
import { exitEvidence, lastLinesEvidence, verdictOfRefusal } from './scriptVerdict.ts';
import { readStackCard, type StackBaseline } from './stackCard.ts';
import {
  emptyPasswords,
  type Generated,
  readGenerated,
  removeGenerated,
  sizeDangers,
  templatesFolder,
} from './template.ts';
import { isApproval, reviewQuestion } from './updateReview.ts';
import { runOnVaultPort } from './vaultPort.ts';

const params = z.strictObject({ config });
type Params = z.infer<typeof params>;

/** Generates a stack's new template, makes a change set of it, has it reviewed and deletes it again. */
export const stackPreview: StepKind<Params, StackBaseline> = {
  name: 'stackPreview',
  mutates: true,
  parse: paramsOf('stackPreview', params),
  plan: async ({ config }, context) => {
    const card = await readStackCard(context, config);
    return {
      commands: [
        asTyped(generateTemplate(context.bosslet, config, card.baseline)),
        `CreateChangeSet ${card.stackName}, review it, DeleteChangeSet`,
      ],
      dangers: card.dangers.filter(({ id }) => !id.startsWith('leftover:')),
      evidence: [...card.evidence, { label: 'Template', value: templatesFolder(context.bosslet), tone: 'plain' }],
      baseline: card.baseline,
      alreadyDone: false,
    };
  },
  act: async ({ config }, context) => {
    try {
      const acted = await actPreview(config, context);
      await removeGenerated(context.bosslet, config);
      return acted;
    } catch (error) {
      // Otherwise the act is called again, and needs what the script made.
      if (error instanceof StepCancelled || context.cancelRequested()) await removeGenerated(context.bosslet, config);
      throw error;
    }
  },
  prove: async ({ config }, context, attempt) => provePreview(config, await scanned(context, attempt), attempt),
};

const finished = (error: string, ...codes: Acted['codes']): Acted => ({ how: 'finished', exitCode: 0, codes, error });
const GONE = 'The generated template is gone from its folder: try again.';

async function actPreview(config: Config, context: ActContext<StackBaseline>): Promise<Acted> {
  const { baseline } = context.attempt;
  if (baseline.stackId === null) return { how: 'finished', codes: ['notFound'] };
  const command = generateTemplate(context.bosslet, config, baseline);
  const name = changeSetNameOf(context);
  const run = { command, head: baseline.head, what: `Generating the template of ${config}` };
  // api's template is made with a password from Vault.
  const generated = config === 'api' ? await runOnVaultPort(context, run) : await runScript(context, run);
  if (generated.exitCode !== 0 || generated.codes.length > 0) return generated;
  const known = context.attempt.effects.changeSet;
  if (typeof known === 'string') return reviewAndRemove(config, context, known);
  const made = await readGenerated(context.bosslet, config);
  // Made of it before a crash, and to be deleted: nothing of ours stays behind.
  const left = made ? undefined : await describe(config, context, name);
  if (!made && !left) return finished(GONE, 'refused');
  if (made && emptyPasswords(made.template).length > 0)
    return finished(
      `The template of ${config} has an empty database password, because Vault could not be reached: check the tunnel to Vault and try again.`,
      'refused',
    );
  const predicted = made && (await predictedFailure(config, context, made));
  if (predicted) return predicted;
  const arn = await context.effect('changeSet', {
    what: `creates the change set ${name}`,
    run: async () => (made ? create(config, context, name, made) : (left?.changeSetId ?? '')),
    probe: async () => (await describe(config, context, name))?.changeSetId ?? 'notHappened',
  });
  return reviewAndRemove(config, context, arn);
}

async function reviewAndRemove(config: Config, context: ActContext<StackBaseline>, arn: string): Promise<Acted> {
  try {
    const acted = await review(config, context, arn);
    await deleteChangeSet(context, 'deleteChangeSet', arn);
    return acted;
  } catch (error) {
    if (error instanceof StepCancelled) await deleteChangeSet(context, 'deleteChangeSet', arn);
    throw error;
  }
}

/** One of its own: what boss-manage names after the commit stays free for the update. */
const changeSetNameOf = ({ step, attempt, release }: ActContext<StackBaseline>): string =>
  `boss-tui-${release.id}-${step.id}-${attempt.number}`.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, 128);

const create = (config: Config, context: ActContext<StackBaseline>, changeSetName: string, made: Generated) =>
  context.doors.aws.cloudFormation.createChangeSet(
    {
      stackName: stackName(context.bosslet, config),
      changeSetName,
      templateBody: made.body,
      parameters: made.parameters,
      description: 'Preview: made to be read, deleted afterwards.',
    },
    context.signal,
  );

const describe = (config: Config, { read, bosslet, signal }: ActContext<StackBaseline>, nameOrArn: string) =>
  read.aws.cloudFormation.describeChangeSet(stackName(bosslet, config), nameOrArn, signal);

/** What AWS would refuse, told before it finds it. */
async function predictedFailure(
  config: Config,
  context: ActContext<StackBaseline>,
  made: Generated,
): Promise<Acted | undefined> {
  const clashes = await indexClashes(context, config, made.template);
  const text = clashes.map((clash) => clashDanger(clash).text).join(' ');
  if (isCurable(context.bosslet, clashes)) return finished(text, 'twoIndexChanges');
  if (clashes.length > 0)
    return finished(
      `${text} Have the checkout change one index of a table at a time, with an update for each, then try again.`,
      'refused',
    );
  const [tooLarge] = sizeDangers(made.body);
  return tooLarge && finished(tooLarge.text, 'refused');
}

async function review(config: Config, context: ActContext<StackBaseline>, arn: string): Promise<Acted> {
  const changeSet = await settled(config, context, arn);
  if (!changeSet) {
    // Deleted by this very attempt, before the program ended: the answer to it is in the record.
    const answer = context.attempt.decisions.review;
    return answer
      ? reviewed(config, answer.is === 'approved')
      : finished('The change set disappeared while it was made.', 'refused');
  }
  if (changeSet.status !== 'CREATE_COMPLETE') {
    if (changesNothing(changeSet)) return { how: 'finished', exitCode: 0, codes: [] };
    return finished(`AWS refused the change set: ${changeSet.statusReason ?? changeSet.status}`, 'refused');
  }
  const title = `Preview of ${config}`;
  const classified = classifyChangeSet({ config, changeSet, publicHost: publicHost(context.bosslet), title });
  const asked = await reviewQuestion(context, classified);
  const answer = await context.decide('review', {
    ...asked,
    // Nothing stands before a danger.
    text: classified.mustType.length > 0 ? asked.text : [...asked.text, ONLY_A_PREVIEW],
  });
  return reviewed(config, isApproval(answer, classified.mustType, classified.hash));
}

const ONLY_A_PREVIEW = 'A preview: approving it changes nothing. The update shows its own changes and asks again.';

const reviewed = (config: Config, isApproved: boolean): Acted =>
  isApproved
    ? { how: 'finished', exitCode: 0, codes: [] }
    : finished(
        `The preview of ${config} was rejected; nothing was changed. Have what was wrong mended in the checkout, then try again.`,
        'rejected',
      );

/** Waits until AWS has made it. */
async function settled(
  config: Config,
  context: ActContext<StackBaseline>,
  arn: string,
): Promise<ChangeSet | undefined> {
  for (;;) {
    const changeSet = await describe(config, context, arn);
    if (!changeSet || !/^CREATE_(PENDING|IN_PROGRESS)$/.test(changeSet.status)) return changeSet;
    await context.clock.sleep(Math.max(2_000, 200 * context.clock.speed), context.signal);
  }
}

const scanned = (context: { readonly read: ActContext['read'] }, attempt: Attempt) =>
  scanLog(context.read.scripts, attempt.scriptFolder);

function provePreview(config: Config, log: Awaited<ReturnType<typeof scanned>>, attempt: Attempt): Verdict {
  const { acted } = attempt;
  const evidence = [exitEvidence(attempt), ...lastLinesEvidence(log)];
  if (acted?.codes.includes('twoIndexChanges'))
    return {
      is: 'failed',
      code: 'twoIndexChanges',
      summary: acted.error ?? 'Two indexes would change.',
      evidence: [exitEvidence(attempt)],
    };
  const refusal = verdictOfRefusal(acted, evidence);
  if (refusal) return refusal;
  if (acted?.exitCode === 0) return { is: 'done', summary: `The changes of ${config} were reviewed.`, evidence: [] };
  return {
    is: 'failed',
    code: acted?.exitCode === undefined ? 'lost' : 'exitCode',
    summary: `The template of ${config} was not generated: ${log.lastLines.at(-1) ?? 'the script said nothing'}`,
    evidence,
  };
}
