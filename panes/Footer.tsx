import { Box } from 'ink';
import { keyBar } from '../components/keyBar.ts';
import { justify, type Line, lineWidth, Row } from '../components/line.tsx';
import { strong } from '../components/table.ts';
import { modeOf } from '../src/keys/command.ts';
import { hintsFor, labelOf } from '../src/keys/commands.ts';
import { keyLabel } from '../src/keys/keysOf.ts';
import { dialogOf } from '../src/store/dialog.ts';
import { isAside, openDecisions } from '../src/store/selectors.ts';
import type { AppState } from '../src/store/store.ts';
import { useAppState } from './screenContext.ts';

/** The keys that do something now, from the one table of them. */
export const hintLine = (state: AppState, width: number): Line =>
  keyBar(
    hintsFor(state, modeOf(state)).map((command) => ({
      key: keyLabel(command.keys[0] ?? ''),
      label: labelOf(command, state),
    })),
    width,
  );

/** One row: why a key did nothing, else what keys do. A dialog shows both itself. */
export function footerLine(state: AppState, columns: number): Line {
  const width = columns - 2;
  const waiting = openDecisions(state).filter((decision) => isAside(state, decision)).length;
  const right: Line =
    waiting > 0 ? [strong(`? ${waiting} question${waiting > 1 ? 's wait' : ' waits'}`, 'yellow')] : '';
  const room = width - lineWidth(right) - (waiting > 0 ? 2 : 0);
  const left: Line = dialogOf(state)
    ? ''
    : state.ui.message
      ? [
          { text: '! ', colour: 'yellow', bold: true },
          { text: state.ui.message, colour: 'yellow' },
        ]
      : hintLine(state, room);
  return [' ', ...asRuns(justify(left, right, width)), ' '];
}

const asRuns = (line: Line) => (typeof line === 'string' ? [line] : line);

export function Footer({ row, columns }: { readonly row: number; readonly columns: number }) {
  const state = useAppState((all) => all);
  return (
    <Box position="absolute" left={0} top={row}>
      <Row line={footerLine(state, columns)} width={columns} />
    </Box>
  );
}
