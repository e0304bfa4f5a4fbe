import { createWatchers } from '../observe/watchers.ts';
import { readContext } from '../release/contexts.ts';
import { kindOf } from '../release/engine.ts';
import { Live } from '../release/live.ts';
import { type Step, stagesOf, stepsOf } from '../runbook/runbook.ts';
import type { Plan } from '../steps/kind.ts';
import { stepKinds } from '../steps/registry.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import { openDoors } from './doors.ts';
import { runbookOf, type Setup } from './setup.ts';

/** One step of the runbook with what it would do now; `error` says why that could not be read. */
export interface PlannedStep {
  readonly stage: string;
  readonly key: string;
  readonly step: string;
  readonly title: string;
  /** Only where this step failed in a way that the fallback is for. */
  readonly fallback: boolean;
  readonly plan?: Plan;
  readonly error?: string;
}

/** Every step's plan, in order. Reads only: the clients refuse everything else. */
export async function planAll(setup: Setup, signal: AbortSignal): Promise<readonly PlannedStep[]> {
  const reach = { ...setup, readOnly: true };
  const doors = openDoors(reach);
  const { bosslet, clock } = setup;
  const watchers = createWatchers({ bosslet, doors, clock, signal });
  const head = await doors.git.head(signal).catch(() => '');
  const release = { id: '', openedAtMs: clock.now(), head, folder: '', facts: {}, closedAtMs: () => undefined };
  const world = { bosslet, doors, watchers, clock, live: new Live() };
  try {
    const planned: PlannedStep[] = [];
    for (const stage of stagesOf(runbookOf(bosslet))) {
      const own = new Set(stage.steps);
      for (const step of stepsOf(stage.steps)) {
        const place = {
          stage: stage.title,
          key: stage.key,
          step: step.id,
          title: step.title,
          fallback: !own.has(step),
        };
        planned.push({ ...place, ...(await planned1(step)) });
      }
    }
    return planned;
  } finally {
    await watchers.stop();
    await doors.caches.close();
  }

  async function planned1(step: Step): Promise<Pick<PlannedStep, 'plan' | 'error'>> {
    try {
      const kind = kindOf(stepKinds, step.kind);
      return { plan: await kind.plan(kind.parse(step.params), readContext(world, release, step, signal)) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** How `boss-tui plan` prints it. */
export function planLines(bosslet: string, steps: readonly PlannedStep[]): readonly string[] {
  const lines = [`Plan of ${bosslet}: what each step would do now. Nothing was changed and no change set was created.`];
  let stage = '';
  for (const { plan, error, ...step } of steps) {
    if (step.stage !== stage) lines.push('', `${step.key} ${step.stage}`);
    stage = step.stage;
    lines.push(
      `  ${step.step} ${step.title}${step.fallback ? ' (only as a fallback)' : ''}${plan?.alreadyDone ? ' (nothing to do)' : ''}`,
    );
    if (error !== undefined) lines.push(`      ! ${sanitiseLine(error)}`);
    lines.push(
      ...(plan?.commands.map((command) => `      $ ${sanitiseLine(command)}`) ?? []),
      ...(plan?.dangers.map(
        (danger) => `      ${danger.level === 'danger' ? '!!' : '! '} ${sanitiseLine(danger.text)}`,
      ) ?? []),
      ...(plan?.evidence.map(({ label, value }) => `      ${sanitiseLine(label)}: ${sanitiseLine(value)}`) ?? []),
    );
  }
  return lines;
}
