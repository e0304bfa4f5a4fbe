import { type FSWatcher, watch } from 'node:fs';

/**
 * Calls `look` now, whenever something in the folder changes, and every `pollMs` real milliseconds besides: a file
 * system may tell of no change (network mounts), and a machine may have no more watches. Returns the way to stop.
 */
export function onChanges(folder: string, pollMs: number, look: () => void): () => void {
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(folder, look).on('error', () => watcher?.close());
  } catch {
    // Not there yet, or no more watches to be had: the poll does it.
  }
  const poll = setInterval(look, pollMs);
  look();
  return () => {
    clearInterval(poll);
    watcher?.close();
  };
}
