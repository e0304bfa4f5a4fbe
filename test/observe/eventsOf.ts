import type { StackEvent } from '../../src/clients/doors.ts';

export const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/RedisProductionBoss/1';

let count = 0;

/** An event of a resource; `own` makes it one of the stack itself. */
export function event(fields: Partial<StackEvent> & { readonly own?: true } = {}): StackEvent {
  const { own, ...rest } = fields;
  const stackId = rest.stackId ?? STACK_ID;
  count += 1;
  return {
    eventId: `e${count}`,
    stackId,
    stackName: 'RedisProductionBoss',
    logicalResourceId: own ? 'RedisProductionBoss' : 'Cache',
    physicalResourceId: own ? stackId : 'redis-cache',
    resourceType: own ? 'AWS::CloudFormation::Stack' : 'AWS::ElastiCache::ReplicationGroup',
    resourceStatus: 'UPDATE_IN_PROGRESS',
    timestampMs: count * 1000,
    ...rest,
  };
}

/** A service that gives the events of one stack newest first, in pages, as DescribeStackEvents does. */
export function pagesOf(
  events: () => readonly StackEvent[],
  pageSize: number,
  beforePage: (n: number) => void = () => {},
) {
  let asked = 0;
  const page = async (nextToken: string | undefined) => {
    asked += 1;
    const from = nextToken === undefined ? 0 : Number(nextToken);
    beforePage(from / pageSize + 1);
    const newestFirst = events().toReversed();
    const to = from + pageSize;
    return { events: newestFirst.slice(from, to), ...(to < newestFirst.length ? { nextToken: String(to) } : {}) };
  };
  return { page, asked: () => asked };
}
