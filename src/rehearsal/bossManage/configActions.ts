import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../bosslet/bosslet.ts';
import { stackName } from '../../bosslet/names.ts';
import { afterCreate, afterUpdate, buildLambdas, republishLambdas } from './afterWork.ts';
import type { Action } from './existingStacks.ts';
import { checkoutTemplate, revertLocalEdit, revertPreviewedEdit } from './generatedTemplate.ts';
import type { NamedBosslet, ScriptContext } from './script.ts';
import { BossManageError } from './scriptErrors.ts';
import { openStacks, type StackRequest } from './stackApi.ts';
import { canceled, createStack, deleteStack, type StackWork, updateStack } from './stackOperations.ts';
import { STACK_VERSIONS } from './templates.ts';

/** What an action on one config is given. */
export interface ActionInput {
  readonly context: ScriptContext;
  readonly bosslet: NamedBosslet;
  readonly config: Config;
  readonly head: string;
  readonly amiVersion: string;
  readonly scenario: string | undefined;
  readonly disablePreview: boolean;
}
type Perform = (input: ActionInput) => Promise<void>;

/** The question about lambdas that an action asks before anything else, and what Yes does. */
const LAMBDA_QUESTIONS: Readonly<
  Partial<
    Record<Config, { readonly question: string; readonly actions: readonly Action[]; readonly republishes: boolean }>
  >
> = {
  cachedb: { question: 'Rebuild lambdas', actions: ['update'], republishes: false },
  activities: { question: 'Build multilambda', actions: ['update', 'create'], republishes: true },
  idindexing: { question: 'Rebuild multilambda', actions: ['update', 'create'], republishes: true },
};

/** One hop of ssh, in milliseconds of the clock: what a look into vault costs. */
const TUNNEL_MS = 10_000;
const NODE_BUILD_MS = 20_000;

/** How an action is done for a config; undefined where the config has none of this name. */
export function actionOf(config: Config, action: Action): Perform | undefined {
  if (action === 'update') return config === 'dynamolambda' ? undefined : update;
  if (action === 'create') return create;
  if (action === 'delete') return remove;
  if (action === 'generate') return generate;
  if (action === 'post-init') return ({ context, bosslet }) => afterCreate(context, bosslet, config);
  return action === 'pre-init' && LAMBDA_QUESTIONS[config] ? ({ context }) => buildLambdas(context) : undefined;
}

async function update(input: ActionInput): Promise<void> {
  const { context, bosslet, config } = input;
  await askAboutLambdas(input, 'update');
  if (config === 'api') await readVault(context);
  const work = await workOn(input);
  await updateStack(work, {
    disablePreview: input.disablePreview,
    beforeApply: async (version) => {
      if (config !== 'core' || version > 1) return;
      if (!(await context.terminal.confirm('This updated will recreate the Vault cluster, proceed?', false)))
        throw canceled();
    },
    declined: () => (config === 'api' ? revertLocalEdit(context) : Promise.resolve()),
  });
  const stack = await work.stacks.describe(work.request.stackName);
  await afterUpdate(context, bosslet, config, stack?.CreationTime?.getTime() ?? 0);
}

async function create(input: ActionInput): Promise<void> {
  const { context, bosslet, config } = input;
  await askAboutLambdas(input, 'create');
  if (config === 'cachedb') await buildLambdas(context);
  if (config === 'api') await readVault(context);
  if (config === 'dynamolambda') await buildNode(context);
  await createStack(await workOn(input));
  await afterCreate(context, bosslet, config);
}

async function remove(input: ActionInput): Promise<void> {
  const { context, config, bosslet } = input;
  if (config === 'core' || config === 'api') {
    const question = 'All data will be lost. Are you sure you want to proceed?';
    if (!(await context.terminal.confirm(question, false))) throw canceled();
  }
  const request: StackRequest = {
    stackName: stackName(bosslet, config),
    templateBody: '',
    parameters: [],
    tags: [],
    capabilities: [],
  };
  await deleteStack({ context, stacks: openStacks(context, bosslet), config, request, head: input.head });
}

async function generate(input: ActionInput): Promise<void> {
  const { context, bosslet, config, amiVersion, scenario } = input;
  if (config === 'api') {
    await readVault(context);
    await revertPreviewedEdit(context);
  }
  const { template, parameters } = await checkoutTemplate(context, bosslet, config, {
    amiVersion,
    scenario,
    generated: true,
  });
  const folder = join(context.checkout, 'cloud_formation', 'templates');
  const name = stackName(bosslet, config);
  const args = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
    UsePreviousValue: false,
  }));
  await writeFile(join(folder, `${name}.template`), JSON.stringify(whole(template), undefined, 4));
  await writeFile(join(folder, `${name}.arguments`), JSON.stringify(args, undefined, 4));
}

/** A template with its head. */
const whole = (template: object) => ({ AWSTemplateFormatVersion: '2010-09-09', Description: '', ...template });

async function workOn(input: ActionInput): Promise<StackWork> {
  const { context, bosslet, config, head, amiVersion, scenario } = input;
  const { template, parameters } = await checkoutTemplate(context, bosslet, config, {
    amiVersion,
    scenario,
    generated: false,
  });
  const request: StackRequest = {
    stackName: stackName(bosslet, config),
    templateBody: JSON.stringify(whole(template)),
    parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    tags: [
      { Key: 'StackVersion', Value: String(STACK_VERSIONS[config]) },
      { Key: 'Commit', Value: head },
    ],
    capabilities: config === 'cachedb' ? ['CAPABILITY_IAM'] : [],
  };
  return { context, stacks: openStacks(context, bosslet), config, request, head };
}

async function askAboutLambdas({ context, bosslet, config }: ActionInput, action: Action): Promise<void> {
  const asked = LAMBDA_QUESTIONS[config];
  if (!asked?.actions.includes(action)) return;
  if (!(await context.terminal.confirm(asked.question, true))) return;
  await buildLambdas(context);
  // Republishing what runs now comes with an update; a create has nothing to republish.
  if (asked.republishes && action === 'update') await republishLambdas(context, bosslet);
}

/** Reads the database's password through the bastion. */
async function readVault({ terminal, world }: ScriptContext): Promise<void> {
  await terminal.sleep(TUNNEL_MS);
  if (Object.keys(world.vault).length === 0) throw new BossManageError('Error establishing a SSH tunnel');
}

async function buildNode({ terminal }: ScriptContext): Promise<void> {
  terminal.print('Installing NodeJS dependencies.');
  await terminal.sleep(NODE_BUILD_MS);
  terminal.print('Packaging NodeJS app.');
  await terminal.sleep(NODE_BUILD_MS);
  terminal.print('Uploading to S3.');
}
