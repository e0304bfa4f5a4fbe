import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAws } from '../../src/clients/aws/aws.ts';
import { createAwsWorld } from '../../src/rehearsal/aws/aws.ts';
import type { AwsWorld } from '../../src/rehearsal/contract.ts';
import { ACCOUNT, clock, dice, listNow, liveOnce, liveThrough, longList, TOPIC } from './listRig.ts';

const TOPIC_ARN = `arn:aws:sns:us-east-1:${ACCOUNT}:${TOPIC}`;
let folder: string;
let world: AwsWorld;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-list-'));
  world = await createAwsWorld({ clock, faults: new Set() });
  world.seed.account(ACCOUNT, 'AKIALIST', 'us-east-1');
});
afterEach(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

function seeded(length: number, filterPolicyLimit = 200) {
  const subscriptions = longList(length).map((each) => ({ ...each, owner: ACCOUNT, confirmed: true }));
  world.seed.topic({ accountId: ACCOUNT, name: TOPIC, subscriptions, filterPolicyLimit });
  return createAws({
    region: 'us-east-1',
    accountId: ACCOUNT,
    endpoint: world.url,
    credentials: { accessKeyId: 'AKIALIST', secretAccessKey: 'secret' },
  });
}

const arnOf = (endpoint: string): string =>
  world.subscriptions(TOPIC_ARN).find((each) => each.endpoint === endpoint)?.arn ?? '';

/** Everybody opens the mail. */
function confirmAll(): void {
  for (const { protocol, endpoint, confirmed } of world.subscriptions(TOPIC_ARN))
    if (!confirmed) world.confirmSubscription(TOPIC_ARN, protocol, endpoint);
}

describe('the mailing list, silenced and restored by a program that dies on the way, is in the end as it was', () => {
  it.each([
    ['muted', 200, 'mute'],
    ['muted until SNS takes no more policies, then removed', 10, 'mute'],
    ['removed', 200, 'remove'],
  ] as const)('%s', async (_name, limit, way) => {
    const aws = seeded(21, limit);
    const before = await listNow(aws, TOPIC_ARN);
    const { release, deaths } = await liveThrough(folder, aws, { deaths: 4, changes: 40, roll: dice(limit), way });
    expect(deaths.length).toBeGreaterThan(2);
    expect(release?.closed?.as).toBe('finished');
    confirmAll();
    expect(await listNow(aws, TOPIC_ARN)).toEqual(before);
  });
});

it('is read seven times in a whole release: for each card, twice for the snapshot, and for each act and proof of the rest', async () => {
  const aws = seeded(21);
  let reads = 0;
  const subscriptionAttributes: typeof aws.sns.subscriptionAttributes = (arn, signal) => {
    reads += 1;
    return aws.sns.subscriptionAttributes(arn, signal);
  };
  await liveOnce(folder, { sns: { ...aws.sns, subscriptionAttributes } });
  // Two readings for the snapshot, one each for the restore's act and the two proofs; the cards share what they read.
  expect(reads / 21).toBeLessThanOrEqual(7);
});

it('that was cancelled half-way is silenced to its end by the next try, and comes back', async () => {
  const aws = seeded(21);
  const before = await listNow(aws, TOPIC_ARN);
  const { release } = await liveOnce(folder, aws, { cancelAt: 8 });
  expect(release?.steps['s.1']?.attempts.map(({ acted }) => acted?.how)).toEqual(['cancelled', 'finished']);
  expect(await listNow(aws, TOPIC_ARN)).toEqual(before);
});

it('goes on without somebody who unsubscribes between the snapshot and the mute', async () => {
  const aws = seeded(21);
  const [leaver] = (await listNow(aws, TOPIC_ARN)).filter(({ endpoint }) => endpoint.startsWith('https://'));
  let left = false;
  const setSubscriptionAttribute: typeof aws.sns.setSubscriptionAttribute = async (...args) => {
    if (!left) await aws.sns.unsubscribe(arnOf(leaver?.endpoint ?? ''));
    left = true;
    return aws.sns.setSubscriptionAttribute(...args);
  };
  const { release } = await liveOnce(
    folder,
    { sns: { ...aws.sns, setSubscriptionAttribute } },
    { stages: ['silence'] },
  );
  expect(release?.stages.silence?.status).toBe('done');
  const effects = Object.values(release?.steps['s.1']?.attempts[0]?.effects ?? {});
  expect([effects.filter((each) => each === 'muted').length, effects.filter((each) => each === 'gone').length]).toEqual(
    [19, 1],
  );
});

it.each([
  ['changed', (file: string) => writeFile(file, '{}')],
  ['removed', (file: string) => rm(file)],
])('comes back from its second copy where the kept snapshot was %s', async (_how, damage) => {
  const aws = seeded(21);
  const before = await listNow(aws, TOPIC_ARN);
  const copy = { evidenceCopyTo: join(folder, 'copies') };
  const death = { of: 'changes', call: 25, when: 'after' } as const;
  const { release } = await liveOnce(folder, aws, { way: 'mute', death, ...copy });
  const left = join(folder, release?.id ?? '');
  const reference = join(left, 'mailing-list.snapshot.json');
  await damage(join(left, 'evidence', JSON.parse(await readFile(reference, 'utf8')).sha256));
  // The record knows it, too.
  await writeFile(reference, '{"sha2');
  await liveOnce(folder, aws, copy);
  expect(await listNow(aws, TOPIC_ARN)).toEqual(before);
});

describe('mutes of a release whose record is gone', () => {
  /** Half of the list is muted; what is left of the release is its evidence. */
  async function halfMuted(aws: ReturnType<typeof seeded>, copy: { readonly evidenceCopyTo?: string } = {}) {
    const death = { of: 'changes', call: 12, when: 'after' } as const;
    const { release } = await liveOnce(folder, aws, { way: 'mute', death, ...copy });
    const left = join(folder, release?.id ?? '');
    expect(await readdir(left)).toContain('mailing-list.snapshot.json');
    await rm(join(left, 'journal.jsonl'));
    return left;
  }

  it('are lifted by a restore from what that release wrote down', async () => {
    const aws = seeded(21);
    const before = await listNow(aws, TOPIC_ARN);
    const left = await halfMuted(aws);
    const { release } = await liveOnce(folder, aws, { stages: ['restore'] });
    const card = Object.values(release?.decisions ?? {}).find(({ asked }) => asked.question.is === 'confirm');
    expect(JSON.stringify(card?.asked)).toContain(left);
    expect(await listNow(aws, TOPIC_ARN)).toEqual(before);
  });

  it('are not taken for what people want by the next release, which silences and restores the list', async () => {
    const aws = seeded(21);
    const before = await listNow(aws, TOPIC_ARN);
    await halfMuted(aws);
    await liveOnce(folder, aws);
    expect(await listNow(aws, TOPIC_ARN)).toEqual(before);
  });

  it('are lifted on another machine from the second copy', async () => {
    const aws = seeded(21);
    const before = await listNow(aws, TOPIC_ARN);
    const copy = { evidenceCopyTo: join(folder, 'copies') };
    await rm(await halfMuted(aws, copy), { recursive: true });
    await liveOnce(join(folder, 'elsewhere'), aws, { stages: ['restore'], ...copy });
    expect(await listNow(aws, TOPIC_ARN)).toEqual(before);
  });

  it('are lifted by their marks alone where nothing is found, and what cannot be known is said', async () => {
    const aws = seeded(21);
    await rm(await halfMuted(aws), { recursive: true });
    const { release } = await liveOnce(folder, aws, { stages: ['restore'] });
    const card = Object.values(release?.decisions ?? {}).find(({ asked }) => asked.question.is === 'confirm');
    expect(JSON.stringify(card?.asked.evidence)).toMatch(/marks:.*filter policies that they replaced.*not known/);
    expect(JSON.stringify(await listNow(aws, TOPIC_ARN))).not.toContain('boss-tui-muted');
  });
});
