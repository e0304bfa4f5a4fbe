import { Text } from 'ink';
import { memo } from 'react';
import { cellWidth, truncate, visible } from './cells.ts';

/** The colours of every 16-colour terminal, by the names that it gives them. */
export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'white' | 'black' | 'gray';

/** A run of text in one style. */
export interface Span {
  readonly text: string;
  readonly colour?: Colour | undefined;
  readonly background?: Colour | undefined;
  readonly bold?: boolean | undefined;
  readonly dim?: boolean | undefined;
  readonly inverse?: boolean | undefined;
}

/** One row: a text, or runs of text. */
export type Line = string | readonly (string | Span)[];

/** https://no-color.org: colours are left out; bold, dim and inverse stay. */
const NO_COLOR = Boolean(process.env.NO_COLOR);

/** A colour, or none where the terminal's owner wants none. */
export const tint = (colour: Colour | undefined): Colour | undefined => (NO_COLOR ? undefined : colour);

export const spansOf = (line: Line): readonly Span[] =>
  typeof line === 'string' ? [{ text: line }] : line.map((span) => (typeof span === 'string' ? { text: span } : span));

export const lineText = (line: Line): string =>
  spansOf(line)
    .map((span) => span.text)
    .join('');

export const lineWidth = (line: Line): number =>
  spansOf(line).reduce((sum, span) => sum + cellWidth(visible(span.text)), 0);

/** The row in exactly `width` cells: cut with `…`, or filled with spaces. */
export function fitLine(line: Line, width: number): readonly Span[] {
  const fitted: Span[] = [];
  let left = width;
  const spans = spansOf(line).map((span) => ({ ...span, text: visible(span.text) }));
  for (const [index, span] of spans.entries()) {
    const rest = spans.slice(index + 1).some(({ text }) => text !== '');
    const cells = cellWidth(span.text);
    // A cut is marked in the run that reaches the edge, so that the rest need not be looked at.
    if (cells < left || (cells === left && !rest)) {
      fitted.push(span);
      left -= cells;
      continue;
    }
    const text = cells === left ? truncate(`${span.text} `, left) : truncate(span.text, left);
    fitted.push({ ...span, text });
    left -= cellWidth(text);
    break;
  }
  if (left > 0) fitted.push({ text: ' '.repeat(left) });
  return fitted.filter(({ text }) => text !== '');
}

/** Two parts in one row where both fit, else the second in a row of its own, indented. */
export const besideOrBelow = (first: Line, second: Line, width: number, indent: string): readonly Line[] => {
  const beside = [...spansOf(first), '  ', ...spansOf(second)];
  return lineWidth(beside) <= width ? [beside] : [first, [indent, ...spansOf(second)]];
};

/** Runs at the left and runs at the right edge of one row; the left ones are cut where both do not fit. */
export function justify(left: Line, right: Line, width: number): Line {
  const room = width - lineWidth(right);
  if (room <= 0) return fitLine(right, width);
  return [...fitLine(left, room), ...spansOf(right)];
}

/** One row of exactly `width` cells, as one text node. */
export const Row = memo(function Row({ line, width }: { readonly line: Line; readonly width: number }) {
  return (
    <Text wrap="truncate">
      {fitLine(line, width).map((span, index) =>
        isPlain(span) ? (
          span.text
        ) : (
          <Text
            // biome-ignore lint/suspicious/noArrayIndexKey: a run has no identity but its place.
            key={index}
            {...style(span)}
          >
            {span.text}
          </Text>
        ),
      )}
    </Text>
  );
});

const isPlain = ({ colour, background, bold, dim, inverse }: Span) => !(colour || background || bold || dim || inverse);

function style({ colour, background, bold, dim, inverse }: Span) {
  const foregroundColour = tint(colour);
  const backgroundColour = tint(background);
  return {
    ...(foregroundColour ? { color: foregroundColour } : {}),
    ...(backgroundColour ? { backgroundColor: backgroundColour } : {}),
    ...(bold ? { bold } : {}),
    ...(dim ? { dimColor: dim } : {}),
    // A badge is told from its surroundings by its background; without colours by inversion.
    ...(inverse || (background && !backgroundColour) ? { inverse: true } : {}),
  };
}
