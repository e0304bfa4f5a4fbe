import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { huntList, UNDISTURBED } from './huntList.ts';
import type { Fate } from './journalDisk.ts';

/** After each of these the record is not on the disk, and is written anew by the next start. */
const BEFORE: readonly Fate[] = ['diesBefore', 'diesInTheMiddle', 'ENOSPC', 'halfALine'];

const lossless = { done: UNDISTURBED, closed: ['finished'] };

describe('a release whose every record meets its fate', { timeout: 180_000 }, () => {
  it('killed before and in the middle of it, a full disk, half a line, killed after it or no sync: nothing is lost or repeated', async () => {
    const { met, ...end } = await huntList((point, time) => {
      const fates: readonly Fate[] = [...BEFORE, point.length % 2 === 0 ? 'diesAfter' : 'EIO'];
      return fates[time - 1] ?? 'written';
    });
    expect(end).toEqual(lossless);
    expect(met).toBeGreaterThan(150);
  });

  it('any of them at random: the same', async () => {
    const anyFate = fc.constantFrom<Fate>('written', 'written', ...BEFORE, 'diesAfter', 'EIO');
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(anyFate), async (fates) => {
        const { met: _met, ...end } = await huntList((_point, time) => (time > 6 ? 'written' : fates.next().value));
        expect(end).toEqual(lossless);
      }),
      { numRuns: 2 },
    );
  });
});
