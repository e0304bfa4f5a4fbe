import { cacheMayGo, noStackInProgress } from './conditions.ts';
import { stackNameOf } from './names.ts';
import { rollbackGoesOn } from './rescue.ts';
import type { Fallback, Step } from './runbook.ts';
import type { RunbookInput } from './runbookFor.ts';

/** Stacks that may be deleted and created again. Never core and api: they hold what exists nowhere else. */
export type RecreatableConfig = 'redis' | 'cachedb' | 'activities' | 'cloudwatch' | 'idindexing' | 'dynamolambda';
/** Stacks whose script works on after the stack is complete, so that a lost run must be done again. */
const WORKS_ON_AFTERWARDS: ReadonlySet<string> = new Set(['cachedb', 'activities', 'idindexing']);

/** A way on after which the failed step is done. */
export const insteadDo = (fallback: Omit<Fallback, 'then'>): Fallback => ({
  ...fallback,
  then: 'done',
});

/** Updates a stack by its script; the review of the script's own change set is part of it. */
export const update = (id: string, config: string, more: Partial<Step> = {}): Step => ({
  id,
  title: `Update ${config}`,
  kind: 'stackUpdate',
  params: { config },
  ...more,
  gates: [noStackInProgress, ...(more.gates ?? [])],
  fallbacks: [...(more.fallbacks ?? []), rollbackGoesOn(id, config)],
});

/** Deletes a stack; its name is typed first. */
export const remove = (input: RunbookInput, id: string, config: RecreatableConfig): Step => ({
  id,
  title: `Delete ${config}`,
  kind: 'stackDelete',
  params: { config },
  gates: config === 'redis' ? cacheMayGo : [noStackInProgress],
  typed: stackNameOf(input, config),
});

/** Creates a stack. Where the create fails, what is left of it is cleared away and this one alone is created again. */
export function create(input: RunbookInput, id: string, config: RecreatableConfig): Step {
  const plain = (stepId: string): Step => ({
    id: stepId,
    title: `Create ${config}`,
    kind: 'stackCreate',
    params: { config },
    gates: [noStackInProgress],
  });
  const again = insteadDo({
    id: `${id}.again`,
    title: `Clear the failed ${config} away and create it again`,
    when: ['createFailed'],
    steps: [
      {
        id: `${id}.again.1`,
        title: `Delete the failed ${config}`,
        kind: 'stackDelete',
        params: { config, onlyFailedCreate: true },
        gates: [noStackInProgress],
        typed: stackNameOf(input, config),
      },
      plain(`${id}.again.2`),
    ],
  });
  const afterWork = insteadDo({
    id: `${id}.after`,
    title: `Update ${config}, which does the work after the create again`,
    when: ['exitCode', 'lost'],
    steps: [update(`${id}.after.1`, config)],
  });
  return { ...plain(id), fallbacks: WORKS_ON_AFTERWARDS.has(config) ? [again, afterWork] : [again] };
}

/** Offered before the caches are deleted. */
const snapshotOfCaches = (id: string): Step => ({
  id,
  title: 'A snapshot of the caches first',
  kind: 'cacheSnapshot',
  params: {},
  gates: [noStackInProgress],
  optional: true,
});

/** Deletes and creates stacks in the given order, as steps `<prefix>.recreate.1`, `.2`, … */
export function recreate(
  input: RunbookInput,
  prefix: string,
  configs: readonly RecreatableConfig[],
  when: Fallback['when'],
  alsoDone?: readonly string[],
): Fallback {
  return insteadDo({
    id: `${prefix}.recreate`,
    title: `Delete and create ${configs.join(' and ')}`,
    when,
    steps: configs.flatMap((config, index) => [
      ...(config === 'redis' ? [snapshotOfCaches(`${prefix}.recreate.0`)] : []),
      remove(input, `${prefix}.recreate.${2 * index + 1}`, config),
      create(input, `${prefix}.recreate.${2 * index + 2}`, config),
    ]),
    ...(alsoDone && { alsoDone }),
  });
}
