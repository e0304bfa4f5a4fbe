import { Box } from 'ink';
import type { ComponentType } from 'react';
import { wrap } from '../components/cells.ts';
import type { Rectangle } from '../components/Pane.tsx';
import { Lines } from '../components/WindowedList.tsx';
import { notices } from '../src/store/notices.ts';
import { PANES, type PaneId } from '../src/store/ui.ts';
import { CachePane } from './CachePane.tsx';
import { DialogPane } from './DialogPane.tsx';
import { DnsPane } from './DnsPane.tsx';
import { EventsPane } from './EventsPane.tsx';
import { Footer } from './Footer.tsx';
import { Header } from './Header.tsx';
import { layout, SMALLEST } from './layout.ts';
import { RunbookPane } from './RunbookPane.tsx';
import { StacksPane } from './StacksPane.tsx';
import { StepPane } from './StepPane.tsx';
import { useAppState } from './screenContext.ts';

/** A pane is added by its component here and its place in `layout`. */
const PANE_VIEWS: Readonly<Record<PaneId, ComponentType<{ readonly rectangle: Rectangle }>>> = {
  runbook: RunbookPane,
  step: StepPane,
  stacks: StacksPane,
  events: EventsPane,
  dns: DnsPane,
  caches: CachePane,
};

/** The whole screen: a frame of exactly `columns` × `rows` cells, so that the terminal never scrolls. */
export function Screen({ columns, rows }: { readonly columns: number; readonly rows: number }) {
  const tab = useAppState((state) => state.ui.tab);
  const hasNotices = useAppState((state) => notices(state).length > 0);
  const places = layout(columns, rows, { notices: hasNotices, tab });
  if (places.is === 'tooSmall') return <TooSmall columns={columns} rows={rows} />;
  return (
    <Box width={columns} height={rows}>
      <Header columns={columns} noticesRow={places.noticesRow} />
      {PANES.map((pane) => {
        const rectangle = places.panes[pane];
        const View = PANE_VIEWS[pane];
        return rectangle ? <View key={pane} rectangle={rectangle} /> : null;
      })}
      <Footer row={places.footerRow} columns={columns} />
      <DialogPane columns={columns} rows={rows} />
    </Box>
  );
}

function TooSmall({ columns, rows }: { readonly columns: number; readonly rows: number }) {
  const sentence = `The terminal is too small: ${columns}×${rows}, and ${SMALLEST.columns}×${SMALLEST.rows} is the least. Everything goes on; Ctrl-C leaves.`;
  return (
    <Box width={columns} height={rows} flexDirection="column">
      <Lines lines={wrap(sentence, columns)} width={columns} height={rows} />
    </Box>
  );
}
