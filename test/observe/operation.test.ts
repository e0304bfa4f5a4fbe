import { describe, expect, it } from 'vitest';
import { isInProgress, operationsOf, rootCause } from '../../src/observe/operation.ts';
import { event } from './eventsOf.ts';

const own = (resourceStatus: string) => event({ own: true, resourceStatus });
const of = (logicalResourceId: string, resourceStatus: string, resourceStatusReason?: string) =>
  event({ logicalResourceId, resourceStatus, ...(resourceStatusReason ? { resourceStatusReason } : {}) });

describe('operations of a stack', () => {
  it('begin and end with the stack’s own events, cleanup included', () => {
    const begin = own('UPDATE_IN_PROGRESS');
    const end = own('UPDATE_COMPLETE');
    const events = [
      of('Cache', 'CREATE_COMPLETE'),
      begin,
      of('Cache', 'UPDATE_IN_PROGRESS'),
      of('Cache', 'UPDATE_COMPLETE'),
      own('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'),
      end,
    ];
    expect(operationsOf(events.slice(0, 5))).toMatchObject([{ kind: 'UPDATE', done: 1, endedAtMs: undefined }]);
    expect(operationsOf(events)).toMatchObject([
      { kind: 'UPDATE', id: begin.eventId, startedAtMs: begin.timestampMs, endedAtMs: end.timestampMs, done: 1 },
    ]);
  });

  it('count a resource once, however often it reaches a final state', () => {
    const events = [
      own('UPDATE_IN_PROGRESS'),
      of('Cache', 'UPDATE_COMPLETE'),
      of('CacheState', 'UPDATE_FAILED'),
      own('UPDATE_ROLLBACK_IN_PROGRESS'),
      of('Cache', 'UPDATE_COMPLETE'),
    ];
    expect(operationsOf(events)).toMatchObject([{ done: 2, endedAtMs: undefined }]);
  });

  it('follow one another: update, delete', () => {
    const events = [own('UPDATE_IN_PROGRESS'), own('UPDATE_ROLLBACK_COMPLETE'), own('DELETE_IN_PROGRESS')];
    expect(operationsOf(events).map(({ kind, stackStatus }) => [kind, stackStatus])).toEqual([
      ['UPDATE', 'UPDATE_ROLLBACK_COMPLETE'],
      ['DELETE', 'DELETE_IN_PROGRESS'],
    ]);
  });

  it('do not run in a stack that only waits for its first change set', () => {
    expect(isInProgress('REVIEW_IN_PROGRESS')).toBe(false);
    expect(isInProgress('UPDATE_ROLLBACK_IN_PROGRESS')).toBe(true);
    expect(isInProgress('UPDATE_COMPLETE')).toBe(false);
  });
});

describe('the root cause', () => {
  const cause = of('Cache', 'UPDATE_FAILED', 'The size of a replication group cannot be changed');

  it('is the oldest failure that was not cancelled because of another', () => {
    const events = [
      own('UPDATE_IN_PROGRESS'),
      of('CacheState', 'UPDATE_FAILED', 'Resource update cancelled'),
      cause,
      of('CacheSession', 'UPDATE_FAILED', 'Another reason'),
      own('UPDATE_ROLLBACK_IN_PROGRESS'),
    ];
    expect(rootCause(events)?.eventId).toBe(cause.eventId);
  });

  it('is no row of a stack, which only repeats what its resources said', () => {
    const nested = event({ resourceType: 'AWS::CloudFormation::Stack', resourceStatus: 'UPDATE_FAILED' });
    expect(rootCause([own('UPDATE_FAILED'), nested, cause])?.eventId).toBe(cause.eventId);
    expect(rootCause([own('UPDATE_FAILED'), nested])).toBeUndefined();
  });

  it('is no resource that an update could not clean up, but one that a delete could not delete', () => {
    const failed = of('Bucket', 'DELETE_FAILED', 'The bucket is not empty');
    expect(rootCause([own('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'), failed])).toBeUndefined();
    expect(
      rootCause([
        own('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'),
        own('UPDATE_COMPLETE'),
        own('DELETE_IN_PROGRESS'),
        failed,
      ]),
    ).toBe(failed);
  });

  it('is looked for from a time on', () => {
    const before = event({ resourceStatus: 'UPDATE_FAILED', timestampMs: 1 });
    const after = event({ resourceStatus: 'UPDATE_FAILED', timestampMs: 3 });
    expect(rootCause([before, after], { sinceMs: 2 })).toBe(after);
  });
});
