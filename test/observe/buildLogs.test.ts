import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptState } from '../../src/clients/doors.ts';
import { createClock } from '../../src/clock.ts';
import { followBuilds, judgeBuild, tellingLine } from '../../src/observe/buildLogs.ts';
import type { BuildsLook } from '../../src/observe/observed.ts';
import { until } from '../support/until.ts';

const BUILT = [
  "Build 'amazon-ebs' finished.",
  '==> Builds finished. The artifacts of successful builds are:',
  '--> amazon-ebs: AMIs were created:',
  'us-east-1: ami-0a1b2c3d4e5f60718',
];
const FAILED = [
  '==> amazon-ebs: Waiting for SSH to become available...',
  "Build 'amazon-ebs' errored: Timeout waiting for SSH.",
  "==> Some builds didn't complete successfully and had errors:",
  '--> amazon-ebs: Timeout waiting for SSH.',
  '==> Builds finished but no artifacts were created.',
];

describe('a build', () => {
  it.each([
    ['that is under way', ['==> amazon-ebs: Provisioning with Salt...'], 'building', /Salt/],
    ['that made its image', BUILT, 'built', /ami-0a1b2c3d4e5f60718/],
    ['that made none', FAILED, 'failed', /errored: Timeout waiting for SSH/],
    ['whose log is empty', [], 'building', /^$/],
  ] as const)('%s is judged by the last lines of its log', (_name, lines, is, telling) => {
    expect(judgeBuild(lines)).toBe(is);
    expect(tellingLine(lines)).toMatch(telling);
  });
});

describe('builds side by side', () => {
  let folder: string;
  let state: ScriptState;
  let looks: BuildsLook[];
  let end: AbortController;
  let following: Promise<void>;
  const log = (machine: string) => join(folder, `${machine}.log`);
  const write = (machine: string, lines: readonly string[]) => appendFile(log(machine), `${lines.join('\n')}\n`);
  const stands = () => Object.fromEntries(looks.at(-1)?.builds.map(({ machine, is }) => [machine, is]) ?? []);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boss-tui-builds-'));
    state = { is: 'running', logBytes: 0 };
    looks = [];
    end = new AbortController();
  });
  afterEach(async () => {
    end.abort();
    await following;
    await rm(folder, { recursive: true, force: true });
  });

  function follow(machines: readonly string[], speed = 1): void {
    following = followBuilds({
      scriptFolder: join(folder, 'script'),
      logsFolder: folder,
      machines,
      scripts: { state: async () => state },
      // Without the five real seconds that a limit is never less than.
      clock: { ...createClock({ speed, originMs: 0, startedAtMs: Date.now() }), limit: (ms) => ms },
      signal: end.signal,
      seen: (look) => looks.push(look),
    });
  }

  it('are followed each by its own log, and whoever ends badly is named, with all of it a script that exits 0', async () => {
    // Of a build of last week: packer.py begins each log anew, and this one was not.
    await write('activities', BUILT);
    const lastWeek = new Date(Date.now() - 7 * 86_400_000);
    await utimes(log('activities'), lastWeek, lastWeek);
    await mkdir(join(folder, 'script'));
    follow(['vault', 'auth', 'endpoint', 'activities']);
    await write('vault', [
      'amazon-ebs: output will be in this color.',
      '\u001b[1;32m==> amazon-ebs: Stopping\u001b[0m',
    ]);
    await until('vault to build', () => stands().vault === 'building');
    expect(stands()).toEqual({ vault: 'building', auth: 'waiting', endpoint: 'waiting', activities: 'waiting' });
    expect(looks.at(-1)?.builds[0]?.lines.at(-1)).toBe('==> amazon-ebs: Stopping');
    await write('vault', BUILT);
    await write('auth', FAILED);
    await write('endpoint', ['==> amazon-ebs: Provisioning with Salt...']);
    await until('the ends', () => stands().vault === 'built' && stands().auth === 'failed');
    expect(stands()).toMatchObject({ endpoint: 'building', activities: 'waiting' });
    state = { is: 'ended', logBytes: 0, result: { exitCode: 0, endedAtMs: 0 } };
    // Whoever ends it with the script sees what became of the builds all the same.
    end.abort();
    await following;
    expect(stands()).toEqual({ vault: 'built', auth: 'failed', endpoint: 'stopped', activities: 'missing' });
  });

  it('that are silent for longer than any build, or have no log by then, are named while the script still runs', async () => {
    await mkdir(join(folder, 'script'));
    await writeFile(log('vault'), '==> amazon-ebs: Waiting for SSH to become available...\n');
    follow(['vault', 'auth'], 10_000);
    await until('both to be named', () => stands().vault === 'quiet' && stands().auth === 'missing');
  });
});
