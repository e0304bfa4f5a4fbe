import type { Line } from '../components/line.tsx';
import { faint, strong } from '../components/table.ts';
import type { Stage } from '../src/runbook/runbook.ts';
import { offeredAgain, wayBack } from '../src/store/selectors.ts';
import type { AppState } from '../src/store/store.ts';
import { WARN } from './marks.ts';
import { paragraph } from './proofLines.ts';

/** Why a finished stack is offered again, and what `key` would take it back to; nothing for a stack without AMIs. */
export function stackAmiLines(state: AppState, stage: Stage, width: number, key: string): readonly Line[] {
  const back = wayBack(state, stage);
  return [
    ...offeredAgain(state, stage).flatMap((why) =>
      paragraph(why, width, { lead: [WARN, ' ', strong('older AMIs: ', 'yellow')] }),
    ),
    ...(back ? backLines(back, width, key) : []),
  ];
}

function backLines(
  { images, commit, stackVersion, version, why, taken }: NonNullable<ReturnType<typeof wayBack>>,
  width: number,
  key: string,
): readonly Line[] {
  const heading: Line = taken
    ? [WARN, ' ', strong(`rolled back to ${version ?? 'older AMIs'}`, 'yellow')]
    : version === undefined
      ? [faint('no way back in one update: '), why ?? '']
      : [faint(`${key} goes back to `), strong(version)];
  const was = `commit ${commit?.slice(0, 8) ?? 'unknown'}, StackVersion ${stackVersion ?? 'unknown'}, ${images}`;
  return [heading, ...paragraph(was, width, { lead: ['  '], style: { dim: true } })];
}
