import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needing } from '../support/servers.ts';
import { itKeepsTheContract } from './awsContract.ts';
import { DIFFERENCES } from './differences.ts';
import { operationsOfDoors } from './operations.ts';
import { itPlans, itPlansWithoutCheckout } from './planned.ts';
import { openMoto, openWorld, type Scene } from './scene.ts';
import { itLooks } from './status.ts';

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
  it('was asked for every operation that our doors call', async () => {
    expect(asked(scene)).toEqual(await operationsOfDoors());
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
  for (const { what, why, ask, moto } of DIFFERENCES)
    it(`differs from AWS: ${what} (${why})`, async () => expect(await ask(scene)).toEqual(moto));
  // A door that calls an operation which nothing above covers would be one that may drift.
  it('was asked for every operation that our doors call', async () => {
    expect(asked(scene)).toEqual(await operationsOfDoors());
  });
});

const asked = ({ proxy }: Scene): readonly string[] =>
  [...new Set(proxy.seen.map(({ service, operation }) => `${service} ${operation}`))].sort();
