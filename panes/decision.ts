import { type Colour, fitLine, type Line, type Span } from '../components/line.tsx';
import { faint, paint, strong } from '../components/table.ts';
import { ago } from '../components/time.ts';
import { choiceCursor } from '../src/store/dialog.ts';
import type { AppState } from '../src/store/store.ts';
import type { ChooseOption, Decision } from '../src/store/types.ts';
import { reviewContent } from './changeSetReview.ts';
import type { DialogContent } from './dialogContent.ts';
import { BAD, WARN } from './marks.ts';
import { commandLines, evidenceLines, paragraph } from './proofLines.ts';

const TONES: Readonly<Record<Decision['asked']['question']['is'], Colour>> = {
  confirm: 'yellow',
  typed: 'red',
  choose: 'yellow',
  review: 'yellow',
  sign: 'yellow',
  type: 'magenta',
};

/** A question to the operator, with what stands around it. */
export function decisionContent(state: AppState, decision: Decision, width: number): DialogContent {
  const { asked, askedAtMs, id } = decision;
  if (asked.question.is === 'review') return reviewContent(state, decision, asked.question, width);
  const above: readonly Line[] = [
    ...textLines(asked, width),
    ...evidenceLines(asked.evidence ?? [], width),
    ...secretLines(state, id),
  ];
  const options = optionRows(state, decision, width);
  const spaced = above.length > 0 && options.length > 0 ? [...above, ''] : above;
  const cursor = options.findIndex(({ atCursor }) => atCursor);
  return {
    title: asked.title,
    remark: [faint(`asked ${ago(state.nowMs - askedAtMs)}`)],
    tone: TONES[asked.question.is],
    body: [...spaced, ...options.map(({ line }) => line)],
    foot: questionLines(decision, width),
    cursorRow: cursor < 0 ? undefined : spaced.length + cursor,
  };
}

const COMMAND = /^\$ /;
/** What begins a part of a diff, before its first line that says what changed. */
const DIFF_BEGINS = /^(diff --git|--- |@@ )/;

/**
 * The lines above a question. Where they are a plan (its commands, then what may go wrong) the dangers come first, and
 * stand out; a diff has its colours. What is said twice is shown once.
 */
function textLines({ text, question }: Decision['asked'], width: number): readonly Line[] {
  const commands = text.filter((line) => COMMAND.test(line));
  if (commands.length > 0 && (question.is === 'typed' || question.is === 'confirm')) {
    const dangers = text.filter((line) => !COMMAND.test(line));
    const [mark, colour] = question.is === 'typed' ? [BAD, 'red' as const] : [WARN, 'yellow' as const];
    return [
      ...dangers.flatMap((line) => paragraph(line, width, { lead: [mark, ' '], style: { colour } })),
      ...commandLines(
        commands.map((line) => line.replace(COMMAND, '')),
        width,
      ),
    ];
  }
  const diffAt = text.findIndex((line) => DIFF_BEGINS.test(line));
  const words = diffAt < 0 ? text : text.slice(0, diffAt);
  const diff = diffAt < 0 ? [] : text.slice(diffAt);
  return [
    ...[...new Set(words)].flatMap((line) => wordLines(line, width)),
    ...diff.flatMap((line) => paragraph(line, width, { style: diffStyle(line) })),
  ];
}

const DANGER = /^DANGER /;
const wordLines = (line: string, width: number): readonly Line[] =>
  DANGER.test(line)
    ? paragraph(line.replace(DANGER, ''), width, {
        lead: [BAD, ' ', strong('DANGER ', 'red')],
        style: { colour: 'red' },
      })
    : paragraph(line, width);

function diffStyle(line: string): Omit<Span, 'text'> {
  if (/^(diff --git|index |--- |\+\+\+ )/.test(line)) return { bold: true };
  if (line.startsWith('@@')) return { colour: 'cyan' };
  if (line.startsWith('+')) return { colour: 'green' };
  return line.startsWith('-') ? { colour: 'red' } : {};
}

/** A secret stays masked until it is asked for, and then for a minute at most. */
function secretLines({ live, ui, nowMs }: AppState, decisionId: string): readonly Line[] {
  const secret = live.secrets[decisionId];
  if (!secret) return [];
  const shown = ui.revealed?.decisionId === decisionId && ui.revealed.untilMs > nowMs;
  return [
    '',
    [
      '  ',
      shown ? strong(secret.reveal(), 'magenta') : '••••••••••',
      faint(shown ? '  any key hides it' : '  Tab shows it'),
    ],
  ];
}

interface OptionRow {
  readonly line: Line;
  readonly atCursor: boolean;
}

function optionRows(state: AppState, decision: Decision, width: number): readonly OptionRow[] {
  const { question } = decision.asked;
  if (question.is !== 'choose') return [];
  const cursor = choiceCursor(state, decision);
  return question.options.flatMap((option, index) =>
    optionLines(option, index === cursor, option.id === question.recommended, width),
  );
}

function optionLines(
  { label, detail, note }: ChooseOption,
  atCursor: boolean,
  recommended: boolean,
  width: number,
): readonly OptionRow[] {
  const row: Line = [
    { text: atCursor ? '› ' : '  ', bold: true, colour: 'cyan' },
    { text: label, bold: atCursor },
    recommended ? paint('green', '  recommended') : '',
    note ? faint('  with a note') : '',
  ];
  return [
    { line: atCursor ? fitLine(row, width).map((span) => ({ ...span, inverse: true })) : row, atCursor },
    ...(detail
      ? paragraph(detail, width, { lead: ['    '], style: { dim: true } }).map((line) => ({ line, atCursor: false }))
      : []),
  ];
}

/** What the question wants, above its field. */
function questionLines({ asked }: Decision, width: number): readonly Line[] {
  const { question } = asked;
  switch (question.is) {
    case 'sign':
      return paragraph(question.text, width, { style: { bold: true } });
    case 'type':
      return [
        [
          faint(
            question.masked
              ? 'Typed hidden; only its length is recorded.'
              : 'It is typed at the script’s prompt; only its length is recorded.',
          ),
        ],
      ];
    default:
      return [];
  }
}
