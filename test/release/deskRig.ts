import type { Bosslet } from '../../src/bosslet/bosslet.ts';
import type { ActDoors } from '../../src/clients/doors.ts';
import { createClock } from '../../src/clock.ts';
import { NOTHING_OBSERVED, type Watchers } from '../../src/observe/observed.ts';
import { type DeskParts, lookOn, type OperatorDesk, sitDown, type WatcherDesk } from '../../src/release/desk.ts';
import { Live } from '../../src/release/live.ts';
import { operateByScript } from '../../src/release/scriptedOperator.ts';
import type { ReleaseState } from '../../src/release/state.ts';
import type { Runbook, Step } from '../../src/runbook/runbook.ts';
import type { ActContext, Acted, Plan, StepKind, Verdict } from '../../src/steps/kind.ts';
import { until } from '../support/until.ts';
import { sceneAt } from './sceneAt.ts';

/** A world that is one list: what was done to it, in order. It outlives every crash of the program. */
export class ListWorld {
  readonly done: string[] = [];
  /** What `prove` says of an attempt (`2.1#1`), one after the other; the last one stays. Absent: `done`. */
  readonly verdicts = new Map<string, Verdict[]>();
}

/** A kind whose act is one effect and, where `asks`, one decision. */
export const listKind = (world: ListWorld): StepKind => ({
  name: 'list',
  mutates: true,
  parse: (params) => params,
  plan: async (_params, { step }): Promise<Plan> => ({
    commands: [`do ${step.id}`],
    dangers: [],
    evidence: [],
    baseline: world.done.length,
    alreadyDone: false,
  }),
  act: async (params, context: ActContext): Promise<Acted> => {
    if (params === 'asks') {
      const answer = await context.decide('go', {
        question: { is: 'choose', options: [{ id: 'yes', label: 'Yes' }], recommended: 'yes' },
        title: `Go on with ${context.step.id}?`,
        text: [],
      });
      if (answer.is !== 'chosen') throw new Error('no choice');
    }
    const entry = `${context.step.id}#${context.attempt.number}`;
    await context.effect('write', {
      what: `write ${entry}`,
      run: async () => {
        world.done.push(entry);
        return true;
      },
      probe: async () => (world.done.includes(entry) ? true : 'notHappened'),
    });
    return { how: 'finished', codes: [], facts: { [context.step.id]: context.attempt.number } };
  },
  prove: async (_params, { step }, attempt): Promise<Verdict> => {
    const verdicts = world.verdicts.get(`${step.id}#${attempt.number}`) ?? [];
    const verdict = verdicts.length > 1 ? verdicts.shift() : verdicts[0];
    return verdict ?? { is: 'done', summary: 'it is in the list', evidence: [] };
  },
});

/** The effect of the list, with a world that fails between its run and its result while `fails` says so. */
export const failing = (world: ListWorld, fails: () => Error | undefined): StepKind => {
  const kind = listKind(world);
  return {
    ...kind,
    act: (params, context: ActContext) =>
      kind.act(params, {
        ...context,
        get attempt() {
          return context.attempt;
        },
        effect: (key, effect) =>
          context.effect(key, {
            ...effect,
            run: async () => {
              const error = fails();
              if (error) throw error;
              return effect.run();
            },
          }),
      }),
  };
};

export const step = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  title: `Step ${id}`,
  kind: 'list',
  params: null,
  gates: [],
  ...more,
});

export const runbook = (...stages: readonly (readonly Step[])[]): Runbook => ({
  version: 1,
  phases: [
    {
      title: 'All',
      stages: stages.map((steps, index) => ({
        id: `stage${index + 1}`,
        key: String(index + 1),
        title: `Stage ${index + 1}`,
        about: 'Writes into the list.',
        needs: index === 0 ? [] : [`stage${index}`],
        steps,
      })),
    },
  ],
});

const quiet: Watchers = {
  observed: () => NOTHING_OBSERVED,
  subscribe: () => () => {},
  want: () => () => {},
  stop: async () => {},
};

/** What `prove` says of an update that AWS took back. */
export const failed: Verdict = { is: 'failed', code: 'updateFailed', summary: 'it was rolled back', evidence: [] };

/** Effects, a question, a step that may fail, its fallback with a word to type. */
export const fallbackBook = runbook(
  [step('1.1'), step('1.2', { params: 'asks' })],
  [
    step('2.1', {
      fallbacks: [
        {
          id: 'recreate',
          title: 'Delete and create',
          when: ['updateFailed'],
          steps: [step('2.recreate.1', { typed: 'TheStack' }), step('2.recreate.2')],
          then: 'done',
        },
      ],
    }),
  ],
  [step('3.1')],
);

