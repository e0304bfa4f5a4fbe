import type { Line, Span } from '../components/line.tsx';
import type { Rectangle } from '../components/Pane.tsx';
import { TABS, type TabId } from '../src/store/ui.ts';
import { SMALLEST } from './layout.ts';

const NAMES: Readonly<Record<TabId, string>> = { stacks: 'Stacks', events: 'Events', dns: 'DNS', caches: 'Caches' };

/** The names of all tabs, the one in front in brackets. */
const tabsTitle = (front: TabId): Line =>
  TABS.flatMap((tab, index): Span[] => [
    ...(index > 0 ? [{ text: ' ' }] : []),
    tab === front ? { text: `[${NAMES[tab]}]`, bold: true } : { text: NAMES[tab], dim: true },
  ]);

/** A tab stands at the left edge and takes the screen's whole width; a pane of its own does not. */
const isTab = ({ left, width }: Rectangle): boolean => left === 0 && width >= SMALLEST.columns;

/** A pane's name, or the names of all tabs where it is one; `own` is what it is called where it stands alone. */
export const paneTitle = (pane: TabId, rectangle: Rectangle, own: Line = NAMES[pane]): Line =>
  isTab(rectangle) ? tabsTitle(pane) : own;
