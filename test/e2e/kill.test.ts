import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stackName } from '../../src/bosslet/names.ts';
import { createAws } from '../../src/clients/aws/aws.ts';
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
    const first = openPanel(home, ['rehearse']);
    await first.sees('UPDATE_COMPLETE');
    first.type('1');
    await first.sees('Ready: Enter runs it');
    await until('the card to be confirmed', async () => {
      first.type('\r');
      return (await rehearsal.record()).state.stages.core?.status === 'running';
    });
    await first.sees('approve with warnings');
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

  it('while the list is half silenced, the next start silences the rest and nothing twice', {
    timeout: 90_000,
  }, async () => {
    const rehearsal = await prepareRehearsal(home, { from: 'silence', speed: 60 });
    const first = openPanel(home, ['rehearse']);
    await first.sees('UPDATE_COMPLETE');
    first.type('s');
    await first.sees('Ready: Enter runs it');
    const done = async () => {
      const { records } = await rehearsal.record();
      return records.filter((record) => record.type === 'effect.resulted' && record.stepId === 's.1').length;
    };
    first.type('\r');
    await until('some to be silenced', async () => {
      if ((await done()) === 0) first.type('\r');
      return (await done()) > 8;
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${first.screen()}`);
    });
    await killed(first);
    expect(await done()).toBeLessThan(30);

    const second = openPanel(home, ['rehearse']);
    await second.sees(/✔ s Silence/);
    second.type('q');
    await second.exited;
    const { records, state } = await rehearsal.record();
    const results = records.flatMap((record) => (record.type === 'effect.resulted' ? [record.key] : []));
    expect(new Set(results).size).toBe(results.length);
    expect(state.steps['s.1']?.attempts).toHaveLength(1);
    const { sns } = awsOf(rehearsal);
    const topic = (await sns.findTopic(rehearsal.setup.bosslet.alertTopic)) ?? '';
    const subscriptions = await sns.listSubscriptions(topic);
    expect(subscriptions).toHaveLength(37);
    const policies = await Promise.all(
      subscriptions
        .filter(({ subscriptionArn }) => subscriptionArn.startsWith('arn:'))
        .map(async ({ subscriptionArn }) => (await sns.subscriptionAttributes(subscriptionArn))?.FilterPolicy ?? ''),
    );
    expect(policies.filter((policy) => policy.includes(state.id))).toHaveLength(34);
  });
});
