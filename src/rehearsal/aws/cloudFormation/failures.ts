import { RESIZES_CACHES } from '../../faults.ts';
import type { Call } from '../account.ts';
import { customName } from './physicalIds.ts';
import { isRecord } from './references.ts';
import type { Stack } from './stack.ts';
import type { Properties } from './tags.ts';
import type { Task } from './task.ts';

/** How a resource is going to fail. */
export interface Failure {
  /** From the resource's own beginning. */
  readonly afterMs: number;
  readonly reason: string;
}

interface Attempt extends Call {
  readonly stack: Stack;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly task: Task;
  /** What the task is to bring about, resolved as far as it is known before the operation begins. */
  readonly properties: Properties;
}

type Rule = (attempt: Attempt) => Failure | undefined;

const before = ({ task }: Attempt): Properties => task.before?.properties ?? {};

/** ElastiCache refuses another node type in place, each time. */
const cacheSize: Rule = (attempt) => {
  const { aws, task, properties } = attempt;
  const from = before(attempt).CacheNodeType;
  const to = properties.CacheNodeType;
  if (task.kind !== 'modify' || task.definition.Type !== 'AWS::ElastiCache::ReplicationGroup' || from === to) return;
  if (RESIZES_CACHES.isDisjointFrom(aws.faults)) return;
  return {
    afterMs: 55_000,
    reason: `The size of the cache cluster cannot be changed in place: modifying node type ${from} to ${to} is not allowed. (Service: AmazonElastiCache; Status Code: 400; Error Code: InvalidParameterCombination; Request ID: ${aws.ids.uuid()}; Proxy: null)`,
  };
};

/** Faults `rollback` and `rollback-failed`: the new endpoint never says that it is well. Only the first time. */
const endpointSignal: Rule = ({ aws, stack, operation, task }) => {
  if (!aws.faults.has('rollback') && !aws.faults.has('rollback-failed')) return;
  if (aws.struck.has('rollback') || operation !== 'UPDATE') return;
  if (!stack.stackName.startsWith('Api') || task.definition.Type !== 'AWS::AutoScaling::AutoScalingGroup') return;
  aws.struck.add('rollback');
  return {
    afterMs: 110_000,
    reason: 'Received 0 SUCCESS signal(s) out of 1.  Unable to satisfy 100% MinSuccessfulInstancesPercent requirement',
  };
};

/** CloudFormation cannot make the new one beside the old one where both would have the name that the template gives. */
const customNamed: Rule = (attempt) => {
  const { task, properties } = attempt;
  const type = task.definition.Type;
  const name = customName(type, properties);
  if (task.kind !== 'replace' || name === undefined || name !== customName(type, before(attempt))) return;
  return {
    afterMs: 500,
    reason: `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${name} and update the stack again.`,
  };
};

/** What somebody else has under this name already. */
const nameTaken: Rule = ({ account, task, properties }) => {
  const type = task.definition.Type;
  const name = customName(type, properties);
  if (task.kind === 'modify' || name === undefined) return;
  const taken =
    (type === 'AWS::DynamoDB::Table' && account.tables.has(name)) ||
    (type.endsWith('::LoadBalancer') && account.loadBalancers.some((one) => one.name === name));
  if (!taken) return;
  return { afterMs: 2_500, reason: `Resource of type '${type}' with identifier '${name}' already exists.` };
};

const indexNames = (properties: Properties): ReadonlySet<unknown> =>
  new Set(
    (Array.isArray(properties.GlobalSecondaryIndexes) ? properties.GlobalSecondaryIndexes : [])
      .filter(isRecord)
      .map((index) => index.IndexName),
  );

/** DynamoDB makes or drops one index at a time. */
const oneIndex: Rule = (attempt) => {
  if (attempt.task.kind !== 'modify' || attempt.task.definition.Type !== 'AWS::DynamoDB::Table') return;
  const changed = indexNames(before(attempt)).symmetricDifference(indexNames(attempt.properties));
  if (changed.size < 2) return;
  return { afterMs: 3_000, reason: 'Cannot perform more than one GSI creation or deletion in a single update' };
};

const RULES: readonly Rule[] = [cacheSize, customNamed, nameTaken, oneIndex, endpointSignal];

/** How this resource will fail; undefined where it will not. */
export function failureOf(attempt: Attempt): Failure | undefined {
  for (const rule of RULES) {
    const failure = rule(attempt);
    if (failure) return failure;
  }
  return undefined;
}
