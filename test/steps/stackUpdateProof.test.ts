import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/bosslet/bosslet.ts';
import type { StackEvent } from '../../src/clients/doors.ts';
import type { Acted } from '../../src/steps/kind.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { proveUpdate } from '../../src/steps/stackUpdateProof.ts';
import { attemptOn, contextOf, STACK_ID, type ToldWorld } from './toldWorld.ts';

const prove = (world: ToldWorld, acted: Partial<Acted>, config: Config = 'redis') =>
  proveUpdate(config, contextOf(world), attemptOn(acted));

const failed = (logicalResourceId: string, reason: string, n: number): StackEvent => ({
  eventId: `e${n}`,
  stackId: STACK_ID,
  stackName: 'X',
  logicalResourceId,
  resourceType: 'AWS::ElastiCache::ReplicationGroup',
  resourceStatus: 'UPDATE_FAILED',
  resourceStatusReason: reason,
  timestampMs: n,
});

describe('the proof of an update', () => {
  it.each([
    ['UPDATE_IN_PROGRESS', 0],
    ['UPDATE_ROLLBACK_IN_PROGRESS', 2],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 0],
    ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 2],
  ])('waits while the stack is %s, whatever the script said', async (status, exitCode) => {
    expect(await prove({ status }, { exitCode })).toMatchObject({ is: 'pending' });
  });

  it('says where the script is gone and AWS goes on', async () => {
    const { summary } = await prove({ status: 'UPDATE_IN_PROGRESS' }, { exitCode: 1 });
    expect(summary).toMatch(/^The script ended with exit 1; AWS goes on without it.* is UPDATE_IN_PROGRESS$/);
    const going = await prove({ status: 'UPDATE_IN_PROGRESS' }, { exitCode: 0 });
    expect(going.summary).toMatch(/^\w+ is UPDATE_IN_PROGRESS$/);
  });

  it('is done when the operation began, ended well and the script says exit 0', async () => {
    expect(await prove({}, { exitCode: 0 })).toMatchObject({ is: 'done' });
  });

  it('believes no terminal status before the operation was seen to begin', async () => {
    expect(await prove({ began: false }, { exitCode: 0 })).toMatchObject({ is: 'notDone' });
    expect(await prove({ began: false }, { exitCode: 1 })).toMatchObject({ is: 'failed', code: 'exitCode' });
    expect(await prove({ began: false, executionStatus: 'EXECUTE_COMPLETE' }, { how: 'lost' })).toMatchObject({
      is: 'pending',
    });
    expect(await prove({ began: false, executionStatus: 'AVAILABLE' }, { how: 'lost' })).toMatchObject({
      is: 'failed',
      code: 'lost',
    });
  });

  it('names the cause without the numbers of the request, and what to look at', async () => {
    const service = '(Service: AmazonElastiCache; Status Code: 400; Error Code: X; Request ID: 1-2; Proxy: null)';
    const size = [failed('Cache', `The size cannot be changed. ${service}`, 1)];
    const verdict = await prove({ status: 'UPDATE_ROLLBACK_COMPLETE', events: size }, { exitCode: 2 });
    expect(verdict.summary).toContain('Cache: The size cannot be changed. AWS rolled the stack back');
    expect(verdict.evidence.find(({ label }) => label === 'Reason')?.value).toContain('Request ID');
    const silent = [failed('Endpoint', 'Received 0 SUCCESS signal(s) out of 1.', 1)];
    const late = await prove({ status: 'UPDATE_ROLLBACK_COMPLETE', events: silent }, { exitCode: 2 }, 'api');
    expect(late.summary).toMatch(/as it was before\. The new instances did not report in time: look at their logs/);
    expect(late.summary).not.toContain('Mend the cause');
    expect(verdict.summary).toMatch(/Mend the cause and try again, or take another way\.$/);
  });

  it('is done where there was nothing to do', async () => {
    const log = ' INFO: No changes detected, nothing to update\r\n';
    expect(await prove({ began: false, log }, { exitCode: 0 })).toMatchObject({ is: 'done' });
  });

  it.each(['core', 'cachedb', 'activities', 'idindexing'] as const)(
    'of %s is unknown where the script did not see it through, since it works on afterwards',
    async (config) => {
      expect(await prove({}, { exitCode: 1 }, config)).toMatchObject({ is: 'unknown', code: 'exitCode' });
      expect(await prove({}, { how: 'lost' }, config)).toMatchObject({ is: 'unknown', code: 'lost' });
    },
  );

  it.each(['redis', 'api', 'cloudwatch'] as const)('of %s is done by the stack alone', async (config) => {
    expect(await prove({}, { exitCode: 1 }, config)).toMatchObject({ is: 'done' });
    expect(await prove({}, { how: 'lost' }, config)).toMatchObject({ is: 'done' });
  });

  const own = (resourceStatus: string, n: number): StackEvent => ({
    eventId: `own${n}`,
    stackId: STACK_ID,
    stackName: 'X',
    logicalResourceId: 'X',
    physicalResourceId: STACK_ID,
    resourceType: 'AWS::CloudFormation::Stack',
    resourceStatus,
    timestampMs: n,
  });

  it.each(['redis', 'api', 'cloudwatch', 'core'] as const)(
    'of %s takes no update of somebody else for its own',
    async (config) => {
      const theirs = { changeSetId: 'arn:theirs' };
      for (const code of ['headMoved', 'refused', 'rejected', 'forbiddenPrompt', 'amiFellBack', 'cancelled'] as const) {
        const verdict = await prove(theirs, { exitCode: 2, codes: [code] }, config);
        expect(verdict).toMatchObject({
          code,
          summary: expect.stringMatching(/Somebody else updated \w+ meanwhile\.$/),
        });
        expect(verdict.is).not.toBe('done');
        const unstarted = await prove(theirs, { codes: [code] }, config);
        expect(unstarted.is).not.toBe('done');
      }
      expect(await prove(theirs, { how: 'lost' }, config)).toMatchObject({ is: 'failed', code: 'lost' });
      expect(await prove(theirs, { exitCode: 1 }, config)).toMatchObject({ is: 'failed', code: 'exitCode' });
      // A script that says that it updated the stack did so before them.
      expect(await prove(theirs, { exitCode: 0 }, config)).toMatchObject({ is: 'done' });
    },
  );

  it.each(['refused', 'rejected', 'twoIndexChanges'] as const)(
    'is not done where it was %s, though somebody executed that very change set',
    async (code) => {
      for (const config of ['api', 'core'] as const) {
        const verdict = await prove({}, { exitCode: 2, codes: [code] }, config);
        expect(verdict).toMatchObject({ code, summary: expect.stringMatching(/executed that very change set of/) });
        expect(verdict.is).not.toBe('done');
      }
    },
  );

  it('waits where the events show what the stack does not yet', async () => {
    const events = [own('UPDATE_IN_PROGRESS', 1)];
    expect(await prove({ began: false, events }, { how: 'lost' })).toMatchObject({ is: 'pending' });
    expect(await prove({ began: false, events }, { exitCode: 130 })).toMatchObject({ is: 'pending' });
    const ended = [...events, own('UPDATE_COMPLETE', 2)];
    expect(await prove({ began: false, events: ended }, { exitCode: 130 })).toMatchObject({ is: 'done' });
    // The other way round: the stack is ahead of its events.
    expect(await prove({ events }, { exitCode: 0 })).toMatchObject({ is: 'done' });
  });

  it('names the first failure and not those in its wake', async () => {
    const events = [
      failed('Cache', 'The size cannot be changed.', 1),
      failed('CacheState', 'Resource update cancelled', 2),
    ];
    const verdict = await prove({ status: 'UPDATE_ROLLBACK_COMPLETE', events }, { exitCode: 2 });
    expect(verdict).toMatchObject({ is: 'failed', code: 'updateFailed' });
    expect(verdict.summary).toMatch(/Cache: The size cannot be changed\. AWS rolled the stack back/);
    expect(verdict.summary).not.toMatch(/CacheState/);
  });

  it('says what to do where AWS could not roll back', async () => {
    const verdict = await prove({ status: 'UPDATE_ROLLBACK_FAILED' }, { exitCode: 2 });
    expect(verdict).toMatchObject({ is: 'failed', code: 'rollbackFailed' });
    expect(verdict.summary).toMatch(/could not roll the update back.*continue the rollback/);
  });

  it('is no success where a lambda was not there, with or without changes of the stack', async () => {
    const line = 'Error: (ResourceNotFoundException) when calling X: Function not found: arn\r\n';
    const nothing = 'INFO: No changes detected, nothing to update\r\n';
    for (const world of [{ log: line }, { log: line + nothing, began: false }])
      expect(await prove(world, { exitCode: 0 }, 'cachedb')).toMatchObject({ is: 'failed', code: 'functionNotFound' });
  });

  it.each(['headMoved', 'refused', 'rejected', 'forbiddenPrompt', 'amiFellBack', 'cancelled'] as const)(
    'says why nothing was changed: %s',
    async (code) => {
      const verdict = await prove({ began: false }, { exitCode: 2, codes: [code] });
      expect(verdict).toMatchObject({ code });
      expect(verdict.is).not.toBe('done');
    },
  );

  it('is no success where it took other images than it was told to, whoever let it', async () => {
    const log = "Could not locate AMI 'vault.boss-sprint42', trying to find the latest with name 'vault.boss-h*'\r\n";
    const verdict = await prove({ log }, { exitCode: 0 }, 'core');
    expect(verdict).toMatchObject({ is: 'failed', code: 'amiFellBack' });
    expect(verdict.evidence.map(({ value }) => value).join()).toContain('vault.boss-sprint42');
  });

  it.each([
    ["DEBUG: Not executing update on redis as it doesn't exist", 'redis'],
    ["Configuration 'dynamolambda' doesn't implement function 'update', skipping", 'dynamolambda'],
  ] as const)('is not done where the script exits 0 with nothing done: %s', async (line, config) => {
    const verdict = await prove({ began: false, log: `${line}\r\n` }, { exitCode: 0 }, config);
    expect(verdict).toMatchObject({ is: 'notDone' });
  });

  it.each([
    ['activities', 'y', /republished.*not undone/],
    ['idindexing', 'y', /republished.*not undone/],
    ['activities', 'n', /nothing was changed/],
    ['cachedb', 'y', /nothing was changed/],
  ] as const)('of %s, rejected after %s to its lambdas, says what is as it was', async (config, answer, says) => {
    const effects = { 'reply@12/n': { code: 'rejected' }, [`reply@0/${answer}`]: { code: null } };
    const attempt = { ...attemptOn({ exitCode: 2, codes: ['rejected'] }), effects };
    const verdict = await proveUpdate(config, contextOf({ began: false }), attempt);
    expect(verdict).toMatchObject({ is: 'notDone', code: 'rejected', summary: expect.stringMatching(says) });
  });

  it('never passes on the advice to delete what holds data', async () => {
    const world = { began: false, log: " FAIL: Config 'api' is failed, needs to be deleted\r\n" };
    expect((await prove(world, { exitCode: 2 }, 'api')).summary).toMatch(/Do not delete it/);
    expect((await prove(world, { exitCode: 2 }, 'redis')).summary).toMatch(/needs to be deleted/);
  });

  it('fails where the stack is gone', async () => {
    expect(await prove({ status: 'gone' }, { exitCode: 0 })).toMatchObject({ is: 'failed', code: 'notFound' });
  });
});

