import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAtReviewOfCore } from '../support/operator.ts';
import { type Home, makeHome, openPanel } from '../support/program.ts';
import { prepareRehearsal } from '../support/rehearsal.ts';
import { until } from '../support/until.ts';

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

describe('two panels on one bosslet', { timeout: 150_000 }, () => {
  it('the second watches, takes over from a stopped first, and the first wakes as a watcher that added nothing', async () => {
    const rehearsal = await prepareRehearsal(home, { from: 'core', speed: 150 });
    const name = rehearsal.setup.bosslet.name;
    const first = await openAtReviewOfCore(home, rehearsal);

    const second = openPanel(home, ['rehearse']);
    await second.sees(/WATCHING.*operator \S+@/);
    await second.sees(/1 core .*asks the operator/);
    second.type('a');
    await second.sees(/You are watching; .* acts\. Nothing was done\. T takes over\./);

    first.kill('SIGSTOP');
    second.type('T');
    await second.sees(new RegExp(`process ${first.pid} operates since`));
    second.type(name);
    await second.sees(`› ${name}`);
    await until('the take-over', () => {
      if (second.screen().includes(`› ${name}`)) second.type('\r');
      return / OPERATOR /.test(second.screen());
    });
    // An answer that was typed into the stopped one waits in its terminal for it to wake.
    first.type('a');
    await second.sees('approve with warnings');
    first.kill('SIGCONT');
    await first.sees('WATCHING');
    await first.sees(new RegExp(`process ${second.pid}\\) has taken over`));

    await until('the review to be approved', async () => {
      if (second.screen().includes('approve with warnings')) second.type('a');
      const { state } = await rehearsal.record();
      return Object.values(state.decisions).some(({ answer }) => answer?.is === 'approved');
    });
    await second.sees(/✔ 1 core/);
    await first.sees(/✔ 1 core/);

    const { records, folder } = await rehearsal.record();
    const at = records.findIndex((record) => record.type === 'operator.changed');
    expect(records.slice(at).map(({ epoch }) => epoch)).toEqual(records.slice(at).map(() => 2));
    expect(
      records.filter((record) => record.type === 'decision.answered' && record.answer.is === 'approved'),
    ).toHaveLength(1);
    const answers = join(folder, 'scripts', '1.1-1', 'in');
    const typed = await Promise.all((await readdir(answers)).map((each) => readFile(join(answers, each), 'utf8')));
    expect(typed.map((entry) => JSON.parse(entry).text)).toEqual(['y']);

    // And back again, from one that left.
    second.kill('SIGTERM');
    expect(await second.exited).toBe(130);
    await first.sees(/has left/);
    first.type('T');
    await first.sees('Nobody operates here');
    first.type(name);
    await first.sees(`› ${name}`);
    await until('the first to operate again', () => {
      if (first.screen().includes(`› ${name}`)) first.type('\r');
      return / OPERATOR /.test(first.screen());
    });
    expect((await rehearsal.record()).state.epoch).toBe(3);
    first.kill('SIGTERM');
    expect(await first.exited).toBe(130);
  });
});
