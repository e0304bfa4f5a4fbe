const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** `▇▅▃▁▁`: the last `width` values, each as high as its share of the highest. Zero is the lowest level. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-Math.max(0, width));
  const highest = Math.max(...shown, 0);
  return shown
    .map((value) => LEVELS[highest > 0 ? Math.round((Math.max(0, value) / highest) * (LEVELS.length - 1)) : 0])
    .join('');
}
