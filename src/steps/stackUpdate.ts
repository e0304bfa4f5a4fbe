import * as z from 'zod';
import type { Config } from '../bosslet/bosslet.ts';
import { stackName } from '../bosslet/names.ts';
import { asTyped, updateStack } from './bossManage.ts';
import type { ActContext, Acted, Danger, Evidence, Plan, ReadContext, StepKind } from './kind.ts';
import { clearLeftovers } from './leftoverChangeSets.ts';
import { config, paramsOf } from './params.ts';
import { lambdaPromptOf } from './prompts.ts';
import { lambdaQuestion } from './scriptReply.ts';
import { hasStarted, runScript, type ScriptRun } from './scriptRun.ts';
import { readStackCard, type StackBaseline } from './stackCard.ts';
import { proveImages } from './stackImages.ts';
import {
  imagesInWords,
  olderImages,
  rememberBefore,
  rememberTook,
  type StackBefore,
  stackBefore,
  versionBefore,
} from './stackMemory.ts';
import { proveUpdate } from './stackUpdateProof.ts';
import { reviewUpdate } from './updateReview.ts';
import { runOnVaultPort } from './vaultPort.ts';

const params = z.strictObject({
  config,
  /** With the AMIs that the stack ran on before the release, instead of the release's own. */
  amis: z.literal('before').optional(),
});
type Params = z.infer<typeof params>;

/** Updates a stack by `cloudformation.py update`, whose own change set is reviewed while its prompt waits. */
export const stackUpdate: StepKind<Params, StackBaseline> = {
  name: 'stackUpdate',
  mutates: true,
  parse: paramsOf('stackUpdate', params),
  plan: (params, context) => planUpdate(params, context),
  act: (params, context) => actUpdate(params, context),
  prove: async ({ config, amis }, context, attempt) => {
    const verdict = await proveUpdate(config, context, attempt);
    if (amis !== 'before' || verdict.is !== 'done') return verdict;
    return proveImages(context, config, attempt.baseline.takes ?? {}, verdict);
  },
};

async function planUpdate({ config, amis }: Params, context: ReadContext): Promise<Plan<StackBaseline>> {
  const back = amis === 'before' ? wayBack(context, config) : undefined;
  const card = await readStackCard(context, config, back?.version);
  const command = updateStack(context.bosslet, config, card.baseline);
  const prompt = lambdaPromptOf(config, 'update');
  return {
    commands: [asTyped(command)],
    dangers: [
      ...card.dangers,
      ...(card.stack
        ? []
        : [
            {
              id: `missing:${card.stackName}`,
              level: 'danger' as const,
              text: `${card.stackName} does not exist: an update would do nothing and exit 0.`,
            },
          ]),
      ...(back ? otherImageDangers(back.before, card.baseline) : []),
    ],
    evidence: [
      ...card.evidence,
      ...(back ? backEvidence(back.before) : olderEvidence(context, config)),
      ...(prompt ? [{ label: prompt.title, value: prompt.note, tone: 'warn' as const }] : []),
    ],
    baseline: card.baseline,
    alreadyDone: false,
    ...(prompt && { choices: [{ key: prompt.key, title: prompt.title, ...lambdaQuestion(prompt) }] }),
  };
}

/** What the stack goes back to. Throws where nothing is known of it, or where one update cannot bring it back. */
function wayBack({ release }: ReadContext, config: Config): { readonly before: StackBefore; readonly version: string } {
  const before = stackBefore(release.facts, config);
  if (!before)
    throw new Error(
      `Nothing is remembered of the AMIs that ${config} ran on before this release: only a stack that it has updated can go back.`,
    );
  const back = versionBefore(before);
  if ('why' in back)
    throw new Error(
      `${config} cannot go back in one update: ${back.why}. Copy the AMIs that it ran on (${imagesInWords(before.images)}) to one label in the console, and update by hand with --ami-version.`,
    );
  return { before, version: back.version };
}

/** Only the images go back: what else was deployed is shown beside it. */
const backEvidence = ({ commit, stackVersion }: StackBefore): readonly Evidence[] => [
  {
    label: 'Before the release',
    value: `commit ${commit ?? 'unknown'}, StackVersion ${stackVersion ?? 'unknown'}; the template stays that of this checkout`,
    tone: 'warn',
  },
];

/** A label that was given to another image since. */
const otherImageDangers = ({ images }: StackBefore, { takes = {} }: StackBaseline): readonly Danger[] =>
  Object.entries(images).flatMap(([machine, { imageId, version }]) => {
    const now = takes[machine]?.imageId;
    return now === undefined || now === imageId
      ? []
      : [
          {
            id: `ami:${machine}:other:${now}`,
            level: 'danger',
            text: `${version} of ${machine} is ${now} now; before the release ${machine} ran on ${imageId}: it would not be the same image.`,
          },
        ];
  });

/** Why a stack that is done is offered again. */
const olderEvidence = ({ release }: ReadContext, config: Config): readonly Evidence[] =>
  olderImages(release.facts, config).map(({ machine, took, now }) => ({
    label: `AMI ${machine} was made anew`,
    value: `it took ${took.version ?? ''} ${took.imageId}, the release has ${now} now`,
    tone: 'warn',
  }));

async function actUpdate(params: Params, context: ActContext<StackBaseline>): Promise<Acted> {
  const { config, amis } = params;
  const acted = await runUpdate(config, context);
  const { takes, ...was } = context.attempt.baseline;
  return {
    ...acted,
    before: rememberBefore(context.release.facts, config, was),
    facts: rememberTook(config, takes, amis === 'before'),
  };
}

async function runUpdate(config: Config, context: ActContext<StackBaseline>): Promise<Acted> {
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
