import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Interest, NOTHING_OBSERVED, type Observed } from '../../src/observe/observed.ts';
import { stopsOf } from '../../src/release/card.ts';
import type { Finding } from '../../src/steps/kind.ts';
import { until } from '../support/until.ts';
import { clock, ListWorld, listKind, run, runbook, sitDownAt, step } from './deskRig.ts';

const stop = (title: string, mendedBy?: string): Finding => ({
  level: 'stop',
  title,
  detail: `${title} is not as it should be.`,
  cure: undefined,
  ...(mendedBy && { mendedBy }),
});
const stuck = stop('Stacks', 'stage2');

it('what stops every stage stops the one that mends it only where something else does, too', () => {
  expect(stopsOf([stuck], 'stage2')).toEqual([]);
  expect(stopsOf([stuck], 'stage1')).toEqual([stuck]);
  const account = stop('Account');
  expect(stopsOf([stuck, account], 'stage2')).toEqual([account]);
});

it('a release that the preflight stops may begin with the stage that mends it, and with no other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-card-'));
  const world = new ListWorld();
  const [first, second] = [[step('1.1')], [step('2.1')]];
  const book = runbook(first, second);
  const free = {
    ...book,
    phases: book.phases.map((p) => ({ ...p, stages: p.stages.map((s) => ({ ...s, needs: [] })) })),
  };
  const rig = await sitDownAt(folder, listKind(world), free, { preflight: async () => [stuck] });
  onTestFinished(async () => {
    await rig.desk.leave();
    await rm(folder, { recursive: true, force: true });
  });
  await expect(run(rig, 'stage1')).rejects.toThrow(/Stacks is not as it should be/);
  expect(rig.release()).toBeUndefined();
  await run(rig, 'stage2');
  await until('the mending', () => rig.release()?.stages.stage2?.status === 'done');
  expect(world.done).toEqual(['2.1#1']);
});

it('an open card has its gates looked at and shows how they stand, until it is closed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-card-'));
  let observed = NOTHING_OBSERVED;
  const followers = new Set<(observed: Observed) => void>();
  const wanted: Interest[] = [];
  const book = runbook([
    step('1.1', {
      gates: [
        { id: 'quiet', title: 'Quiet', needs: { is: 'noStackInProgress' }, overridable: 'never' },
        { id: 'drained', title: 'Drained', needs: { is: 'cacheDrained', caches: ['cache'] }, overridable: 'typed' },
      ],
    }),
  ]);
  const rig = await sitDownAt(folder, listKind(new ListWorld()), book, {
    watchers: {
      observed: () => observed,
      subscribe: (changed) => {
        followers.add(changed);
        return () => followers.delete(changed);
      },
      want: (interest) => {
        wanted.push(interest);
        return () => wanted.splice(wanted.indexOf(interest), 1);
      },
      stop: async () => {},
    },
  });
  onTestFinished(async () => {
    await rig.desk.leave();
    await rm(folder, { recursive: true, force: true });
  });
  const summary = () => rig.live.state.card?.steps[0]?.gates[0]?.result.summary;
  rig.desk.controller.openCard('stage1');
  await until('the card', () => rig.live.state.card?.ready);
  expect(summary()).toContain('waits for the first look');
  expect(wanted).toEqual([{ is: 'cacheScan' }, { is: 'dns' }]);

  observed = {
    ...observed,
    stacks: { value: [], atMs: clock.now(), error: undefined, intervalMs: 5_000 },
  };
  for (const changed of followers) changed(observed);
  await until('what was seen', () => summary() === 'no stack is in progress');

  rig.desk.controller.closeCard();
  await until('nothing to be wanted', () => wanted.length === 0 && followers.size === 0);
});
