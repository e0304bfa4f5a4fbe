import { type FileHandle, open } from 'node:fs/promises';
import type { JournalRecord } from '../../src/release/records.ts';
import { type Life, never } from './life.ts';

/**
 * What happens to one record on its way to the disk. `dies…`: the process is killed then. The others are errors of the
 * disk, which the program lives to see.
 */
export type Fate = 'diesBefore' | 'diesInTheMiddle' | 'diesAfter' | 'ENOSPC' | 'halfALine' | 'EIO' | 'written';

interface Methods {
  write(this: FileHandle, line: Buffer): Promise<{ readonly bytesWritten: number; readonly buffer: Buffer }>;
  datasync(this: FileHandle): Promise<void>;
}

/**
 * Decides for every record that this process writes into a journal, until it is disposed of. The program itself knows
 * nothing of it: the methods of the file are what is changed.
 */
export async function journalDisk(fateOf: (record: JournalRecord) => { readonly fate: Fate; readonly life: Life }) {
  const probe = await open('/dev/null');
  const methods = Object.getPrototypeOf(probe) as Methods;
  await probe.close();
  const { write, datasync } = methods;
  /** Handles whose next sync has a fate. */
  const pending = new WeakMap<FileHandle, { readonly fate: Fate; readonly life: Life }>();

  const written = new Set<FileHandle>();

  methods.write = async function (line) {
    const record = recordIn(line);
    if (!record) return write.call(this, line);
    written.add(this);
    const { fate, life } = fateOf(record);
    if (life.isOver) return never();
    switch (fate) {
      case 'diesBefore':
        life.end();
        return never();
      case 'diesInTheMiddle':
        await write.call(this, line.subarray(0, line.length / 2));
        life.end();
        return never();
      case 'halfALine':
        return write.call(this, line.subarray(0, line.length / 2));
      case 'ENOSPC':
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      case 'EIO':
      case 'diesAfter':
        pending.set(this, { fate, life });
        return write.call(this, line);
      case 'written':
        return write.call(this, line);
    }
  };
  methods.datasync = async function () {
    const about = pending.get(this);
    pending.delete(this);
    if (about?.fate === 'EIO') throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    await datasync.call(this);
    if (about?.fate === 'diesAfter') {
      about.life.end();
      return never();
    }
  };
  return {
    /** What the system does when a process is dead. */
    closeFiles: async () => {
      await Promise.all([...written].map((handle) => handle.close().catch(() => {})));
      written.clear();
    },
    [Symbol.dispose]: () => Object.assign(methods, { write, datasync }),
  };
}

/** The record that a line holds; undefined where it is no line of a journal. */
function recordIn(line: unknown): JournalRecord | undefined {
  if (!Buffer.isBuffer(line) || !line.subarray(0, 12).toString().startsWith('{"v":1,"seq"')) return undefined;
  return JSON.parse(line.toString()) as JournalRecord;
}

/** The same point of a release in every run of it: no times, no counters. */
export function pointOf(record: JournalRecord): string {
  const about = record as Partial<Record<'id' | 'stepId' | 'attempt' | 'key' | 'gateId' | 'as' | 'text', unknown>>;
  return [record.type, about.id, about.stepId, about.attempt, about.key, about.gateId, about.as]
    .filter((part) => part !== undefined)
    .join(' ');
}
