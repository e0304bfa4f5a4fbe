import { besideOrBelow, type Colour, type Line, type Span } from '../components/line.tsx';
import { faint, paint, strong } from '../components/table.ts';
import { draftOf } from '../src/store/dialog.ts';
import type { AppState } from '../src/store/store.ts';
import type { Decision, Question, ReviewedChange, ReviewSubject } from '../src/store/types.ts';
import type { DialogContent } from './dialogContent.ts';
import { BAD, OK, WARN } from './marks.ts';
import { dangerLines, evidenceLines, paragraph } from './proofLines.ts';

type Level = ReviewedChange['level'];
/** The order of reading: what can lose data first. */
const LEVELS: readonly Level[] = ['danger', 'warn', 'safe'];
const HEADINGS: Readonly<Record<Level, string>> = { danger: 'DANGER', warn: 'Warnings', safe: 'Safe' };
const MARKS: Readonly<Record<Level, Span>> = { danger: BAD, warn: WARN, safe: OK };
const COLOURS: Readonly<Record<Level, Colour>> = { danger: 'red', warn: 'yellow', safe: 'green' };

/** Every change of a change set, the dangerous ones first, each with why it is what it is. */
export function reviewContent(
  state: AppState,
  { asked, id }: Decision,
  question: Question & { readonly is: 'review' },
  width: number,
): DialogContent {
  const subject = state.subjects[question.subject.sha256];
  const about = [
    ...asked.text
      .filter((text) => !subject?.findings.some((finding) => finding.text === text))
      .flatMap((text) => paragraph(text, width)),
    ...evidenceLines(asked.evidence ?? [], width),
  ];
  if (!subject) {
    return { title: asked.title, tone: 'yellow', body: [...about, [faint('reading the changes…')]], foot: [] };
  }
  const typed = draftOf(state, id).typed;
  return {
    title: asked.title,
    remark: countsLine(subject),
    tone: question.mustType.length > 0 ? 'red' : 'yellow',
    body: [
      ...about,
      ...dangerLines(subject.findings, width),
      ...(about.length > 0 || subject.findings.length > 0 ? [''] : []),
      ...(subject.changes.length === 0 ? [[faint('The change set changes nothing.')]] : []),
      ...LEVELS.flatMap((level) => levelLines(subject, level, typed, width)),
    ],
    foot: verdictLines(subject, question, typed, width),
  };
}

const countOf = ({ changes }: ReviewSubject, level: Level): number =>
  changes.filter((change) => change.level === level).length;

function countsLine(subject: ReviewSubject): Line {
  return LEVELS.flatMap((level, index): Span[] => {
    const count = countOf(subject, level);
    return [
      { text: index > 0 ? ' · ' : '', dim: true },
      {
        text: `${count} ${level}`,
        ...(count > 0 ? { colour: COLOURS[level], bold: level === 'danger' } : { dim: true }),
      },
    ];
  });
}

function levelLines(subject: ReviewSubject, level: Level, typed: readonly string[], width: number): readonly Line[] {
  const changes = subject.changes.filter((change) => change.level === level);
  if (changes.length === 0) return [];
  return [
    [{ text: `${HEADINGS[level]} ${changes.length}`, bold: true, colour: COLOURS[level] }],
    ...changes.flatMap((change) => changeLines(change, typed.includes(change.logicalResourceId), width)),
    '',
  ];
}

function changeLines(change: ReviewedChange, isTyped: boolean, width: number): readonly Line[] {
  const { level, action, logicalResourceId, resourceType, replacement, policyAction, physicalResourceId } = change;
  const facts = [
    replacement && replacement !== 'False' ? `replacement ${replacement}` : '',
    policyAction ? `policy ${policyAction}` : '',
    // Elsewhere the reason says so.
    change.usual && level === 'safe' ? 'usual' : '',
  ].filter(Boolean);
  const first: Line = [
    MARKS[level],
    ' ',
    strong(action.padEnd(7), level === 'danger' ? 'red' : undefined),
    strong(logicalResourceId),
    '  ',
    faint(resourceType.replace(/^AWS::/, '')),
    ...(isTyped ? ['  ', { text: '✔ typed', colour: 'green' as const, bold: true }] : []),
  ];
  const rest: Line = [paint(level === 'safe' ? undefined : COLOURS[level], facts.join(' · '))];
  const heads = facts.length === 0 ? [first] : besideOrBelow(first, rest, width, '    ');
  if (level === 'safe') return [...heads, ...change.details.flatMap((detail) => detailLines(detail, width))];
  return [
    ...heads,
    ...(change.reason ? paragraph(change.reason, width, { lead: ['    '], style: { colour: COLOURS[level] } }) : []),
    // Before its properties, which may be many: whoever approves reads it with the reason.
    ...(change.recovery ? paragraph(change.recovery, width, { lead: ['    '] }) : []),
    ...(level === 'danger' && physicalResourceId
      ? paragraph(physicalResourceId, width, { lead: ['    ', faint('is ')] })
      : []),
    ...change.details.flatMap((detail) => detailLines(detail, width)),
  ];
}

/** `Properties.KeySchema: before → after (by Entity) [recreation Always]` */
const VALUES = /^(\S+): (.*) → (.*?)((?: \(by [^()]*\))?(?: \[recreation \w+\])?)$/;

/** A property's change in one row, or, where its values are too long for that, each in rows of its own. */
function detailLines(detail: string, width: number): readonly Line[] {
  const rows = paragraph(detail, width, { lead: ['    '], style: { dim: true } });
  const [, where = '', before = '', after = '', rest = ''] = rows.length > 1 ? (VALUES.exec(detail) ?? []) : [];
  if (where === '') return rows;
  return [
    ['    ', faint(`${where}${rest}`)],
    ...paragraph(before, width, { lead: ['    ', paint('red', '- ')], style: { dim: true } }),
    ...paragraph(after, width, { lead: ['    ', paint('green', '+ ')] }),
  ];
}

/** What approving takes, in words. */
function verdictLines(
  subject: ReviewSubject,
  { mustType, recommended }: Question & { readonly is: 'review' },
  typed: readonly string[],
  width: number,
): readonly Line[] {
  const missing = mustType.filter((id) => !typed.includes(id));
  const warns = countOf(subject, 'warn') + subject.findings.length;
  const advice: readonly Line[] =
    recommended === 'reject' ? [[BAD, ' ', strong('Rejecting is recommended.', 'red')]] : [];
  if (missing.length > 0)
    return [
      ...advice,
      ...paragraph(`To approve, type by name: ${missing.join(', ')}`, width, {
        lead: [BAD, ' '],
        style: { colour: 'red' },
      }),
    ];
  if (mustType.length > 0) return [...advice, [OK, ' ', 'Every danger was typed by name: ', strong('a'), ' approves.']];
  if (warns > 0)
    return [...advice, [WARN, ' ', `${warns} warning${warns > 1 ? 's' : ''}: `, strong('a'), ' approves with them.']];
  return [...advice, [OK, ' ', 'Every change is safe: ', strong('Enter'), ' approves.']];
}
