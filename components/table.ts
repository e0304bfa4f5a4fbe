import { cellWidth, fitText, visible } from './cells.ts';
import { type Colour, type Line, lineWidth, type Span, spansOf } from './line.tsx';

/** A column of a table. A width of 0 leaves it out. */
export interface Column {
  readonly width: number;
  readonly align?: 'left' | 'right';
}

/** One row of a table; its cells are cut or filled to their columns, with one space between. */
export function tableLine(columns: readonly Column[], cells: readonly (string | Span | Line)[]): Line {
  const shown = columns.flatMap((column, index) => (column.width > 0 ? [{ column, cell: cells[index] ?? '' }] : []));
  return shown.flatMap(({ column, cell }, index) => [
    ...fitCell(cell, column),
    ...(index < shown.length - 1 ? [{ text: ' ' }] : []),
  ]);
}

function fitCell(cell: string | Span | Line, { width, align }: Column): readonly Span[] {
  if (isRuns(cell)) {
    const spans = spansOf(cell);
    const free = width - lineWidth(cell);
    if (free < 0) return fitCell(spans.map(({ text }) => text).join(''), { width, ...(align ? { align } : {}) });
    const fill = { text: ' '.repeat(free) };
    return align === 'right' ? [fill, ...spans] : [...spans, fill];
  }
  const span = typeof cell === 'string' ? { text: cell } : cell;
  return [{ ...span, text: fitText(span.text, width, align) }];
}

const isRuns = (cell: string | Span | Line): cell is readonly (string | Span)[] => Array.isArray(cell);

/** The width that shows every text of a column, within bounds. */
export const columnWidth = (texts: readonly string[], most: number): number =>
  Math.min(
    most,
    texts.reduce((widest, text) => Math.max(widest, cellWidth(visible(text))), 0),
  );

/** A text in a colour. */
export const paint = (colour: Colour | undefined, text: string): Span => ({ text, colour });
/** A text that stands back. */
export const faint = (text: string): Span => ({ text, dim: true });
/** A text that stands out. */
export const strong = (text: string, colour?: Colour): Span => ({ text, bold: true, colour });
