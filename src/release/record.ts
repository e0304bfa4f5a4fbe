import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { ReleaseFacts } from '../steps/kind.ts';
import { applyRecord, fold } from './fold.ts';
import { Journal } from './journal.ts';
import type { JournalRecord, RecordBody } from './records.ts';
import type { ReleaseState } from './state.ts';

/** What a step may know of a release as it stands. */
export function factsOf(folder: string, state: () => ReleaseState): ReleaseFacts {
  const { id, openedAtMs, head, facts } = state();
  return {
    id,
    openedAtMs,
    head,
    folder,
    facts,
    closedAtMs: (stepId) => {
      const step = state().steps[stepId];
      return step?.closedAs === 'skipped' ? undefined : step?.closedAtMs;
    },
  };
}

/** A release that this process may write to: its journal, and the state that follows from it. */
export class OpenRecord {
  readonly folder: string;
  readonly #journal: Journal;
  #state: ReleaseState;

  private constructor(folder: string, journal: Journal, state: ReleaseState) {
    this.folder = folder;
    this.#journal = journal;
    this.#state = state;
    journal.subscribe((record) => {
      this.#state = applyRecord(this.#state, record) ?? this.#state;
    });
  }

  /** Opens the record in a release's folder; `first` begins a new one there. */
  static async open(
    folder: string,
    options: { readonly clock: Clock; readonly mayWrite: () => Promise<void>; readonly epoch?: number },
    first?: Extract<RecordBody, { type: 'release.opened' }>,
  ): Promise<OpenRecord> {
    const journal = await Journal.open(folder, options);
    if (first) await journal.append(first);
    const state = fold(journal.records);
    if (!state) {
      await journal.close();
      throw new Error(`The journal in ${folder} holds no release. Move the folder away and start again.`);
    }
    return new OpenRecord(folder, journal, state);
  }

  get state(): ReleaseState {
    return this.#state;
  }
  get records(): readonly JournalRecord[] {
    return this.#journal.records;
  }

  /** Resolves when it is durable and `state` follows it. */
  append(body: RecordBody): Promise<JournalRecord> {
    return this.#journal.append(body);
  }

  /** Throws where nothing may be added, and so nothing may be done. */
  verify(): Promise<void> {
    return this.#journal.verify();
  }

  /** Calls the listener once, when nothing can be added any more. */
  onEnd(listener: (error: Error) => void): void {
    this.#journal.onEnd(listener);
  }

  subscribe(listener: (record: JournalRecord) => void): () => void {
    return this.#journal.subscribe(listener);
  }

  /** Resolves with the first value that `select` gives, now or after a later record. */
  async when<T>(select: (state: ReleaseState) => T | undefined, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const now = select(this.#state);
    if (now !== undefined) return now;
    const found = Promise.withResolvers<T>();
    const stop = this.subscribe(() => {
      const value = select(this.#state);
      if (value !== undefined) found.resolve(value);
    });
    const onAbort = () => found.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await found.promise;
    } finally {
      stop();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** What a step may know of it. */
  facts(): ReleaseFacts {
    return factsOf(this.folder, () => this.#state);
  }

  /** 0700, belongs to one attempt's script. */
  scriptFolder(stepId: string, attempt: number): string {
    return join(this.folder, 'scripts', `${stepId}-${attempt}`);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}
