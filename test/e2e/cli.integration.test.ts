import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Journal } from '../../src/release/journal.ts';
import { stagesOf, stepsOf } from '../../src/runbook/runbook.ts';
import { runbookFor } from '../../src/runbook/runbookFor.ts';
import { PRODUCTION } from '../runbook/bosslets.ts';
import { BIN, endWorld, type Home, makeHome, openPanel, run } from '../support/program.ts';
import { prepareRehearsal } from '../support/rehearsal.ts';
import { until } from '../support/until.ts';

let home: Home;
beforeEach(async () => {
  home = await makeHome();
});
afterEach(() => home.remove());

const configuration = `
bosslets:
  production.boss: &production
    internalDomain: production.boss
    externalDomain: theboss.io
    accountId: "123456789012"
    operator: operator@example.org
    sprint: sprint42
  integration.boss: *production
`;

describe('bad input', () => {
  it.each([
    [['launch', 'now'], /too many arguments/, 2],
    [['--colour'], /unknown option '--colour'/, 2],
    [['rehearse', '--wild'], /unknown option '--wild'/, 2],
    [['rehearse', '--fault', 'meteor'], /no fault "meteor".*redis-size/, 2],
    [['rehearse', '--speed', '0'], /--speed is a number from 1 to 1000, not "0"/, 2],
    [['rehearse', '--speed', 'fast'], /--speed is a number/, 2],
    [['rehearse', '--from', 'nowhere'], /no stage "nowhere".*finishDev/, 2],
    [['nowhere.boss'], /"nowhere.boss" is not configured/, 2],
    [['status', 'nowhere.boss'], /"nowhere.boss" is not configured/, 2],
    [['plan', 'nowhere.boss'], /"nowhere.boss" is not configured/, 2],
    [['report', '20260101T0000-dead'], /no release "20260101T0000-dead"/, 1],
  ])('%j is one line on standard error and an exit code', async (args, message, code) => {
    const ran = await run(home, args);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('of several configured bosslets asks for a name', async () => {
    await writeFile(join(home.folder, 'boss-tui.config.yaml'), configuration, { mode: 0o600 });
    const ran = await run(home, []);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(
      /^boss-tui: Several bosslets are configured: production.boss, integration.boss. Name one.\n$/,
    );
  });

  it('in the configuration names file and field', async () => {
    const file = join(home.folder, 'boss-tui.config.yaml');
    await writeFile(file, configuration.replace('"123456789012"', '12'), { mode: 0o600 });
    const wrong = await run(home, ['production.boss']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(
      `${file}:6: bosslets.production.boss.accountId must be twelve digits in quotes, and is a number`,
    );
    expect(wrong.stderr.trimEnd().split('\n')).toHaveLength(1);
    await chmod(file, 0o666);
    expect((await run(home, ['production.boss'])).stderr).toContain('can be written by others');
  });

  it('damaged in the middle of a journal is refused, and nothing of it is touched', async () => {
    const folder = join(home.folder, 'state', 'boss-tui', '123456789012', 'production.boss', '20260101T0000-beef');
    await mkdir(folder, { recursive: true });
    const journal = await Journal.open(folder, { clock: systemClock, mayWrite: async () => {} });
    for (const text of ['one', 'two', 'three']) await journal.append({ type: 'note', text });
    await journal.close();
    const file = join(folder, 'journal.jsonl');
    const damaged = (await readFile(file, 'utf8')).replace('"two"', '"2wo"');
    await writeFile(file, damaged);
    await writeFile(join(home.folder, 'boss-tui.config.yaml'), configuration, { mode: 0o600 });
    for (const args of [['production.boss'], ['report'], ['releases']]) {
      const ran = await run(home, args);
      expect(ran.code).toBe(1);
      expect(ran.stderr).toMatch(/^boss-tui: Line 2 of .*journal\.jsonl is damaged/);
      expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
    }
    expect(await readFile(file, 'utf8')).toBe(damaged);
  });
});

describe('what needs no world', () => {
  it('lists the faults, and what was recorded here', async () => {
    const faults = await run(home, ['rehearse', '--list-faults']);
    expect(faults.code).toBe(0);
    expect(faults.stdout.split('\n').map((line) => line.split(' ')[0])).toContain('undrained-cache');
    expect((await run(home, ['releases'])).stdout).toBe('No release was recorded on this machine yet.\n');
  });

  it('says how it is used, and its version', async () => {
    const help = await run(home, ['--help']);
    expect(help.code).toBe(0);
    for (const command of ['rehearse', 'status', 'plan', 'doctor', 'releases', 'report'])
      expect(help.stdout).toContain(command);
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect((await run(home, ['--version'])).stdout).toBe(`${version}\n`);
  });
});

describe('against an embedded world', () => {
  it('looks once, plans every step and changes nothing, and finds nothing that would stop a release', async () => {
    const ids = stagesOf(runbookFor(PRODUCTION)).flatMap((stage) => stepsOf(stage.steps).map(({ id }) => id));
    const planned = await run(home, ['plan']);
    expect({ code: planned.code, stderr: planned.stderr }).toEqual({ code: 0, stderr: '' });
    for (const id of ids) expect(planned.stdout).toContain(`  ${id} `);
    expect(planned.stdout).not.toMatch(/^ +! .*(fail|cannot|denied)/im);
    const json = JSON.parse((await run(home, ['plan', '--json'])).stdout) as { readonly steps: readonly unknown[] };
    expect(json.steps).toHaveLength(ids.length);
    const looked = await run(home, ['status', '--json']);
    expect({ code: looked.code, stderr: looked.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(looked.stdout)).toMatchObject({ bosslet: 'production.boss', dns: { verdict: 'live' } });
    const text = await run(home, ['status']);
    expect(text.stdout).toMatch(
      /^production\.boss {2}account 123456789012 {2}us-east-1 {2}.* UTC\n\nStacks\n {2}core /,
    );
    expect(text.stdout).not.toContain('\x1b');
    const doctor = await run(home, ['doctor']);
    expect(doctor.code).toBe(0);
    expect(doctor.stdout).toContain('Change sets: none of this commit is left over');
  });
});

describe('on a terminal', () => {
  it('an error stands alone on its line', async () => {
    const panel = openPanel(home, ['nowhere.boss']);
    expect(await panel.exited).toBe(2);
    await panel.sees(/^boss-tui: The bosslet "nowhere.boss" is not configured/);
    expect(panel.screen()).not.toContain('opening');
  });
});

it('ends quietly where whoever reads its output has seen enough', async () => {
  await writeFile(join(home.folder, 'boss-tui.config.yaml'), configuration.replace(/ {2}integration.*\n/, ''), {
    mode: 0o600,
  });
  const shell = spawn('/bin/sh', ['-c', `"${process.execPath}" "${BIN}" plan --json 2>&1 >/dev/full | head -c 2000`], {
    cwd: home.folder,
    env: home.environment,
  });
  let said = '';
  shell.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(shell, 'close');
  expect(said).not.toMatch(/node:events|throw er/);
});

describe('npm start', () => {
  it.each(['README.md', 'docs/REHEARSAL.md'])('takes whatever %s gives it', async (page) => {
    const read = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    const [, words = ''] = /node dist\/bin\.js ?(.*)$/.exec(JSON.parse(await read('package.json')).scripts.start) ?? [];
    const given = [...(await read(page)).matchAll(/^npm start -- ([^#\n]*)/gm)].map(([, args = '']) => args.trim());
    expect(given.length).toBeGreaterThan(2);
    for (const args of given) {
      const ran = await run(home, [...words.split(' '), ...args.split(/\s+/), '--list-faults'].filter(Boolean));
      expect({ args, ...ran }).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('redis-size') });
    }
  });
});

describe('a rehearsal from a stage on', () => {
  it('has all earlier ones behind it, in a world as they leave it', async () => {
    const panel = openPanel(home, ['rehearse', '--from', 'restore', '--speed', '100']);
    await panel.sees(/18\/24/);
    await panel.sees('Restore the mailing list');
    const again = await run(home, ['rehearse', '--from', 'core']);
    expect([again.code, again.stderr]).toEqual([2, expect.stringMatching(/A rehearsal is running; .* --fresh\.\n$/)]);
    panel.type('q');
    expect(await panel.exited).toBe(0);
  });

  it('is played to its end without a terminal', async () => {
    const ran = await run(home, ['rehearse', '--from', 'finishDev', '--speed', '500']);
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('come to finishDev') });
    expect(ran.stdout).toMatch(/release \S+: 1 stages done, 23 skipped, 0 failed\n$/);
  });
});

describe('a rehearsal that somebody operates', () => {
  it('is left alone by --fresh, which names them', async () => {
    const panel = openPanel(home, ['rehearse', '--from', 'restore', '--speed', '100']);
    await panel.sees(/18\/24/);
    const ran = await run(home, ['rehearse', '--fresh']);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(new RegExp(`process ${panel.pid}\\) operates this rehearsal: leave it there`));
    panel.type('N');
    await panel.sees('note ›');
    panel.type('still here');
    await panel.sees('› still here');
    await until('the note to be taken', () => {
      if (panel.screen().includes('› still here')) panel.type('\r');
      return !panel.screen().includes('still here');
    });
    // Enter once more than was needed may have opened a card, where q is no way out.
    panel.type('\x03');
    expect(await panel.exited).toBe(130);
    const { stdout } = await run(home, ['report']);
    expect(stdout).toMatch(/still open.*still here/s);
  });
});

describe('doctor', () => {
  it('knows the release that is open here, and whether its record is whole', async () => {
    const rehearsal = await prepareRehearsal(home, { from: 'core', speed: 100 });
    const well = await run(home, ['doctor']);
    expect(well.code).toBe(0);
    expect(well.stdout).toContain('✔ Record: ');
    expect(well.stdout).not.toContain('no release is open here');
    const { folder, records } = await rehearsal.record();
    const file = join(folder, 'journal.jsonl');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"seq":3,', '"seq":4,'));
    expect(records.length).toBeGreaterThan(3);
    const damaged = await run(home, ['doctor']);
    expect(damaged.code).toBe(1);
    expect(damaged.stdout).toMatch(/✖ Record: .*[Ll]ine 3.*damaged/);
  });
});

describe('a rehearsal whose world has ended', () => {
  it('is closed, and the one that begins anew says so', async () => {
    await prepareRehearsal(home, { from: 'core', speed: 100 });
    await endWorld(home);
    const panel = openPanel(home, ['rehearse']);
    await panel.sees(/The world of the rehearsal \S+ has ended: .* This one begins anew\./);
    await panel.sees('no release');
    panel.type('q');
    expect(await panel.exited).toBe(0);
    const { stdout } = await run(home, ['releases']);
    expect(stdout).toMatch(/abandoned/);
  });
});

describe('a terminal that is too small', () => {
  it('says so in one sentence, and shows the panel once it is larger', async () => {
    const panel = openPanel(home, ['rehearse'], 20, 5);
    await panel.sees(/too\s+small/i);
    panel.resize(160, 45);
    await panel.sees('REHEARSAL');
    panel.type('q');
    expect(await panel.exited).toBe(0);
    expect(panel.screen().trim()).toBe('');
  });
});
