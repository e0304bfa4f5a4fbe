import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkoutWith, PRODUCTION_SAID, put, saying } from '../bosslet/folders.ts';
import { type Home, makeHome, openPanel, run } from '../support/program.ts';

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

/** Nobody listens at port 1: AWS and the resolvers answer at once that they are not there. */
const nowhere = () => ({
  ...home,
  environment: {
    ...home.environment,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_MAX_ATTEMPTS: '1',
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'test',
  },
});
const ALONE = `bosslets:
  production.boss:
    internalDomain: production.boss
    externalDomain: theboss.io
    accountId: "012345678901"
    operator: operator@example.org
    sprint: sprint42
    dns: { resolvers: ["127.0.0.1:1"], authoritative: false }
`;

describe('a bosslet without a checkout', () => {
  it('can be planned, and says how to name one', async () => {
    await put(join(home.folder, 'boss-tui.config.yaml'), ALONE);
    const planned = await run(nowhere(), ['plan', 'production.boss']);
    expect({ code: planned.code, stderr: planned.stderr }).toEqual({ code: 0, stderr: '' });
    expect(planned.stdout.split('\n')[1]).toMatch(
      /^! No boss-manage checkout is configured: name it by --boss-manage or as bossManage in boss-tui\.config\.yaml, or start boss-tui in it\./,
    );
    expect(planned.stdout).toMatch(/^ +8\.1 /m);
    const { code, stdout } = await run(nowhere(), ['doctor', 'production.boss']);
    expect(code).toBe(1);
    expect(stdout).toContain('✖ Checkout: No boss-manage checkout is configured.\n    → Name it by --boss-manage');
    expect(stdout).toContain('✔ Configuration: its parts agree');
  });

  it('opens its panel', async () => {
    await put(join(home.folder, 'boss-tui.config.yaml'), ALONE);
    const panel = openPanel(nowhere(), ['production.boss', '--sprint', 'sprint43']);
    await panel.sees('PRODUCTION');
    await panel.sees('sprint43');
    panel.type('q');
    expect(await panel.exited).toBe(0);
  });
});

describe('a bosslet of a checkout', () => {
  it('needs no file where it is started in it', async () => {
    const checkout = await checkoutWith(home.folder, saying({ 'production.boss': PRODUCTION_SAID }));
    const panel = openPanel({ ...nowhere(), folder: join(checkout, 'bin') }, [
      'production.boss',
      '--sprint',
      'sprint42',
      '--operator',
      'you@example.org',
    ]);
    await panel.sees('…8901');
    panel.type('q');
    expect(await panel.exited).toBe(0);
  });

  it('without bin is one finding, and the rest is alive', async () => {
    await mkdir(join(home.folder, 'boss-manage'));
    await put(join(home.folder, 'boss-tui.config.yaml'), `bossManage: boss-manage\n${ALONE}`);
    const { stdout } = await run(nowhere(), ['doctor', 'production.boss']);
    expect(stdout).toMatch(
      /✖ Configuration: .*\/boss-manage has no bin\/boss-config\.py, so it is no boss-manage checkout/,
    );
    expect(stdout).toMatch(/^. Scenario: /m);
  });
});
