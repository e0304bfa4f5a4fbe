import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { stackName } from '../../src/bosslet/names.ts';
import { createAws } from '../../src/clients/aws/aws.ts';
import { rehearsalFolder } from '../../src/commands/stateFolder.ts';
import { mutedBy } from '../../src/steps/mailingListSnapshot.ts';
import { recordingProxy } from '../contract/recordingProxy.ts';
import { listNow } from '../release/listRig.ts';
import { openAtReviewOfCore } from '../support/operator.ts';
import { type Home, makeHome, openPanel, type Panel } from '../support/program.ts';
import { type PreparedRehearsal, prepareRehearsal } from '../support/rehearsal.ts';
import { until } from '../support/until.ts';

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const awsOf = ({ setup }: PreparedRehearsal) =>
  createAws({
    region: setup.bosslet.region,
    accountId: setup.bosslet.accountId,
    ...(setup.awsEndpoint && { endpoint: setup.awsEndpoint }),
    ...(setup.credentials && { credentials: { ...setup.credentials } }),
  });

/** From now on whoever joins the world asks its AWS at another address. */
async function leadThrough(home: Home, awsEndpoint: string): Promise<void> {
  const file = join(rehearsalFolder(home.environment), 'world', 'world.json');
  const world = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...world, addresses: { ...world.addresses, awsEndpoint } }));
}

async function killed(panel: Panel): Promise<void> {
  panel.kill('SIGKILL');
  await panel.exited;
}

/** What was typed at a script's prompts, in order. */
async function typedAnswers(scriptFolder: string): Promise<readonly string[]> {
  const names = (await readdir(join(scriptFolder, 'in'))).sort();
  return Promise.all(
    names.map(async (name) => {
      const { text } = JSON.parse(await readFile(join(scriptFolder, 'in', name), 'utf8')) as { readonly text: string };
      return text;
    }),
  );
}

/** How often the stack began to update since the release began. */
async function updates(rehearsal: PreparedRehearsal): Promise<number> {
  const { state } = await rehearsal.record();
  const stack = stackName(rehearsal.setup.bosslet, 'core');
  const { events } = await awsOf(rehearsal).cloudFormation.stackEventsPage(stack);
  return events.filter(
    (event) =>
      event.timestampMs > state.openedAtMs &&
      event.logicalResourceId === stack &&
      event.resourceStatus === 'UPDATE_IN_PROGRESS',
  ).length;
}

describe('after kill -9 of the control panel', () => {
  it('at the prompt of core and again while it updates, the next start goes on and nothing ran twice', {
    timeout: 90_000,
  }, async () => {
    const rehearsal = await prepareRehearsal(home, { from: 'core', speed: 150 });
    const first = await openAtReviewOfCore(home, rehearsal);
    await killed(first);

    const second = openPanel(home, ['rehearse']);
    await second.sees('approve with warnings');
    await until('the review to be approved', async () => {
      second.type('a');
      return !second.screen().includes('approve with warnings');
    });
    await until('the update', async () => (await updates(rehearsal)) === 1).catch((error: Error) => {
      throw new Error(`${error.message}\n${second.screen()}`);
    });
    await killed(second);

    const third = openPanel(home, ['rehearse']);
    await third.sees(/✔ 1 core/);
    third.type('q');
    expect(await third.exited).toBe(0);
    const { state, folder } = await rehearsal.record();
    expect(await updates(rehearsal)).toBe(1);
    expect(state.steps['1.1']?.attempts).toHaveLength(1);
    expect(await typedAnswers(join(folder, 'scripts', '1.1-1'))).toEqual(['y']);
  });

  it('while the list is half silenced, and again half restored, it ends as it was and nothing was done twice', {
    timeout: 90_000,
  }, async () => {
    const rehearsal = await prepareRehearsal(home, { from: 'silence', speed: 60 });
    const { sns } = awsOf(rehearsal);
    const topic = (await sns.findTopic(rehearsal.setup.bosslet.alertTopic)) ?? '';
    const before = await listNow({ sns }, topic);
    const done = async (stepId: string) => {
      const { records } = await rehearsal.record();
      return records.flatMap((record) =>
        record.type === 'effect.resulted' && record.stepId === stepId ? [record.key] : [],
      );
    };
    let goThrough = Number.POSITIVE_INFINITY;
    let held = () => {};
    const proxy = await recordingProxy(rehearsal.setup.awsEndpoint ?? '', undefined, ({ operation }) => {
      if (operation !== 'SetSubscriptionAttributes') return undefined;
      goThrough -= 1;
      if (goThrough >= 0) return undefined;
      held();
      return { is: 'hangs' };
    });
    onTestFinished(proxy.close);
    await leadThrough(home, proxy.url);
    /** Runs a stage from its card and kills the panel while AWS keeps it waiting in the middle of it. */
    const killIn = async (panel: Panel, key: string, stepId: string) => {
      panel.type(key);
      await panel.sees('Ready: Enter runs it');
      const { promise, resolve } = Promise.withResolvers<void>();
      held = resolve;
      goThrough = 5;
      await until(`${stepId} to begin`, async () => {
        const begun = (await rehearsal.record()).state.steps[stepId]?.attempts.length;
        if (!begun) panel.type('\r');
        return begun;
      });
      await promise;
      await killed(panel);
      goThrough = Number.POSITIVE_INFINITY;
      expect((await done(stepId)).filter((key) => key !== 'snapshot')).toHaveLength(5);
    };
    const first = openPanel(home, ['rehearse']);
    await first.sees('UPDATE_COMPLETE');
    await killIn(first, 's', 's.1');

    const second = openPanel(home, ['rehearse']);
    await second.sees(/✔ s Silence/);
    const { state } = await rehearsal.record();
    const muted = (await listNow({ sns }, topic)).filter(({ attributes }) => mutedBy(attributes) === state.id);
    expect([before.length, muted.length]).toEqual([37, 34]);
    await killIn(second, 'r', 'r.1');

    const third = openPanel(home, ['rehearse']);
    // Its row may be below what the pane shows.
    await until('the restore', async () => (await rehearsal.record()).state.stages.restore?.status === 'done');
    third.type('q');
    await third.exited;
    for (const stepId of ['s.1', 'r.1']) {
      const results = await done(stepId);
      expect(new Set(results).size).toBe(results.length);
      expect((await rehearsal.record()).state.steps[stepId]?.attempts).toHaveLength(1);
    }
    expect(await listNow({ sns }, topic)).toEqual(before);
  });
});
