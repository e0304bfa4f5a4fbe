import { cellWidth } from './cells.ts';
import type { Line, Span } from './line.tsx';

/** A key and what it does. */
export interface KeyHint {
  readonly key: string;
  readonly label: string;
}

/** `↵ run  ? help  q quit`: as many hints as have room, in order; the last two always stay. */
export function keyBar(hints: readonly KeyHint[], width: number): Line {
  const shown = [...hints];
  const total = () => shown.reduce((sum, { key, label }) => sum + cellWidth(key) + 1 + cellWidth(label) + 2, -2);
  while (shown.length > 2 && total() > width) shown.splice(shown.length - 3, 1);
  return shown.flatMap<Span>(({ key, label }, index) => [
    { text: index > 0 ? '  ' : '' },
    { text: key, bold: true, colour: 'cyan' },
    { text: ` ${label}` },
  ]);
}
