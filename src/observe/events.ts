import type { Bosslet } from '../bosslet/bosslet.ts';
import { configOfStack } from '../bosslet/names.ts';
import type { CloudFormationRead, StackEvent, StackSummary } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import type { Budget } from './budget.ts';
import { EventLedger, type Seed } from './eventLedger.ts';
import type { Aged, EventRow, Interest } from './observed.ts';
import { isInProgress, isOwnEvent, type Operation, operationsOf, rootCause } from './operation.ts';
import { pace } from './polling.ts';
import { FOLLOW_MS, followStack, type StackFollower } from './stackFollower.ts';
import type { Board } from './stacks.ts';

/** How often the board is looked at while nothing happens: the pace at which an operation would be noticed. */
const IDLE_MS = 10_000;
/** The start of an operation and its first event carry the same time but for some milliseconds. */
const START_SLACK_MS = 2_000;
/** Operations that began so recently are read at the first look: after a restart the screen is as it was. */
const RECENT_MS = 6 * 3_600_000;
/** Rows that are shown. */
const SHOWN = 2_000;

export type StackInterest = Extract<Interest, { is: 'stack' }>;

export interface EventsOptions {
  readonly bosslet: Bosslet;
  readonly cloudFormation: CloudFormationRead;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The stacks that somebody asks for. */
  interests(): readonly StackInterest[];
  seen(events: Aged<readonly EventRow[]>): void;
  /** Operations may have moved on. */
  moved(): void;
}
export interface EventsWatch {
  /** What the board shows decides who is followed. */
  onBoard(board: Board): void;
  /** So do the interests. */
  onInterests(): void;
  /** A stack's newest operation, as far as its events were read. */
  operationOf(stackId: string): Operation | undefined;
  /** Waits for all loops, once the signal has ended. */
  ended(): Promise<void>;
}

/** Someone to follow: for as long as it is so, or for one complete read (`drain`). */
interface Target {
  readonly config: string;
  readonly seed: Seed;
  readonly drain: boolean;
}

/** Follows the events of whatever is in progress or asked for, and of nothing else. */
export function watchEvents(options: EventsOptions): EventsWatch {
  const { clock, signal } = options;
  const ledger = new EventLedger();
  const followers = new Map<string, StackFollower>();
  /** Config of each stack that was ever followed, and of which stack it is a nested one. */
  const known = new Map<string, { readonly config: string; readonly nestedIn: string | undefined }>();
  const operations = new Map<string, { readonly all: readonly Operation[]; readonly causes: readonly string[] }>();
  const loops = new Set<Promise<void>>();
  let board: Board | undefined;
  let rows: readonly EventRow[] = [];

  function show(): void {
    if (!board) return;
    const active = [...followers.values()];
    options.seen({
      value: rows,
      // With nobody to follow the board vouches for it: nothing is in progress, so nothing was missed.
      atMs: active.length > 0 ? Math.min(...active.map((follower) => follower.readAtMs())) : board.atMs,
      error: active.map((follower) => follower.error()).find((error) => error !== undefined),
      intervalMs: pace(clock, active.length > 0 ? FOLLOW_MS : IDLE_MS),
    });
  }
  function gather(stackId: string): void {
    const all = operationsOf(ledger.ofStack(stackId));
    operations.set(stackId, { all, causes: all.flatMap((operation) => rootCause(operation.events)?.eventId ?? []) });
    const causes = new Set([...operations.values()].flatMap((entry) => entry.causes));
    rows = ledger.newest(SHOWN).map((event) => ({
      ...event,
      config: known.get(event.stackId)?.config ?? event.stackName,
      ...(causes.has(event.eventId) ? { rootCause: true as const } : {}),
    }));
    options.moved();
  }
  function follow(stackId: string, { config, seed }: Omit<Target, 'drain'>, nestedIn?: string): StackFollower {
    const before = followers.get(stackId);
    if (before) return before;
    known.set(stackId, { config, nestedIn });
    const follower = followStack({
      ...options,
      stackId,
      seed,
      sinceMs: board?.atMs ?? clock.now(),
      ledger,
      onRead(fresh) {
        if (fresh > 0) gather(stackId);
        for (const nested of runningNested(ledger.ofStack(stackId))) follow(nested, { config, seed }, stackId);
        show();
      },
      onLeft() {
        followers.delete(stackId);
        for (const [id, other] of followers) if (known.get(id)?.nestedIn === stackId) other.leave();
        show();
      },
    });
    followers.set(stackId, follower);
    loops.add(follower.ended);
    void follower.ended.then(() => loops.delete(follower.ended));
    return follower;
  }
  function reconcile(before: Board | undefined): void {
    if (!board || signal.aborted) return;
    const targets = targetsOf(options, board, before);
    for (const [stackId, target] of targets) {
      const follower = follow(stackId, target);
      follower.reach(target.seed);
      if (target.drain) follower.leave();
      else follower.stay();
    }
    for (const [stackId, follower] of followers)
      if (!targets.has(stackId) && known.get(stackId)?.nestedIn === undefined) follower.leave();
    show();
  }
  return {
    onBoard(next) {
      const before = board;
      board = next;
      reconcile(before);
    },
    // Compared with itself the board has no news: only the interests have.
    onInterests: () => reconcile(board),
    operationOf: (stackId) => operations.get(stackId)?.all.at(-1),
    ended: async () => void (await Promise.all(loops)),
  };
}

