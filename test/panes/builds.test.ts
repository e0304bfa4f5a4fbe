import { describe, expect, it } from 'vitest';
import { lineText, lineWidth } from '../../components/line.tsx';
import { buildRows, buildsContent } from '../../panes/builds.ts';
import type { AppState } from '../../src/store/store.ts';
import type { BuildLook } from '../../src/store/types.ts';
import { attempt, midLive, midRelease, midState, step } from '../support/states.ts';

const build = (machine: string, is: BuildLook['is'], ...lines: readonly string[]): BuildLook => ({
  machine,
  is,
  lines,
  says: lines.at(-1) ?? '',
  quietMs: 12_000,
});
const BUILDS = [
  build('auth', 'building', '==> amazon-ebs: Launching a source AWS instance...', '==> amazon-ebs: Connected to SSH!'),
  build('vault', 'built', '--> amazon-ebs: AMIs were created:', 'us-east-1: ami-0a1b2c3d4e5f60718'),
  build('endpoint', 'failed', "Build 'amazon-ebs' errored: Timeout waiting for SSH."),
  build('cachemanager', 'stopped', '==> amazon-ebs: Provisioning with Salt...'),
  { ...build('activities', 'missing'), quietMs: undefined },
];
const FOLDER = '/release/scripts/a.1-1';

function shown(width: number, change: Partial<AppState> = {}) {
  const store = midState();
  const state = store.getState();
  const stage = state.session.runbook.phases.flatMap(({ stages }) => stages).find(({ id }) => id === 'amis');
  return buildsContent(
    {
      ...state,
      ui: { ...state.ui, selectedStageId: stage?.id },
      live: { ...state.live, at: {}, progress: { 'a.1': { text: 'Building', script: FOLDER } } },
      observed: { ...state.observed, builds: { [FOLDER]: { scriptFolder: FOLDER, builds: BUILDS } } },
      ...change,
    },
    width,
  );
}

describe('the logs of builds', () => {
  it('stay where some failed, until that is over', () => {
    const of = (status: 'failed' | 'done') => {
      const release = midRelease();
      const a1 = step('a.1', { status, attempts: [attempt({ number: 1 })] });
      const live = { ...midLive, at: {}, progress: {} };
      return shown(156, { live, release: { ...release, steps: { ...release.steps, 'a.1': a1 } } });
    };
    expect(lineText(of('failed').remark ?? '')).toBe('1 of 5 built · 3 not');
    expect(of('done').body.map(lineText)).toEqual(['Nothing is being built.']);
    expect(of('done').remark).toBe('');
  });

  it('stand side by side where there is room, each under how it stands', () => {
    const { body, remark } = shown(156);
    const rows = body.map(lineText);
    for (const line of body) expect(lineWidth(line)).toBeLessThanOrEqual(156);
    expect(rows[0]).toMatch(
      /^▶ auth building 12s +│ ✔ vault built +│ ✖ endpoint FAILED +│ ✖ cachemanager LOG STOPS 1.*│ ✖ activities NO LOG/,
    );
    expect(rows[2]).toMatch(/^Launching a source AWS +│ AMIs were created: +│ Build 'amazon-ebs' errored/);
    expect(lineText(remark ?? '')).toBe('1 of 5 built · 3 not');
  });

  it.each([76, 56])('stand below each other at %i cells, with none left out', (width) => {
    const { body } = shown(width);
    for (const line of body) expect(lineWidth(line)).toBeLessThanOrEqual(width);
    const rows = body.map((line) => lineText(line).trim());
    for (const { machine } of BUILDS) expect(rows.some((row) => row.includes(` ${machine} `))).toBe(true);
    expect(rows).toContain('us-east-1: ami-0a1b2c3d4e5f60718');
  });

  it('take a row each in a low pane, so that none is out of sight', () => {
    expect(buildRows(BUILDS, 44, true).map((line) => lineText(line).trim())).toEqual([
      '▶ auth building 12s  Connected to SSH!',
      '✔ vault built  us-east-1: ami-0a1b2c3d4e5f6…',
      "✖ endpoint FAILED  Build 'amazon-ebs' error…",
      '✖ cachemanager LOG STOPS 12s  Provisioning …',
      '✖ activities NO LOG',
    ]);
  });

  it('take two rows each in the pane of the step, and one where there is no log', () => {
    expect(buildRows(BUILDS, 44).map((line) => lineText(line).trim())).toEqual([
      '▶ auth building 12s',
      'Connected to SSH!',
      '✔ vault built',
      'us-east-1: ami-0a1b2c3d4e5f60718',
      '✖ endpoint FAILED',
      "Build 'amazon-ebs' errored: Timeout waiti…",
      '✖ cachemanager LOG STOPS 12s',
      'Provisioning with Salt...',
      '✖ activities NO LOG',
    ]);
  });
});