/** A door that must not be opened by these tests. */
const closed = (): never => {
  throw new Error('This door is closed.');
};
const doorsWith = (open: object): ActDoors =>
  new Proxy({ git: { head: async () => 'a'.repeat(40) }, ...open } as Partial<ActDoors> as ActDoors, {
    get: (target, name) => (name in target ? Reflect.get(target, name) : closed()),
  });

/** What of the surroundings differs from a quiet, empty world. */
export interface Surroundings {
  /** Doors that may be opened. */
  readonly doors?: object;
  readonly watchers?: Watchers;
  /** Whether whoever holds the lock counts as alive. */
  readonly holderLives?: boolean;
  readonly takeOver?: true;
  readonly user?: string;
  readonly onLost?: DeskParts['onLost'];
  readonly preflight?: DeskParts['preflight'];
}

/** Ten minutes a second. */
export const clock = createClock({ speed: 600, originMs: 0, startedAtMs: 0 });

export interface Rig {
  readonly desk: OperatorDesk;
  readonly live: Live;
  release(): ReleaseState | undefined;
  /** The last trouble of the program itself, as the screen shows it. */
  trouble(): string | undefined;
  /** Plays by script until the release is finished. */
  play(signal?: AbortSignal): ReturnType<typeof operateByScript>;
}

/** Sits down at a desk in a folder, as a fresh start of the program does. */
export async function sitDownAt(
  folder: string,
  kind: StepKind,
  book: Runbook,
  { doors = {}, watchers = quiet, holderLives = false, takeOver, user = 'you', onLost, preflight }: Surroundings = {},
): Promise<Rig> {
  const live = new Live();
  const scene = sceneAt(book, live);
  const desk = await sitDown({
    ...deskOf(book),
    doors: doorsWith(doors),
    watchers,
    live,
    kinds: new Map([['list', kind]]),
    folder,
    // Each start is another process: the one before counts as dead.
    machine: { bootId: 'b', host: 'h', user, processStart: 's', isAlive: async () => holderLives },
    ...(takeOver && { takeOver }),
    ...(onLost && { onLost }),
    ...(preflight && { preflight }),
    onRelease: (release) => scene.setState({ release }),
  });
  if (desk.role !== 'operator') throw new Error('The lock was held.');
  await desk.controller.resume();
  await desk.controller.preflight();
  return {
    desk,
    live,
    release: () => scene.getState().release,
    trouble: () => live.state.trouble,
    play: (signal = new AbortController().signal) => operateByScript(scene, desk.controller, signal),
  };
}

/** Opens a stage's card, waits until it is read, and confirms it. */
export async function run(
  rig: Rig,
  stageId: string,
  input: { readonly typed?: string; readonly note?: string } = {},
): Promise<void> {
  rig.desk.controller.openCard(stageId);
  await until('the card', () => rig.live.state.card?.ready);
  await rig.desk.controller.confirmCard({ choices: {}, ...input });
}
/** The question that waits. */
export const openDecision = (rig: Rig) =>
  until('a question', () =>
    Object.values(rig.release()?.decisions ?? {}).find(({ answer, withdrawn }) => !answer && !withdrawn),
  );

/** Sits down where somebody else operates. */
export async function watchAt(
  folder: string,
  book: Runbook,
  onRecord: NonNullable<DeskParts['onRecord']>,
): Promise<{ release(): ReleaseState | undefined; leave(): Promise<void> }> {
  let release: ReleaseState | undefined;
  const desk = await sitDown({
    ...deskOf(book),
    kinds: new Map(),
    folder,
    live: new Live(),
    machine: { bootId: 'b', host: 'h', user: 'colleague', processStart: 's', isAlive: async () => true },
    onRecord,
    onRelease: (state) => {
      release = state;
    },
  });
  if (desk.role !== 'watcher') throw new Error('Nobody held the lock.');
  return { release: () => release, leave: () => desk.leave() };
}

/** Looks on from a desk that is nobody's, as a session that only looks does. */
export async function lookOnAt(
  folder: string,
  book: Runbook,
  holderLives = true,
  onHolder?: DeskParts['onHolder'],
): Promise<{ readonly desk: WatcherDesk; release(): ReleaseState | undefined }> {
  let release: ReleaseState | undefined;
  const desk = await lookOn({
    ...deskOf(book),
    kinds: new Map(),
    folder,
    live: new Live(),
    machine: { bootId: 'b', host: 'h', user: 'colleague', processStart: 's', isAlive: async () => holderLives },
    ...(onHolder && { onHolder }),
    onRelease: (state) => {
      release = state;
    },
  });
  return { desk, release: () => release };
}

/** What every desk of these tests has. */
const deskOf = (runbook: Runbook) => ({
  bosslet: { name: 'production.boss', accountId: '123456789012', region: 'us-east-1' } as Bosslet,
  doors: doorsWith({}),
  watchers: quiet,
  clock,
  texts: new Map<string, string>(),
  version: '0',
  runbook,
  preflight: async () => [],
});
