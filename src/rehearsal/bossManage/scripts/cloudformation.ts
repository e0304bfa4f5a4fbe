import type { Stack } from '@aws-sdk/client-cloudformation';
import { CONFIGS, type Config } from '../../../bosslet/bosslet.ts';
import { configOfStack } from '../../../bosslet/names.ts';
import { parseArguments } from '../commandLine.ts';
import { actionOf } from '../configActions.ts';
import { bossletNames, bossletOf, headOf, type NamedBosslet, type Script, type ScriptContext } from '../script.ts';
import { BossManageError } from '../scriptErrors.ts';
import { openStacks } from '../stackApi.ts';

const ACTIONS = ['create', 'update', 'delete', 'post-init', 'pre-init', 'update-migrate', 'generate'] as const;
export type Action = (typeof ACTIONS)[number];
const SCENARIOS = ['development', 'production', 'ha-development'];

/** The scripts' own order, which is that of their dependencies: idindexing comes before cloudwatch in it. */
const ORDER: readonly Config[] = [
  'core',
  'redis',
  'api',
  'cachedb',
  'activities',
  'idindexing',
  'cloudwatch',
  'dynamolambda',
];
const NEEDS: Readonly<Record<Config, readonly Config[]>> = {
  core: [],
  redis: ['core'],
  api: ['core', 'redis'],
  cachedb: ['core', 'redis', 'api'],
  activities: ['core', 'api', 'redis', 'cachedb'],
  cloudwatch: ['core', 'api'],
  idindexing: ['activities', 'cachedb'],
  dynamolambda: ['api'],
};

/** `cloudformation.py ACTION BOSSLET CONFIG…`. */
export const run: Script = async (context) => {
  const { options, positionals } = parseArguments(
    {
      program: context.program,
      options: {
        '--ami-version': { metavar: '<ami-version>' },
        '--scenario': { metavar: '<scenario>', choices: SCENARIOS },
        '--disable-preview': {},
      },
      positionals: [
        { name: 'action', choices: ACTIONS },
        { name: 'bosslet_name', choices: bossletNames(context) },
        { name: 'config_name', choices: ['all', ...CONFIGS], repeats: '+' },
      ],
    },
    context.args,
    context.terminal,
  );
  const text = (option: string) => {
    const value = options.get(option);
    return typeof value === 'string' ? value : undefined;
  };
  const action = ACTIONS.find((each) => each === positionals.get('action')?.[0]) ?? 'generate';
  const bosslet = bossletOf(context, positionals.get('bosslet_name')?.[0]);
  const named = positionals.get('config_name') ?? [];
  const configs = ORDER.filter((config) => named.includes('all') || named.includes(config));
  if (action === 'update-migrate') return context.terminal.message('info', 'No migrations to apply');

  const { terminal } = context;
  const ready = action === 'generate' ? configs : await executable(context, bosslet, action, configs);
  const head = await headOf(context);
  terminal.print('Execution Order:');
  for (const config of ready) terminal.print(`\t${config}`);
  for (const config of ready) {
    terminal.print();
    terminal.status(`Working on ${config}`);
    const perform = actionOf(config, action);
    if (!perform) {
      terminal.print(`Configuration '${config}' doesn't implement function '${action.replace('-', '_')}', skipping`);
      continue;
    }
    await perform({
      context,
      bosslet,
      config,
      head,
      amiVersion: text('--ami-version') ?? 'latest',
      scenario: text('--scenario') ?? bosslet.scenario,
      disablePreview: options.has('--disable-preview'),
    });
  }
};

/** Those of the configs that the action can be done for, in order; says why the others are left out. */
async function executable(
  context: ScriptContext,
  bosslet: NamedBosslet,
  action: Action,
  configs: readonly Config[],
): Promise<readonly Config[]> {
  const { terminal } = context;
  const existing = await existingConfigs(context, bosslet);
  if (hindered(context, action, configs, existing)) throw new BossManageError('Problems with existing stacks');
  if (action === 'create')
    for (const config of configs)
      for (const need of NEEDS[config])
        if (!existing.has(need) && !configs.includes(need))
          throw new BossManageError(`Config '${config}' depends on config '${need}', which doesn't exist`);
  const ready = configs.filter((config) => {
    if (existing.has(config) !== (action === 'create')) return true;
    const why = action === 'create' ? 'already exists' : "doesn't exist";
    terminal.message('debug', `Not executing ${action} on ${config} as it ${why}`);
    return false;
  });
  return action === 'delete' ? ready.toReversed() : ready;
}

/** Status of every stack of the bosslet, by config; whatever else ends in its name belongs to it too. */
async function existingConfigs(context: ScriptContext, bosslet: NamedBosslet): Promise<ReadonlyMap<string, string>> {
  const stacks = await (await openStacks(context, bosslet)).stacks();
  const rows = stacks.flatMap(({ StackName = '', StackStatus }: Stack) => {
    const config = configOfStack(bosslet, StackName);
    return config === undefined || !StackStatus || StackStatus === 'DELETE_COMPLETE'
      ? []
      : [[config, StackStatus] as const];
  });
  return new Map(rows);
}

/** Says what stands in the way; whether anything does. */
function hindered(
  { terminal }: ScriptContext,
  action: Action,
  configs: readonly string[],
  existing: ReadonlyMap<string, string>,
): boolean {
  let stop = false;
  for (const [config, status] of existing) {
    if (status.endsWith('_IN_PROGRESS')) {
      terminal.message('warning', `Config '${config}' is in progress`);
      stop = true;
    } else if (status.endsWith('_FAILED')) {
      if (configs.includes(config) && action === 'delete') {
        terminal.message('info', `Config '${config}' is failed, deleting`);
        continue;
      }
      terminal.message('fail', `Config '${config}' ${whatToDo(status, configs.includes(config))}`);
      stop = true;
    }
  }
  return stop;
}

const whatToDo = (status: string, isTarget: boolean): string => {
  if (!isTarget) return 'is failed and should be acted upon';
  return status === 'UPDATE_ROLLBACK_FAILED'
    ? 'needs to be manually resolved in the AWS console'
    : 'is failed, needs to be deleted';
};
