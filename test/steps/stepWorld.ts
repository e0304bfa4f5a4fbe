import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ActDoors } from '../../src/clients/doors.ts';
import { type Clock, createClock } from '../../src/clock.ts';
import { openDoors } from '../../src/commands/doors.ts';
import { NOTHING_OBSERVED, type Observed } from '../../src/observe/observed.ts';
import type { FaultName } from '../../src/rehearsal/faults.ts';
import { startWorld } from '../../src/rehearsal/startWorld.ts';
import type { World } from '../../src/rehearsal/world.ts';
import type { Json } from '../../src/runbook/runbook.ts';
import type {
  ActContext,
  Acted,
  Answer,
  Asked,
  BlobRef,
  Plan,
  ReadContext,
  StepKind,
  Verdict,
} from '../../src/steps/kind.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import type { Secret } from '../../src/text/secret.ts';

const program = (name: string) => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));

/** What one attempt of a step wrote down: all that survives a crash. */
export interface Journal {
  readonly intended: string[];
  /** What the record says of each intent, in words. */
  readonly words: string[];
  readonly effects: Record<string, Json>;
  readonly decisions: Record<string, Answer>;
  readonly asked: { readonly key: string; readonly asked: Asked }[];
  readonly withdrawn: string[];
}
export const emptyJournal = (): Journal => ({
  intended: [],
  words: [],
  effects: {},
  decisions: {},
  asked: [],
  withdrawn: [],
});

/** Answers a question; undefined: nobody is there. May change the world first. */
export type Operator = (key: string, asked: Asked) => Answer | undefined | Promise<Answer | undefined>;

/** Takes what is recommended. */
export const obliging: Operator = (_key, { question }) => {
  if (question.is === 'choose') return { is: 'chosen', option: question.recommended, note: 'noted' };
  if (question.is === 'review') return { is: 'approved', hash: question.hash, typed: question.mustType };
  if (question.is === 'typed') return { is: 'typed', text: question.expected };
  return { is: 'confirmed' };
};

export interface Played {
  readonly plan: Plan;
  readonly acted: Acted;
  readonly verdict: Verdict;
  readonly journal: Journal;
  readonly scriptFolder: string;
  readonly revealed: readonly Secret[];
}
export interface Play {
  /** Of the registry, by its name; or one of the test's own. */
  readonly kind: string | StepKind;
  readonly params?: Json;
  readonly operator?: Operator;
  /** Dies when a record of this effect is about to be written: before its intent, or between run and result. */
  readonly dies?: { readonly when: 'beforeIntent' | 'beforeRun' | 'beforeResult'; readonly effect: RegExp };
  readonly cancelled?: () => boolean;
  /** How often the operator asked to cancel; absent: once where it is cancelled. */
  readonly cancels?: () => number;
  /** Instead of the world's clock, for what waits longer than a test may. */
  readonly clock?: Clock;
}

export interface StepWorld {
  readonly world: World;
  readonly doors: ActDoors;
  readonly clock: Clock;
  readonly folder: string;
  readonly facts: Record<string, Json>;
  observed: Observed;
  context(signal?: AbortSignal): ReadContext;
  /** Plans, acts (again after a death) and proves a step; its facts are kept for the next one. */
  play(play: Play): Promise<Played>;
  end(): Promise<void>;
}

class Died extends Error {}

