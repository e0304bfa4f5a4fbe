import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../src/rehearsal/redis/keyspace.ts';

const key = fc.integer({ min: 0, max: 60 }).map((number) => `key&${number}`);
const change = fc.record({ key, isDelete: fc.boolean() });

it('a whole scan returns each key that was there all the time, for any pages and any changes between them', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { minLength: 1 }),
      fc.array(fc.record({ count: fc.integer({ min: 1, max: 20 }), changes: fc.array(change) }), { maxLength: 80 }),
      (first, pages) => {
        const database = createDatabase(() => 0);
        for (const name of first) database.set(name, '1');
        const stayed = new Set(first);
        const seen = new Set<string>();
        let cursor = 0;
        for (let page = 0; page === 0 || cursor !== 0; page++) {
          const { count = 100, changes = [] } = pages[page] ?? {};
          const result = database.scan(cursor, count);
          for (const name of result.keys) seen.add(name);
          cursor = result.cursor;
          for (const { key: name, isDelete } of changes) {
            if (isDelete) {
              database.delete(name);
              stayed.delete(name);
            } else database.set(name, '2');
          }
        }
        for (const name of stayed) expect(seen).toContain(name);
      },
    ),
  );
});

it('holds what a plain map would, for any series of changes', () => {
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const database = createDatabase(() => 0);
      const model = new Map<string, string>();
      for (const [index, { key: name, isDelete }] of changes.entries()) {
        if (isDelete) expect(database.delete(name)).toBe(model.delete(name));
        else {
          database.set(name, String(index));
          model.set(name, String(index));
        }
      }
      expect(database.keys().toSorted()).toEqual([...model.keys()].toSorted());
      expect(database.size()).toBe(model.size);
      expect(database.scan(0, 1_000_000).keys.toSorted()).toEqual([...model.keys()].toSorted());
    }),
  );
});

it('forgets a key when its time has come, for counts, scans and reads alike', () => {
  let nowMs = 0;
  const database = createDatabase(() => nowMs);
  database.set('stays', '1');
  database.set('goes', '1', 1_000);
  expect(database.expiring()).toEqual({ count: 1, meanTtlMs: 1_000 });
  nowMs = 1_000;
  expect(database.size()).toBe(1);
  expect(database.has('goes')).toBe(false);
  expect(database.scan(0, 100).keys).toEqual(['stays']);
  expect(database.expiring()).toEqual({ count: 0, meanTtlMs: 0 });
});
