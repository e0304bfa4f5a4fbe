import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needing } from '../support/servers.ts';
import { itKeepsTheContract } from './awsContract.ts';
import { DIFFERENCES } from './differences.ts';
import { operationsOfDoors } from './operations.ts';
import { openMoto, openWorld, type Scene } from './scene.ts';

const moto = needing(['moto_server'], 'another AWS, moto');

describe('the embedded AWS', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openWorld();
  });
  afterAll(() => scene.end());

  itKeepsTheContract(() => scene);
  for (const { what, why, ask, aws } of DIFFERENCES)
    it(`is as AWS is, where moto is not: ${what} (${why})`, async () => expect(await ask(scene)).toEqual(aws));
  it('was asked for every operation that our doors call', () => wasAskedForAll(scene));
});

describe.runIf(moto.isThere)(moto.name, () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openMoto();
  }, 90_000);
  afterAll(() => scene?.end());

  itKeepsTheContract(() => scene);
  for (const { what, why, ask, moto } of DIFFERENCES)
    it(`differs from AWS: ${what} (${why})`, async () => expect(await ask(scene)).toEqual(moto));
  it('was asked for every operation that our doors call', () => wasAskedForAll(scene));
});

/** A door that calls an operation which nothing above covers would be one that may drift. */
async function wasAskedForAll({ proxy }: Scene): Promise<void> {
  const asked = new Set(proxy.seen.map(({ service, operation }) => `${service} ${operation}`));
  expect([...asked].sort()).toEqual([...(await operationsOfDoors())].sort());
}
