import { CloudFormationClient, GetTemplateCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { afterEach, expect, it } from 'vitest';
import { notices } from '../../src/store/notices.ts';
import { type Rehearsal, rehearseFrom } from '../support/rehearsal.ts';
import { until } from '../support/until.ts';

let rehearsal: Rehearsal | undefined;
afterEach(async () => {
  await rehearsal?.end();
  rehearsal = undefined;
});

it('a colleague’s update of another stack is shown, and no script is started before it has ended', async () => {
  // Slow enough that the colleague's update is seen while it lasts.
  rehearsal = await rehearseFrom({ from: 'redis', speed: 10 });
  const { controller, store, release, world } = rehearsal;
  const { awsEndpoint, credentials, bosslet } = world.addresses;
  const colleague = new CloudFormationClient({ region: bosslet.region, endpoint: awsEndpoint, credentials });
  const StackName = 'CoreProductionBoss';
  const { TemplateBody = '' } = await colleague.send(new GetTemplateCommand({ StackName }));
  const changed = TemplateBody.replace(/"ReadCapacityUnits": ?"?\d+"?/, '"ReadCapacityUnits": "77"');
  await colleague.send(new UpdateStackCommand({ StackName, TemplateBody: changed }));

  const told = () => notices(store.getState()).map(({ text }) => text);
  await until('the notice', () => told().includes('NOT OURS: core UPDATE_IN_PROGRESS'));
  controller.openCard('redis');
  const card = await until('the card', () => store.getState().live.card?.ready && store.getState().live.card);
  expect(card.steps[0]?.gates).toMatchObject([
    {
      overridable: 'never',
      result: { holds: false, summary: expect.stringMatching(/^core is UPDATE_IN_PROGRESS/) },
    },
  ]);
  await controller.confirmCard({ choices: {} });
  await until('the step to wait', () => store.getState().live.at.redis?.waits === 'gate');
  const attempts = () => release()?.steps['2.1']?.attempts ?? [];
  expect(attempts()).toEqual([]);
  await expect(controller.override('2.1', card.steps[0]?.gates[0]?.id ?? '', { note: 'never mind' })).rejects.toThrow(
    /cannot be overridden/,
  );

  await until('the script to be started', () => attempts().length === 1);
  expect(world.aws.stackStatus(bosslet.accountId, StackName)).toBe('UPDATE_COMPLETE');
  await until('the notice to go', () => !told().some((text) => text.startsWith('NOT OURS')));
  // Its script must not be left behind when the test is over.
  await until('the end of the update', () => release()?.stages.redis?.status === 'done');
});