/** An embedded world with the doors of production, and the smallest engine that a step kind can be played by. */
export async function startStepWorld(
  options: { readonly faults?: readonly FaultName[]; readonly from?: string; readonly speed?: number } = {},
): Promise<StepWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-steps-'));
  const startedAtMs = Date.now();
  const clock = createClock({ speed: options.speed ?? 2_000, originMs: startedAtMs, startedAtMs });
  const world = await startWorld({
    folder: join(folder, 'world'),
    clock,
    faults: options.faults ?? [],
    scriptProgram: program('boss-manage'),
    ...(options.from !== undefined && { from: options.from }),
  });
  const doors = openDoors({ ...world.addresses, clock, supervisorFile: program('supervisor'), readOnly: false });
  const end = new AbortController();
  const release = join(folder, 'release');
  await mkdir(join(release, 'scripts'), { recursive: true, mode: 0o700 });
  let attempts = 0;

  const self: StepWorld = {
    world,
    doors,
    clock,
    folder: release,
    facts: {},
    observed: NOTHING_OBSERVED,
    context: (signal = end.signal) => ({
      read: doors,
      bosslet: world.addresses.bosslet,
      release: {
        id: 'r1',
        openedAtMs: startedAtMs,
        head: world.head,
        folder: release,
        facts: { ...self.facts },
        closedAtMs: () => undefined,
      },
      step: { id: 'x.1', title: 'A step' },
      observed: () => self.observed,
      want: () => {},
      clock,
      signal,
      progress: () => {},
      load: async ({ sha256 }) => readFile(join(release, sha256), 'utf8'),
    }),
    play: async (play) => {
      attempts += 1;
      const number = attempts;
      const kind = typeof play.kind === 'string' ? stepKinds.get(play.kind) : play.kind;
      if (!kind) throw new Error(`no kind ${String(play.kind)}`);
      const params = kind.parse(play.params ?? {});
      const plan = await kind.plan(params, self.context());
      const journal = emptyJournal();
      const revealed: Secret[] = [];
      const intendedAtMs = clock.now();
      const scriptFolder = join(release, 'scripts', `x.1-${number}`);
      const attempt = () => ({
        number,
        intendedAtMs,
        // As the journal gives it back.
        baseline: JSON.parse(JSON.stringify(plan.baseline)) as Json,
        effects: journal.effects,
        decisions: journal.decisions,
        scriptFolder,
        overridden: [],
      });
      let { dies } = play;
      const life = () => {
        const death = new AbortController();
        const signal = AbortSignal.any([end.signal, death.signal]);
        const dieAt = (when: NonNullable<Play['dies']>['when'], key: string) => {
          if (dies?.when !== when || !dies.effect.test(key)) return;
          dies = undefined;
          const died = new Died(`died ${when} of ${key}`);
          death.abort(died);
          throw died;
        };
        const context: ActContext = {
          ...self.context(signal),
          ...(play.clock && { clock: play.clock }),
          // As of this moment: a context outlives what it was made of.
          observed: () => self.observed,
          doors,
          get attempt() {
            return attempt();
          },
          effect: async (key, effect) => {
            if (Object.hasOwn(journal.effects, key))
              return journal.effects[key] as Awaited<ReturnType<typeof effect.run>>;
            if (journal.intended.includes(key)) {
              const found = await effect.probe();
              if (found !== 'notHappened') {
                journal.effects[key] = found;
                return found;
              }
            } else {
              dieAt('beforeIntent', key);
              journal.intended.push(key);
              journal.words.push(effect.what);
            }
            dieAt('beforeRun', key);
            const result = await effect.run();
            dieAt('beforeResult', key);
            journal.effects[key] = JSON.parse(JSON.stringify(result)) as Json;
            return result;
          },
          decide: async (key, asked) => {
            const known = journal.decisions[key];
            if (known) return known;
            journal.asked.push({ key, asked });
            const answer = await (play.operator ?? obliging)(key, asked);
            if (answer) {
              journal.decisions[key] = answer;
              return answer;
            }
            return new Promise<never>((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason), { once: true });
            });
          },
          withdraw: async (key) => {
            journal.withdrawn.push(key);
          },
          keep: async (name, body): Promise<BlobRef> => {
            const sha256 = createHash('sha256').update(body).digest('hex');
            await writeFile(join(release, sha256), body, { mode: 0o600 });
            return { sha256, bytes: Buffer.byteLength(body), name };
          },
          reveal: (_key, secret) => {
            revealed.push(secret);
          },
          cancelRequested: play.cancelled ?? (() => false),
          cancelRequests: play.cancels ?? (() => (play.cancelled?.() ? 1 : 0)),
        };
        return context;
      };
      let acted: Acted = { how: 'finished', codes: [] };
      while (!plan.alreadyDone) {
        try {
          acted = await kind.act(params, life());
          break;
        } catch (error) {
          if (!(error instanceof Died)) throw error;
        }
      }
      let verdict: Verdict;
      do {
        verdict = await kind.prove(params, self.context(), { ...attempt(), acted });
        if (verdict.is === 'pending') await clock.sleep(clock.speed * 100, end.signal);
      } while (verdict.is === 'pending');
      Object.assign(self.facts, acted.before);
      if (verdict.is === 'done') Object.assign(self.facts, acted.facts);
      return { plan, acted, verdict, journal, scriptFolder, revealed };
    },
    end: async () => {
      end.abort(new Error('The test is over.'));
      await doors.caches.close();
      await world.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return self;
}
