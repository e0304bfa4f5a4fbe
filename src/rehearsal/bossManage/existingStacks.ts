import type { Config } from '../../bosslet/bosslet.ts';
import { configOfStack } from '../../bosslet/names.ts';
import type { NamedBosslet, ScriptContext } from './script.ts';
import { BossManageError } from './scriptErrors.ts';
import { openStacks } from './stackApi.ts';
import type { MessageKind } from './terminal.ts';

/** What `cloudformation.py` does, in its own words. */
export const ACTIONS = ['create', 'update', 'delete', 'post-init', 'pre-init', 'update-migrate', 'generate'] as const;
export type Action = (typeof ACTIONS)[number];

/** The scripts' own order, which is that of their dependencies: idindexing comes before cloudwatch in it. */
export const ORDER: readonly Config[] = [
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

/** Status of a bosslet's stacks by config; whatever else ends in its name belongs to it too. */
export type Existing = ReadonlyMap<string, string>;

/**
 * Those of the configs that the action can be done for, in order; says why the others are left out. Throws where a
 * stack of the bosslet stands in the way.
 */
export async function executable(
  context: ScriptContext,
  bosslet: NamedBosslet,
  action: Action,
  configs: readonly Config[],
): Promise<readonly Config[]> {
  const { terminal } = context;
  const existing = await existingConfigs(context, bosslet);
  const found = findings(action, configs, existing);
  for (const { kind, text } of found) terminal.message(kind, text);
  if (found.some(({ kind }) => kind !== 'info')) throw new BossManageError('Problems with existing stacks');
  if (action === 'create') needAll(configs, existing);
  const ready = configs.filter((config) => {
    if (existing.has(config) !== (action === 'create')) return true;
    const why = action === 'create' ? 'already exists' : "doesn't exist";
    terminal.message('debug', `Not executing ${action} on ${config} as it ${why}`);
    return false;
  });
  return action === 'delete' ? ready.toReversed() : ready;
}

async function existingConfigs(context: ScriptContext, bosslet: NamedBosslet): Promise<Existing> {
  const stacks = await openStacks(context, bosslet).stacks();
  const rows = stacks.flatMap(({ StackName = '', StackStatus }) => {
    const config = configOfStack(bosslet, StackName);
    return config === undefined || !StackStatus || StackStatus === 'DELETE_COMPLETE'
      ? []
      : [[config, StackStatus] as const];
  });
  return new Map(rows);
}

interface Finding {
  readonly kind: MessageKind;
  readonly text: string;
}

/** What is said about stacks that are in progress or failed. All but `info` stand in the way. Pure. */
export function findings(action: Action, configs: readonly string[], existing: Existing): readonly Finding[] {
  return [...existing].flatMap(([config, status]): readonly Finding[] => {
    if (status.endsWith('_IN_PROGRESS')) return [{ kind: 'warning', text: `Config '${config}' is in progress` }];
    if (!status.endsWith('_FAILED')) return [];
    if (!configs.includes(config))
      return [{ kind: 'fail', text: `Config '${config}' is failed and should be acted upon` }];
    if (action === 'delete') return [{ kind: 'info', text: `Config '${config}' is failed, deleting` }];
    return status === 'UPDATE_ROLLBACK_FAILED'
      ? [{ kind: 'fail', text: `Config '${config}' needs to be manually resolved in the AWS console` }]
      : [{ kind: 'fail', text: `Config '${config}' is failed, needs to be deleted` }];
  });
}

function needAll(configs: readonly Config[], existing: Existing): void {
  for (const config of configs)
    for (const need of NEEDS[config])
      if (!existing.has(need) && !configs.includes(need))
        throw new BossManageError(`Config '${config}' depends on config '${need}', which doesn't exist`);
}
