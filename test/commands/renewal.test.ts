import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createAws } from '../../src/clients/aws/aws.ts';
import { awsHome } from '../clients/aws/awsHome.ts';
import { rehearseFrom } from '../support/rehearsal.ts';
import { until } from '../support/until.ts';

const RULE = 'deleteEventRule.production.boss';
/** What a credential_process prints. */
const printed = (id: string, endMs: number) =>
  JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: 'x', Expiration: new Date(endMs).toISOString() });

it('credentials that expire in the middle pause the release until they are renewed by those of its account', async () => {
  const { folder, write } = await awsHome();
  const file = join(folder, 'printed.json');
  await write('config', `[profile production]\ncredential_process = cat ${file}\n`);
  // The world's clock runs ahead of that of whoever issued them.
  const firstEndMs = Math.floor(Date.now() / 1_000) * 1_000 + 30 * 86_400_000;
  await writeFile(file, printed('OLD', firstEndMs));
  let confirmed = false;
  const rehearsal = await rehearseFrom({
    from: 'deleteRule',
    change: ({ credentials: _, ...setup }, { aws, addresses }) => {
      const { accountId, region } = addresses.bosslet;
      aws.seed.account(accountId, 'OLD', region);
      aws.seed.account(accountId, 'NEW', region);
      aws.seed.rule({ accountId, name: RULE, state: 'ENABLED' });
      return {
        ...setup,
        bosslet: { ...setup.bosslet, profile: 'production' },
        onRecord: ({ type }) => {
          if (type !== 'decision.answered' || confirmed) return;
          confirmed = true;
          aws.expireCredentials('OLD');
        },
      };
    },
  });
  onTestFinished(() => rehearsal.end());
  const { world, store } = rehearsal;
  const { awsEndpoint: endpoint, credentials, devCredentials, bosslet } = world.addresses;
  const aws = createAws({ region: bosslet.region, accountId: bosslet.accountId, endpoint, credentials });
  const session = () => store.getState().session;
  await until('the end of the first ones', () => session().credentialsEndMs === firstEndMs);

  const playing = rehearsal.play('deleteRule');
  const paused = () => rehearsal.release()?.paused ?? '';
  await until('the pause', () =>
    paused().startsWith(
      'The credentials have expired: make the credential_process of profile production give new ones; boss-tui goes on by itself.',
    ),
  );
  expect(await aws.eventBridge.describeRule(RULE)).toMatchObject({ state: 'ENABLED' });

  await writeFile(file, printed(devCredentials.accessKeyId, firstEndMs));
  await until('the other reason', () =>
    /^The credentials are of the account \d{12}, not of 123456789012\./.test(paused()),
  );
  await until('the same in the header', () => session().accountError === paused());
  expect(await aws.eventBridge.describeRule(RULE)).toMatchObject({ state: 'ENABLED' });

  const endMs = firstEndMs + 3_600_000;
  await writeFile(file, printed('NEW', endMs));
  await playing;
  expect(rehearsal.release()).toMatchObject({ paused: undefined, stages: { deleteRule: { status: 'done' } } });
  expect(await aws.eventBridge.describeRule(RULE)).toMatchObject({ state: 'DISABLED' });
  await until('their end', () => session().credentialsEndMs === endMs && session().accountError === undefined);
});
