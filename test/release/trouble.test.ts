import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsError, wrongAccount } from '../../src/clients/aws/awsError.ts';
import { loadJournal } from '../../src/release/journal.ts';
import { until } from '../support/until.ts';
import {
  failing,
  ListWorld,
  listKind,
  openDecision,
  type Rig,
  run,
  runbook,
  sitDownAt,
  step,
  watchAt,
} from './deskRig.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-trouble-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const book = runbook([step('1.1')], [step('2.1', { params: 'asks' })]);
const isDone = (rig: Rig, stageId: string) => until(stageId, () => rig.release()?.stages[stageId]?.status === 'done');
const chainOf = async (rig: Rig) => (await loadJournal(join(folder, rig.release()?.id ?? '')))?.records ?? [];

const awsError = (more: { readonly credentials?: true; readonly retryable?: true }) =>
  new AwsError('CloudFormation DescribeStacks failed. Renew the credentials.', {
    code: 'X',
    detail: 'x',
    credentials: false,
    retryable: false,
    ...more,
  });

describe('a world that is away', () => {
  it('is waited for, however often it fails, and costs no attempt', async () => {
    const world = new ListWorld();
    let left = 6;
    const kind = failing(world, () => (left-- > 0 ? awsError({ retryable: true }) : undefined));
    const rig = await sitDownAt(folder, kind, book);
    await run(rig, 'stage1');
    await isDone(rig, 'stage1');
    expect(world.done).toEqual(['1.1#1']);
    expect(rig.release()?.steps['1.1']?.attempts).toHaveLength(1);
    await rig.desk.leave();
  });

  it('that fails for a reason of its own is put before the operator, and the same attempt goes on', async () => {
    const world = new ListWorld();
    let broken = true;
    const kind = failing(world, () => (broken ? new Error('The role may not do this.') : undefined));
    const rig = await sitDownAt(folder, kind, book);
    await run(rig, 'stage1');
    const question = await openDecision(rig);
    expect(question.asked).toMatchObject({ title: 'Step 1.1: cannot go on', text: ['The role may not do this.'] });
    broken = false;
    await rig.desk.controller.answer(question.id, { is: 'chosen', option: 'again' });
    await isDone(rig, 'stage1');
    expect(world.done).toEqual(['1.1#1']);
    await rig.desk.leave();
  });
});

describe('credentials that expire', () => {
  const expiring = () => {
    const world = new ListWorld();
    const aws = { expired: true, account: '1' };
    const kind = failing(world, () => (aws.expired ? awsError({ credentials: true }) : undefined));
    const mustBeOurs = async () => {
      if (aws.expired) throw awsError({ credentials: true });
      if (aws.account !== '1') throw wrongAccount(aws.account, '1', 'production');
    };
    return { world, aws, kind, doors: { aws: { sts: { mustBeOurs } }, dev: undefined } };
  };

  it('in the middle of an act pause the release, which says so and goes on by itself', async () => {
    const { world, aws, kind, doors } = expiring();
    const rig = await sitDownAt(folder, kind, book, { doors });
    await run(rig, 'stage1');
    await until('the pause', () => rig.release()?.paused);
    expect(rig.release()?.paused).toContain('Renew the credentials');
    expect(world.done).toEqual([]);
    aws.expired = false;
    await isDone(rig, 'stage1');
    expect(world.done).toEqual(['1.1#1']);
    expect(rig.release()?.paused).toBeUndefined();
    const types = (await chainOf(rig)).map(({ type }) => type).filter((type) => /paused|resumed/.test(type));
    expect(types).toEqual(['paused', 'resumed']);
    await rig.desk.leave();
  });

  it('and were renewed by those of another account go on waiting, and say for what', async () => {
    const { world, aws, kind, doors } = expiring();
    const rig = await sitDownAt(folder, kind, book, { doors });
    await run(rig, 'stage1');
    await until('the pause', () => rig.release()?.paused);
    aws.account = '2';
    aws.expired = false;
    await until('the other reason', () => /are of the account 2, not of 1\. Log in/.test(rig.release()?.paused ?? ''));
    expect(world.done).toEqual([]);
    aws.account = '1';
    await isDone(rig, 'stage1');
    const types = (await chainOf(rig)).map(({ type }) => type).filter((type) => /paused|resumed/.test(type));
    expect(types).toEqual(['paused', 'paused', 'resumed']);
    await rig.desk.leave();
  });

  it('and were renewed while the program was away pause nothing any more', async () => {
    const { aws, kind, doors } = expiring();
    const first = await sitDownAt(folder, kind, book, { doors });
    await run(first, 'stage1');
    await until('the pause', () => first.release()?.paused);
    await first.desk.leave();
    aws.expired = false;
    const second = await sitDownAt(folder, kind, book, { doors });
    await isDone(second, 'stage1');
    await until('the end of the pause', () => second.release()?.paused === undefined);
    await second.desk.leave();
  });
});

