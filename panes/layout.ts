import type { Rectangle } from '../components/Pane.tsx';
import type { PaneId, TabId } from '../src/store/ui.ts';

/** Below it one sentence stands in for everything. */
export const SMALLEST = { columns: 60, rows: 15 } as const;
/** From here on every pane has a place of its own. */
const ROOM_FOR_ALL = { columns: 120, rows: 36 } as const;

/** The eight stacks, two of others, and the border. */
const STACKS_HEIGHT = 12;
/** Four name servers, four resolvers, a line of summary, and the border. */
const DNS_HEIGHT = 11;

export type Layout =
  | { readonly is: 'tooSmall' }
  | {
      readonly is: 'all' | 'tabs';
      readonly columns: number;
      readonly rows: number;
      /** Row of the notices; undefined where nothing is out of the ordinary. */
      readonly noticesRow: number | undefined;
      readonly footerRow: number;
      /** A pane without a place is a tab that is not in front. */
      readonly panes: Readonly<Partial<Record<PaneId, Rectangle>>>;
    };

/** Where everything stands, in cells: header, notices, panes without gap or overlap, footer. */
export function layout(
  columns: number,
  rows: number,
  look: { readonly notices: boolean; readonly tab: TabId },
): Layout {
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) return { is: 'tooSmall' };
  const top = look.notices ? 2 : 1;
  const body = { left: 0, top, width: columns, height: rows - top - 1 };
  const all = columns >= ROOM_FOR_ALL.columns && rows >= ROOM_FOR_ALL.rows;
  return {
    is: all ? 'all' : 'tabs',
    columns,
    rows,
    noticesRow: look.notices ? 1 : undefined,
    footerRow: rows - 1,
    panes: all ? allPanes(body) : withTabs(body, look.tab),
  };
}

function allPanes(body: Rectangle): Readonly<Record<PaneId, Rectangle>> {
  const leftWidth = Math.min(72, Math.round(body.width * 0.38));
  const right = { left: leftWidth, width: body.width - leftWidth };
  const runbookHeight = Math.round(body.height * 0.55);
  const bottom = body.top + body.height;
  const stacksHeight = Math.min(STACKS_HEIGHT, Math.round(body.height * 0.33));
  const dnsHeight = Math.min(DNS_HEIGHT, Math.round(body.height * 0.3));
  const dnsWidth = Math.round(right.width * 0.6);
  return {
    runbook: { left: 0, top: body.top, width: leftWidth, height: runbookHeight },
    step: { left: 0, top: body.top + runbookHeight, width: leftWidth, height: body.height - runbookHeight },
    stacks: { ...right, top: body.top, height: stacksHeight },
    events: { ...right, top: body.top + stacksHeight, height: body.height - stacksHeight - dnsHeight },
    dns: { left: right.left, top: bottom - dnsHeight, width: dnsWidth, height: dnsHeight },
    caches: {
      left: right.left + dnsWidth,
      top: bottom - dnsHeight,
      width: right.width - dnsWidth,
      height: dnsHeight,
    },
  };
}

function withTabs(body: Rectangle, tab: TabId): Readonly<Partial<Record<PaneId, Rectangle>>> {
  const upper = Math.ceil(body.height * 0.56);
  const runbookWidth = Math.round(body.width * 0.42);
  return {
    runbook: { left: 0, top: body.top, width: runbookWidth, height: upper },
    step: { left: runbookWidth, top: body.top, width: body.width - runbookWidth, height: upper },
    [tab]: { left: 0, top: body.top + upper, width: body.width, height: body.height - upper },
  };
}
