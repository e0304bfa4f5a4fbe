import type { CloudFormationRead, StackSummary } from '../clients/doors.ts';
import type { Budget } from './budget.ts';
import { clean } from './clean.ts';
import { isInProgress, type Operation } from './operation.ts';

type Tags = Readonly<Record<string, string>>;

/** What the list of stacks does not say: a stack's tags, and how many resources an operation touches. Read when new. */
export class StackDetails {
  readonly #cloudFormation: CloudFormationRead;
  readonly #budget: Budget;
  /** By stack id; `of` tells which state of the stack they were read in. */
  readonly #tags = new Map<string, { readonly of: string; readonly tags: Tags }>();
  /** By operation id. */
  readonly #totals = new Map<string, number>();

  constructor(cloudFormation: CloudFormationRead, budget: Budget) {
    this.#cloudFormation = cloudFormation;
    this.#budget = budget;
  }

  /** As last read; an operation that runs may be about to change them. */
  tagsOf(stack: StackSummary): Tags | undefined {
    return this.#tags.get(stack.stackId)?.tags;
  }
  totalOf(operation: Operation): number | undefined {
    return this.#totals.get(operation.id);
  }

  /** Reads what is missing, one call after another, and tells after each. The first failure ends it; call again. */
  async fill(
    stacks: readonly StackSummary[],
    operationOf: (stackId: string) => Operation | undefined,
    changed: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (const stack of stacks) {
      const operation = operationOf(stack.stackId);
      if (operation && operation.endedAtMs === undefined && !this.#totals.has(operation.id)) {
        this.#totals.set(operation.id, await this.#touched(stack, operation, signal));
        changed();
      }
    }
    for (const stack of stacks) {
      const of = stateOf(stack);
      const held = this.#tags.get(stack.stackId);
      if (held?.of === of || (held && isInProgress(stack.stackStatus))) continue;
      await this.#budget.take(signal);
      const described = await this.#cloudFormation.describeStack(stack.stackId, signal);
      this.#tags.set(stack.stackId, { of, tags: clean(described?.tags ?? {}) });
      changed();
    }
  }

  /** An update touches what its change set says, a create what its template holds, a delete what is there. */
  async #touched(stack: StackSummary, operation: Operation, signal: AbortSignal): Promise<number> {
    if (operation.kind === 'UPDATE') {
      const changes = await this.#changeSetSize(stack, signal);
      if (changes !== undefined) return changes;
    }
    if (operation.kind === 'CREATE') {
      await this.#budget.take(signal);
      const size = templateSize(await this.#cloudFormation.getTemplate(stack.stackId, signal));
      if (size !== undefined) return size;
    }
    await this.#budget.take(signal);
    const resources = await this.#cloudFormation.stackResources(stack.stackId, signal);
    return resources.filter((resource) => !GONE.has(resource.resourceStatus)).length + goneIn(operation);
  }

  async #changeSetSize(stack: StackSummary, signal: AbortSignal): Promise<number | undefined> {
    await this.#budget.take(signal);
    const executed = (await this.#cloudFormation.describeStack(stack.stackId, signal))?.changeSetId;
    if (executed === undefined) return undefined;
    await this.#budget.take(signal);
    const set = await this.#cloudFormation.describeChangeSet(stack.stackId, executed, signal);
    if (set?.executionStatus !== 'EXECUTE_IN_PROGRESS') return undefined;
    return set.changes.length > 0 ? set.changes.length : undefined;
  }
}

const GONE = new Set(['DELETE_COMPLETE', 'DELETE_SKIPPED']);

/** What a delete had removed before it was looked at. */
const goneIn = (operation: Operation) => (operation.kind === 'DELETE' ? operation.done : 0);

/** Tags change with an operation, and back with its rollback. */
const stateOf = (stack: StackSummary) => `${stack.lastUpdatedTimeMs ?? 0} ${stack.stackStatus}`;

/** boss-manage writes JSON; of anything else the size is not told. */
function templateSize(template: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(template);
    if (parsed === null || typeof parsed !== 'object' || !('Resources' in parsed)) return undefined;
    const { Resources: resources } = parsed;
    return resources !== null && typeof resources === 'object' ? Object.keys(resources).length : undefined;
  } catch {
    return undefined;
  }
}
