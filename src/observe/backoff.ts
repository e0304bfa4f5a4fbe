/** Doublings after which the wait no longer grows by itself. */
const MOST_DOUBLINGS = 16;

/**
 * How long to wait after so many failures in a row, in the unit of `baseMs`: anything from 0 to base × 2ⁿ, at most
 * `capMs` ("full jitter", AWS Architecture Blog, Exponential Backoff And Jitter). Those who failed together do not come
 * back together.
 */
export function backoffMs(
  failures: number,
  { baseMs, capMs, random = Math.random }: { readonly baseMs: number; readonly capMs: number; random?(): number },
): number {
  if (failures <= 0) return 0;
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, MOST_DOUBLINGS));
}
