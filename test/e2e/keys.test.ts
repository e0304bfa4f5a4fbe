import { setTimeout as delay } from 'node:timers/promises';
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

/** What is open over the panes, by its upper border. */
const DIALOG = /┏━▸ (?!Runbook)[^\n]*?━+[^\n]*┓/;
/** Real milliseconds in which a dialog takes no Enter, so that nobody confirms what they have not read; and some more. */
const UNREAD_MS = 600;

/** A key that has had no effect for so long was not taken, as where the question was just drawn anew. */
const CHANGES_MS = 3_000;

/** Presses a stage's key and then only what the screen asks for, until the stage is done. */
async function runStage(panel: Panel, key: string, status: () => Promise<string | undefined>): Promise<void> {
  const failing = (error: Error) => {
    throw new Error(`${error.message}\n${panel.screen()}`);
  };
  const dialog = () => DIALOG.exec(panel.screen())?.[0];
  const changes = (shown: string | undefined) =>
    until('a change', () => dialog() !== shown, CHANGES_MS).catch(() => {});
  await until(`the card of ${key}`, async () => {
    const shown = dialog();
    if (shown?.startsWith(`┏━▸ ${key} `)) return true;
    // A press that came when its question had just gone may have opened another card.
    panel.type(shown === undefined ? key : '\x1b');
    await changes(shown);
    return false;
  }).catch(failing);
  const ready = await panel.sees(/Ready: (?:type (.+?), then )?Enter/);
  const word = /Ready: type (.+?), then Enter/.exec(ready)?.[1];
  if (word !== undefined) panel.type(word);
  await until(
    `stage ${key} to be done`,
    async () => {
      if ((await status()) === 'done') return true;
      const shown = dialog();
      if (shown === undefined) return false;
      await delay(UNREAD_MS);
      if (dialog() !== shown) return false;
      panel.type(/\ba approve with warnings/.test(panel.screen()) ? 'a' : '\r');
      // One press a question, as long as it may take: what comes next may mean the same key differently.
      await changes(shown);
      return false;
    },
    90_000,
  ).catch(failing);
}