/** Whom to follow by what the board shows now and showed before. */
export function targetsOf(
  { bosslet, clock, interests }: Pick<EventsOptions, 'bosslet' | 'clock' | 'interests'>,
  board: Board,
  before: Board | undefined,
): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  const configOf = (stack: StackSummary) => configOfStack(bosslet, stack.stackName) ?? stack.stackName;
  for (const stack of board.stacks) {
    const config = configOf(stack);
    const sinceMs = Math.min(
      ...interests().flatMap((interest) => (interest.config === config ? interest.sinceMs : [])),
    );
    const wanted = sinceMs < Number.POSITIVE_INFINITY;
    const runs = isInProgress(stack.stackStatus);
    const began = operationSeed(stack);
    if (runs)
      targets.set(stack.stackId, {
        config,
        seed: { ...began, sinceMs: Math.min(began.sinceMs, sinceMs) },
        drain: false,
      });
    else if (wanted) targets.set(stack.stackId, { config, seed: { sinceMs }, drain: false });
    else if (before ? isNews(stack, before) : clock.now() - began.sinceMs < RECENT_MS)
      targets.set(stack.stackId, { config, seed: began, drain: true });
  }
  for (const stack of before?.stacks ?? [])
    if (board.stacks.every((other) => other.stackId !== stack.stackId))
      targets.set(stack.stackId, { config: configOf(stack), seed: DELETED, drain: true });
  return targets;
}

/** Back to where the newest delete begins, and no further. */
const DELETED: Seed = { sinceMs: Number.POSITIVE_INFINITY, beganBy: 'DELETE' };

/** Back to where the operation that runs, or the last one, began. */
function operationSeed(stack: StackSummary): Seed {
  if (stack.stackStatus.startsWith('DELETE_')) return DELETED;
  const isFirst = /^(CREATE|ROLLBACK)_/.test(stack.stackStatus);
  return {
    sinceMs: (isFirst ? stack.creationTimeMs : (stack.lastUpdatedTimeMs ?? stack.creationTimeMs)) - START_SLACK_MS,
  };
}

/** Whether an operation ran and ended between two looks at the board. */
function isNews(stack: StackSummary, before: Board): boolean {
  const last = before.stacks.find((other) => other.stackId === stack.stackId);
  return last?.stackStatus !== stack.stackStatus || last.lastUpdatedTimeMs !== stack.lastUpdatedTimeMs;
}

/** Ids of the nested stacks whose own operation runs, by their rows in the stack that they are part of. */
function runningNested(events: readonly StackEvent[]): readonly string[] {
  const status = new Map<string, string>();
  for (const event of events)
    if (event.resourceType === 'AWS::CloudFormation::Stack' && !isOwnEvent(event) && event.physicalResourceId)
      status.set(event.physicalResourceId, event.resourceStatus);
  return [...status].flatMap(([stackId, newest]) =>
    stackId.startsWith('arn:') && isInProgress(newest) ? stackId : [],
  );
}
