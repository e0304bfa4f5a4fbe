import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bossletFolder, rehearsalFolder } from '../../src/commands/stateFolder.ts';
import { storedReleases } from '../../src/release/folders.ts';
import { stagesOf } from '../../src/runbook/runbook.ts';
import { runbookFor } from '../../src/runbook/runbookFor.ts';
import { type Home, makeHome, openPanel, type Panel, run } from '../support/program.ts';
import { until } from '../support/until.ts';

/** The machine's own pace, not the clock's, decides how long a release takes at this speed. */
const SPEED = '400';

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const releases = () =>
  storedReleases(
    bossletFolder(rehearsalFolder(home.environment), { accountId: '123456789012', name: 'production.boss' }),
  );

describe('a whole release', { timeout: 150_000 }, () => {
  it('plays itself without a terminal, a line an event, and its record can be read', async () => {
    const played = await run(home, ['rehearse', '--speed', SPEED]);
    const lines = played.stdout.trimEnd().split('\n');
    expect({ code: played.code, stderr: played.stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines.at(-1)).toMatch(/^release \S+: 24 stages done, 0 skipped, 0 failed$/);
    for (const seen of [
      /core AuthConfiguration AWS::AutoScaling::LaunchConfiguration UPDATE_COMPLETE/,
      /dns ns-\S+ now leads to maintenance/,
      /1\.1 types y/,
      /r\.1 done/,
    ]) {
      expect(lines.some((line) => seen.test(line))).toBe(true);
    }
    const report = await run(home, ['report']);
    expect(report.stdout).toContain('(rehearsal)');
    expect(report.stdout).toMatch(/1 Update core +done/);
    expect((await run(home, ['releases'])).stdout).toMatch(/production\.boss +rehearsal +24\/24 stages +finished/);
  });

  it('is taken from preflight to the end by stage keys, Enter and what the screen asks for', async () => {
    const panel = openPanel(home, ['rehearse', '--speed', SPEED]);
    await panel.sees('UPDATE_COMPLETE');
    const book = runbookFor({
      bosslet: 'production.boss',
      internalDomain: 'production.boss',
      externalDomain: 'theboss.io',
      sprint: 'sprint42',
    });
    for (const { key, id } of stagesOf(book)) {
      await runStage(panel, key, async () => (await releases()).at(-1)?.state.stages[id]?.status);
    }
    panel.type('F');
    await until('the release to be finished', async () => {
      if ((await releases()).at(-1)?.state.closed) return true;
      panel.type('\r');
      return false;
    });
    panel.type('q');
    expect(await panel.exited).toBe(0);
    expect((await releases()).at(-1)?.state.closed?.as).toBe('finished');
  });
});

/** Presses a stage's key and then only what the screen asks for, until the stage is done. */
async function runStage(panel: Panel, key: string, status: () => Promise<string | undefined>): Promise<void> {
  await until(`the card of ${key}`, async () => {
    panel.type(key);
    return panel
      .sees(/Ready: /, 2_000)
      .then(() => true)
      .catch(() => false);
  });
  const [, word] = /Ready: type (.+?), then Enter/.exec(panel.screen()) ?? [];
  if (word !== undefined) panel.type(word);
  await until(
    `stage ${key} to be done`,
    async () => {
      if ((await status()) === 'done') return true;
      const screen = panel.screen();
      if (/\ba approve with warnings/.test(screen)) panel.type('a');
      else if (/┏━▸ [^\n]*┏|↵ (run|take|approve|done|yes|answer|go on|[a-z ]+) {2}/.test(screen)) panel.type('\r');
      return false;
    },
    90_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${panel.screen()}`);
  });
}