describe('the proof of a create', () => {
  const kind = stepKinds.get('stackCreate');
  const created = (world: ToldWorld, acted: Partial<Acted>, config = 'redis', stackId: string | null = null) =>
    kind?.prove({ config }, contextOf(world), attemptOn(acted, { stackId }));

  it('is a StackId that was not there before, complete, and exit 0', async () => {
    expect(await created({ status: 'CREATE_COMPLETE' }, { exitCode: 0 })).toMatchObject({ is: 'done' });
    expect(await created({ status: 'CREATE_IN_PROGRESS' }, { exitCode: 0 })).toMatchObject({ is: 'pending' });
    expect(await created({ status: 'CREATE_COMPLETE' }, { exitCode: 0 }, 'redis', STACK_ID)).toMatchObject({
      is: 'failed',
      code: 'createFailed',
    });
  });

  it.each(['ROLLBACK_COMPLETE', 'CREATE_FAILED', 'ROLLBACK_FAILED'])(
    'fails at %s, naming the cause',
    async (status) => {
      const events = [failed('Cache', 'No capacity.', 1)];
      const verdict = await created({ status, events }, { exitCode: 2 });
      expect(verdict).toMatchObject({ is: 'failed', code: 'createFailed' });
      expect(verdict?.summary).toMatch(/Cache: No capacity/);
    },
  );

  it('fails where there is no stack at all, with the words of the script', async () => {
    const verdict = await created({ status: 'gone', log: 'Boss Manage Error: no template\r\n' }, { exitCode: 2 });
    expect(verdict).toMatchObject({ code: 'createFailed', summary: expect.stringMatching(/no template/) });
  });

  it('is no success where it took other images than it was told to', async () => {
    const log = "Could not locate AMI 'activities.boss-sprint42', trying to find the latest\r\n";
    expect(await created({ status: 'CREATE_COMPLETE', log }, { exitCode: 0 }, 'activities')).toMatchObject({
      is: 'failed',
      code: 'amiFellBack',
    });
  });

  it('is unknown where the script works on afterwards and did not see it through', async () => {
    const world = { status: 'CREATE_COMPLETE' };
    expect(await created(world, { how: 'lost' }, 'cachedb')).toMatchObject({ is: 'unknown', code: 'lost' });
    expect(await created(world, { exitCode: 1 }, 'activities')).toMatchObject({ is: 'unknown', code: 'exitCode' });
    expect(await created(world, { exitCode: 1 }, 'cloudwatch')).toMatchObject({ is: 'done' });
  });
});

describe('the proof of a delete', () => {
  const kind = stepKinds.get('stackDelete');
  const deleted = (world: ToldWorld, acted: Partial<Acted>) =>
    kind?.prove({ config: 'redis' }, contextOf(world), attemptOn(acted));

  it('is a StackId that is gone, whatever the script said', async () => {
    for (const status of ['gone', 'DELETE_COMPLETE'])
      for (const exitCode of [0, 1]) expect(await deleted({ status }, { exitCode })).toMatchObject({ is: 'done' });
    expect(await deleted({ status: 'DELETE_IN_PROGRESS' }, { exitCode: 0 })).toMatchObject({ is: 'pending' });
  });

  it('is not there while the stack is', async () => {
    expect(await deleted({ status: 'UPDATE_COMPLETE' }, { exitCode: 0 })).toMatchObject({ is: 'notDone' });
    expect(await deleted({ status: 'DELETE_FAILED' }, { exitCode: 2 })).toMatchObject({
      is: 'failed',
      code: 'deleteFailed',
    });
  });
});
