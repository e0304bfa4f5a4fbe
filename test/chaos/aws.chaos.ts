import { beforeAll, describe, expect, it } from 'vitest';
import { recordingProxy } from '../contract/recordingProxy.ts';
import { questionOf, TROUBLES, troubleFor } from './awsTroubles.ts';
import { type HuntedRelease, huntRelease, report } from './huntRelease.ts';

const SPEED = 400;

describe('one whole release', () => {
  let undisturbed: HuntedRelease;
  beforeAll(async () => {
    undisturbed = await huntRelease({ speed: SPEED, fates: () => [] });
  }, 600_000);

  it.each(TROUBLES)('whose every question to AWS meets %s once ends as an undisturbed one does', async (name) => {
    const met = new Set<string>();
    const played = await huntRelease({
      speed: SPEED,
      fates: () => [],
      before: (endpoint) =>
        recordingProxy(endpoint, undefined, (asked) => {
          // Each takes a whole timeout to be noticed.
          const question = name === 'hangs' ? `${asked.service} ${asked.operation}` : questionOf(asked);
          if (met.has(question)) return undefined;
          met.add(question);
          return troubleFor(name, asked);
        }),
    });
    report(`AWS ${name}`, { questions: met.size, starts: played.starts });
    expect(played.image).toEqual(undisturbed.image);
    expect(played.release.closed?.as).toBe('finished');
  });
});
