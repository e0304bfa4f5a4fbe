import type { Line } from '../components/line.tsx';
import { faint, strong } from '../components/table.ts';
import { duration } from '../components/time.ts';
import { stagesOf } from '../src/runbook/runbook.ts';
import { notices } from '../src/store/notices.ts';
import { openDecisions, stageStatus } from '../src/store/selectors.ts';
import type { AppState } from '../src/store/store.ts';
import type { ReleaseState, StageStatus } from '../src/store/types.ts';
import { OK, WARN } from './marks.ts';
import { paragraph } from './proofLines.ts';

/** What is left that is not normal: the header's notices, change sets that wait at their prompt, files with secrets. */
export function abnormal(state: AppState, width: number): readonly Line[] {
  const reviews = openDecisions(state).filter(({ asked }) => asked.question.is === 'review');
  const secrets = vaultFile(state);
  const editedIndex = state.release?.facts.indexFileBefore;
  const left: readonly Line[] = [
    ...notices(state)
      .filter(({ tone }) => tone !== 'plain')
      .map(
        ({ text, sinceMs }): Line => [
          WARN,
          ' ',
          text,
          sinceMs === undefined ? '' : faint(` for ${duration(state.nowMs - sinceMs)}`),
        ],
      ),
    ...reviews.map(({ asked }): Line => [WARN, ' ', 'a change set waits: ', asked.title]),
    ...(secrets
      ? paragraph(`move or shred ${secrets}: it holds every secret of Vault`, width, { lead: [WARN, ' '] })
      : []),
    ...(editedIndex
      ? paragraph('the file of the tile index is edited in the checkout: put it back with git', width, {
          lead: [WARN, ' '],
        })
      : []),
  ];
  return left.length > 0
    ? left
    : paragraph('Nothing out of the ordinary is left: DNS, mailing list and watchers are as always.', width, {
        lead: [OK, ' '],
      });
}

/** Where this release exported Vault to. */
function vaultFile({ release }: AppState): string | undefined {
  const fact = release?.facts.vaultExport;
  const file = typeof fact === 'object' && fact !== null && 'file' in fact ? fact.file : undefined;
  return typeof file === 'string' ? file : undefined;
}

/** What is said once a release is over: how it ended, how long it took, what is left, and where its record is. */
export function releaseEndLines(state: AppState, release: ReleaseState, width: number): readonly Line[] {
  const { closed } = release;
  if (!closed) return [];
  const all = stagesOf(release.runbook);
  const of = (status: StageStatus) => all.filter(({ id }) => stageStatus(state, id) === status);
  const done = of('done').length;
  const skipped = of('skipped');
  const open = all.length - done - skipped.length;
  const counts = [`${done} stages done`, `${skipped.length} skipped`, ...(open > 0 ? [`${open} open`] : [])];
  return [
    [closed.as === 'finished' ? OK : WARN, ' ', strong(`The release is ${closed.as}.`)],
    ...paragraph(`It took ${duration(closed.atMs - release.openedAtMs)}: ${counts.join(', ')}.`, width),
    '',
    ...abnormal(state, width),
    '',
    [strong('q', 'cyan'), ' leaves.'],
    ...paragraph(`boss-tui report ${release.id}`, width, { style: { colour: 'cyan' } }),
    '  prints its record.',
  ];
}
