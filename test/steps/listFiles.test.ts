import { expect, it } from 'vitest';
import type { ActContext } from '../../src/steps/kind.ts';
import { copyTo } from '../../src/steps/listFiles.ts';

/** A bucket, and how often something was put into it. */
function bucket() {
  const objects = new Map<string, string>();
  let writes = 0;
  let unreadable = false;
  const s3 = {
    read: async ({ key }: { readonly key: string }) => {
      if (unreadable && !objects.has(key)) throw new Error('AccessDenied');
      return objects.get(key);
    },
    write: async ({ key }: { readonly key: string }, body: string) => {
      writes += 1;
      objects.set(key, body);
    },
  };
  const context = { doors: { aws: { s3 } }, signal: new AbortController().signal } as unknown as ActContext;
  return {
    copy: (body: string) => copyTo('s3://releases/lists', 'one.json', body, context),
    objects,
    writes: () => writes,
    /** As without the right to list: what is not there cannot be told from what may not be read. */
    hideMissing: () => {
      unreadable = true;
    },
  };
}

it('a second copy is put there once, however often a program that dies begins again', async () => {
  const { copy, objects, writes } = bucket();
  for (let time = 0; time < 3; time += 1) await copy('{"a":1}');
  expect([writes(), [...objects]]).toEqual([1, [['lists/one.json', '{"a":1}']]]);
  await copy('{"a":2}');
  expect([writes(), objects.get('lists/one.json')]).toEqual([2, '{"a":2}']);
});

it('a second copy needs no right to list the bucket', async () => {
  const { copy, objects, hideMissing } = bucket();
  hideMissing();
  await copy('{}');
  expect(objects.get('lists/one.json')).toBe('{}');
});
