import type { Config } from '../../bosslet/bosslet.ts';
import type { NamedBosslet, ScriptContext } from './script.ts';
import { CACHEDB_LAMBDAS } from './stacks/cachedb.ts';
import { ACTIVITIES_STEP_FUNCTIONS, IDINDEXING_STEP_FUNCTIONS } from './stacks/serverless.ts';

/** How long vault needs until it answers after an update of core. */
const VAULT_MS = 30_000;
const LAMBDA_MS = 2_000;
const STEP_FUNCTION_MS = 2_000;
const BUCKET_MS = 1_000;
const BUILD_MS = 60_000;

const dashes = (bosslet: NamedBosslet, name: string) => `${name}-${bosslet.internalDomain.replaceAll('.', '-')}`;

/** What a config does when its stack is complete, which an interrupted run leaves undone and the same command repeats. */
export async function afterUpdate(
  context: ScriptContext,
  bosslet: NamedBosslet,
  config: Config,
  stackCreatedMs: number,
): Promise<void> {
  if (config === 'core') await waitForVault(context);
  if (config === 'cachedb') {
    await freshenLambdas(context, bosslet, stackCreatedMs);
    await bucketTriggers(context);
  }
  if (config === 'activities') await stepFunctions(context, bosslet, ACTIVITIES_STEP_FUNCTIONS);
  if (config === 'idindexing') await stepFunctions(context, bosslet, IDINDEXING_STEP_FUNCTIONS);
}

/** The same after a create, and what `post-init` does alone. */
export async function afterCreate(context: ScriptContext, bosslet: NamedBosslet, config: Config): Promise<void> {
  if (config === 'core') await waitForVault(context);
  if (config === 'cachedb') await bucketTriggers(context);
  if (config === 'activities') await stepFunctions(context, bosslet, ACTIVITIES_STEP_FUNCTIONS);
  if (config === 'idindexing') await stepFunctions(context, bosslet, IDINDEXING_STEP_FUNCTIONS);
}

async function waitForVault({ terminal }: ScriptContext): Promise<void> {
  terminal.print('Waiting for Vault...');
  await terminal.sleep(VAULT_MS);
  terminal.print('Stack should be ready for use');
}

async function freshenLambdas(context: ScriptContext, bosslet: NamedBosslet, stackCreatedMs: number): Promise<void> {
  const { terminal, world } = context;
  for (const name of CACHEDB_LAMBDAS) {
    await terminal.sleep(LAMBDA_MS);
    terminal.message('info', `Updated ${dashes(bosslet, name)} function code`);
  }
  // A lambda that is new since the stack was made comes with a stack that is made anew, and with nothing else.
  if (!world.faults.includes('function-not-found') || stackCreatedMs >= world.worldStartedAtMs) return;
  const name = dashes(bosslet, 'downsampleVolumeLambda');
  terminal.print(
    `Error updating ${name}: An error occurred (ResourceNotFoundException) when calling the UpdateFunctionCode operation: Function not found: arn:aws:lambda:${bosslet.region}:${bosslet.accountId}:function:${name}`,
  );
}

async function bucketTriggers({ terminal }: ScriptContext): Promise<void> {
  terminal.print('post_init');
  terminal.print('adding ingest bucket trigger of import-cuboid lambda');
  for (const bucket of ['tile', 'ingest']) {
    await terminal.sleep(BUCKET_MS);
    terminal.print(`setting ${bucket} bucket expiration policy`);
    terminal.print('policy already set');
  }
}

async function stepFunctions({ terminal }: ScriptContext, bosslet: NamedBosslet, names: readonly string[]) {
  for (const name of names) {
    await terminal.sleep(STEP_FUNCTION_MS);
    const full = `${name}.${bosslet.internalDomain}`.split('.').map((part) => part[0]?.toUpperCase() + part.slice(1));
    terminal.print(`Updated step function ${full.join('')}`);
  }
}

/** Builds the zip that most lambdas share and puts it in the bosslet's bucket. */
export async function buildLambdas({ terminal, checkout }: ScriptContext): Promise<void> {
  terminal.message('debug', `Building ${checkout}/cloud_formation/lambda/multi_lambda lambda code zip`);
  terminal.message('info', 'calling build lambda on localhost');
  await terminal.sleep(BUILD_MS);
}

/** Publishes the zip for the functions that run now, whatever becomes of the stack. */
export async function republishLambdas({ terminal }: ScriptContext, bosslet: NamedBosslet): Promise<void> {
  for (const name of CACHEDB_LAMBDAS) {
    await terminal.sleep(LAMBDA_MS);
    const arn = `arn:aws:lambda:${bosslet.region}:${bosslet.accountId}:function:${dashes(bosslet, name)}`;
    terminal.print(`{'FunctionName': '${dashes(bosslet, name)}', 'FunctionArn': '${arn}', 'State': 'Active'}`);
  }
}
