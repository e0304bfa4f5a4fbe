import type { AwsAct } from '../clients/doors.ts';
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

/** Every step's plan, and what it was read beside. */
export interface Planned {
  readonly bosslet: string;
  /** What the scripts would deploy; `error` says why that is not known, and what leftovers of it there are is not either. */
  readonly checkout: { readonly head: string } | { readonly error: string };
  readonly steps: readonly PlannedStep[];
}

/** Every step's plan, in order. Reads only, and nothing twice: the clients refuse everything else. */
export async function planAll(setup: Setup, signal: AbortSignal): Promise<Planned> {
  const opened = openDoors({ ...setup, readOnly: true });
  const { clock } = setup;
  // Commands are shown as they are typed in `bin/`, wherever that is: without a checkout all else can still be told.
  const bosslet = { bossManage: '/boss-manage', ...setup.bosslet };
  const checkout = await opened.git.head(signal).then(
    (head) => ({ head }),
    (error: unknown) => ({ error: reasonOf(error) }),
  );
  const head = 'head' in checkout ? checkout.head : '';
  const doors = {
    ...opened,
    aws: askedOnce(opened.aws),
    ...(opened.dev && { dev: askedOnce(opened.dev) }),
    git: { ...opened.git, head: async () => head },
  };
  const watchers = createWatchers({ bosslet, doors, clock, signal });
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
    return { bosslet: bosslet.name, checkout, steps: planned };
  } finally {
    await watchers.stop();
    await doors.caches.close();
  }

  async function planned1(step: Step): Promise<Pick<PlannedStep, 'plan' | 'error'>> {
    try {
      const kind = kindOf(stepKinds, step.kind);
      return { plan: await kind.plan(kind.parse(step.params), readContext(world, release, step, signal)) };
    } catch (error) {
      return { error: reasonOf(error) };
    }
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/**
 * An account's doors that ask each question once and give its answer again: steps ask much of the same, an account
 * allows few questions a second, and a plan whose steps saw different worlds would be none.
 */
function askedOnce(aws: AwsAct): AwsAct {
  const services = Object.entries(aws).map(([name, service]) => [
    name,
    typeof service === 'object' ? remembering(service) : service,
  ]);
  // The same doors by the same names.
  return Object.fromEntries(services) as AwsAct;
}

function remembering<Service extends object>(service: Service): Service {
  const answers = new Map<string, unknown>();
  return new Proxy(service, {
    get(target, name) {
      const ask: unknown = Reflect.get(target, name);
      if (typeof ask !== 'function') return ask;
      return (...args: readonly unknown[]) => {
        const question = JSON.stringify([String(name), ...args.filter((each) => !(each instanceof AbortSignal))]);
        if (!answers.has(question)) answers.set(question, ask.apply(target, args));
        return answers.get(question);
      };
    },
  });
}

/** How `boss-tui plan` prints it. */
export function planLines({ bosslet, checkout, steps }: Planned): readonly string[] {
  const lines = [`Plan of ${bosslet}: what each step would do now. Nothing was changed and no change set was created.`];
  if ('error' in checkout)
    lines.push(
      `! ${sanitiseLine(checkout.error)} Change sets that an earlier run left behind are not told without its commit.`,
    );
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
