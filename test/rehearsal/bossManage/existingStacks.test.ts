import { expect, test } from 'vitest';
import { type Action, findings } from '../../../src/rehearsal/bossManage/existingStacks.ts';

const say = (action: Action, existing: Record<string, string>) =>
  findings(action, ['redis'], new Map(Object.entries(existing))).map(({ kind, text }) => `${kind}: ${text}`);

test.each([
  ['CREATE_COMPLETE', []],
  ['UPDATE_ROLLBACK_COMPLETE', []],
  ['UPDATE_IN_PROGRESS', ["warning: Config 'redis' is in progress"]],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', ["warning: Config 'redis' is in progress"]],
  ['DELETE_FAILED', ["fail: Config 'redis' is failed, needs to be deleted"]],
  ['UPDATE_ROLLBACK_FAILED', ["fail: Config 'redis' needs to be manually resolved in the AWS console"]],
])('the target at %s', (status, said) => {
  expect(say('update', { redis: status })).toEqual(said);
});

test('a failed target may be deleted', () => {
  expect(say('delete', { redis: 'UPDATE_ROLLBACK_FAILED' })).toEqual(["info: Config 'redis' is failed, deleting"]);
});

test('another stack of the bosslet stands in the way, whatever it is', () => {
  expect(say('delete', { backup: 'CREATE_FAILED', copycuboid: 'CREATE_IN_PROGRESS' })).toEqual([
    "fail: Config 'backup' is failed and should be acted upon",
    "warning: Config 'copycuboid' is in progress",
  ]);
});
