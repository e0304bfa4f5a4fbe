import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { configOfStack } from '../../src/bosslet/names.ts';
import type { Status } from '../../src/commands/statusReport.ts';
import { a, cname, nameServer, reply } from '../clients/nameServer.ts';
import { type Home, run } from '../support/program.ts';
import { findProgram, needing } from '../support/servers.ts';
import { BOSSLET, bossletStacks, HOST, RULE, SUBSCRIPTIONS } from './deployment.ts';
import { operatorAt } from './operator.ts';
import { recordingProxy } from './recordingProxy.ts';
import type { Scene } from './scene.ts';

const PRODUCTION = BOSSLET.internalDomain;

/** `boss-tui status` against an AWS that is not ours. */
export function itLooks(scene: () => Scene): void {
  it('is looked at once, and every field is what it holds', async () => {
    const { seeded, endpoint, aws } = scene();
    const proxy = await recordingProxy(endpoint);
    const status = await statusOf(await homeAt(proxy.url, seeded.balancerAddress));
    await proxy.close();
    const ids = new Map(
      (await aws.cloudFormation.listStacks()).map(({ stackName, stackId }) => [stackName, stackId] as const),
    );
    expect(status).toEqual({
      bosslet: PRODUCTION,
      account: BOSSLET.accountId,
      region: BOSSLET.region,
      at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
      stacks: bossletStacks([]).map(({ stackName, tags, isUpdated }) => ({
        config: configOfStack(BOSSLET, stackName),
        stackName,
        stackId: ids.get(stackName),
        stackStatus: isUpdated ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE',
        // moto never tells it.
        lastUpdatedTime: null,
        stackVersion: tags.StackVersion,
        commit: tags.Commit,
      })),
      dns: {
        name: HOST,
        // moto lists no distribution's aliases.
        expected: { live: seeded.balancerAddress, maintenance: null },
        verdict: 'live',
        answers: [
          {
            server: expect.stringContaining('127.0.0.1'),
            rcode: 'NOERROR',
            aa: false,
            chain: [
              { name: HOST, type: 'CNAME', ttl: 41, data: seeded.balancerAddress },
              { name: seeded.balancerAddress, type: 'A', ttl: 60, data: '192.0.2.10' },
            ],
            class: 'live',
            rttMs: expect.any(Number),
          },
        ],
      },
      caches: ['cache', 'cache-state', 'cache-session'].map((name) => ({
        ...{ name, keys: null, writeCuboid: null, runId: null, passMs: null },
        absent: true,
      })),
      mailingList: {
        topicArn: seeded.topicArn,
        confirmed: SUBSCRIPTIONS.length,
        pending: 0,
        deleted: 0,
        operatorConfirmed: true,
      },
      deleteRule: { name: RULE, state: 'DISABLED' },
    });
    expect(proxy.seen.filter(({ operation }) => !/^(Describe|List|Get)/.test(operation))).toEqual([]);
  });

  const cli = needing(['aws'], 'is told of as the aws command line tells of it');
  it.runIf(cli.isThere)(
    cli.name,
    async () => {
      const { seeded, endpoint } = scene();
      const home = await homeAt(endpoint, seeded.balancerAddress);
      const [status, stacks, subscriptions, rule] = await Promise.all([
        statusOf(home),
        awsCommand<{ Stacks: readonly CliStack[] }>(home, 'cloudformation', 'describe-stacks'),
        awsCommand<{ Subscriptions: readonly { SubscriptionArn: string; Endpoint: string }[] }>(
          ...([home, 'sns', 'list-subscriptions-by-topic', '--topic-arn', seeded.topicArn] as const),
        ),
        awsCommand<{ Name: string; State: string }>(home, 'events', 'describe-rule', '--name', RULE),
      ]);
      const ours = stacks.Stacks.filter(({ StackName }) => configOfStack(BOSSLET, StackName) !== undefined);
      expect(status.stacks).toEqual(expect.arrayContaining(ours.map(asStatus)));
      expect(status.stacks).toHaveLength(ours.length);
      const isConfirmed = ({ SubscriptionArn }: { readonly SubscriptionArn: string }) =>
        SubscriptionArn.startsWith('arn:');
      expect(status.mailingList).toEqual({
        topicArn: seeded.topicArn,
        confirmed: subscriptions.Subscriptions.filter(isConfirmed).length,
        pending: subscriptions.Subscriptions.filter((one) => one.SubscriptionArn === 'PendingConfirmation').length,
        deleted: subscriptions.Subscriptions.filter((one) => one.SubscriptionArn === 'Deleted').length,
        operatorConfirmed: subscriptions.Subscriptions.some(
          (one) => isConfirmed(one) && one.Endpoint === BOSSLET.operator,
        ),
      });
      expect(status.deleteRule).toEqual({ name: rule.Name, state: rule.State });
      // Python needs a second for each command, and many where the machine has other work.
    },
    90_000,
  );
}

/** Home of an operator whose only resolver says that the API's name leads to its load balancer. */
async function homeAt(endpoint: string, balancerAddress: string): Promise<Home> {
  const { server } = await nameServer((asked) => [
    reply(asked, [cname(HOST, balancerAddress, 41), a(balancerAddress, '192.0.2.10', 60)]),
  ]);
  return operatorAt(endpoint, { resolver: `${server.address}:${server.port}` });
}

async function statusOf(home: Home): Promise<Status> {
  const { code, stdout, stderr } = await run(home, ['status', PRODUCTION, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Status;
}

interface CliStack {
  readonly StackName: string;
  readonly StackId: string;
  readonly StackStatus: string;
  readonly LastUpdatedTime?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

function asStatus({ StackName, StackId, StackStatus, LastUpdatedTime, Tags = [] }: CliStack) {
  const tag = (key: string) => Tags.find(({ Key }) => Key === key)?.Value ?? null;
  return {
    config: configOfStack(BOSSLET, StackName),
    stackName: StackName,
    stackId: StackId,
    stackStatus: StackStatus,
    lastUpdatedTime: LastUpdatedTime === undefined ? null : new Date(LastUpdatedTime).toISOString(),
    stackVersion: tag('StackVersion'),
    commit: tag('Commit'),
  };
}

/** What the `aws` command line says, which was given nothing but this home and endpoint. */
async function awsCommand<Answer>(home: Home, ...args: readonly string[]): Promise<Answer> {
  const file = findProgram('aws') ?? 'aws';
  const { PATH: path = '', ...environment } = home.environment;
  const { stdout } = await promisify(execFile)(file, [...args, '--region', BOSSLET.region, '--output', 'json'], {
    env: { ...environment, PATH: `${dirname(file)}:${process.env.PATH}:${path}` },
    maxBuffer: 16 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Answer;
}
