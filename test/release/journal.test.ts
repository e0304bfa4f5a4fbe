import { appendFile, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Journal, JournalDamaged, loadJournal, readJournal } from '../../src/release/journal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-journal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = () => join(folder, 'journal.jsonl');
const openJournal = (mayWrite = async () => {}) => Journal.open(folder, { clock: systemClock, mayWrite });

async function writeNotes(...texts: readonly string[]): Promise<void> {
  const journal = await openJournal();
  for (const text of texts) await journal.append({ type: 'note', text });
  await journal.close();
}

describe('the journal', () => {
  it('gives back what was appended, chained record to record', async () => {
    await writeNotes('one', 'zwei – ünïcode', 'three\nlines');
    const content = await loadJournal(folder);
    expect(content?.records.map((record) => record.type === 'note' && record.text)).toEqual([
      'one',
      'zwei – ünïcode',
      'three\nlines',
    ]);
    expect(content?.records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(content?.records[2]?.prev).toBe(content?.records[1]?.hash);
  });

  it('is whole again after appends that were made at once', async () => {
    const journal = await openJournal();
    await Promise.all(Array.from({ length: 50 }, (_, n) => journal.append({ type: 'note', text: `${n}` })));
    await journal.close();
    expect((await loadJournal(folder))?.records).toHaveLength(50);
  });

  it('keeps a torn last line aside and goes on after the last whole record', async () => {
    await writeNotes('one', 'two');
    await appendFile(file(), '{"v":1,"seq":3,"type":"no');
    await writeNotes('three');
    const content = await loadJournal(folder);
    expect(content?.records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await readFile(`${file()}.torn-3`, 'utf8')).toBe('{"v":1,"seq":3,"type":"no');
  });

  it('refuses a damaged line in its middle and changes nothing', async () => {
    await writeNotes('one', 'two', 'three');
    const damaged = (await readFile(file(), 'utf8')).replace('"two"', '"TWO"');
    await writeFile(file(), damaged);
    await expect(openJournal()).rejects.toThrow(JournalDamaged);
    await expect(openJournal()).rejects.toThrow(/Line 2 .* its content was changed/);
    expect(await readFile(file(), 'utf8')).toBe(damaged);
  });

  it('finds any changed byte of any line but a torn last one', async () => {
    await writeNotes('one', 'two', 'three');
    const text = await readFile(file(), 'utf8');
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
        const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        fc.pre(changed !== text);
        let kept: readonly unknown[];
        try {
          kept = readJournal(changed, 'journal.jsonl').records;
        } catch (error) {
          return error instanceof JournalDamaged;
        }
        // Tolerated is a last line that is not whole, and it is never counted as a record.
        return kept.length < 3 && changed.lastIndexOf('\n', changed.length - 2) < at;
      }),
    );
  });

  it('accepts nothing more once this process lost the right to write', async () => {
    let holds = true;
    const journal = await openJournal(async () => {
      if (!holds) throw new Error('taken over');
    });
    await journal.append({ type: 'note', text: 'mine' });
    holds = false;
    await expect(journal.append({ type: 'note', text: 'late' })).rejects.toThrow('taken over');
    await journal.close();
    expect((await loadJournal(folder))?.records).toHaveLength(1);
  });

  it('accepts nothing after a write that failed', async () => {
    const journal = await openJournal();
    await journal.append({ type: 'note', text: 'one' });
    await journal.close();
    await expect(journal.append({ type: 'note', text: 'two' })).rejects.toThrow('closed');
  });

  it('counts a line of which a full disk took only a part as not written, and goes on whole', async () => {
    const journal = await openJournal();
    await journal.append({ type: 'note', text: 'one' });
    const handle = await open(join(folder, 'any'), 'w');
    const prototype = Object.getPrototypeOf(handle) as { write(bytes: Buffer): Promise<{ bytesWritten: number }> };
    await handle.close();
    const { write } = prototype;
    prototype.write = function part(bytes) {
      return write.call(this, bytes.subarray(0, 20));
    };
    try {
      await expect(journal.append({ type: 'note', text: 'two' })).rejects.toThrow('Free the disk');
    } finally {
      prototype.write = write;
    }
    await expect(journal.append({ type: 'note', text: 'three' })).rejects.toThrow('Free the disk');
    await journal.close();
    await writeNotes('four');
    const content = await loadJournal(folder);
    expect(content?.records.map((record) => record.type === 'note' && record.text)).toEqual(['one', 'four']);
  });

  it.each([
    ['removed', () => rm(file())],
    [
      'replaced by another, as an editor saves it',
      async () => {
        await writeFile(`${file()}~`, await readFile(file()));
        await rename(`${file()}~`, file());
      },
    ],
  ])('adds nothing once its file was %s', async (_how, change) => {
    const journal = await openJournal();
    await journal.append({ type: 'note', text: 'one' });
    await change();
    await expect(journal.append({ type: 'note', text: 'two' })).rejects.toThrow(
      'was removed or replaced by another file',
    );
    await journal.close();
  });

  it('adds nothing to a file that another process wrote into', async () => {
    const journal = await openJournal();
    await journal.append({ type: 'note', text: 'one' });
    await writeNotes('of another');
    await expect(journal.append({ type: 'note', text: 'two' })).rejects.toThrow('Another process writes');
    await journal.close();
    expect((await loadJournal(folder))?.records).toHaveLength(2);
  });
});
