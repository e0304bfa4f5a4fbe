import { describe, expect, it } from 'vitest';
import {
  isRolledBack,
  olderImages,
  type RememberedImage,
  rememberBefore,
  rememberTook,
  stackBefore,
  versionBefore,
} from '../../src/steps/stackMemory.ts';

const image = (imageId: string, version: string | null = 'sprint41'): RememberedImage => ({
  imageId,
  version,
  commit: 'c0ffee',
});
const was = (runs: Readonly<Record<string, RememberedImage>>) => ({ runs, commit: 'c0ffee', stackVersion: '3' });
const before = (images: Readonly<Record<string, RememberedImage>>) => ({ images, commit: null, stackVersion: null });

describe('what a release remembers of a stack', () => {
  it('is what ran before the first update, however often it is updated again', () => {
    const first = rememberBefore({}, 'core', was({ vault: image('ami-1') }));
    expect(stackBefore(first, 'core')).toEqual({
      images: { vault: image('ami-1') },
      commit: 'c0ffee',
      stackVersion: '3',
    });
    expect(rememberBefore(first, 'core', was({ vault: image('ami-2') }))).toEqual({});
  });

  it('is nothing for a stack without machines', () => {
    expect(rememberBefore({}, 'redis', was({}))).toEqual({});
    expect(rememberTook('redis', {})).toEqual({});
    expect(rememberTook('redis', undefined)).toEqual({});
    expect(stackBefore({}, 'redis')).toBeUndefined();
  });
});

describe('the version that brings images back', () => {
  it.each([
    ['of both machines', { vault: image('ami-1'), auth: image('ami-2') }, { version: 'sprint41' }],
    [
      'is none where they ran on two',
      { vault: image('ami-1', 'h1'), auth: image('ami-2', 'h2') },
      { why: 'its machines ran on different versions (vault h1, auth h2), and one update takes one version' },
    ],
    [
      'is none where an image is gone',
      { vault: image('ami-1'), auth: image('ami-2', null) },
      { why: 'the image that auth ran on cannot be found by a name any more' },
    ],
  ])('%s', (_name, images, expected) => {
    expect(versionBefore(before(images))).toEqual(expected);
  });
});

describe('a stack that took older images', () => {
  const took = rememberTook('core', { vault: image('ami-1', 'sprint42'), auth: image('ami-2', 'sprint42') });

  it('is known by the images that were made anew since', () => {
    expect(olderImages({ ...took, amis: { vault: 'ami-1', auth: 'ami-2' } }, 'core')).toEqual([]);
    expect(olderImages({ ...took, amis: { vault: 'ami-1', auth: 'ami-9', endpoint: 'ami-5' } }, 'core')).toEqual([
      { machine: 'auth', took: image('ami-2', 'sprint42'), now: 'ami-9' },
    ]);
  });

  it('is none that was not updated, and none that went back on purpose', () => {
    const amis = { vault: 'ami-9', auth: 'ami-9' };
    expect(olderImages({ amis }, 'core')).toEqual([]);
    const back = rememberTook('core', { vault: image('ami-1') }, true);
    expect(olderImages({ ...back, amis }, 'core')).toEqual([]);
    expect([isRolledBack(back, 'core'), isRolledBack(took, 'core')]).toEqual([true, false]);
  });
});
