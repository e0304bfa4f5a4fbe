import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, makeHome, run, runUntilFirstLine } from '../support/program.ts';

/** The machine's own pace, not the clock's, decides how long a release takes at this speed. */
const SPEED = '400';

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

describe('a whole release', { timeout: 300_000 }, () => {
  it('plays itself without a terminal, though at first nobody reads its lines, and its record can be read', async () => {
    const unread = await runUntilFirstLine(home, ['rehearse', '--speed', SPEED]);
    expect(unread.code).toBe(1);
    expect(unread.stderr).toMatch(/^boss-tui: Standard output cannot be written \(EPIPE\)\.\n$/);
    // The next start goes on.
    const played = await run(home, ['rehearse']);
    const lines = played.stdout.trimEnd().split('\n');
    expect({ code: played.code, stderr: played.stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines.at(-1)).toMatch(/^release \S+: 24 stages done, 0 skipped, 0 failed$/);
    for (const seen of [
      /core AuthConfiguration AWS::AutoScaling::LaunchConfiguration UPDATE_COMPLETE/,
      /dns ns-\S+ now leads to maintenance/,
      /1\.1 types "y"/,
      /r\.1 done/,
    ]) {
      expect(lines.some((line) => seen.test(line))).toBe(true);
    }
    const report = await run(home, ['report']);
    expect(report.stdout).toContain('(rehearsal)');
    expect(report.stdout).toMatch(/1 Update core +done/);
    const { stdout: listed } = await run(home, ['releases']);
    expect(listed).toMatch(/^[^\n]*production\.boss +rehearsal +24\/24 stages +finished[^\n]*\n$/);
  });
});
