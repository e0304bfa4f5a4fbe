import { type Bosslet, CONFIGS } from '../bosslet/bosslet.ts';
import { configOfStack, stackName } from '../bosslet/names.ts';
import type { CloudFormationRead, StackSummary } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import type { Budget } from './budget.ts';
import { clean } from './clean.ts';
import type { Aged, StackRow } from './observed.ts';
import { isInProgress, type Operation } from './operation.ts';
import { poll } from './polling.ts';
import { StackDetails } from './stackDetails.ts';

/** Clock milliseconds. */
const IDLE_MS = 10_000;
const ACTIVE_MS = 3_000;
/** How often details that could not be read are tried again, when nothing else asks for them. */
const DETAILS_MS = 60_000;

/** The bosslet's stacks as one ListStacks saw them. */
export interface Board {
  readonly atMs: number;
  readonly stacks: readonly StackSummary[];
}

export interface StacksOptions {
  readonly bosslet: Bosslet;
  readonly cloudFormation: CloudFormationRead;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Somebody asks for a stack: look at the active pace. */
  isWanted(): boolean;
  /** What the events tell of a stack's newest operation. */
  operationOf(stackId: string): Operation | undefined;
  seen(stacks: Aged<readonly StackRow[]>): void;
  onBoard(board: Board): void;
}
export interface StacksWatch {
  nudge(): void;
  /** The operations have moved on. */
  refresh(): void;
  readonly ended: Promise<unknown>;
}

/** Watches the board: one ListStacks a look; tags and the size of an operation are read once, when they may be new. */
export function watchStacks(options: StacksOptions): StacksWatch {
  const { bosslet, cloudFormation, budget, clock, signal } = options;
  const details = new StackDetails(cloudFormation, budget);
  /** Ids of the stacks by name, deleted ones included: their last operation is still worth a row. */
  const ids = new Map<string, string>();
  let stacks: readonly StackSummary[] = [];
  const rows = () =>
    boardRows(bosslet, stacks, {
      tagsOf: (stack) => details.tagsOf(stack),
      operationOf(name) {
        const id = ids.get(name);
        const operation = id === undefined ? undefined : options.operationOf(id);
        return operation && progressOf(operation, details.totalOf(operation));
      },
    });

  let detailsError: string | undefined;
  let newest: Aged<readonly StackRow[]> | undefined;
  const tell = () => newest && options.seen({ ...newest, error: newest.error ?? detailsError });

  const board = poll<readonly StackRow[]>({
    clock,
    signal,
    intervalMs: () =>
      options.isWanted() || stacks.some((stack) => isInProgress(stack.stackStatus)) ? ACTIVE_MS : IDLE_MS,
    before: (own) => budget.take(own),
    look: async (own) => {
      const atMs = clock.now();
      const all = clean(await cloudFormation.listStacks(own));
      own.throwIfAborted();
      stacks = all.filter((stack) => configOfStack(bosslet, stack.stackName) !== undefined);
      for (const stack of stacks) ids.set(stack.stackName, stack.stackId);
      options.onBoard({ atMs, stacks });
      filling.nudge();
      return rows();
    },
    seen(aged) {
      newest = aged;
      tell();
    },
  });
  const show = () => board.set(rows());
  let sized = '';
  const filling = poll<void>({
    clock,
    signal,
    intervalMs: () => DETAILS_MS,
    // Each of its calls is bounded by the door; all of them together wait for the budget.
    unbounded: true,
    look: (own) => details.fill(stacks, options.operationOf, show, own),
    seen(aged) {
      detailsError = aged.error;
      tell();
    },
  });
  return {
    nudge: board.nudge,
    refresh() {
      // Only a new operation needs details; its events alone must not hurry what is backing off.
      const running = stacks.flatMap((stack) => options.operationOf(stack.stackId)?.id ?? []).join();
      if (running !== sized) filling.nudge();
      sized = running;
      show();
    },
    ended: Promise.all([board.ended, filling.ended]),
  };
}

/** The eight configs in the procedure's order, then the bosslet's other stacks by name. */
export function boardRows(
  bosslet: Bosslet,
  stacks: readonly StackSummary[],
  about: {
    tagsOf(stack: StackSummary): Readonly<Record<string, string>> | undefined;
    operationOf(stackName: string): StackRow['operation'];
  },
): readonly StackRow[] {
  const byName = new Map(stacks.map((stack) => [stack.stackName, stack]));
  const own = CONFIGS.map((config) => stackName(bosslet, config));
  const others = [...byName.keys()].filter((name) => !own.includes(name)).sort();
  return [...own, ...others].map((name) => {
    const stack = byName.get(name);
    const tags = stack && about.tagsOf(stack);
    return {
      config: configOfStack(bosslet, name) ?? name,
      stackName: name,
      stack,
      stackVersion: tags?.StackVersion,
      commit: tags?.Commit,
      operation: about.operationOf(name),
    };
  });
}

/** Fills from 0 to 1 and never back: before the total is known it is empty, and a success is full whatever was guessed. */
export function progressOf(operation: Operation, total: number | undefined): NonNullable<StackRow['operation']> {
  const { startedAtMs, endedAtMs } = operation;
  const succeeded = endedAtMs !== undefined && /^(CREATE|UPDATE|DELETE|IMPORT)_COMPLETE$/.test(operation.stackStatus);
  if (succeeded) return { startedAtMs, endedAtMs, done: operation.done, total: operation.done };
  if (total === undefined) return { startedAtMs, endedAtMs, done: 0, total: 0 };
  return { startedAtMs, endedAtMs, done: operation.done, total: Math.max(total, operation.done) };
}
