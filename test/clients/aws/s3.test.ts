import { expect, it } from 'vitest';
import { parseS3 } from '../../../src/steps/listFiles.ts';

it.each([
  ['s3://bucket/prefix', { bucket: 'bucket', prefix: 'prefix/' }],
  ['s3://bucket/a/b/', { bucket: 'bucket', prefix: 'a/b/' }],
  ['s3://bucket', { bucket: 'bucket', prefix: '' }],
  ['/srv/evidence', undefined],
])('a second copy that goes to %s is told from one that goes to a folder', (place, parts) => {
  expect(parseS3(place)).toEqual(parts);
});
