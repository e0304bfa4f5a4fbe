import { muteSettled, noStackInProgress, stillInMaintenance } from './conditions.ts';
import type { Fallback, Phase, Stage, Step } from './runbook.ts';
import type { RunbookInput } from './runbookFor.ts';
import { create, insteadDo, recreate, remove, update } from './stackSteps.ts';

/** What must be done before the first stack is touched, whichever it is. */
const BEFORE_ANY_UPDATE = ['maintenanceOn', 'vaultBackup', 'silence', 'amis'] as const;

/** The eight stacks, one after the other: each builds upon the one before. */
export function updatePhase(input: RunbookInput): Phase {
  const rows: readonly Omit<Stage, 'key' | 'needs'>[] = [
    {
      id: 'core',
      title: 'core',
      about: 'Vault, authentication and the network. Vault is asked for a password afterwards.',
      steps: [update('1.1', 'core', { gates: [muteSettled] }), vaultStillWorks('1.2')],
      rollBack: rollBack('1', 'core', (id) => [vaultStillWorks(id)]),
    },
    {
      id: 'redis',
      title: 'redis',
      about: 'The caches. Where their size changed they must be deleted and created, once they are empty.',
      steps: [update('2.1', 'redis', { fallbacks: [recreate(input, '2', ['redis'], ['updateFailed'])] })],
    },
    {
      id: 'api',
      title: 'api',
      about: 'The endpoint, its tables and queues. It is previewed first; an index rule of DynamoDB may stop it.',
      steps: api(),
      rollBack: rollBack('3', 'api', (id) => [vaultStillWorks(id)]),
    },
    {
      id: 'cachedb',
      title: 'cachedb',
      about: 'The cache manager, buckets and lambdas. A lambda that is new may need the stack created anew.',
      steps: [
        update('4.1', 'cachedb', {
          fallbacks: [recreate(input, '4', ['cachedb', 'activities'], ['functionNotFound'], ['5.1'])],
        }),
      ],
      rollBack: rollBack('4', 'cachedb'),
    },
    {
      id: 'activities',
      title: 'activities',
      about: 'The step functions and their workers.',
      steps: [
        update('5.1', 'activities', {
          fallbacks: [recreate(input, '5', ['cachedb', 'activities'], ['functionNotFound'])],
        }),
      ],
      rollBack: rollBack('5', 'activities'),
    },
    {
      id: 'cloudwatch',
      title: 'cloudwatch',
      about: 'Alarms. An update is faster; delete and create is possible where it fails.',
      steps: [update('6.1', 'cloudwatch', { fallbacks: [recreate(input, '6', ['cloudwatch'], ['updateFailed'])] })],
    },
    {
      id: 'idindexing',
      title: 'idindexing',
      about: 'The id indexing queue and its lambdas.',
      steps: [update('7.1', 'idindexing', { fallbacks: [recreate(input, '7', ['idindexing'], ['updateFailed'])] })],
    },
    {
      id: 'dynamolambda',
      title: 'dynamolambda',
      about: 'Has no update: it is deleted and created, which is fast.',
      steps: [remove(input, '8.1', 'dynamolambda'), create(input, '8.2', 'dynamolambda')],
    },
  ];
  return {
    title: 'Update',
    stages: rows.map((row, index) => {
      const previous = rows[index - 1];
      return {
        ...row,
        title: `Update ${row.title}`,
        key: String(index + 1),
        needs: [...BEFORE_ANY_UPDATE, ...(previous ? [previous.id] : [])],
      };
    }),
  };
}

/** The AMIs of before the release, given to a stack that was updated: only stacks with machines of their own have one. */
const rollBack = (prefix: string, config: string, after: (id: string) => readonly Step[] = () => []): Stage => ({
  id: `${config}.back`,
  key: '',
  title: `Roll ${config} back by AMI`,
  about: `Updates ${config} again with the AMIs that it ran on before this release. The template stays as it is.`,
  needs: [config],
  repeatable: true,
  steps: [
    {
      id: `${prefix}.back.1`,
      title: `Update ${config} with the AMIs from before the release`,
      kind: 'stackUpdate',
      params: { config, amis: 'before' },
      gates: [noStackInProgress, stillInMaintenance],
    },
    ...after(`${prefix}.back.2`),
  ],
});

const vaultStillWorks = (id: string): Step => ({
  id,
  title: 'Vault still works',
  kind: 'vaultRead',
  params: { path: 'secret/auth/realm' },
  gates: [],
  sensitive: true,
});

const previewApi = (id: string): Step => ({
  id,
  title: 'Preview api',
  kind: 'stackPreview',
  params: { config: 'api' },
  gates: [noStackInProgress],
});

const api = (): readonly Step[] => [
  { ...previewApi('3.1'), fallbacks: [twoIndexChanges('3.index', ['3.2'])] },
  update('3.2', 'api', { gates: [stillInMaintenance], fallbacks: [twoIndexChanges('3.2.index')] }),
  vaultStillWorks('3.3'),
  { id: '3.4', title: 'Users are still in maintenance', kind: 'gate', params: {}, gates: [stillInMaintenance] },
];

/** DynamoDB takes one index change an update: the old index goes with one update, the new one comes with the next. */
const twoIndexChanges = (id: string, alsoDone?: readonly string[]): Fallback =>
  insteadDo({
    id,
    title: 'Change the index in two updates: remove the old one, then add the new one',
    when: ['twoIndexChanges'],
    steps: [
      {
        id: `${id}.1`,
        title: 'Take the index out of its file',
        kind: 'indexFile',
        params: { turn: 'edit' },
        gates: [],
      },
      update(`${id}.2`, 'api', { title: 'Update api without the index', gates: [stillInMaintenance] }),
      { id: `${id}.3`, title: 'The old index is gone', kind: 'tableIndexes', params: {}, gates: [] },
      { id: `${id}.4`, title: 'Put the file back', kind: 'indexFile', params: { turn: 'putBack' }, gates: [] },
      previewApi(`${id}.5`),
      update(`${id}.6`, 'api', { title: 'Update api with the new index', gates: [stillInMaintenance] }),
      { id: `${id}.7`, title: 'The new index is active', kind: 'tableIndexes', params: {}, gates: [] },
    ],
    ...(alsoDone && { alsoDone }),
  });
