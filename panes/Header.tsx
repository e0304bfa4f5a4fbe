import { Box } from 'ink';
import { type Colour, type Line, lineWidth, Row, type Span, spansOf } from '../components/line.tsx';
import { faint, paint, strong } from '../components/table.ts';
import { duration, hoursAndMinutes } from '../components/time.ts';
import { type Notice, notices } from '../src/store/notices.ts';
import { stagesDone } from '../src/store/selectors.ts';
import type { AppState, Session } from '../src/store/store.ts';
import { useAppState } from './screenContext.ts';

/** The two badges that tell a rehearsal, production and a mere look apart, in words and in colour. */
const MODES: Readonly<Record<Session['mode'], { readonly word: string; readonly background: Colour }>> = {
  production: { word: 'PRODUCTION', background: 'red' },
  rehearsal: { word: 'REHEARSAL', background: 'green' },
};

const badge = (word: string, background: Colour): Span => ({
  text: ` ${word} `,
  colour: background === 'red' ? 'white' : 'black',
  background,
  bold: true,
});

/** Credentials that end within this time are called out. */
const CREDENTIALS_SOON_MS = 60 * 60_000;

function credentials(endMs: number | undefined, nowMs: number): Line {
  if (endMs === undefined) return '';
  const left = endMs - nowMs;
  if (left <= 0) return [strong('creds EXPIRED', 'red')];
  return [faint('creds '), left < CREDENTIALS_SOON_MS ? strong(`${duration(left)}!`, 'yellow') : duration(left)];
}

type HeaderState = Pick<AppState, 'session' | 'nowMs' | 'release'> & { readonly done: number; readonly total: number };

/** Who may act now, for one who watches; without a lock to read, who did last. */
function operatorInWords({ holder, readOnly }: Session, release: AppState['release']): string {
  if (holder?.lives === 'ended') return `operator ${holder.user}@${holder.host} is gone`;
  if (holder) return `operator ${holder.user}@${holder.host}`;
  if (!release || release.closed) return 'nobody operates here';
  return readOnly ? `operator ${release.operator}` : `${release.operator} has left`;
}

/** A piece of the header; the lowest rank goes first where there is no room. */
interface Piece {
  readonly line: Line;
  readonly rank: number;
}

function pieces({ session, nowMs, release, done, total }: HeaderState): readonly (readonly Piece[])[] {
  const mode = MODES[session.mode];
  const watching = session.role === 'watcher';
  const elapsedMs = release && (release.closed?.atMs ?? nowMs) - release.openedAtMs;
  const rehearsal = [session.speed === 1 ? '' : `×${session.speed}`, ...session.faults].filter(Boolean).join(' ');
  const left: readonly Piece[] = [
    { line: [strong('boss-tui')], rank: 1 },
    { line: [...(watching ? [badge('WATCHING', 'blue')] : []), badge(mode.word, mode.background)], rank: 10 },
    { line: [strong(session.bosslet)], rank: 9 },
    { line: session.mode === 'rehearsal' && rehearsal ? [paint('green', rehearsal)] : '', rank: 2 },
    { line: [faint('acct '), `…${session.accountId.slice(-4)}`, ' ', session.region], rank: 4 },
    { line: credentials(session.credentialsEndMs, nowMs), rank: 5 },
  ];
  const right: readonly Piece[] = [
    {
      line: watching ? [faint(operatorInWords(session, release))] : [strong('OPERATOR'), ` ${session.operator}`],
      rank: 6,
    },
    { line: [session.sprint], rank: 3 },
    {
      line: elapsedMs === undefined ? [faint('no release')] : [faint('elapsed '), hoursAndMinutes(elapsedMs)],
      rank: 7,
    },
    { line: [strong(`${done}/${total}`)], rank: 8 },
  ];
  return [left, right];
}

const GAP = 2;
const join = (side: readonly Piece[]): Line =>
  side.flatMap(({ line }, index) => [...(index > 0 ? [' '.repeat(GAP)] : []), ...spansOf(line)]);

/** Who acts on what, where and since when; pieces that have no room are left out, the least important first. */
export function headerLine(state: HeaderState, width: number): Line {
  let sides = pieces(state).map((side) => side.filter(({ line }) => lineWidth(line) > 0));
  const needed = () => sides.reduce((sum, side) => sum + lineWidth(join(side)), 2 + GAP);
  const ranks = sides.flat().map(({ rank }) => rank);
  for (const rank of ranks.sort((a, b) => a - b)) {
    if (needed() <= width) break;
    sides = sides.map((side) => side.filter((piece) => piece.rank !== rank));
  }
  const [left = [], right = []] = sides;
  const gap = Math.max(GAP, width - 2 - lineWidth(join(left)) - lineWidth(join(right)));
  return [' ', ...spansOf(join(left)), ' '.repeat(gap), ...spansOf(join(right)), ' '];
}

const NOTICE_COLOURS: Readonly<Record<Notice['tone'], Colour>> = { plain: 'cyan', warn: 'yellow', danger: 'red' };

/** What is not normal now, in one row. */
export const noticesLine = (all: readonly Notice[], nowMs: number): Line => [
  ' ',
  ...all.flatMap(({ text, sinceMs, tone }, index): Span[] => [
    ...(index > 0 ? [{ text: ' · ', dim: true }] : []),
    {
      text: `${tone === 'danger' ? '✖ ' : ''}${text}${sinceMs === undefined ? '' : ` ${duration(nowMs - sinceMs)}`}`,
      colour: NOTICE_COLOURS[tone],
      bold: true,
    },
  ]),
];

export function Header({ columns, noticesRow }: { readonly columns: number; readonly noticesRow: number | undefined }) {
  const session = useAppState((state) => state.session);
  const nowMs = useAppState((state) => state.nowMs);
  const release = useAppState((state) => state.release);
  const { done, total } = useAppState(stagesDone);
  const all = useAppState(notices);
  return (
    <Box position="absolute" left={0} top={0} flexDirection="column">
      <Row line={headerLine({ session, nowMs, release, done, total }, columns)} width={columns} />
      {noticesRow !== undefined && <Row line={noticesLine(all, nowMs)} width={columns} />}
    </Box>
  );
}
