import { cellWidth, fitText, wrap } from '../components/cells.ts';
import { type Line, lineWidth, type Span, spansOf } from '../components/line.tsx';
import { columnWidth, faint, paint, strong } from '../components/table.ts';
import type { Danger, Evidence, Finding, GateView } from '../src/store/types.ts';
import { BAD, dangerMark, evidenceStyle, FINDING_MARKS, OK, OPEN, WARN } from './marks.ts';

/** A paragraph as rows of one style, behind an indent; the first row carries `lead` instead of it. */
export function paragraph(
  text: string,
  width: number,
  { lead = '', style = {} }: { lead?: Line; style?: Omit<Span, 'text'> } = {},
): readonly Line[] {
  const spans = typeof lead === 'string' ? (lead === '' ? [] : [lead]) : lead;
  const indent = spans.reduce((sum, span) => sum + (typeof span === 'string' ? span : span.text).length, 0);
  return wrap(text, Math.max(10, width - indent)).map((line, index) => [
    ...(index === 0 ? spans : [' '.repeat(indent)]),
    { ...style, text: line },
  ]);
}

/** A title with its text beside it, or below it where both do not fit into one row. */
function titled(title: Line, text: string, width: number, style: Omit<Span, 'text'>): readonly Line[] {
  const beside: Line = [...spansOf(title), '  ', { ...style, text }];
  if (lineWidth(beside) <= width && !text.includes('\n')) return [beside];
  return [title, ...paragraph(text, width, { lead: ['  '], style })];
}

/** `$ ./cloudformation.py update …`: what is run, in as many rows as it takes, or `most`. */
export const commandLines = (
  commands: readonly string[],
  width: number,
  most = Number.POSITIVE_INFINITY,
): readonly Line[] =>
  commands.flatMap((command) => {
    const rows = paragraph(command, width, { lead: [faint('$ ')], style: { colour: 'cyan' } });
    if (rows.length <= most) return rows;
    return [...rows.slice(0, most - 1), [faint(`  … ${rows.length - most + 1} more rows`)]];
  });

const indented = (line: Line): Line => ['  ', ...(typeof line === 'string' ? [line] : line)];

const gateMark = ({ result, overridden, overridable }: GateView): Span =>
  result.holds ? OK : overridden ? WARN : overridable === 'never' ? BAD : OPEN;

/** A gate, how it stands, and where it does not hold the way past it and the proof of it. */
export function gateLines(gate: GateView, width: number, { onCard = false } = {}): readonly Line[] {
  const { result, overridden } = gate;
  const words = overridden && !result.holds ? `overridden; ${result.summary}` : result.summary;
  return [
    ...titled(
      [gateMark(gate), ' ', strong(gate.title)],
      words,
      width,
      result.holds ? { dim: true } : { colour: 'yellow' },
    ),
    ...(result.holds || overridden ? [] : wayPast(gate, width, onCard)),
    ...(result.holds || overridden ? [] : evidenceLines(result.evidence, width - 2).map(indented)),
  ];
}

function wayPast({ overridable, typed }: GateView, width: number, onCard: boolean): readonly Line[] {
  const say = (text: string) => paragraph(text, width, { lead: ['  '], style: { dim: true } });
  if (overridable === 'never') return say('It goes on by itself when this holds; it can never be overridden.');
  // The step waits for it; only then is it known what would be passed.
  if (onCard || (overridable === 'typed' && typed === undefined)) return [];
  const how = typed === undefined ? 'with a note' : `by typing "${typed}"`;
  return [...say('It goes on by itself when this holds.'), ...say(`O goes on without it, ${how}.`)];
}

export const dangerLines = (dangers: readonly Danger[], width: number): readonly Line[] =>
  dangers.flatMap((danger) =>
    paragraph(danger.text, width, {
      lead: dangerMark(danger),
      style: { colour: danger.level === 'danger' ? 'red' : 'yellow' },
    }),
  );

/** The widest column that labels of proof get, as a share of the row; a longer one pushes its value aside or below. */
const LABEL_SHARE = 0.45;

/** `✔ label  value`, the values under each other. */
export function evidenceLines(evidence: readonly Evidence[], width: number): readonly Line[] {
  const label = columnWidth(
    evidence.map((each) => each.label),
    Math.floor(width * LABEL_SHARE),
  );
  return evidence.flatMap((each, index) => {
    const { mark, colour } = evidenceStyle(each);
    // Lines of one output stand under one label.
    const name = each.label === evidence[index - 1]?.label ? '' : each.label;
    const labelWidth = Math.max(label, cellWidth(each.label));
    const isLong = cellWidth(each.label) > label && cellWidth(each.value) > width - labelWidth - 4;
    if (isLong)
      return [
        ...paragraph(name, width, { lead: [mark, ' '], style: { dim: true } }),
        ...paragraph(each.value, width, { lead: ['    '], style: { colour } }),
      ];
    const lead: Line = [mark, ' ', faint(fitText(name, labelWidth)), '  '];
    return paragraph(each.value, width, { lead, style: { colour } });
  });
}

/** Findings of the preflight: those that stop first, with what mends them. */
export function findingLines(findings: readonly Finding[], width: number): readonly Line[] {
  const order: Readonly<Record<Finding['level'], number>> = { stop: 0, warn: 1, ok: 2 };
  return [...findings]
    .sort((a, b) => order[a.level] - order[b.level])
    .flatMap(({ level, title, detail, cure }) => [
      ...titled([FINDING_MARKS[level], ' ', strong(title)], detail, width, { dim: level === 'ok' }),
      ...(cure && level !== 'ok' ? paragraph(cure, width, { lead: ['  ', paint('cyan', '→ ')] }) : []),
    ]);
}
