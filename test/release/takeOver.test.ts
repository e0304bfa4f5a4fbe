import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fenceJournal } from '../../src/release/fence.ts';
import { Journal, loadJournal } from '../../src/release/journal.ts';
import { acquireLock, type HolderLook, LOCK_FILE, type LockHost, lookAtHolder } from '../../src/release/lock.ts';
import type { Json } from '../../src/runbook/runbook.ts';
import type { Effect, StepKind } from '../../src/steps/kind.ts';
import { until } from '../support/until.ts';
import { clock, ListWorld, listKind, lookOnAt, openDecision, run, runbook, sitDownAt, step } from './deskRig.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-take-over-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const book = runbook([step('1.1', { params: 'asks' })]);
const machine = (alive: boolean, more: Partial<LockHost> = {}): LockHost => ({
  ...{ bootId: 'boot', host: 'here', user: 'you', processStart: '1', isAlive: async () => alive },
  ...more,
});

const sends = runbook([step('1.1')]);

/** The list, whose effects are called as `around` says. */
const calling = (world: ListWorld, around: (effect: Effect<Json>) => Effect<Json>): StepKind => {
  const kind = listKind(world);
  return {
    ...kind,
    act: (params, context) =>
      kind.act(params, {
        ...context,
        attempt: context.attempt,
        effect: <T extends Json>(key: string, effect: Effect<T>) => context.effect(key, around(effect) as Effect<T>),
      }),
  };
};
/** A call that is answered only when it no longer matters. */
const answeredLate = (world: ListWorld, late: Promise<void>) =>
  calling(world, ({ run: call, ...effect }) => ({
    ...effect,
    run: async () => {
      const result = await call();
      await late;
      return result;
    },
  }));
/** What an earlier call did is seen two seconds after somebody has begun to look for it. */
const arrivesLate = (world: ListWorld) =>
  calling(world, (effect) => {
    const fromMs = clock.now();
    return { ...effect, probe: async () => (clock.now() >= fromMs + 2_000 ? true : 'notHappened') };
  });

describe('an operator who was taken over', () => {
  it('hears of it without writing anything, follows the other, and holds nothing back', async () => {
    const world = new ListWorld();
    const lost: (number | undefined)[] = [];
    const onLost = (holder: { readonly pid: number } | undefined) => lost.push(holder?.pid);
    const first = await sitDownAt(folder, listKind(world), book, { holderLives: true, onLost });
    await run(first, 'stage1');
    const question = await openDecision(first);
    const second = await sitDownAt(folder, listKind(world), book, { holderLives: true, takeOver: true });
    await until('the first to hear of it', () => lost.length > 0);
    expect(lost).toEqual([process.pid]);
    expect(first.trouble()).toMatch(/you@h \(process \d+\) has taken over/);
    await until('its loops to end', () => Object.keys(first.live.state.at).length === 0);
    await second.desk.controller.answer(question.id, { is: 'chosen', option: 'yes' });
    await until('the first to see it', () => first.release()?.stages.stage1?.status === 'done');
    expect(first.release()?.epoch).toBe(2);
    expect(world.done).toEqual(['1.1#1']);
    await first.desk.leave();
    await second.desk.leave();
  });

  it('is given a moment for what it had sent, which is not sent again', async () => {
    const sent = new ListWorld();
    const late = Promise.withResolvers<void>();
    const first = await sitDownAt(folder, answeredLate(sent, late.promise), sends, { holderLives: true });
    await run(first, 'stage1');
    await until('the call', () => sent.done.length > 0);
    const again = new ListWorld();
    const second = await sitDownAt(folder, arrivesLate(again), sends, { holderLives: true, takeOver: true });
    await until('its end', () => second.release()?.stages.stage1?.status === 'done');
    expect(again.done).toEqual([]);
    late.resolve();
    for (const { desk } of [first, second]) await desk.leave();
  });

  it('hears of it where no release is open, and can begin none', async () => {
    const lost: unknown[] = [];
    const onLost = (holder: unknown) => lost.push(holder);
    const first = await sitDownAt(folder, listKind(new ListWorld()), book, { holderLives: true, onLost });
    const second = await sitDownAt(folder, listKind(new ListWorld()), book, { holderLives: true, takeOver: true });
    await until('the first to hear of it', () => lost.length > 0);
    await expect(first.desk.controller.skipStage('stage1', 'by hand')).rejects.toThrow('only watches now');
    await second.desk.controller.skipStage('stage1', 'by hand');
    await until('the first to follow', () => first.release()?.id === second.release()?.id);
    await first.desk.leave();
    await second.desk.leave();
  });

  it('adds nothing even where it was stopped after it had asked for the lock and before it wrote', async () => {
    const options = { clock, mayWrite: async () => {} };
    const first = await Journal.open(folder, options);
    await first.append({ type: 'note', text: 'mine' });
    const stopped = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const sleeper = await Journal.open(folder, {
      clock,
      mayWrite: () => {
        asked.resolve();
        return stopped.promise;
      },
    });
    const late = sleeper.append({ type: 'note', text: 'too late' });
    await asked.promise;
    await fenceJournal(folder);
    const second = await Journal.open(folder, { ...options, epoch: 2 });
    await second.append({ type: 'note', text: 'theirs' });
    stopped.resolve();
    await late.catch(() => {});
    await second.append({ type: 'note', text: 'theirs, too' });
    const content = await loadJournal(folder);
    expect(content?.records.map((record) => record.type === 'note' && record.text)).toEqual([
      'mine',
      'theirs',
      'theirs, too',
    ]);
    expect(content?.torn).toBe('');
    for (const journal of [first, sleeper, second]) await journal.close();
  });
});

