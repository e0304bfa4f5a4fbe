import type { Interest } from '../observe/observed.ts';
import type { Gate, GateNeed, Stage, Step } from '../runbook/runbook.ts';
import { evaluateGate, isCovered, typedWords } from '../steps/gates.ts';
import type { GateResult } from '../steps/kind.ts';
import type { World } from './contexts.ts';
import type { OpenRecord } from './record.ts';
import type { GateView, ReleaseState } from './state.ts';
import { newestAttempt } from './stateParts.ts';

/** What the watchers must look at for a gate to be judged. */
const INTERESTS: Readonly<Record<GateNeed['is'], readonly Interest[]>> = {
  dns: [{ is: 'dns' }],
  cacheDrained: [{ is: 'cacheScan' }, { is: 'dns' }],
  inMaintenance: [{ is: 'dns' }],
  noStackInProgress: [],
  loadBalancerHealthy: [{ is: 'site' }],
  settled: [],
};

/** Shortest pause between two looks at gates that only time can open. */
const LOOK_AGAIN_MS = 1_000;
/** The same in real milliseconds, however fast a rehearsal's clock runs. */
const LOOK_AGAIN_REAL_MS = 200;

/**
 * From when on observations count for a step's gates: the intent of the step before it in the same list, or the
 * beginning of its stage. What was seen earlier says nothing of what that step did.
 */
export function gatesSinceMs(state: ReleaseState, stage: Stage, siblings: readonly Step[], step: Step): number {
  for (const sibling of siblings.slice(0, siblings.indexOf(step)).toReversed()) {
    const before = state.steps[sibling.id];
    const intended = before && newestAttempt(before)?.intendedAtMs;
    if (intended !== undefined) return intended;
  }
  return state.stages[stage.id]?.startedAtMs ?? state.openedAtMs;
}

/** How each gate of a step stands now. `state` is undefined before a release is open. */
export function gateViews(
  world: Pick<World, 'watchers' | 'clock'>,
  state: ReleaseState | undefined,
  step: Step,
  sinceMs: number,
): readonly GateView[] {
  return step.gates.map((gate) => {
    const result = evaluateGate(gate, {
      observed: world.watchers.observed(),
      sinceMs,
      nowMs: world.clock.now(),
      clock: world.clock,
      closedAtMs: (stepId) => state?.steps[stepId]?.closedAtMs,
      facts: state?.facts ?? {},
    });
    return {
      id: gate.id,
      title: gate.title,
      needs: gate.needs,
      overridable: result.overridable ?? gate.overridable,
      typed: typedWords(gate, result),
      overridden: isOverridden(state, step.id, gate, result),
      result,
    };
  });
}

/**
 * An override holds for the attempt that it was given for, for what it was given for, and for no more than was unproven
 * then: three keys that may be lost are not thirty, and not a cache that nobody can look at.
 */
function isOverridden(state: ReleaseState | undefined, stepId: string, gate: Gate, result: GateResult): boolean {
  const { overrides = [], spentOverrides = 0 } = state?.steps[stepId] ?? {};
  return overrides
    .slice(spentOverrides)
    .some(({ gateId, ...given }) => gateId === gate.id && isCovered(gate, result, given));
}

export const isOpen = (gates: readonly GateView[]): boolean =>
  gates.every((gate) => gate.result.holds || gate.overridden);

/** Waits until every gate of the step holds or was overridden, showing how they stand meanwhile. */
export async function waitForGates(
  world: World,
  record: OpenRecord,
  step: Step,
  sinceMs: number,
  signal: AbortSignal,
): Promise<void> {
  let shown: string | undefined;
  await watchGates(world, record, step.gates, signal, () => {
    const views = gateViews(world, record.state, step, sinceMs);
    const said = JSON.stringify(views);
    // Most looks find what the one before found, and each that is shown is drawn.
    if (said !== shown) world.live.put('gates', step.id, views);
    shown = said;
    return isOpen(views);
  });
}

/**
 * Has the watchers look at what these gates need, and calls `look` at once and whenever something may have changed,
 * until it returns true. Rejects with the signal's reason.
 */
export async function watchGates(
  world: Pick<World, 'watchers' | 'clock'>,
  record: Pick<OpenRecord, 'subscribe'> | undefined,
  gates: readonly Gate[],
  signal: AbortSignal,
  look: () => boolean,
): Promise<void> {
  const release = haveWatched(world, gates);
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();
  const stops = [world.watchers.subscribe(wake), ...(record ? [record.subscribe(wake)] : [])];
  try {
    for (;;) {
      signal.throwIfAborted();
      changed = Promise.withResolvers<void>();
      if (look()) return;
      await nextLook(world, changed.promise, signal);
    }
  } finally {
    for (const stop of [...stops, release]) stop();
  }
}

/** Has the watchers look at what these gates need, until the returned function is called. */
export function haveWatched(world: Pick<World, 'watchers'>, gates: readonly Gate[]): () => void {
  const stops = gates.flatMap((gate) => INTERESTS[gate.needs.is]).map((interest) => world.watchers.want(interest));
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

async function nextLook(world: Pick<World, 'clock'>, changed: Promise<void>, signal: AbortSignal): Promise<void> {
  const waited = new AbortController();
  const tick = world.clock.sleep(
    Math.max(LOOK_AGAIN_MS, LOOK_AGAIN_REAL_MS * world.clock.speed),
    AbortSignal.any([signal, waited.signal]),
  );
  tick.catch(() => {});
  await Promise.race([changed, tick]);
  waited.abort();
}
