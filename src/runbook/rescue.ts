import type { Fallback, Stage } from './runbook.ts';

/** Ways out of what AWS is at, or stuck in. They are no part of the procedure, and offered only where a status allows them. */
export const rescueStages = (): readonly Stage[] => [
  {
    id: 'cancelUpdate',
    key: 'X',
    title: 'Cancel the update on AWS',
    about: 'Cancels the update that AWS is at: the stack is rolled back to what it was before.',
    needs: [],
    optional: true,
    repeatable: true,
    offeredIn: 'UPDATE_IN_PROGRESS',
    steps: [
      {
        id: 'X.1',
        title: 'Cancel the update',
        kind: 'cancelUpdate',
        params: {},
        gates: [],
        fallbacks: [rollbackGoesOn('X.1')],
      },
    ],
  },
  {
    id: 'continueRollback',
    key: 'R',
    title: 'Continue the rollback',
    about: 'Continues a rollback that AWS could not finish, once what kept it from that is mended.',
    needs: [],
    optional: true,
    repeatable: true,
    offeredIn: 'UPDATE_ROLLBACK_FAILED',
    steps: [{ id: 'R.1', title: 'Continue the rollback', kind: 'continueRollback', params: {}, gates: [] }],
  },
];

/** What follows an update that AWS could not even roll back; then the step is tried again. */
export function rollbackGoesOn(stepId: string, config?: string): Fallback {
  return {
    id: `${stepId}.rollback`,
    title: `Continue the rollback${config === undefined ? '' : ` of ${config}, then update it again`}`,
    when: ['rollbackFailed'],
    steps: [
      {
        id: `${stepId}.rollback.1`,
        title: 'Continue the rollback',
        kind: 'continueRollback',
        params: config === undefined ? {} : { config },
        gates: [],
      },
    ],
    then: config === undefined ? 'done' : 'again',
  };
}
