import {
  CancelUpdateStackCommand,
  CloudFormationClient,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stackName } from '../../src/bosslet/names.ts';
import { cancelUpdate } from '../../src/steps/cancelUpdate.ts';
import type { StepKind } from '../../src/steps/kind.ts';
import { deploymentChecks } from '../../src/steps/preflightDeployment.ts';
import { until } from '../support/until.ts';
import { type StepWorld, startStepWorld } from './stepWorld.ts';

let steps: StepWorld;
const nameOf = (config: string) => stackName(steps.world.addresses.bosslet, config);
const statusOf = async (config: string) =>
  (await steps.doors.aws.cloudFormation.describeStack(nameOf(config)))?.stackStatus;
const client = () =>
  new CloudFormationClient({
    region: 'us-east-1',
    endpoint: steps.world.addresses.awsEndpoint,
    credentials: steps.world.addresses.credentials,
  });

describe('an update that AWS is at', () => {
  // Slow enough that an update is still under way when it is cancelled.
  beforeAll(async () => {
    steps = await startStepWorld({ from: 'redis', speed: 20 });
  });
  afterAll(() => steps.end());

  let updates = 0;
  /** Somebody changes the size of the cache, which takes AWS some minutes. */
  async function beginUpdate() {
    updates += 1;
    const { cloudFormation } = steps.doors.aws;
    const template = JSON.parse(await cloudFormation.getTemplate(nameOf('redis'))) as {
      Resources: { Cache: { Properties: object } };
    };
    Object.assign(template.Resources.Cache.Properties, { CacheNodeType: `cache.r${updates}.large` });
    const arn = await cloudFormation.createChangeSet({
      stackName: nameOf('redis'),
      changeSetName: `size-${updates}`,
      templateBody: JSON.stringify(template),
      parameters: {},
    });
    await until('the change set', async () => {
      const found = await cloudFormation.describeChangeSet(nameOf('redis'), arn);
      return found?.executionStatus === 'AVAILABLE';
    });
    await client().send(new ExecuteChangeSetCommand({ ChangeSetName: arn }));
    await until('the update', async () => (await statusOf('redis')) === 'UPDATE_IN_PROGRESS');
  }
  const rolledBack = () => until('the rollback', async () => (await statusOf('redis')) === 'UPDATE_ROLLBACK_COMPLETE');

  it('is nothing to cancel where there is none', async () => {
    const played = await steps.play({ kind: 'cancelUpdate' });
    expect(played.plan).toMatchObject({ alreadyDone: true, commands: [] });
    expect(played.verdict).toMatchObject({
      is: 'done',
      summary: expect.stringContaining('nothing is to be cancelled'),
    });
  });

  it.each(['beforeRun', 'beforeResult'] as const)('is cancelled once, over a death %s', async (when) => {
    await beginUpdate();
    const played = await steps.play({ kind: 'cancelUpdate', dies: { when, effect: /^cancelUpdate$/ } });
    expect(played.plan.commands).toEqual(['CancelUpdateStack RedisProductionBoss']);
    expect(played.journal.effects).toEqual({ cancelUpdate: 'cancelled' });
    expect(played.verdict).toMatchObject({ is: 'done' });
    expect(await statusOf('redis')).toBe('UPDATE_ROLLBACK_COMPLETE');
    const { events } = await steps.doors.aws.cloudFormation.stackEventsPage(nameOf('redis'));
    const rollbacks = events.filter(({ resourceStatus }) => resourceStatus === 'UPDATE_ROLLBACK_IN_PROGRESS');
    const begun = events.filter(
      ({ resourceStatus, logicalResourceId }) =>
        resourceStatus === 'UPDATE_IN_PROGRESS' && logicalResourceId === nameOf('redis'),
    );
    // The stack was updated once before the world began.
    expect(rollbacks).toHaveLength(begun.length - 1);
  });

  it('is left alone where it is another one than the card showed', async () => {
    await beginUpdate();
    const later: StepKind = {
      ...(cancelUpdate as unknown as StepKind),
      act: async (params, context) => {
        await client().send(new CancelUpdateStackCommand({ StackName: nameOf('redis') }));
        await rolledBack();
        await beginUpdate();
        return cancelUpdate.act(params as object, context as Parameters<typeof cancelUpdate.act>[1]);
      },
    };
    const played = await steps.play({ kind: later });
    expect(played.verdict).toMatchObject({ is: 'notDone', code: 'refused' });
    expect(await statusOf('redis')).toBe('UPDATE_IN_PROGRESS');
    await steps.play({ kind: 'cancelUpdate', params: { config: 'redis' } });
    await rolledBack();
  });
});

describe('a rollback that failed', () => {
  beforeAll(async () => {
    steps = await startStepWorld({ from: 'api', faults: ['rollback-failed'] });
  });
  afterAll(() => steps.end());

  it('is told with both its causes, continued once over a death, and the stack takes an update again', async () => {
    expect((await steps.play({ kind: 'continueRollback' })).plan.alreadyDone).toBe(true);
    const failed = await steps.play({ kind: 'stackUpdate', params: { config: 'api' } });
    expect(failed.verdict).toMatchObject({ is: 'failed', code: 'rollbackFailed' });
    expect(failed.verdict.summary).toMatch(
      /Endpoint: Received 0 SUCCESS.*could not roll the update back.*Endpoint: You have reached your quota/,
    );
    expect(await statusOf('api')).toBe('UPDATE_ROLLBACK_FAILED');
    const stop = await deploymentChecks(steps.context())
      .find(({ title }) => title === 'Stacks')
      ?.run();
    expect(stop).toMatchObject([
      { level: 'stop', mendedBy: 'continueRollback', cure: expect.stringContaining('press R') },
    ]);
    const dies = { when: 'beforeResult', effect: /^continueRollback$/ } as const;
    const played = await steps.play({ kind: 'continueRollback', params: { config: 'api' }, dies });
    expect(played.plan.commands).toEqual(['ContinueUpdateRollback ApiProductionBoss']);
    expect(played.plan.evidence.map(({ value }) => value).join()).toContain('quota');
    expect(played.journal.effects).toEqual({ continueRollback: 'continued' });
    expect(played.verdict).toMatchObject({ is: 'done' });
    expect(await statusOf('api')).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await steps.play({ kind: 'stackUpdate', params: { config: 'api' } })).verdict).toMatchObject({
      is: 'done',
    });
  });
});
