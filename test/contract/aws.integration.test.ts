import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needing } from '../support/servers.ts';
import { itKeepsTheContract } from './awsContract.ts';
import { BUCKET } from './deployment.ts';
import { DIFFERENCES } from './differences.ts';
import { operationsOfDoors } from './operations.ts';
import { itPlans, itPlansWithoutCheckout } from './planned.ts';
import { openMoto, openWorld, type Scene } from './scene.ts';
import { itLooks } from './status.ts';

/** What our doors call that the embedded AWS lacks: no rehearsal keeps a second copy of its evidence. */
const NOT_EMBEDDED = ['s3 GetObject', 's3 PutObject'];
const COPY = { bucket: BUCKET, key: 'lists/one.json' };

const moto = needing(['moto_server'], 'moto, an AWS of others');

// It takes seconds to begin, so it begins first; there is one for all.
let opening: Promise<Scene> | undefined;
beforeAll(() => {
  if (moto.isThere) opening = openMoto();
  // Whoever awaits it is told.
  opening?.catch(() => {});
});
afterAll(async () => (await opening?.catch(() => undefined))?.end());

describe('the embedded AWS', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openWorld();
  });
  afterAll(() => scene.end());

  itPlansWithoutCheckout(() => scene);
  itKeepsTheContract(() => scene);
  for (const { what, why, ask, aws } of DIFFERENCES)
    it(`is as AWS is, where moto is not: ${what} (${why})`, async () => expect(await ask(scene)).toEqual(aws));
  it('refuses what it does not have', async () => {
    await expect(scene.aws.s3.read(COPY)).rejects.toMatchObject({ code: 'UnknownOperationException' });
    await expect(scene.aws.s3.write(COPY, '{}')).rejects.toMatchObject({ code: 'UnknownOperationException' });
  });
  it('was asked for every operation that our doors call', async () => {
    expect(asked(scene)).toEqual(await operationsOfDoors());
    expect(asked(scene)).toEqual(expect.arrayContaining(NOT_EMBEDDED));
  });
});

describe.runIf(moto.isThere)(moto.name, () => {
  let scene: Scene;
  beforeAll(async () => {
    if (opening) scene = await opening;
  }, 120_000);

  // What only reads comes first.
  itLooks(() => scene);
  itPlans(() => scene);
  itKeepsTheContract(() => scene);
  it('keeps an object as it was written, and has none before', async () => {
    const { s3 } = scene.aws;
    expect(await s3.read(COPY)).toBeUndefined();
    await s3.write(COPY, '{"endpoint":"opérateur@example.org"}');
    expect(await s3.read(COPY)).toBe('{"endpoint":"opérateur@example.org"}');
    await expect(s3.write({ ...COPY, bucket: 'nowhere' }, '{}')).rejects.toThrow(/S3 PutObject.*NoSuchBucket/);
  });
  for (const { what, why, ask, moto } of DIFFERENCES)
    it(`differs from AWS: ${what} (${why})`, async () => expect(await ask(scene)).toEqual(moto));
  // A door that calls an operation which nothing above covers would be one that may drift.
  it('was asked for every operation that our doors call', async () => {
    expect(asked(scene)).toEqual(await operationsOfDoors());
  });
});

const asked = ({ proxy }: Scene): readonly string[] =>
  [...new Set(proxy.seen.map(({ service, operation }) => `${service} ${operation}`))].sort();
