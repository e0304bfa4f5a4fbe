import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bosslet } from '../../src/bosslet/bosslet.ts';
import type { ActDoors, AwsAct } from '../../src/clients/doors.ts';
import { createClock } from '../../src/clock.ts';
import { NOTHING_OBSERVED } from '../../src/observe/observed.ts';
import { sitDown } from '../../src/release/desk.ts';
import { JOURNAL_FILE } from '../../src/release/journal.ts';
import { Live } from '../../src/release/live.ts';
import { operateByScript } from '../../src/release/scriptedOperator.ts';
import type { ReleaseState } from '../../src/release/state.ts';
import type { Runbook } from '../../src/runbook/runbook.ts';
import { readList } from '../../src/steps/mailingListReading.ts';
import { nameOf } from '../../src/steps/mailingListSnapshot.ts';
import { stepKinds } from '../../src/steps/registry.ts';
import { sceneAt } from './sceneAt.ts';

const nowMs = Date.now();
/** Ten minutes a second, from now on. */
export const clock = createClock({ speed: 600, originMs: nowMs, startedAtMs: nowMs });

export const OPERATOR = 'operator@example.org';
export const TOPIC = 'Alerts';
export const ACCOUNT = '123456789012';

/** A list of five protocols, every third with a filter policy and every fifth with more; the operator is the first. */
export function longList(length: number) {
  const queue = (n: number) => `arn:aws:sqs:us-east-1:${ACCOUNT}:queue-${n}`;
  const kinds = [
    (n: number) => ({ protocol: 'email', endpoint: `reader${n}@example.org` }),
    (n: number) => ({ protocol: 'email-json', endpoint: `archive${n}@example.org` }),
    (n: number) => ({ protocol: 'sms', endpoint: `+1410555${String(n).padStart(4, '0')}` }),
    (n: number) => ({ protocol: 'https', endpoint: `https://hook${n}.example.org/in` }),
    (n: number) => ({ protocol: 'sqs', endpoint: queue(n) }),
  ] as const;
  const others = Array.from({ length: length - 1 }, (_, n) => ({
    ...(kinds[n % kinds.length] ?? kinds[0])(n),
    attributes: {
      ...(n % 3 === 0 && { FilterPolicy: JSON.stringify({ severity: ['high', `s${n}`] }) }),
      ...(n % 6 === 0 && { FilterPolicyScope: 'MessageBody' }),
      ...(n % 5 > 2 && n % 2 === 0 && { RawMessageDelivery: 'true' }),
      ...(n % 5 === 4 && { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queue(9_000) }) }),
      ...(n % 5 === 3 && { DeliveryPolicy: JSON.stringify({ healthyRetryPolicy: { numRetries: n + 1 } }) }),
    } as Readonly<Record<string, string>>,
  }));
  return [{ protocol: 'email', endpoint: OPERATOR, attributes: {} as Readonly<Record<string, string>> }, ...others];
}

const STEPS = { silence: ['s.1', 'listSilence'], restore: ['r.1', 'listRestore'] } as const;
type StageId = keyof typeof STEPS;
const runbookOf = (stages: readonly StageId[]): Runbook => ({
  version: 1,
  phases: [
    {
      title: 'The list',
      stages: stages.map((id) => {
        const [step, kind] = STEPS[id];
        const steps = [{ id: step, title: id, kind, params: {}, gates: [] }];
        return { id, key: step.slice(0, 1), title: id, about: '', needs: [], steps };
      }),
    },
  ],
});

/** When a program dies: at which of its calls to SNS, and on which side of it. */
export interface Death {
  /** Counted are its changes alone, or whatever it asks. */
  readonly of: 'calls' | 'changes';
  /** The how manieth call, from 1. */
  readonly call: number;
  /** `beforeIntent`: as `before`, with the intent itself not yet on the disk. */
  readonly when: 'beforeIntent' | 'before' | 'after';
}

const READS = /^(find|list|subscription)/;

/** SNS as a program sees it that dies at a call: that call comes to no end, nor does any after it. */
function dyingSns(sns: AwsAct['sns'], death: Death | undefined, die: () => void, onChange: () => void): AwsAct['sns'] {
  let calls = 0;
  let dead = false;
  const never = (signal: unknown) =>
    new Promise<never>((_, reject) => {
      if (!(signal instanceof AbortSignal)) return;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
  return new Proxy(sns, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return async (...args: readonly unknown[]) => {
        const signal = args.at(-1);
        if (dead) return never(signal);
        if (!READS.test(String(name))) onChange();
        const counts = death !== undefined && (death.of === 'calls' || !READS.test(String(name)));
        if (counts) calls += 1;
        if (!counts || calls !== death.call) return call.apply(target, args);
        dead = true;
        if (death.when === 'after') await call.apply(target, args);
        die();
        return never(signal);
      };
    },
  });
}

