import { CloudFormationClient, ExecuteChangeSetCommand, StackStatus } from '@aws-sdk/client-cloudformation';
import { describe, expect, it } from 'vitest';
import { CONFIGS } from '../../src/bosslet/bosslet.ts';
import { createAws } from '../../src/clients/aws/aws.ts';
import type { StackEvent } from '../../src/clients/doors.ts';
import { createClock } from '../../src/clock.ts';
import { isInProgress } from '../../src/observe/operation.ts';
import { createAwsWorld } from '../../src/rehearsal/aws/aws.ts';
import type { Template } from '../../src/rehearsal/contract.ts';
import { failureEvidence, failureSentence, readFailure } from '../../src/steps/stackEvents.ts';
import { outcomeOf } from '../../src/steps/stackOutcome.ts';
import { proveUpdate } from '../../src/steps/stackUpdateProof.ts';
import { until } from '../support/until.ts';
import { attemptOn, contextOf, STACK_ID } from './toldWorld.ts';

const STATUSES = Object.values(StackStatus);
/** What would be a step towards the loss of what exists nowhere else. */
const DELETES = /\bdelete (it|the stack)\b|create it again/i;

const event = (parts: Partial<StackEvent>): StackEvent => ({
  eventId: `e${parts.timestampMs}`,
  stackId: STACK_ID,
  stackName: 'X',
  logicalResourceId: 'X',
  physicalResourceId: STACK_ID,
  resourceType: 'AWS::CloudFormation::Stack',
  resourceStatus: 'UPDATE_IN_PROGRESS',
  timestampMs: 1,
  ...parts,
});
const began = event({ resourceStatusReason: 'User Initiated' });
const resource = (
  logicalResourceId: string,
  resourceStatus: string,
  timestampMs: number,
  resourceStatusReason: string,
) =>
  event({
    logicalResourceId,
    physicalResourceId: `${logicalResourceId}-1`,
    resourceType: 'AWS::ElastiCache::ReplicationGroup',
    resourceStatus,
    timestampMs,
    resourceStatusReason,
  });
const rollback = (timestampMs: number, resourceStatusReason?: string) =>
  event({
    resourceStatus: 'UPDATE_ROLLBACK_IN_PROGRESS',
    timestampMs,
    ...(resourceStatusReason !== undefined && { resourceStatusReason }),
  });
const failed = [
  began,
  resource('CacheState', 'UPDATE_FAILED', 2, 'Resource update cancelled'),
  resource('Cache', 'UPDATE_FAILED', 3, 'The size cannot be changed.'),
  rollback(4),
];

describe('every status of a stack', () => {
  it.each(STATUSES)('%s says what AWS did and what can be done about it', (status) => {
    for (const config of CONFIGS) {
      const outcome = outcomeOf(config, status);
      expect(outcome.did).not.toContain(status);
      expect(outcome.todo).toMatch(/\.$/);
      expect(outcome.is === 'busy').toBe(isInProgress(status));
    }
  });

  it.each(STATUSES)('%s never leads to a delete of core or api', (status) => {
    for (const config of ['core', 'api', 'CoreSomething'])
      expect(outcomeOf(config, status).todo.replace(/(Never|Nobody may) delete it/, '')).not.toMatch(DELETES);
  });

  it('that is not known yet is nothing to build upon', () => {
    expect(outcomeOf('redis', 'SOMETHING_NEW')).toMatchObject({ is: 'broken', did: 'AWS says SOMETHING_NEW of it.' });
  });

  it.each(
    STATUSES.filter((status) => !isInProgress(status) && !['UPDATE_COMPLETE', 'DELETE_COMPLETE'].includes(status)),
  )('an update that ends as %s has failed, with its first cause, what AWS did, and the way on', async (status) => {
    for (const config of ['core', 'redis'] as const) {
      const verdict = await proveUpdate(config, contextOf({ status, events: failed }), attemptOn({ exitCode: 2 }));
      const { did, todo } = outcomeOf(config, status);
      expect(verdict.is).toBe('failed');
      expect(verdict.summary).toBe(`The update of ${config} failed. Cache: The size cannot be changed. ${did} ${todo}`);
    }
  });
});

