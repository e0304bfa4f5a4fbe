import { beforeAll, describe, expect, it } from 'vitest';
import { type HuntedRelease, huntRelease, report } from './huntRelease.ts';
import type { Fate } from './journalDisk.ts';
import { mutationCounts, repeatedIn } from './mutations.ts';

/** The machine's own pace, not the clock's, decides how long a release takes at this speed. */
const SPEED = 400;

describe('one whole release', () => {
  let undisturbed: HuntedRelease;
  beforeAll(async () => {
    undisturbed = await huntRelease({ speed: SPEED, fates: () => [] });
  }, 600_000);

  it.each<readonly [string, readonly Fate[]]>([
    ['killed after every record', ['diesAfter']],
    ['killed before every record, and so between every effect and its result', ['diesBefore']],
    ['killed in the middle of every record', ['diesInTheMiddle']],
    [
      'on a disk that is full at every record, then takes half of it, then fails to sync it',
      ['ENOSPC', 'halfALine', 'EIO'],
    ],
  ])('%s, one after another, ends as an undisturbed one does', async (name, fates) => {
    const hunted = await huntRelease({ speed: SPEED, fates: () => fates });
    const repeated = repeatedIn(hunted);
    report(name, { points: hunted.points.length, starts: hunted.starts, repeated: repeated.length });
    expect(repeated).toEqual([]);
    expect(hunted.image).toEqual(undisturbed.image);
    expect(mutationCounts(hunted)).toEqual(mutationCounts(undisturbed));
    expect(hunted.release.closed?.as).toBe('finished');
  });
});
