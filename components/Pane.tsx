import { Box } from 'ink';
import type { ReactNode } from 'react';
import { type Colour, fitLine, type Line, lineWidth, Row, spansOf, tint } from './line.tsx';

/** A place on the screen, in cells, from its top left corner. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a pane's border takes on both sides. */
export const BORDER = 2;

export const innerWidth = ({ width }: Rectangle): number => Math.max(0, width - BORDER - 2);
export const innerHeight = ({ height }: Rectangle): number => Math.max(0, height - BORDER);

/**
 * A bordered place with its title in the border, a remark (an age) at the title's right and another in the lower edge.
 * The one in focus has a heavy border and a `▸`, so that it is known without colours.
 */
export function Pane({
  rectangle,
  title,
  remark,
  foot,
  focused,
  colour = focused ? 'cyan' : 'gray',
  children,
}: {
  readonly rectangle: Rectangle;
  readonly title: Line;
  readonly remark?: Line | undefined;
  readonly foot?: Line | undefined;
  readonly focused: boolean;
  /** Colour of the border; absent: by focus. */
  readonly colour?: Colour | undefined;
  readonly children?: ReactNode;
}) {
  const { left, top, width, height } = rectangle;
  const borderColor = tint(colour);
  const room = width - 6;
  const right: Line | undefined = remark && lineWidth(remark) > 0 ? [' ', ...spansOf(remark), ' '] : undefined;
  const rightWidth = right ? Math.min(lineWidth(right), room) : 0;
  const heading: Line = [
    { text: focused ? '▸ ' : ' ', colour, bold: true },
    ...spansOf(title).map((span) => (focused ? { ...span, bold: true } : span)),
  ];
  const headingWidth = Math.min(lineWidth(heading) + 1, Math.max(0, room - rightWidth));
  return (
    <Box
      position="absolute"
      left={left}
      top={top}
      width={width}
      height={height}
      borderStyle={focused ? 'bold' : 'round'}
      {...(borderColor ? { borderColor } : {})}
      paddingX={1}
      flexDirection="column"
    >
      {children}
      {headingWidth > 2 && (
        <Box position="absolute" left={1} top={-1}>
          <Row line={[...fitLine(heading, headingWidth - 1), ' ']} width={headingWidth} />
        </Box>
      )}
      {right && rightWidth > 2 && (
        <Box position="absolute" left={width - BORDER - rightWidth - 1} top={-1}>
          <Row line={right} width={rightWidth} />
        </Box>
      )}
      {foot && lineWidth(foot) < room && (
        <Box position="absolute" left={width - BORDER - lineWidth(foot) - 3} top={height - BORDER}>
          <Row line={[' ', ...spansOf(foot), ' ']} width={lineWidth(foot) + 2} />
        </Box>
      )}
    </Box>
  );
}
