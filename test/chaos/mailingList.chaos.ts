import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAws } from '../../src/clients/aws/aws.ts';
import { createAwsWorld } from '../../src/rehearsal/aws/aws.ts';
import {
  ACCOUNT,
  clock,
  type Death,
  dice,
  listNow,
  liveOnce,
  liveThrough,
  longList,
  TOPIC,
} from '../release/listRig.ts';
import { freePort, needing, startDaemon } from '../support/servers.ts';
import { until } from '../support/until.ts';

const DEATHS = 20;
/** BOSS_TUI_SEED repeats a run. */
const SEED = Number(process.env.BOSS_TUI_SEED ?? Date.now() % 1_000_000);
const CREDENTIALS = { accessKeyId: 'AKIALIST', secretAccessKey: 'secret' };
const doorsTo = (endpoint: string) =>
  createAws({ region: 'us-east-1', accountId: ACCOUNT, endpoint, credentials: { ...CREDENTIALS } });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boss-tui-chaos-list-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const told = (where: string, deaths: readonly Death[], equal: boolean) =>
  process.stdout.write(
    `mailing list on ${where}: seed ${SEED}, ${deaths.length} deaths (${deaths.map(({ of, call, when }) => `${when} ${of} ${call}`).join(', ')}): ${equal ? 'nothing lost' : 'LOST'}\n`,
  );

describe('257 subscriptions on the embedded AWS, killed at 20 random moments, end as their snapshot', () => {
  const topicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:${TOPIC}`;
  async function embedded(length: number, filterPolicyLimit = 200) {
    const world = await createAwsWorld({ clock, faults: new Set() });
    world.seed.account(ACCOUNT, CREDENTIALS.accessKeyId, 'us-east-1');
    const subscriptions = longList(length).map((each) => ({ ...each, owner: ACCOUNT, confirmed: true }));
    world.seed.topic({ accountId: ACCOUNT, name: TOPIC, subscriptions, filterPolicyLimit });
    const confirmAll = () => {
      for (const { protocol, endpoint, confirmed } of world.subscriptions(topicArn))
        if (!confirmed) world.confirmSubscription(topicArn, protocol, endpoint);
    };
    return { world, aws: doorsTo(world.url), confirmAll };
  }

  it.each([
    ['removed, as is recommended for so many', undefined],
    ['muted until SNS takes no more policies, then removed', 'mute'],
  ] as const)('%s', { timeout: 600_000 }, async (name, way) => {
    const { world, aws, confirmAll } = await embedded(257);
    try {
      const before = await listNow(aws, topicArn);
      const roll = dice(SEED);
      const { release, deaths } = await liveThrough(folder, aws, {
        deaths: DEATHS,
        changes: 512,
        roll,
        ...(way && { way }),
      });
      confirmAll();
      const after = await listNow(aws, topicArn);
      told(`the embedded AWS, ${name}`, deaths, JSON.stringify(after) === JSON.stringify(before));
      expect(release?.closed?.as).toBe('finished');
      expect(after).toEqual(before);
      expect(deaths).toHaveLength(DEATHS);
    } finally {
      await world.close();
    }
  });

  it('and a thousand, cancelled half-way, are silenced to the end and come back', { timeout: 600_000 }, async () => {
    const { world, aws, confirmAll } = await embedded(1_000, 1_000);
    try {
      const before = await listNow(aws, topicArn);
      const { release } = await liveOnce(folder, aws, { cancelAt: 500 });
      expect(release?.steps['s.1']?.attempts.map(({ acted }) => acted?.how)).toEqual(['cancelled', 'finished']);
      confirmAll();
      expect(await listNow(aws, topicArn)).toEqual(before);
    } finally {
      await world.close();
    }
  });
});

const moto = needing(['moto_server'], '150 subscriptions on moto, killed at 20 random moments, end as their snapshot');
describe.skipIf(!moto.isThere)(moto.name, () => {
  it.each([
    ['muted, as is recommended', undefined],
    ['removed', 'remove'],
  ] as const)('%s', { timeout: 600_000 }, async (name, way) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
    const daemon = startDaemon('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { env });
    try {
      await until('moto to listen', async () => (await fetch(`${url}/moto-api/`)).ok, 60_000);
      const topicArn = await seed(url);
      const aws = doorsTo(url);
      const before = await listNow(aws, topicArn);
      expect(before).toHaveLength(150);
      const roll = dice(SEED + 1);
      const { release, deaths } = await liveThrough(folder, aws, {
        deaths: DEATHS,
        changes: 298,
        roll,
        ...(way && { way }),
      });
      const after = await listNow(aws, topicArn);
      told(`moto, ${name}`, deaths, JSON.stringify(after) === JSON.stringify(before));
      expect(release?.closed?.as).toBe('finished');
      expect(after).toEqual(before);
      expect(deaths).toHaveLength(DEATHS);
    } finally {
      await daemon.stop();
    }
  });

  async function seed(endpoint: string): Promise<string> {
    const sns = new SNSClient({ region: 'us-east-1', endpoint, credentials: CREDENTIALS });
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: TOPIC }));
    for (const { protocol, endpoint: address, attributes } of longList(150)) {
      const input = { TopicArn, Protocol: protocol, Endpoint: address, Attributes: { ...attributes } };
      await sns.send(new SubscribeCommand(input));
    }
    return TopicArn;
  }
});