describe('a record that cannot be written', () => {
  it('stops everything: nothing is done that could not be written down, and the screen says so', async () => {
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), book);
    await run(rig, 'stage1');
    await isDone(rig, 'stage1');
    await run(rig, 'stage2');
    const question = await openDecision(rig);
    const handle = await open(join(folder, 'any'), 'w');
    const prototype = Object.getPrototypeOf(handle) as { write: unknown };
    await handle.close();
    const { write } = prototype;
    prototype.write = async () => {
      throw new Error('ENOSPC: no space left on device');
    };
    try {
      const answered = rig.desk.controller.answer(question.id, { is: 'chosen', option: 'yes' });
      await expect(answered).rejects.toThrow('Free the disk');
    } finally {
      prototype.write = write;
    }
    expect(rig.trouble()).toContain('no space left on device');
    await until('the loops to end', () => Object.keys(rig.live.state.at).length === 0);
    await expect(rig.desk.controller.answer(question.id, { is: 'chosen', option: 'yes' })).rejects.toThrow();
    expect(world.done).toEqual(['1.1#1']);
    await rig.desk.leave();

    const again = await sitDownAt(folder, listKind(world), book);
    const same = await openDecision(again);
    await again.desk.controller.answer(same.id, { is: 'chosen', option: 'yes' });
    await isDone(again, 'stage2');
    expect(world.done).toEqual(['1.1#1', '2.1#1']);
    await again.desk.leave();
  });

  it('ends a release that plays itself, instead of waiting for ever', async () => {
    const world = new ListWorld();
    const rig = await sitDownAt(folder, listKind(world), book);
    await run(rig, 'stage1');
    await isDone(rig, 'stage1');
    rig.live.set({ trouble: 'The disk is full.' });
    await expect(rig.play()).rejects.toThrow('The disk is full.');
    await rig.desk.leave();
  });
});

describe('a release that another process took over', () => {
  it('is left alone by the first: it adds nothing, does nothing and says so', async () => {
    const world = new ListWorld();
    const first = await sitDownAt(folder, listKind(world), book);
    await run(first, 'stage1');
    await isDone(first, 'stage1');
    await run(first, 'stage2');
    const question = await openDecision(first);

    const second = await sitDownAt(folder, listKind(world), book);
    const before = (await chainOf(second)).length;
    const answered = first.desk.controller.answer(question.id, { is: 'chosen', option: 'yes' });
    await expect(answered).rejects.toThrow('only watches now');
    expect(first.trouble()).toContain('only watches now');
    await until('its loops to end', () => Object.keys(first.live.state.at).length === 0);
    await expect(first.desk.controller.note('still here?')).rejects.toThrow('only watches now');
    expect(await chainOf(second)).toHaveLength(before);

    await second.desk.controller.answer(question.id, { is: 'chosen', option: 'yes' });
    await isDone(second, 'stage2');
    expect(world.done).toEqual(['1.1#1', '2.1#1']);
    await first.desk.leave();
    await second.desk.leave();
  });
});

describe('who takes over a release', () => {
  it('from a living holder is written down, and the first one follows what happens from then on', async () => {
    const world = new ListWorld();
    const lost: (string | undefined)[] = [];
    const first = await sitDownAt(folder, listKind(world), book, {
      holderLives: true,
      onLost: (holder) => lost.push(holder?.id),
    });
    await run(first, 'stage1');
    await isDone(first, 'stage1');
    await run(first, 'stage2');
    const question = await openDecision(first);
    await expect(sitDownAt(folder, listKind(world), book, { holderLives: true })).rejects.toThrow('held');
    const second = await sitDownAt(folder, listKind(world), book, { holderLives: true, takeOver: true });
    expect((await chainOf(second)).at(-1)).toMatchObject({ type: 'operator.changed', epoch: 2 });
    const answered = first.desk.controller.answer(question.id, { is: 'chosen', option: 'yes' });
    await expect(answered).rejects.toThrow('only watches now');
    await second.desk.controller.answer(question.id, { is: 'chosen', option: 'yes' });
    await isDone(second, 'stage2');
    // What the second did is seen by the first.
    await isDone(first, 'stage2');
    expect(lost).toHaveLength(1);
    expect(world.done).toEqual(['1.1#1', '2.1#1']);
    await first.desk.leave();
    await second.desk.leave();
  });

  it('because the operator before has left it says so too', async () => {
    const first = await sitDownAt(folder, listKind(new ListWorld()), book);
    await run(first, 'stage1');
    await isDone(first, 'stage1');
    await first.desk.leave();
    const second = await sitDownAt(folder, listKind(new ListWorld()), book, { user: 'colleague' });
    expect(second.release()).toMatchObject({ operator: 'colleague@h', epoch: 2 });
    await second.desk.leave();
  });
});

describe('a watcher', () => {
  it('sees each record once, the end of a release, and the next one', async () => {
    const operator = await sitDownAt(folder, listKind(new ListWorld()), book);
    const seen: string[] = [];
    const watcher = await watchAt(folder, book, (record) => seen.push(record.hash));
    const all: string[] = [];
    for (const _release of [1, 2]) {
      await operator.desk.controller.skipStage('stage1', 'by hand');
      const id = operator.release()?.id ?? '';
      await until('the release', () => watcher.release()?.id === id);
      await operator.desk.controller.skipStage('stage2', 'by hand');
      await operator.desk.controller.finish();
      await until('its end', () => watcher.release()?.id === id && watcher.release()?.closed?.as === 'finished');
      all.push(...((await loadJournal(join(folder, id)))?.records ?? []).map(({ hash }) => hash));
    }
    expect(seen).toEqual(all);
    await watcher.leave();
    await operator.desk.leave();
  });
});