describe('taking over', () => {
  it('is of the one who was shown: a third who came between is not thrown out unseen', async () => {
    const first = await acquireLock(folder, machine(true), 1);
    if (!('verify' in first)) throw new Error('The lock was held.');
    const third = await acquireLock(folder, machine(true, { user: 'third' }), 2, { from: first.holder.id });
    expect('verify' in third).toBe(true);
    const second = await acquireLock(folder, machine(true, { user: 'second' }), 3, { from: first.holder.id });
    expect(second).toMatchObject({ user: 'third', sinceMs: 2 });
    const unheld = await acquireLock(folder, machine(true, { user: 'second' }), 3, { from: undefined });
    expect(unheld).toMatchObject({ user: 'third' });
  });

  it('tells who looks on whether the holder lives, has ended, or is where nobody can tell', async () => {
    await acquireLock(folder, machine(true), 7);
    const lives = async (as: LockHost) => (await lookAtHolder(folder, as))?.lives;
    expect(await lives(machine(true))).toBe('here');
    expect(await lives(machine(false))).toBe('ended');
    expect(await lives(machine(true, { bootId: 'after a restart' }))).toBe('ended');
    expect(await lives(machine(true, { host: 'there' }))).toBe('elsewhere');
    await rm(join(folder, LOCK_FILE));
    expect(await lookAtHolder(folder, machine(true))).toBeUndefined();
  });

  it('is told of to who looks on: the holder, and that it has left', async () => {
    const seen: (HolderLook['lives'] | undefined)[] = [];
    const operator = await sitDownAt(folder, listKind(new ListWorld()), book);
    const watcher = await lookOnAt(folder, book, true, (holder) => seen.push(holder?.lives));
    await operator.desk.leave();
    await until('the holder to be gone', () => seen.length > 1);
    expect(seen).toEqual(['here', undefined]);
    await watcher.desk.leave();
  });

  it('shows a lock that was written by somebody else without what could move the cursor', async () => {
    await acquireLock(folder, machine(true), 1);
    const holder = {
      id: 'x',
      pid: 1,
      processStart: '1',
      bootId: 'boot',
      host: 'here',
      user: '\u001b[2Jyou',
      sinceMs: 1,
    };
    await writeFile(join(folder, LOCK_FILE), JSON.stringify(holder));
    expect((await lookAtHolder(folder, machine(true)))?.holder.user).toBe('you');
  });
});
