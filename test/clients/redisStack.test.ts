import { describe, expect, it } from 'vitest';
import { AwsError } from '../../src/clients/aws/awsError.ts';
import type { StackResource } from '../../src/clients/doors.ts';
import { cachesOfStack } from '../../src/clients/redisStack.ts';
import type { Clock } from '../../src/clock.ts';

function world() {
  let now = 0;
  let calls = 0;
  const clock: Clock = { now: () => now, sleep: async () => {}, limit: (ms) => ms, speed: 1 };
  const self = {
    resources: [] as string[] | AwsError,
    pass: (ms: number) => {
      now += ms;
    },
    calls: () => calls,
    has: cachesOfStack({
      cloudFormation: {
        async stackResources(stackName): Promise<readonly StackResource[]> {
          expect(stackName).toBe('RedisProductionBoss');
          calls += 1;
          if (self.resources instanceof AwsError) throw self.resources;
          return self.resources.map((text) => {
            const [logicalResourceId = '', resourceStatus = 'CREATE_COMPLETE'] = text.split(' ');
            return { logicalResourceId, resourceStatus, resourceType: 'AWS::ElastiCache::ReplicationGroup' };
          });
        },
      },
      stackName: 'RedisProductionBoss',
      clock,
    }),
  };
  return self;
}
const failure = (detail: string) =>
  new AwsError(detail, { code: 'ValidationError', retryable: false, credentials: false, detail });

describe('the caches of a redis stack', () => {
  it('are the two of every scenario, without a question, and the others where it has them', async () => {
    const { has, calls, ...stack } = world();
    expect([await has('cache'), await has('cache-state'), await has('cache-elsewhere')]).toEqual([true, true, false]);
    expect(calls()).toBe(0);
    expect(stack.resources).toEqual([]);
  });

  it('come and go with it, asked for at most once in half a minute', async () => {
    const stack = world();
    stack.resources = ['Cache', 'CacheSession', 'CacheThrottle DELETE_COMPLETE'];
    expect([await stack.has('cache-session'), await stack.has('cache-throttle')]).toEqual([true, false]);
    expect(stack.calls()).toBe(1);
    stack.resources = ['Cache', 'CacheThrottle'];
    stack.pass(29_000);
    expect(await stack.has('cache-session')).toBe(true);
    stack.pass(1_000);
    expect([await stack.has('cache-session'), await stack.has('cache-throttle')]).toEqual([false, true]);
    stack.resources = failure('Stack with id RedisProductionBoss does not exist');
    stack.pass(30_000);
    expect(await stack.has('cache-throttle')).toBe(false);
    expect(stack.calls()).toBe(3);
  });

  it('stay what they were where nobody can tell, and are unknown where nobody ever could', async () => {
    const stack = world();
    stack.resources = failure('Rate exceeded');
    await expect(stack.has('cache-session')).rejects.toThrow('Rate exceeded');
    stack.resources = ['CacheSession'];
    expect(await stack.has('cache-session')).toBe(true);
    stack.resources = failure('Rate exceeded');
    stack.pass(60_000);
    expect(await stack.has('cache-session')).toBe(true);
  });
});
