import { type Colour, type Line, type Span, spansOf } from '../components/line.tsx';
import { innerHeight, innerWidth, Pane, type Rectangle } from '../components/Pane.tsx';
import { type Column, columnWidth, faint, tableLine } from '../components/table.ts';
import { duration } from '../components/time.ts';
import { clampFirst, Lines, windowRemark } from '../components/WindowedList.tsx';
import { type DnsTarget, dnsClass, dnsRows, dnsTarget } from '../src/store/notices.ts';
import type { DnsClass, DnsLook, DnsRow } from '../src/store/types.ts';
import { ageOf, errorLines } from './marks.ts';
import { paneTitle } from './paneTitle.ts';
import { useAppState, useViewport } from './screenContext.ts';

const CLASSES: Readonly<Record<DnsClass, { readonly mark: string; readonly colour: Colour | undefined }>> = {
  new: { mark: '✔', colour: 'green' },
  old: { mark: '·', colour: 'yellow' },
  other: { mark: '?', colour: 'red' },
  silent: { mark: '◌', colour: undefined },
};
const LEADS_TO: Readonly<Record<'maintenance' | 'live', string>> = {
  maintenance: 'MAINTENANCE',
  live: 'LOAD BALANCER',
};

/** Seconds that a row's answer still lives, counted on from when it was given. Name servers always give the full TTL. */
export function ttlLeft({ answer, ttlSeconds }: DnsRow, nowMs: number): number | undefined {
  if (ttlSeconds === undefined || answer.server.authoritative) return ttlSeconds;
  return Math.max(0, ttlSeconds - Math.floor((nowMs - answer.askedAtMs) / 1000));
}

/** The end of the chain that a server answered: where the name leads. */
function chainEnd({ answer }: DnsRow): string {
  if (answer.error) return answer.error;
  const last = answer.chain.findLast(({ type }) => type === 'CNAME') ?? answer.chain.at(-1);
  if (last) return last.data.replace(/\.$/, '');
  return answer.rcode && answer.rcode !== 'NOERROR' ? answer.rcode : 'no answer';
}

/** Class, server, where it leads, what its TTL still is. */
export function dnsLine(row: DnsRow, target: DnsTarget, columns: readonly Column[], nowMs: number): Line {
  const is = dnsClass(row.leadsTo, target);
  const { mark, colour } = CLASSES[is];
  // Only an old answer's end is waited for; the others stay as they were given, and the screen stays still.
  // A settled resolver's countdown means nothing to anybody, and painting it would never stop.
  const ttl = is === 'old' ? ttlLeft(row, nowMs) : row.answer.server.authoritative ? row.ttlSeconds : undefined;
  const word: Span = { text: `${mark} ${target === undefined ? wordOf(row) : is}`, colour, dim: is === 'silent' };
  return tableLine(columns, [
    word,
    row.answer.server.label,
    { text: chainEnd(row), dim: is === 'silent' },
    ttl === undefined ? '' : faint(`ttl ${String(ttl).padStart(3)}`),
  ]);
}

const wordOf = ({ leadsTo }: DnsRow): string => (leadsTo === 'maintenance' ? 'maint' : leadsTo);

const dnsColumns = (rows: readonly DnsRow[], width: number): readonly Column[] => {
  const server = columnWidth(
    rows.map(({ answer }) => answer.server.label),
    Math.max(12, Math.floor(width * 0.43)),
  );
  return [{ width: 8 }, { width: server }, { width: Math.max(6, width - server - 8 - 7 - 3) }, { width: 7 }];
};

/** `api.theboss.io → MAINTENANCE`, and how many servers lead there. */
function summary(look: DnsLook | undefined, target: DnsTarget): { readonly title: Line; readonly count: Line } {
  const rows = dnsRows(look);
  const arrow: Line = target ? [faint(' → '), { text: LEADS_TO[target], bold: true }] : [];
  const title: Line = [look?.host ? `DNS ${look.host}` : 'DNS', ...arrow];
  if (!target || rows.length === 0) return { title, count: [] };
  const there = rows.filter(({ leadsTo }) => dnsClass(leadsTo, target) === 'new').length;
  return {
    title,
    count: [{ text: `${there}/${rows.length}`, bold: true, colour: there === rows.length ? 'green' : 'yellow' }],
  };
}

/** How long old answers may live on, where there are any. */
function countdown(rows: readonly DnsRow[], target: DnsTarget, nowMs: number): readonly Line[] {
  const old = rows.filter(({ leadsTo }) => dnsClass(leadsTo, target) === 'old');
  if (target === undefined || old.length === 0) return [];
  const longest = Math.max(...old.map((row) => ttlLeft(row, nowMs) ?? 0));
  const words = old.some(({ answer }) => answer.server.authoritative)
    ? 'the zone itself has not all turned'
    : longest > 0
      ? `the last one ends in ${duration(longest * 1000)} at most`
      : 'past its time: it will be asked again';
  return [[{ text: `${old.length} old answer${old.length > 1 ? 's' : ''}: ${words}`, colour: 'yellow' }]];
}

export function DnsPane({ rectangle }: { readonly rectangle: Rectangle }) {
  const dns = useAppState((state) => state.observed.dns);
  const target = useAppState(dnsTarget);
  const nowMs = useAppState((state) => state.nowMs);
  const speed = useAppState((state) => state.session.speed);
  const focused = useAppState((state) => state.ui.focus === 'dns');
  const scroll = useAppState((state) => state.ui.scroll.dns ?? 0);
  const width = innerWidth(rectangle);
  const height = innerHeight(rectangle);
  const rows = dnsRows(dns.value);
  const columns = dnsColumns(rows, width);
  const lines: readonly Line[] = [
    ...errorLines(dns, width),
    ...countdown(rows, target, nowMs),
    ...(rows.length === 0 ? [[faint('Asking the name servers…')]] : []),
    ...rows.map((row) => dnsLine(row, target, columns, nowMs)),
  ];
  const first = clampFirst(scroll, lines.length, height);
  const { title, count } = summary(dns.value, target);
  useViewport('dns', { first, total: lines.length, height, follows: 'top' });
  return (
    <Pane
      rectangle={rectangle}
      title={paneTitle('dns', rectangle, title)}
      remark={[...spansOf(count), ...(count.length > 0 ? [' '] : []), ...spansOf(ageOf(dns, nowMs, speed))]}
      foot={windowRemark(first, lines.length, height)}
      focused={focused}
    >
      <Lines lines={lines} first={first} width={width} height={height} />
    </Pane>
  );
}
