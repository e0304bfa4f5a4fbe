import { Box } from 'ink';
import { type Colour, type Line, Row, spansOf } from './line.tsx';
import { BORDER, Pane, type Rectangle } from './Pane.tsx';
import { clampFirst, Lines, windowRemark } from './WindowedList.tsx';

/**
 * Where a modal of so many rows stands on a screen: in its middle, with a margin where there is room for one. The first
 * row stays in sight always: it says whose production is asked about.
 */
export function modalPlace(
  screen: { readonly columns: number; readonly rows: number },
  size: { readonly width: number; readonly bodyRows: number; readonly footRows: number },
): Rectangle & { readonly bodyHeight: number } {
  const width = Math.min(size.width, screen.columns - (screen.columns > 100 ? 4 : 0));
  const room = Math.max(1, screen.rows - BORDER - (screen.rows > 30 ? 2 : 1) - size.footRows);
  const bodyHeight = Math.min(size.bodyRows, room);
  const height = Math.min(screen.rows - 1, bodyHeight + size.footRows + BORDER);
  return {
    width,
    height,
    left: Math.floor((screen.columns - width) / 2),
    top: Math.max(1, Math.floor((screen.rows - height) / 2)),
    bodyHeight,
  };
}

/**
 * A box above everything else: a body that scrolls and a foot that stays. Every cell of it is written, spaces too, so
 * that nothing below shows through; a background colour is not set, because the terminal's own suits its text.
 */
export function Modal({
  place,
  title,
  remark,
  tone,
  body,
  first,
  foot,
}: {
  readonly place: Rectangle & { readonly bodyHeight: number };
  readonly title: string;
  readonly remark?: Line | undefined;
  /** Colour of the border: what kind of question it is. */
  readonly tone: Colour;
  readonly body: readonly Line[];
  readonly first: number;
  readonly foot: readonly Line[];
}) {
  const { width, bodyHeight } = place;
  const inner = width - BORDER - 2;
  const shownFirst = clampFirst(first, body.length, bodyHeight);
  const part = windowRemark(shownFirst, body.length, bodyHeight);
  return (
    <Box position="absolute" left={place.left} top={place.top} width={width} height={place.height}>
      <Box position="absolute" flexDirection="column">
        {Array.from({ length: place.height }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an empty row has no identity but its place.
          <Row key={row} line="" width={width} />
        ))}
      </Box>
      <Pane
        rectangle={{ left: 0, top: 0, width, height: place.height }}
        title={[{ text: title, bold: true, colour: tone }]}
        remark={remark}
        foot={part && ['↑↓ ', ...spansOf(part)]}
        focused
        colour={tone}
      >
        <Lines lines={body} first={shownFirst} width={inner} height={bodyHeight} />
        <Lines lines={foot} width={inner} height={foot.length} />
      </Pane>
    </Box>
  );
}
