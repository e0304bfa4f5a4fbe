import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAws } from '../../../src/clients/aws/aws.ts';
import { AwsError } from '../../../src/clients/aws/awsError.ts';
import { createConnection, type Opened } from '../../../src/clients/aws/connection.ts';
import { isRead } from '../../../src/clients/aws/guard.ts';
import { type AwsReply, type AwsRequest, scriptedAws } from './scriptedAws.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' };
const { dependencies } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};
/** Every package that a client of AWS comes from. */
const PACKAGES = Object.keys(dependencies).filter((name) => name.startsWith('@aws-sdk/client-'));

interface Client extends Opened {
  readonly client: Opened['client'] & { send(command: object): Promise<unknown>; destroy(): void };
}
type Constructor = new (input: object) => object;
/** Nothing but what S3's commands cannot be addressed without. */
const INPUT = { Bucket: 'a-bucket', Key: 'a-key' };

/** The commands that a package exports, and its client as the program would open it. */
async function commandsOf(name: string, options: { readonly readOnly: boolean; readonly endpoint: string }) {
  const sdk = (await import(name)) as Readonly<Record<string, unknown>>;
  const names = Object.keys(sdk).filter((each) => /^[A-Z]\w+Command$/.test(each));
  const clientName = Object.keys(sdk).find((each) => /^[A-Z]\w+Client$/.test(each)) ?? '';
  const connection = createConnection({ region: 'us-east-1', accountId: '1', credentials, ...options });
  const run = connection.service<Client>(async (config) => {
    const client = new (sdk[clientName] as Constructor)({ ...config, maxAttempts: 1 });
    return { client: client as Client['client'] };
  });
  const send = (command: string) =>
    run(undefined, ({ client }) => client.send(new (sdk[command] as Constructor)(INPUT))).then(
      () => undefined,
      (error: unknown) => error,
    );
  return {
    operations: names.map((each) => each.replace(/Command$/, '')),
    send: (operation: string) => send(`${operation}Command`),
  };
}

/** Some of a long list, evenly taken: each that is sent costs the machine. */
const some = (operations: readonly string[]): readonly string[] => {
  const stride = Math.ceil(operations.length / 30);
  return operations.filter((_, index) => index % stride === 0);
};

/** Its client makes a session of its own first, which is no look. */
const SESSION_FIRST = new Set(['ListDirectoryBuckets']);

describe('a session that only looks', { timeout: 60_000 }, () => {
  let requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.writeHead(400).end());
  });
  let endpoint = '';
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    endpoint = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(PACKAGES)('refuses every command of %s that does more, before anything leaves', async (name) => {
    const { operations, send } = await commandsOf(name, { readOnly: true, endpoint });
    expect(operations.length).toBeGreaterThan(8);
    requests = [];
    const acts = operations.filter((operation) => !isRead(operation));
    expect(acts.length).toBeGreaterThan(2);
    for (const operation of acts)
      expect({ operation, error: await send(operation) }).toMatchObject({ error: { code: 'ReadOnly' } });
    expect(requests).toEqual([]);
    // The others are let through: most leave, some are refused by the SDK for what their input lacks.
    const reads = some(operations.filter((operation) => isRead(operation) && !SESSION_FIRST.has(operation)));
    const refused = [];
    for (const operation of reads) if (isRefused(operation, await send(operation))) refused.push(operation);
    expect(refused).toEqual([]);
    expect(requests.length).toBeGreaterThan(0);
  });
  // Some read of S3 would open a session first, which is refused by its own name.
  const isRefused = (operation: string, error: unknown) =>
    error instanceof AwsError && error.code === 'ReadOnly' && error.message.includes(` ${operation} was refused`);

  it.each([
    ['DescribeStacks', true],
    ['ListTopics', true],
    ['GetCallerIdentity', true],
    ['GetSessionToken', false],
    ['GetFederationToken', false],
    ['GetDelegatedAccessToken', false],
    ['GetWebIdentityToken', false],
    ['GetPasswordData', false],
    ['GetVpnConnectionDeviceSampleConfiguration', false],
    ['BatchGetItem', false],
    ['AssumeRole', false],
    ['ReceiveMessage', false],
    ['DetectStackDrift', false],
    ['Describ', false],
    ['Unsubscribe', false],
    ['Publish', false],
  ])('%s: %s', (operation, expected) => expect(isRead(operation)).toBe(expected));
});