/** One life of the program at a release's desk: until the release is finished, or until it dies. */
export async function liveOnce(
  folder: string,
  aws: Pick<AwsAct, 'sns'>,
  options: {
    readonly way?: 'mute' | 'remove';
    readonly death?: Death;
    readonly stages?: readonly StageId[];
    /** The operator cancels the silencing when so much was changed. */
    readonly cancelAt?: number;
    /** Where the second copy of the snapshot goes. */
    readonly evidenceCopyTo?: string;
  } = {},
): Promise<{ readonly release: ReleaseState | undefined; readonly died: boolean }> {
  const over = new AbortController();
  const runbook = runbookOf(options.stages ?? ['silence', 'restore']);
  const live = new Live();
  const scene = sceneAt(runbook, live);
  let died = false;
  let changes = 0;
  const onChange = () => {
    changes += 1;
    if (changes === options.cancelAt && desk.role === 'operator') void desk.controller.cancel('silence');
  };
  const sns = dyingSns(
    aws.sns,
    options.death,
    () => {
      died = true;
      over.abort(new Error('It died.'));
    },
    onChange,
  );
  const desk = await sitDown({
    bosslet: {
      name: 'production.boss',
      accountId: ACCOUNT,
      alertTopic: TOPIC,
      operator: OPERATOR,
      ...(options.evidenceCopyTo !== undefined && { evidenceCopyTo: options.evidenceCopyTo }),
    } as Bosslet,
    doors: { aws: { sns }, git: { head: async () => 'a'.repeat(40) } } as unknown as ActDoors,
    watchers: {
      observed: () => NOTHING_OBSERVED,
      subscribe: () => () => {},
      want: () => () => {},
      stop: async () => {},
    },
    clock,
    live,
    kinds: stepKinds,
    texts: new Map(),
    folder,
    // Each life is another process: the one before counts as dead.
    machine: { bootId: 'b', host: 'h', user: 'you', processStart: 's', isAlive: async () => false },
    version: '0',
    runbook,
    preflight: async () => [],
    onRelease: (release) => scene.setState(release ? { release } : {}),
  });
  if (desk.role !== 'operator') throw new Error('The lock was held.');
  const { controller } = desk;
  await controller.resume();
  await controller.preflight();
  const choosing = new Proxy(controller, {
    get: (target, name) => {
      if (name === 'confirmCard')
        return (input: Parameters<typeof controller.confirmCard>[0]) =>
          controller.confirmCard({ ...input, choices: options.way ? { 's.1/way': options.way } : {} });
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  try {
    const dead = new Promise<void>((resolve) => over.signal.addEventListener('abort', () => resolve(), { once: true }));
    const played = operateByScript(scene, choosing, over.signal);
    played.catch(() => {});
    // It may wait for a call that comes to no end.
    await Promise.race([played, dead]);
  } catch (error) {
    if (!died) throw error;
  } finally {
    await desk.leave();
  }
  const { release } = scene.getState();
  if (release && options.death?.when === 'beforeIntent' && died) await loseLastIntent(join(folder, release.id));
  return { release, died };
}

/** The newest record never reached the disk, where it is an effect's intent. */
async function loseLastIntent(folder: string): Promise<void> {
  const file = join(folder, JOURNAL_FILE);
  const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  if (lines.at(-1)?.includes('"effect.intended"')) await writeFile(file, `${lines.slice(0, -1).join('\n')}\n`);
}

/** Every attribute of everybody on a list. A re-subscribed one has another ARN, and an empty policy is none. */
export async function listNow({ sns }: Pick<AwsAct, 'sns'>, topicArn: string) {
  const list = await readList(sns, topicArn, { signal: AbortSignal.timeout(60_000) });
  return list.map(({ subscriptionArn, attributes, ...each }) => {
    const { FilterPolicy = '{}', FilterPolicyScope, RawMessageDelivery = 'false', ...others } = attributes;
    return {
      ...each,
      name: nameOf(each),
      confirmed: subscriptionArn.startsWith('arn:'),
      attributes: {
        ...others,
        FilterPolicy,
        RawMessageDelivery,
        // Without a policy its scope says nothing.
        ...(FilterPolicy !== '{}' && { FilterPolicyScope: FilterPolicyScope ?? 'MessageAttributes' }),
      },
    };
  });
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A death somewhere in the next `spread` changes, or, once in five times, in as many calls of any kind. */
export function someDeath(roll: () => number, spread: number): Death {
  const sides = ['beforeIntent', 'before', 'after'] as const;
  return {
    of: roll() < 0.8 ? 'changes' : 'calls',
    call: 1 + Math.floor(roll() * spread),
    when: sides[Math.floor(roll() * sides.length)] ?? 'after',
  };
}

/** Silences and restores the list, dying so many times on the way; how many lives it took. */
export async function liveThrough(
  folder: string,
  aws: Pick<AwsAct, 'sns'>,
  options: {
    readonly deaths: number;
    readonly changes: number;
    readonly roll: () => number;
    readonly way?: 'mute' | 'remove';
  },
): Promise<{ readonly release: ReleaseState | undefined; readonly deaths: readonly Death[] }> {
  const deaths: Death[] = [];
  for (;;) {
    // So far apart that the last of them comes shortly before the end.
    const spread = Math.max(1, Math.floor((2 * options.changes) / (options.deaths + 2)));
    const death = deaths.length < options.deaths ? someDeath(options.roll, spread) : undefined;
    const way = options.way && { way: options.way };
    const { release, died } = await liveOnce(folder, aws, { ...way, ...(death && { death }) });
    if (!died) return { release, deaths };
    if (death) deaths.push(death);
  }
}
