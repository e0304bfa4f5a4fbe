import { isPartlySkipped } from '../release/stateParts.ts';
import { runnableStagesOf, stagesOf } from '../runbook/runbook.ts';
import { recordLine } from './eventLines.ts';
import { Failure } from './failure.ts';
import { type KnownRelease, knownReleases } from './releases.ts';

/** The record of a release as plain text. Without an id: the newest. Throws a {@link Failure} where there is none. */
export async function report(id: string | undefined): Promise<readonly string[]> {
  const releases = await knownReleases();
  const release = id === undefined ? releases.at(-1) : releases.find(({ state }) => state.id === id);
  if (!release) {
    throw new Failure(
      id === undefined
        ? 'No release was recorded on this machine yet.'
        : `There is no release "${id}" on this machine; "boss-tui releases" lists them.`,
      1,
    );
  }
  return reportLines(release);
}

const stamp = (ms: number) => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);

/** How the parts of a report are laid out. */
export function reportLines({ state, records, rehearsal }: KnownRelease): readonly string[] {
  const main = stagesOf(state.runbook);
  const run = runnableStagesOf(state.runbook).filter(
    (stage) => main.includes(stage) || (state.stages[stage.id]?.run ?? 0) > 0,
  );
  const stages = run.map((stage) => {
    const { status, startedAtMs, endedAtMs } = state.stages[stage.id] ?? { status: 'todo' };
    const word = isPartlySkipped(state, stage) ? 'partly skipped' : status;
    const took = startedAtMs === undefined || endedAtMs === undefined ? '' : duration(endedAtMs - startedAtMs);
    return `  ${stage.key || ' '} ${stage.title.padEnd(40)} ${word.padEnd(8)} ${took.padStart(8)}`.trimEnd();
  });
  const last = records.at(-1);
  return [
    `Release ${state.id} of ${state.bosslet}${rehearsal ? ' (rehearsal)' : ''}`,
    `opened   ${stamp(state.openedAtMs)} UTC by ${state.operator}, checkout ${state.head}`,
    state.closed ? `${state.closed.as.padEnd(8)} ${stamp(state.closed.atMs)} UTC` : 'still open',
    `record   ${records.length} entries, last hash ${last?.hash ?? 'none'}`,
    '',
    'Stages',
    ...stages,
    '',
    'Record (UTC)',
    ...records.flatMap((record) => {
      const line = recordLine(record);
      return line === undefined ? [] : [`  ${line}`];
    }),
  ];
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}