describe('credentials of another account', { timeout: 60_000 }, () => {
  const identity = (account: string): AwsReply => ({
    result: { Account: account, Arn: `arn:aws:iam::${account}:user/me` },
  });
  const input = { stackName: 'S', changeSetName: 'h1', templateBody: '{}', parameters: {} };
  const mutations = (aws: ReturnType<typeof createAws>) => [
    () => aws.cloudFormation.createChangeSet(input),
    () => aws.cloudFormation.deleteChangeSet('arn:x'),
    () => aws.sns.setSubscriptionAttribute('arn:x', 'FilterPolicy', '{}'),
    () => aws.sns.subscribe({ topicArn: 'arn:x', protocol: 'email', endpoint: 'a@b', attributes: {} }),
    () => aws.sns.unsubscribe('arn:x'),
    () => aws.ec2.copyImage({ sourceImageId: 'ami-1', name: 'x', tags: {}, clientToken: 't' }),
    () => aws.eventBridge.disableRule('x'),
  ];

  it('read, and change nothing: no request but the question whose they are', async () => {
    const { endpoint, asked } = await scriptedAws(({ action }) =>
      action === 'GetCallerIdentity' ? identity('999999999999') : { result: { Stacks: [] } },
    );
    const aws = createAws({ region: 'us-east-1', accountId: '123456789012', endpoint, credentials });
    expect(await aws.cloudFormation.describeStack('S')).toBeUndefined();
    for (const mutate of mutations(aws))
      await expect(mutate()).rejects.toMatchObject({
        code: 'WrongAccount',
        credentials: true,
        message:
          'The credentials are of the account 999999999999, not of 123456789012. Set AWS_PROFILE to one of that account.',
      });
    await expect(aws.sts.mustBeOurs()).rejects.toMatchObject({ code: 'WrongAccount' });
    expect(new Set(asked.map(({ action }) => action))).toEqual(new Set(['DescribeStacks', 'GetCallerIdentity']));
  });

  it('of which nobody can tell whose they are change nothing either', async () => {
    const { endpoint, asked } = await scriptedAws(() => ({
      error: 'ServiceUnavailable',
      message: 'later',
      status: 503,
    }));
    const aws = createAws({ region: 'us-east-1', accountId: '1', endpoint, credentials });
    await expect(aws.sns.unsubscribe('arn:x')).rejects.toMatchObject({ retryable: true });
    expect(new Set(asked.map(({ action }) => action))).toEqual(new Set(['GetCallerIdentity']));
  });

  it('are asked for once for each key, and again for another', async () => {
    const { endpoint, asked } = await scriptedAws(({ action }) =>
      action === 'GetCallerIdentity' ? identity('1') : { result: {} },
    );
    const aws = createAws({ region: 'us-east-1', accountId: '1', endpoint, credentials: { ...credentials } });
    await aws.sns.unsubscribe('arn:x');
    await aws.sns.unsubscribe('arn:y');
    await aws.eventBridge.disableRule('x').catch(() => {});
    expect(asked.map(({ action, accessKeyId }) => `${action} ${accessKeyId}`)).toEqual([
      'GetCallerIdentity AKIDEXAMPLE',
      'Unsubscribe AKIDEXAMPLE',
      'Unsubscribe AKIDEXAMPLE',
      ' AKIDEXAMPLE',
    ]);
  });

  it.each(PACKAGES)('keep commands of %s that change anything from leaving', async (name) => {
    const { endpoint, asked } = await scriptedAws((request: AwsRequest) =>
      request.action === 'GetCallerIdentity' ? identity('2') : { error: 'Nope', message: 'no' },
    );
    const { operations, send } = await commandsOf(name, { readOnly: false, endpoint });
    for (const operation of some(operations.filter((each) => !isRead(each)))) {
      const error = await send(operation);
      // The SDK refuses some for what their input lacks, which comes first.
      expect({ operation, error }).not.toMatchObject({ error: undefined });
    }
    expect(asked.filter(({ action }) => action !== 'GetCallerIdentity')).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
  });
});