describe('why an operation failed', () => {
  const read = (events: readonly StackEvent[]) =>
    readFailure(contextOf({ events }).read.aws.cloudFormation, events, new AbortController().signal);

  it('is the first failure, and another one where it could not be taken back', async () => {
    const failure = await read([...failed, resource('Cache', 'UPDATE_FAILED', 5, 'No such snapshot.')]);
    expect(failureSentence('The update', failure, outcomeOf('redis', 'UPDATE_ROLLBACK_FAILED'))).toMatch(
      /^The update failed\. Cache: The size cannot be changed\. AWS could not roll.*Cache: No such snapshot\. Mend/,
    );
    expect(failureEvidence(failure).map(({ label }) => label)).toEqual(
      expect.arrayContaining(['Cause', 'Rollback', 'Other failures']),
    );
  });

  it('is nothing but the wish of whoever cancelled it', async () => {
    const events = [
      began,
      resource('Cache', 'UPDATE_FAILED', 2, 'Resource update cancelled'),
      rollback(3, 'User Initiated'),
    ];
    const failure = await read(events);
    expect(failure).toMatchObject({ cancelled: true, cause: undefined });
    const status = 'UPDATE_ROLLBACK_COMPLETE';
    expect(await proveUpdate('redis', contextOf({ status, events }), attemptOn({ exitCode: 2 }))).toMatchObject({
      is: 'notDone',
      code: 'cancelled',
      summary: 'The update of redis was cancelled. AWS rolled the stack back; it is as it was before.',
    });
  });

  it('is no failure at all where only the cleanup could not remove something, which is told', async () => {
    const events = [
      began,
      event({ resourceStatus: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', timestampMs: 2 }),
      resource('OldGroup', 'DELETE_FAILED', 3, 'It is in use.'),
    ];
    const verdict = await proveUpdate('redis', contextOf({ events }), attemptOn({ exitCode: 0 }));
    expect(verdict.is).toBe('done');
    expect(verdict.evidence).toContainEqual({
      label: 'Left behind',
      value: 'OldGroup (AWS::ElastiCache::ReplicationGroup): It is in use.',
      tone: 'warn',
    });
  });

  it('is found in a nested stack, with the path to it', async () => {
    const account = { accountId: '123456789012' };
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' };
    const clock = createClock({ speed: 500, originMs: Date.now(), startedAtMs: Date.now() });
    const world = await createAwsWorld({ clock, faults: new Set() });
    try {
      const table = (...names: readonly string[]): Template => ({
        Resources: {
          Table: {
            Type: 'AWS::DynamoDB::Table',
            Properties: { TableName: 'meta', GlobalSecondaryIndexes: names.map((IndexName) => ({ IndexName })) },
          },
        },
      });
      const parent = (url: string): Template => ({
        Resources: { Tables: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: url } } },
      });
      world.seed.account(account.accountId, credentials.accessKeyId, 'us-east-1');
      world.seed.template({ ...account, url: 'https://t/1', template: table('a', 'b') });
      world.seed.template({ ...account, url: 'https://t/2', template: table('c') });
      const stackName = 'ApiProductionBoss';
      world.seed.stack({ ...account, stackName, template: parent('https://t/1'), tags: {}, createdAtMs: 1 });
      const { cloudFormation } = createAws({ ...account, region: 'us-east-1', endpoint: world.url, credentials });
      const input = { stackName, changeSetName: 'h1', parameters: {} };
      const arn = await cloudFormation.createChangeSet({
        ...input,
        templateBody: JSON.stringify(parent('https://t/2')),
      });
      await until(
        'the change set',
        async () => (await cloudFormation.describeChangeSet(stackName, arn))?.executionStatus === 'AVAILABLE',
      );
      const client = new CloudFormationClient({ region: 'us-east-1', endpoint: world.url, credentials });
      await client.send(new ExecuteChangeSetCommand({ ChangeSetName: arn }));
      await until('the rollback', () => world.stackStatus(account.accountId, stackName) === 'UPDATE_ROLLBACK_COMPLETE');
      const events = (await cloudFormation.stackEventsPage(stackName)).events.toReversed();
      const failure = await readFailure(cloudFormation, events, new AbortController().signal);
      expect(failureSentence('The update', failure, outcomeOf('api', 'UPDATE_ROLLBACK_COMPLETE'))).toMatch(
        /^The update failed\. Tables\/Table: Cannot perform more than one GSI creation or deletion/,
      );
      expect(failureEvidence(failure)[0]?.value).toBe('Tables/Table (AWS::DynamoDB::Table) UPDATE_FAILED');
    } finally {
      await world.close();
    }
  });
});
