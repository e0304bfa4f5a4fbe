import { type Line, Row } from './line.tsx';

/** The first visible row of a list, so that it never shows emptiness below its end. */
export const clampFirst = (first: number, total: number, height: number): number =>
  Math.max(0, Math.min(first, total - height));

/** The first visible row that keeps `cursor` in sight, near the middle where the list is longer than its window. */
export const firstAround = (cursor: number, total: number, height: number): number =>
  clampFirst(cursor - Math.floor(height / 2), total, height);

/** `12–24 of 120`, where not all is visible. */
export const windowRemark = (first: number, total: number, height: number): string | undefined =>
  total > height && height > 0 ? `${first + 1}–${Math.min(total, first + height)} of ${total}` : undefined;

/** The visible rows of a list: what is out of sight is never made. Fills its height, so that what was there goes. */
export function WindowedList({
  total,
  lineAt,
  first,
  width,
  height,
}: {
  readonly total: number;
  /** The row at an index from 0 to `total - 1`. */
  readonly lineAt: (index: number) => Line;
  readonly first: number;
  readonly width: number;
  readonly height: number;
}) {
  return Array.from({ length: Math.max(0, height) }, (_, row) => {
    const index = first + row;
    // biome-ignore lint/suspicious/noArrayIndexKey: a row of the window has no identity but its place.
    return <Row key={row} line={index < total ? lineAt(index) : ''} width={width} />;
  });
}

/** A {@link WindowedList} of rows that are made already. */
export const Lines = ({
  lines,
  first = 0,
  width,
  height,
}: {
  readonly lines: readonly Line[];
  readonly first?: number;
  readonly width: number;
  readonly height: number;
}) => (
  <WindowedList
    total={lines.length}
    lineAt={(index) => lines[index] ?? ''}
    first={first}
    width={width}
    height={height}
  />
);
