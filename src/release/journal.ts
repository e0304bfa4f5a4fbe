import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { syncFolder, writeDurably } from '../durable.ts';
import { type JournalRecord, NO_RECORD, parseRecord, type RecordBody, recordHash } from './records.ts';

/** A line of a journal, other than a torn last one, is not what was written. Nothing may be added to such a record. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
}

/** Nothing can be added any more: the file cannot be written, or another process wrote into it. */
export class JournalClosed extends Error {
  override readonly name = 'JournalClosed';
}

export const JOURNAL_FILE = 'journal.jsonl';

/** What is in a journal's file. */
export interface JournalContent {
  readonly records: readonly JournalRecord[];
  /** Bytes of whole records; what follows is a line that a crash tore. */
  readonly wholeBytes: number;
  /** The torn rest, empty in a clean journal. */
  readonly torn: string;
}

/**
 * Reads and verifies a journal's text. Exactly one torn line is tolerated, the last: it was never acknowledged.
 * Throws {@link JournalDamaged} for anything else.
 */
export function readJournal(text: string, file: string): JournalContent {
  const records: JournalRecord[] = [];
  let previous = { seq: 0, hash: NO_RECORD };
  let from = 0;
  while (from < text.length) {
    const end = text.indexOf('\n', from);
    const record = end < 0 ? 'it has no end' : parseRecord(text.slice(from, end), previous);
    if (typeof record === 'string') {
      const isLast = end < 0 || end === text.length - 1;
      // A line that ends and is wrong was changed after it was written, unless a crash left a hole at the very end.
      if (end < 0 || (isLast && record === 'it is not JSON')) break;
      throw new JournalDamaged(
        `Line ${records.length + 1} of ${file} is damaged: ${record}. Nothing was changed. Restore the file from a backup, or move its folder away and check the world by hand before a new release.`,
      );
    }
    records.push(record);
    previous = record;
    from = end + 1;
  }
  return { records, wholeBytes: Buffer.byteLength(text.slice(0, from)), torn: text.slice(from) };
}

/** The append-only record of a release, open for writing. */
export class Journal {
  readonly #handle: FileHandle;
  readonly #clock: Clock;
  readonly #mayWrite: () => Promise<void>;
  readonly #listeners = new Set<(record: JournalRecord) => void>();
  #records: JournalRecord[];
  #epoch: number;
  #queue: Promise<unknown> = Promise.resolve();
  #broken: Error | undefined;
  readonly #file: string;
  /** Length of the file as we know it: one that differs was written by another process. */
  #bytes: number;
  readonly #ended = new Set<(error: Error) => void>();

  private constructor(
    file: string,
    handle: FileHandle,
    { records, wholeBytes }: JournalContent,
    options: JournalOptions,
  ) {
    this.#file = file;
    this.#handle = handle;
    this.#records = [...records];
    this.#bytes = wholeBytes;
    this.#clock = options.clock;
    this.#mayWrite = options.mayWrite;
    this.#epoch = options.epoch ?? records.at(-1)?.epoch ?? 1;
  }

  /** Opens (or begins) the journal in a release's folder, which exists. */
  static async open(folder: string, options: JournalOptions): Promise<Journal> {
    const file = join(folder, JOURNAL_FILE);
    const handle = await open(file, 'a+', 0o600);
    try {
      await syncFolder(dirname(file));
      const content = readJournal(await handle.readFile('utf8'), file);
      if (content.torn !== '') {
        await writeDurably(`${file}.torn-${content.records.length + 1}`, content.torn);
        await handle.truncate(content.wholeBytes);
        await handle.datasync();
      }
      return new Journal(file, handle, content, options);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  /** Calls the listener after each record became durable. Returns the way to stop. */
  subscribe(listener: (record: JournalRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the record is on the disk. After a failed write nothing more is accepted: the end of the file is unknown. */
  append(body: RecordBody): Promise<JournalRecord> {
    const written = this.#queue.then(() => this.#write(body));
    this.#queue = written.catch(() => {});
    return written;
  }

  /** Throws where nothing may be added any more, and so nothing may be done: the lock is lost, or the file. */
  async verify(): Promise<void> {
    if (this.#broken) throw this.#broken;
    try {
      await this.#mayWrite();
    } catch (error) {
      throw this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Calls the listener once, when nothing can be added any more; not where it is closed by us. */
  onEnd(listener: (error: Error) => void): void {
    this.#ended.add(listener);
  }

  #end(error: Error): Error {
    this.#broken ??= error;
    for (const listener of this.#ended) listener(error);
    this.#ended.clear();
    return this.#broken;
  }

  async #write(body: RecordBody): Promise<JournalRecord> {
    await this.verify();
    const last = this.#records.at(-1);
    const unsigned = {
      v: 1 as const,
      seq: (last?.seq ?? 0) + 1,
      epoch: this.#epoch,
      at: this.#clock.now(),
      monoMs: Math.round(performance.now()),
      prev: last?.hash ?? NO_RECORD,
      ...body,
    };
    // What is hashed is what JSON keeps, so that a record read back has the same hash.
    const plain = JSON.parse(JSON.stringify(unsigned)) as Omit<JournalRecord, 'hash'>;
    const record = { ...plain, hash: recordHash(plain) } as JournalRecord;
    try {
      await this.#writeLine(Buffer.from(`${JSON.stringify(record)}\n`));
    } catch (error) {
      throw this.#end(
        error instanceof JournalClosed
          ? error
          : new JournalClosed(
              `The journal cannot be written (${error instanceof Error ? error.message : String(error)}); nothing more is done. Free the disk and start again: the release goes on where it was.`,
              { cause: error },
            ),
      );
    }
    this.#records.push(record);
    for (const listener of this.#listeners) listener(record);
    return record;
  }

  /** Whole and durable, or it throws. A full disk takes a part of a line without a word. */
  async #writeLine(line: Buffer): Promise<void> {
    const { size, ino } = await this.#handle.stat();
    const there = await stat(this.#file).catch(() => undefined);
    if (there?.ino !== ino)
      throw new JournalClosed(
        `The record was removed or replaced by another file: nothing more is done. Put it back as it was, then start again: ${this.#file}`,
      );
    if (size !== this.#bytes)
      throw new JournalClosed('Another process writes into the record of this release; this panel only watches now.');
    const { bytesWritten } = await this.#handle.write(line);
    if (bytesWritten < line.length) throw new Error(`only ${bytesWritten} of ${line.length} bytes found room`);
    await this.#handle.datasync();
    this.#bytes += line.length;
  }

  /** Waits for what is being written, then closes the file. */
  async close(): Promise<void> {
    await this.#queue;
    this.#ended.clear();
    this.#broken ??= new JournalClosed('The journal is closed.');
    await this.#handle.close();
  }
}

interface JournalOptions {
  readonly clock: Clock;
  /** Throws where this process no longer holds the lock. Asked before each record. */
  readonly mayWrite: () => Promise<void>;
  /** Raised by a take-over; absent: the last record's. */
  readonly epoch?: number;
}

/** A journal's content without opening it for writing; undefined where there is none. */
export async function loadJournal(folder: string): Promise<JournalContent | undefined> {
  const file = join(folder, JOURNAL_FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : readJournal(text, file);
}
