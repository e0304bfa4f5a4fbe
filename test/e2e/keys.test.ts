import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bossletFolder, rehearsalFolder } from '../../src/commands/stateFolder.ts';
import { stagesOf } from '../../src/runbook/runbook.ts';
import { runbookFor } from '../../src/runbook/runbookFor.ts';
import { type Home, makeHome, openPanel, type Panel } from '../support/program.ts';
import { recordsIn } from '../support/records.ts';
import { until } from '../support/until.ts';

/** The machine's own pace, not the clock's, decides how long a release takes at this speed. */
const SPEED = '400';

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

describe('a whole release', { timeout: 300_000 }, () => {
  it('is taken from preflight to the end by stage keys, Enter and what the screen asks for', async () => {
    const panel = openPanel(home, ['rehearse', '--speed', SPEED]);
    const root = rehearsalFolder(home.environment);
    const releases = recordsIn(bossletFolder(root, { accountId: '123456789012', name: 'production.boss' }));
    await panel.sees('UPDATE_COMPLETE');
    const book = runbookFor({
      bosslet: 'production.boss',
      internalDomain: 'production.boss',
      externalDomain: 'theboss.io',
      sprint: 'sprint42',
    });
    // At the very beginning of the screen, whatever stood on the terminal before.
    await panel.sees(/^ boss-tui +REHEARSAL/);
    for (const { key, id } of stagesOf(book)) {
      await runStage(panel, key, async () => (await releases()).at(-1)?.state.stages[id]?.status);
    }
    panel.type('F');
    await until('the release to be finished', async () => {
      if ((await releases()).at(-1)?.state.closed) return true;
      panel.type('\r');
      return false;
    });
    let exitCode: number | undefined;
    void panel.exited.then((code) => {
      exitCode = code;
    });
    // The last Enter may have opened a card: Esc closes it, and q leaves.
    await until('the panel to be left', () => {
      if (exitCode === undefined) panel.type(/┏━▸ (?!Runbook)/.test(panel.screen()) ? '\x1b' : 'q');
      return exitCode !== undefined;
    });
    expect(exitCode).toBe(0);
    expect((await releases()).at(-1)?.state.closed?.as).toBe('finished');
  });
});

/** Presses a stage's key and then only what the screen asks for, until the stage is done. */
async function runStage(panel: Panel, key: string, status: () => Promise<string | undefined>): Promise<void> {
  const showing = async (what: RegExp) => {
    await panel.sees(what, 20_000);
    return what.exec(panel.screen());
  };
  panel.type(key);
  await showing(new RegExp(`┏━▸ ${key} [^\n]*┓`));
  const [, word] = (await showing(/Ready: (?:type (.+?), then )?Enter/)) ?? [];
  if (word !== undefined) panel.type(word);
  await until(
    `stage ${key} to be done`,
    async () => {
      if ((await status()) === 'done') return true;
      const dialog = /┏━▸ (?!Runbook)([^\n]*?) ━+[^\n]*┓/.exec(panel.screen())?.[0];
      if (dialog === undefined) return false;
      panel.type(/\ba approve with warnings/.test(panel.screen()) ? 'a' : '\r');
      // One press a question: what comes next may mean the same key differently.
      await until('the dialog to go', () => !panel.screen().includes(dialog), 550).catch(() => {});
      return false;
    },
    60_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${panel.screen()}`);
  });
}
