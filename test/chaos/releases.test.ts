import { describe, expect, it } from 'vitest';
import { recordingProxy } from '../contract/recordingProxy.ts';
import { questionOf, TROUBLES, troubleFor } from './awsTroubles.ts';
import { huntRelease } from './huntRelease.ts';
import { mutationCounts, repeatedIn } from './mutations.ts';

/** The short form of what `npm run test:chaos` does to a whole release. */
describe('a stage whose update fails, and its fallback', () => {
  it('killed before and after the first record of each kind, does each thing once', async () => {
    const stage = { speed: 400, from: 'redis', stages: ['redis'], faults: ['redis-size'] as const };
    const kinds = new Set<string>();
    const hunted = await huntRelease({
      ...stage,
      fates: (point) => {
        const [kind = ''] = point.split(' ');
        if (kinds.has(kind)) return [];
        kinds.add(kind);
        return ['diesBefore', 'diesAfter'];
      },
    });
    expect(hunted.points.length).toBeGreaterThan(16);
    expect(repeatedIn(hunted)).toEqual([]);
    // The update that fails, the delete, the create; one answer, at the update's prompt; a snapshot of either cache.
    expect(mutationCounts(hunted)).toEqual({
      'scripts.start': 3,
      'scripts.answer': 1,
      'aws.elastiCache.createSnapshot': 2,
    });
    expect(hunted.image.stacks).toMatchObject({
      RedisProductionBoss: { stackStatus: 'CREATE_COMPLETE', operations: ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'] },
    });
  });
});

describe('a mailing list that is silenced and restored, and a preview', () => {
  it('whose every question to AWS fails once, each in the next way, leave everything as it was', async () => {
    const quick = TROUBLES.filter((name) => name !== 'hangs');
    const met = new Set<string>();
    const stages = { speed: 400, from: 'silence', stages: ['silence', 'preview', 'restore', 'deleteRule'] };
    const played = await huntRelease({
      ...stages,
      fates: () => [],
      before: (endpoint) =>
        recordingProxy(endpoint, undefined, (asked) => {
          const question = questionOf(asked);
          if (met.has(question)) return undefined;
          // Made, and nobody is told: the hardest for what must be made once.
          const name = asked.operation === 'CreateChangeSet' ? 'lostAnswer' : quick[met.size % quick.length];
          met.add(question);
          return name && troubleFor(name, asked);
        }),
    });
    expect(met.size).toBeGreaterThan(35);
    expect(played.image.subscriptions).toEqual(played.imageBefore.subscriptions);
    expect(played.image.stacks).toEqual(played.imageBefore.stacks);
    expect(played.release.steps['c.1']?.attempts).toHaveLength(1);
    expect(played.image.rule).toMatchObject({ state: 'DISABLED' });
  });
});
