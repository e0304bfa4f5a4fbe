import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { ListWorld, listKind, lookOnAt, run, runbook, sitDownAt, step } from './deskRig.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-look-on-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const book = runbook([step('1.1')]);

describe('who only looks on', () => {
  it('leaves no trace where nobody operates, and sees the release of an operator who comes later', async () => {
    const bosslet = join(folder, '123456789012', 'production.boss');
    const watching = await lookOnAt(bosslet, book);
    expect(watching.desk).toMatchObject({ role: 'watcher', holder: undefined });
    expect(watching.release()).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);

    const rig = await sitDownAt(bosslet, listKind(new ListWorld()), book);
    await run(rig, 'stage1');
    await until('the release to be seen', () => watching.release()?.stages.stage1?.status === 'done');
    await watching.desk.leave();
    await rig.desk.leave();
  });

  it('never takes the lock, held or left', async () => {
    const rig = await sitDownAt(folder, listKind(new ListWorld()), book);
    await run(rig, 'stage1');
    const first = await lookOnAt(folder, book);
    expect(first.desk.holder).toMatchObject({ user: 'you' });
    expect(await readdir(folder)).toContain('lock');
    await first.desk.leave();
    // Whoever held it has died: an operator could take it.
    const second = await lookOnAt(folder, book, false);
    expect(second.desk.holder).toBeUndefined();
    await until('the stage', () => rig.release()?.stages.stage1?.status === 'done');
    await second.desk.leave();
    await rig.desk.leave();
    expect(await readdir(folder)).not.toContain('lock');
  });
});
