const pad = (value: number) => String(value).padStart(2, '0');

/** `41s`, `6m12s`, `2h05m`, `3d04h`: two units at most. Negative counts as none. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${seconds}s`;
  if (hours < 1) return `${minutes}m${pad(seconds % 60)}s`;
  if (hours < 48) return `${hours}h${pad(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${pad(hours % 24)}h`;
}

/** {@link duration} in its largest unit: `9m`, for what is only roughly known. */
export function roughly(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds}s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes}m` : `${Math.round(minutes / 60)}h`;
}

/** Ages grow in steps of so many seconds. */
const AGE_STEP_S = 5;

/**
 * `now`, `15s ago`, `3m ago`, `2h05m ago`: an age in coarse steps, so that a screen on which nothing happens is not
 * painted anew each second.
 */
export function ago(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < AGE_STEP_S) return 'now';
  if (seconds < 60) return `${seconds - (seconds % AGE_STEP_S)}s ago`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)}m ago` : `${duration(ms)} ago`;
}

/** `02:13`: hours and minutes that have passed. */
export function hoursAndMinutes(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** `12:01:07`: a time of day, in the operator's own zone. */
export function timeOfDay(ms: number): string {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** `1,204,331`. */
export const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
