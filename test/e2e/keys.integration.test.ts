import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bossletFolder, rehearsalFolder } from '../../src/commands/stateFolder.ts';
import { stagesOf } from '../../src/runbook/runbook.ts';
import { runbookFor } from '../../src/runbook/runbookFor.ts';
import { operatorOf } from '../support/operator.ts';
import { type Home, makeHome, openPanel } from '../support/program.ts';
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
    const operator = operatorOf(panel, releases);
    for (const { key, id } of stagesOf(book)) await operator.runs(key, id);
    panel.type('F');
    await until('the release to be finished', async () => {
      if ((await releases()).at(-1)?.state.closed) return true;
      panel.type('\r');
      return false;
    });
    await operator.leaves();
    expect((await releases()).at(-1)?.state.closed?.as).toBe('finished');
  });
});
