import type { Line, Span } from '../components/line.tsx';
import { innerHeight, innerWidth, Pane, type Rectangle } from '../components/Pane.tsx';
import { sparkline } from '../components/sparkline.ts';
import { faint, paint, strong } from '../components/table.ts';
import { ago, duration, grouped } from '../components/time.ts';
import { clampFirst, Lines, windowRemark } from '../components/WindowedList.tsx';
import { drainOf, leadsToMaintenance, voidedBy } from '../src/store/drain.ts';
import type { CacheLook, CacheWay } from '../src/store/types.ts';
import { ageOf, BAD, errorLines, NO_AGE_MS, OK, OPEN } from './marks.ts';
import { paneTitle } from './paneTitle.ts';
import { paragraph } from './proofLines.ts';
import { useAppState, useViewport } from './screenContext.ts';

/** Keys whose presence in `cache` means data that is written nowhere else yet. */
const UNFLUSHED = 'WRITE-CUBOID';
const SPARKS = 10;
/** How often a cache is passed over anyhow, in clock milliseconds: a younger pass is the newest there can be. */
const PASS_EVERY_MS = 30_000;

/** `WRITE-CUBOID*` → `WRITE-CUBOID`: a pattern without its wildcards. */
const bare = (pattern: string): string => pattern.replace(/[&*?]+$/, '');

/** How the way to the caches stands; nothing where they are reached directly. */
export function wayLines(way: CacheWay, nowMs: number, width: number): readonly Line[] {
  if (way.is === 'direct') return [];
  const { through, tunnel } = way;
  switch (tunnel.is) {
    case 'idle':
      return [[faint(`tunnel by ${through}`)]];
    case 'connecting':
      return [[OPEN, ' ', { text: `connecting, ${duration(nowMs - tunnel.sinceMs)}` }, faint(` by ${through}`)]];
    case 'up':
      return [[OK, faint(` tunnel up ${duration(nowMs - tunnel.sinceMs)} by ${through}`)]];
    case 'broken': {
      const waitMs = tunnel.nextTryMs - nowMs;
      const next = waitMs > 0 ? `tried again in ${duration(waitMs)}` : 'tried again now';
      const text = `tunnel by ${through} is broken: ${tunnel.reason}; ${next}`;
      return paragraph(text, width, { lead: [BAD, ' '], style: { colour: 'red' } });
    }
  }
}

/** The rows of one cache: its size, then what its last pass counted, with the passes before it as a curve. */
export function cacheLines(
  cache: CacheLook,
  nowMs: number,
  width: number,
  {
    speed,
    isCut = false,
    isDown = false,
  }: {
    readonly speed: number;
    /** The way to it is broken, as is said above. */
    readonly isCut?: boolean;
    /** Nobody writes any more: what is there must drain. */
    readonly isDown?: boolean;
  },
): readonly Line[] {
  if (cache.absent) return [[faint(`${cache.name}  not in this scenario`)]];
  const last = cache.passes.at(-1);
  const size: Span = isCut
    ? faint('out of reach')
    : cache.keys === undefined
      ? faint('reading…')
      : { text: `${grouped(cache.keys)} keys` };
  const scanning = cache.scanning === undefined ? [] : [faint(`  scanning ${grouped(cache.scanning)}`)];
  const age = last
    ? [
        faint(
          `  pass ${nowMs - last.endedAtMs < Math.max(PASS_EVERY_MS, NO_AGE_MS * speed) ? 'now' : ago(nowMs - last.endedAtMs)}`,
        ),
      ]
    : [];
  // The row above names the cache already.
  const reason = cache.error?.replace(/^Cache \S+ could not be looked at: /, '');
  const error: readonly Line[] =
    reason === undefined || isCut ? [] : paragraph(reason, width, { lead: ['  ', BAD, ' '], style: { colour: 'red' } });
  return [
    [strong(cache.name), ' ', size, ...(scanning.length > 0 ? scanning : age)],
    ...error,
    ...Object.entries(last?.counts ?? {}).map(([pattern, count]) => countLine(cache, pattern, count)),
    ...(isDown ? drainLines(cache, width) : []),
  ];
}

const VOIDED = { lead: ['  '], style: { colour: 'yellow' } } as const;
/** How fast what must not be lost drains, and when it is gone; why what was counted does not count any more. */
function drainLines(cache: CacheLook, width: number): readonly Line[] {
  const drain = drainOf(cache);
  const reason = voidedBy(cache);
  const voided = reason === undefined ? [] : paragraph(`passes before are void: ${reason}`, width, VOIDED);
  if (!drain) return voided;
  const end = drain.emptyInSeconds === undefined ? '' : `, empty in about ${duration(drain.emptyInSeconds * 1000)}`;
  return [...voided, ...paragraph(`${drain.words}${end}`, width, { lead: ['  '], style: { dim: true } })];
}

function countLine(cache: CacheLook, pattern: string, count: number): Line {
  const isUnflushed = bare(pattern) === UNFLUSHED;
  const curve = sparkline(
    cache.passes.map(({ counts }) => counts[pattern] ?? 0),
    SPARKS,
  );
  const colour = count === 0 ? (isUnflushed ? 'green' : undefined) : isUnflushed ? 'yellow' : undefined;
  return [
    { text: `  ${bare(pattern).padEnd(14)} `, dim: !isUnflushed },
    { text: grouped(count).padStart(6), bold: isUnflushed, colour, dim: !isUnflushed && count === 0 },
    ...(isUnflushed ? [' ', paint('cyan', curve)] : []),
  ];
}

export function CachePane({ rectangle }: { readonly rectangle: Rectangle }) {
  const caches = useAppState((state) => state.observed.caches);
  const way = useAppState((state) => state.observed.cacheWay);
  const nowMs = useAppState((state) => state.nowMs);
  const speed = useAppState((state) => state.session.speed);
  const focused = useAppState((state) => state.ui.focus === 'caches');
  const scroll = useAppState((state) => state.ui.scroll.caches ?? 0);
  const width = innerWidth(rectangle);
  const height = innerHeight(rectangle);
  const all = caches.value ?? [];
  const isDown = useAppState(leadsToMaintenance);
  const isCut = way.is === 'tunnel' && way.tunnel.is === 'broken';
  const lines: readonly Line[] = [
    ...wayLines(way, nowMs, width),
    // Each cache that cannot be reached says so itself.
    ...(isCut || all.some(({ error }) => error !== undefined) ? [] : errorLines(caches, width)),
    ...(all.length === 0 ? [[faint(caches.value ? 'This bosslet has no caches.' : 'Reaching the caches…')]] : []),
    ...all.flatMap((cache) => cacheLines(cache, nowMs, width, { speed, isCut, isDown })),
  ];
  const first = clampFirst(scroll, lines.length, height);
  useViewport('caches', { first, total: lines.length, height, follows: 'top' });
  return (
    <Pane
      rectangle={rectangle}
      title={paneTitle('caches', rectangle)}
      remark={ageOf(caches, nowMs, speed)}
      foot={windowRemark(first, lines.length, height)}
      focused={focused}
    >
      <Lines lines={lines} first={first} width={width} height={height} />
    </Pane>
  );
}
