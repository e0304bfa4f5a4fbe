import { cellWidth, truncateStart } from './cells.ts';
import type { Line } from './line.tsx';

/** What stands for each typed character of a secret. */
const DOT = '•';

/**
 * A field as a row of at most `width` cells: its label, what was typed, and a block where the next character goes. It
 * only draws; the one reader of the keys keeps the text.
 */
export function textInput(
  { label, text, masked = false }: { readonly label: string; readonly text: string; readonly masked?: boolean },
  width: number,
): Line {
  const prompt = `${label} › `;
  const shown = masked ? DOT.repeat([...text].length) : text;
  const room = Math.max(4, width - cellWidth(prompt) - 1);
  return [{ text: prompt, bold: true }, truncateStart(shown, room), { text: ' ', inverse: true }];
}
