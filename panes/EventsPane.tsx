import { truncateStart } from '../components/cells.ts';
import type { Line } from '../components/line.tsx';
import { innerHeight, innerWidth, Pane, type Rectangle } from '../components/Pane.tsx';
import { type Column, faint, tableLine } from '../components/table.ts';
import { timeOfDay } from '../components/time.ts';
import { clampFirst, WindowedList, windowRemark } from '../components/WindowedList.tsx';
import type { Aged, EventRow } from '../src/store/types.ts';
import { ageOf, BAD, errorLines, NO_AGE_MS } from './marks.ts';
import { paneTitle } from './paneTitle.ts';
import { STATUS_COLOURS, statusTone } from './StacksPane.tsx';
import { useAppState, useViewport } from './screenContext.ts';

/** Mark, time, config, logical id, status, and what is left for the type or the reason. */
export function eventColumns(width: number): readonly Column[] {
  const wide = width >= 90;
  const fixed = [1, 8, wide ? 12 : 8, wide ? 26 : 20, wide ? 22 : 18];
  const rest = width - fixed.reduce((sum, each) => sum + each + 1, 0);
  return [...fixed, Math.max(0, rest)].map((each) => ({ width: each }));
}

const shortType = (type: string): string => type.replace(/^AWS::/, '');

/** One event. A failure says its reason where others say their type; the first of an operation is marked as its cause. */
export function eventLine(event: EventRow, columns: readonly Column[]): Line {
  const tone = statusTone(event.resourceStatus);
  const failed = event.resourceStatus.endsWith('_FAILED');
  const reason = event.resourceStatusReason;
  const isStack = event.resourceType === 'AWS::CloudFormation::Stack';
  const colour = STATUS_COLOURS[tone];
  const done = tone === 'ok' ? 'green' : colour;
  return tableLine(columns, [
    failed ? BAD : tone === 'failed' ? { text: '!', colour: 'red' } : '',
    faint(timeOfDay(event.timestampMs)),
    event.config,
    { text: event.logicalResourceId, bold: isStack || failed, colour: failed ? 'red' : undefined },
    { text: event.resourceStatus, colour: done, bold: failed },
    event.rootCause
      ? { text: `ROOT CAUSE ${reason ?? ''}`, colour: 'red', bold: true }
      : failed || (tone === 'failed' && reason)
        ? { text: reason ?? '', colour: 'red' }
        : faint(truncateStart(shortType(event.resourceType), columns.at(-1)?.width ?? 0)),
  ]);
}

/** `live` while it is looked at more often than when nothing happens, and answers; else how old it is. */
function freshness(events: Aged<readonly EventRow[]>, active: boolean, nowMs: number, speed: number): Line {
  const age = ageOf(events, nowMs, speed);
  const isFresh =
    events.error === undefined &&
    events.atMs !== undefined &&
    nowMs - events.atMs <= 3 * Math.max(events.intervalMs, NO_AGE_MS * speed);
  return active && isFresh ? [{ text: 'live', colour: 'green' }] : age;
}

export function EventsPane({ rectangle }: { readonly rectangle: Rectangle }) {
  const events = useAppState((state) => state.observed.events);
  const nowMs = useAppState((state) => state.nowMs);
  const speed = useAppState((state) => state.session.speed);
  const focused = useAppState((state) => state.ui.focus === 'events');
  const scroll = useAppState((state) => state.ui.scroll.events);
  const active = useAppState(({ observed }) =>
    (observed.stacks.value ?? []).some(({ stack }) => stack?.stackStatus.endsWith('_IN_PROGRESS')),
  );
  const width = innerWidth(rectangle);
  const all = events.value ?? [];
  const above =
    all.length === 0 ? [...errorLines(events, width), [faint(emptyText(events))]] : errorLines(events, width);
  const height = innerHeight(rectangle) - above.length;
  const columns = eventColumns(width);
  const first = clampFirst(scroll ?? all.length, all.length, height);
  useViewport('events', { first, total: all.length, height, follows: 'end' });
  return (
    <Pane
      rectangle={rectangle}
      title={paneTitle('events', rectangle)}
      remark={freshness(events, active, nowMs, speed)}
      foot={scroll === undefined ? undefined : windowRemark(first, all.length, height)}
      focused={focused}
    >
      <WindowedList
        total={above.length}
        lineAt={(index) => above[index] ?? ''}
        first={0}
        width={width}
        height={above.length}
      />
      <WindowedList
        total={all.length}
        lineAt={(index) => {
          const event = all[index];
          return event ? eventLine(event, columns) : '';
        }}
        first={first}
        width={width}
        height={height}
      />
    </Pane>
  );
}

const emptyText = ({ value }: Aged<readonly EventRow[]>): string =>
  value ? 'No events yet: they show here as soon as a stack changes.' : 'Reading the events…';
