import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../durable.ts';
import { JOURNAL_FILE } from './journal.ts';

/**
 * Puts a copy of a release's journal in its place, so that whoever still has the old file open writes into one that
 * nobody reads any more. A process that was stopped between asking for the lock and writing would otherwise add its line
 * when it wakes, hours after a take-over. To be called after the lock was taken: what the old operator wrote in between
 * is lost, and whatever it was about to do for it finds the lock gone and is not done.
 */
export async function fenceJournal(folder: string): Promise<void> {
  const file = join(folder, JOURNAL_FILE);
  await writeDurably(file, await readFile(file));
}
