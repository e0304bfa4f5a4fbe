const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** `██████▌···`: a bar of `width` cells in steps of an eighth, for a fraction from 0 to 1. */
export function progressBar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0)) * width * 8);
  const full = Math.floor(eighths / 8);
  const bar = '█'.repeat(full) + (EIGHTHS[eighths % 8] ?? '');
  return bar + '·'.repeat(width - bar.length);
}
