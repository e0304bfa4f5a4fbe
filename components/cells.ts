import stringWidth from 'string-width';

/** Text in which every character is one cell: ASCII, and the marks, bars and borders that the panes are made of. */
const PLAIN = /^[ -~·×–’•…›←-↓↵─-▟▶▸◌✔✖‖]*$/;

let segmenter: Intl.Segmenter | undefined;
/** Made when first needed: the first one costs 20 ms, which the first frame can do without. */
function graphemes(text: string): Iterable<{ readonly segment: string }> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** How many terminal cells a text takes. */
export const cellWidth = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/**
 * The text without what takes no cell (controls, reordering and invisible characters): a row whose width is counted
 * wrong breaks every pane beside it. Line breaks and tabs become spaces.
 */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  let kept = '';
  for (const { segment } of graphemes(text.replace(/[\r\n\t]+/g, ' '))) {
    if (stringWidth(segment) > 0) kept += segment;
  }
  return kept;
}

/** At most `width` cells of a {@link visible} text; what was cut ends in `…`. */
export function truncate(text: string, width: number): string {
  if (width <= 0) return '';
  if (PLAIN.test(text)) return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes(text)) {
    const cells = stringWidth(segment);
    if (used + cells > width - 1) break;
    kept += segment;
    used += cells;
  }
  return `${kept}…`;
}

/** Like {@link truncate}, but what is cut is the beginning: for names whose end tells them apart. */
export function truncateStart(text: string, width: number): string {
  if (cellWidth(text) <= width) return text;
  if (width <= 0) return '';
  const all = Array.from(graphemes(text), ({ segment }) => segment);
  let kept = '';
  let used = 0;
  for (const grapheme of all.reverse()) {
    const cells = cellWidth(grapheme);
    if (used + cells > width - 1) break;
    kept = grapheme + kept;
    used += cells;
  }
  return `…${kept}`;
}

/** Exactly `width` cells: cut or filled with spaces. */
export function fitText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = truncate(visible(text), width);
  const fill = ' '.repeat(Math.max(0, width - cellWidth(shown)));
  return align === 'left' ? shown + fill : fill + shown;
}

/**
 * A paragraph in lines of at most `width` cells, broken at spaces, inside a word only where it is longer than a line.
 * Spaces at its beginning stay, so that code and diffs keep their shape.
 */
export function wrap(text: string, width: number): readonly string[] {
  if (width <= 0) return [];
  return text.split('\n').flatMap((paragraph) => wrapParagraph(visible(paragraph), width));
}

function wrapParagraph(paragraph: string, width: number): readonly string[] {
  const lines: string[] = [];
  const text = paragraph.trimStart();
  let line = ' '.repeat(Math.min(paragraph.length - text.length, Math.floor(width / 2)));
  for (const word of text.split(' ').flatMap((part) => pieces(part, width))) {
    const isIndent = line.trim() === '';
    if (line !== '' && cellWidth(line) + (isIndent ? 0 : 1) + cellWidth(word) > width) {
      if (!isIndent) lines.push(line);
      line = word;
    } else line = isIndent ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}

function pieces(word: string, width: number): readonly string[] {
  if (cellWidth(word) <= width) return [word];
  const parts: string[] = [];
  let part = '';
  for (const { segment } of graphemes(word)) {
    if (cellWidth(part) + cellWidth(segment) > width) {
      parts.push(part);
      part = '';
    }
    part += segment;
  }
  return [...parts, part];
}
