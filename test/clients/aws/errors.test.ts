import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AwsOptions, createAws } from '../../../src/clients/aws/aws.ts';
import { toAwsError } from '../../../src/clients/aws/awsError.ts';
import { awsHome, keysOf } from './awsHome.ts';
import { type AwsReply, type AwsRequest, scriptedAws } from './scriptedAws.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' };
const STACK = 'ApiProductionBoss';

async function awsThatSays(answer: (request: AwsRequest) => AwsReply, options: Partial<AwsOptions> = {}) {
  const { endpoint, asked } = await scriptedAws(answer);
  return { aws: createAws({ region: 'us-east-1', accountId: '1', endpoint, credentials, ...options }), asked };
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
}

describe('what AWS refuses is one sentence with its cure', () => {
  it.each([
    ['ExpiredToken', 403, 'The credentials have expired: give others.', { credentials: true, retryable: false }],
    ['ExpiredTokenException', 400, 'have expired', { credentials: true, retryable: false }],
    ['InvalidClientTokenId', 403, 'does not know these credentials', { credentials: true, retryable: false }],
    ['SignatureDoesNotMatch', 403, "this machine's clock", { credentials: true, retryable: false }],
    ['AccessDenied', 403, 'role or profile that is allowed', { credentials: false, retryable: false }],
    ['ValidationError', 400, 'no good', { credentials: false, retryable: false }],
  ])('%s', async (error, status, says, flags) => {
    const { aws, asked } = await awsThatSays(() => ({ error, message: 'It is \x1b[31mno good', status }));
    const thrown = await aws.cloudFormation.describeStack(STACK).catch((one: unknown) => one);
    expect(thrown).toMatchObject({ name: 'AwsError', code: error, detail: 'It is no good', ...flags });
    const message = String(thrown);
    expect(message).toContain(`CloudFormation DescribeStacks of ${STACK} failed: ${error}, It is no good.`);
    expect(message).toContain(says);
    expect(message).not.toContain('\n');
    expect(asked).toHaveLength(1);
  });

  it('names a stack by its name, whatever it was asked by', async () => {
    const { aws } = await awsThatSays(() => ({ error: 'ValidationError', message: 'no', status: 400 }));
    const arn = `arn:aws:cloudformation:us-east-1:123456789012:stack/${STACK}/f514f9ec-5405-441a-adad-9fe238b2d54e`;
    await expect(aws.cloudFormation.describeStack(arn)).rejects.toThrow(`DescribeStacks of ${STACK} failed`);
  });

  it('after it was asked again a bounded number of times where the fault is AWS’ own', async () => {
    const { aws, asked } = await awsThatSays(() => ({ error: 'InternalFailure', message: 'x', status: 500 }));
    await expect(aws.cloudFormation.describeStack(STACK)).rejects.toMatchObject({
      code: 'InternalFailure',
      retryable: true,
    });
    expect(asked).toHaveLength(4);
  });

  it('but not where it was only busy once', async () => {
    const { aws, asked } = await awsThatSays(() =>
      asked.length === 1 ? { error: 'Throttling', message: 'Rate exceeded' } : { result: { Stacks: [] } },
    );
    expect(await aws.cloudFormation.describeStack(STACK)).toBeUndefined();
  });

  it.each(['Throttling', 'ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded'])(
    'and %s asks for patience',
    (name) => {
      const refused = Object.assign(new Error('Rate exceeded'), { name, $metadata: { httpStatusCode: 400 } });
      const call = { service: 'CloudFormation', operation: 'ListStacks', target: undefined };
      const place = { region: 'us-east-1', endpoint: undefined, renewal: () => '' };
      expect(toAwsError(refused, call, place)).toMatchObject({
        retryable: true,
        message: expect.stringMatching(/^CloudFormation ListStacks failed: .*call less often/),
      });
    },
  );

  it('where something hangs', async () => {
    const { aws, asked } = await awsThatSays(() => 'say nothing', { requestTimeoutMs: 50 });
    await expect(aws.cloudFormation.describeStack(STACK)).rejects.toMatchObject({
      code: 'Unreachable',
      retryable: true,
    });
    expect(asked).toHaveLength(4);
  });

  it('where a page is to be asked for for ever', async () => {
    const { aws } = await awsThatSays(() => ({ result: { StackSummaries: [], NextToken: 'again' } }));
    await expect(aws.cloudFormation.listStacks()).rejects.toThrow(/same page token twice/);
  });

  it('and an abort is its own reason, while waiting for an answer or for the next try', async () => {
    const reason = new Error('left');
    for (const reply of ['say nothing', { error: 'Throttling', message: 'x' }] as const) {
      const abort = new AbortController();
      const { aws } = await awsThatSays(() => {
        setImmediate(() => abort.abort(reason));
        return reply;
      });
      await expect(aws.cloudFormation.describeStack(STACK, abort.signal)).rejects.toBe(reason);
    }
  });
});

describe('what an operator reads', () => {
  const page: RequestListener = (_request, response) =>
    response
      .writeHead(500, { 'content-type': 'text/html; charset=utf-8' })
      .end('<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n</html>');

  interface Case {
    readonly of: string;
    /** Files below `.aws`. */
    readonly files?: Readonly<Record<string, string>>;
    readonly environment?: Readonly<Record<string, string>>;
    readonly options?: Partial<AwsOptions>;
    /** What listens at the endpoint, and whether it is asked by https. */
    readonly listener?: RequestListener;
    readonly scheme?: 'https';
    readonly says: RegExp;
    readonly flags: { readonly retryable?: boolean; readonly credentials?: boolean };
  }
  const NONE = 'STS GetCallerIdentity failed: there are no credentials\\.';
  const cases: readonly Case[] = [
    {
      of: 'a profile that is not there',
      files: { config: '[profile dev]\nregion = us-east-1\n[default]\nregion = x\n', credentials: keysOf('old', 'A') },
      options: { profile: 'nope' },
      says: new RegExp(
        `^${NONE} No credentials hold: there is no profile nope in the AWS config and credentials files \\(known are dev, default, old\\): correct the profile, or make it with "aws configure --profile nope"\\.$`,
      ),
      flags: { credentials: true },
    },
    {
      of: 'AWS_PROFILE that is not there',
      environment: { AWS_PROFILE: 'nope' },
      says: /there is no profile nope in the AWS config and credentials files \(they name none\): correct/,
      flags: { credentials: true },
    },
    {
      of: 'no credentials at all',
      says: new RegExp(
        `^${NONE} No credentials hold: set AWS_PROFILE to a profile that has some, run "aws sso login", or export AWS_ACCESS_KEY_ID`,
      ),
      flags: { credentials: true },
    },
    {
      of: 'an SSO login that has ended',
      files: {
        config:
          '[profile production]\nsso_session = boss\nsso_account_id = 1\nsso_role_name = r\n[sso-session boss]\nsso_start_url = https://x.example\nsso_region = us-east-1\n',
      },
      options: { profile: 'production' },
      says: /The SSO session token associated with profile=production was not found or is invalid.* run "aws sso login --profile production"; boss-tui goes on by itself\.$/,
      flags: { credentials: true },
    },
    {
      of: 'a credential_process that fails, without its command',
      files: {
        config:
          "[profile production]\ncredential_process = sh -c 'echo hunter2 >/dev/null; echo log in first >&2; exit 3'\n",
      },
      options: { profile: 'production' },
      says: /^STS GetCallerIdentity failed: there are no credentials\. No credentials hold: make the credential_process of profile production give new ones/,
      flags: { credentials: true },
    },
    {
      of: 'a region that there is not',
      options: { credentials, region: 'us-nowhere-9' },
      says: /^STS GetCallerIdentity failed: getaddrinfo (ENOTFOUND|EAI_AGAIN) sts\.us-nowhere-9\.amazonaws\.com\. .*check .*the region us-nowhere-9/,
      flags: { retryable: true },
    },
    {
      of: 'a region that is none',
      options: { credentials, region: 'us east' },
      says: /^STS GetCallerIdentity failed: Region not accepted: .* Correct the region us east: us-east-1 is one\.$/,
      flags: { retryable: false },
    },
    {
      of: 'an endpoint that hangs',
      options: { credentials, requestTimeoutMs: 50 },
      listener: () => {},
      says: /^STS GetCallerIdentity failed: .*50 ms.* It did not answer in time: check the endpoint http:\/\/127\.0\.0\.1:\d+; a proxy or VPN may be in the way\.$/,
      flags: { retryable: true },
    },
    {
      of: 'an endpoint that answers a page',
      options: { credentials },
      listener: page,
      says: /^STS GetCallerIdentity failed: the answer was HTTP 500 with text\/html, and not of AWS\. Whatever listens there does not know this call: check the endpoint http:\/\/127\.0\.0\.1:\d+\.$/,
      flags: { retryable: false },
    },
    {
      of: 'an endpoint that is not there',
      options: { credentials, endpoint: 'http://127.0.0.1:1' },
      says: /^STS GetCallerIdentity failed: connect ECONNREFUSED 127\.0\.0\.1:1\. Nothing listens there: check the endpoint http:\/\/127\.0\.0\.1:1\.$/,
      flags: { retryable: true },
    },
    {
      of: 'an endpoint that is no URL',
      options: { credentials, endpoint: 'moto' },
      says: /^STS GetCallerIdentity failed: Invalid URL\. Correct the endpoint moto: write http:\/\/host:port\.$/,
      flags: { retryable: false },
    },
    {
      of: 'https to an endpoint without TLS',
      options: { credentials },
      listener: page,
      scheme: 'https',
      says: /^STS GetCallerIdentity failed: .*SSL.* TLS failed: write http:\/\/ for an endpoint without it; NODE_EXTRA_CA_CERTS/,
      flags: { retryable: true },
    },
  ];

  it.each(cases)('of $of', async ({ files, environment, options, listener, scheme = 'http', says, flags }) => {
    await awsHome(files);
    for (const [name, value] of Object.entries(environment ?? {})) vi.stubEnv(name, value);
    const endpoint = listener && { endpoint: `${scheme}://${await listen(listener)}` };
    const aws = createAws({ region: 'us-east-1', accountId: '1', ...endpoint, ...options });
    const thrown = await aws.sts.callerIdentity().catch((one: unknown) => one);
    const { message } = thrown as Error;
    expect(message).toMatch(says);
    expect(message).not.toMatch(/\n|hunter2|Deserialization/);
    expect(thrown).toMatchObject({ name: 'AwsError', ...flags });
  });

  it('of a page, whatever protocol the service speaks', async () => {
    const endpoint = `http://${await listen((_request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404</h1>'))}`;
    const { eventBridge, route53, dynamoDb, cloudFormation, sns } = createAws({
      ...{ region: 'us-east-1', accountId: '1', endpoint, credentials },
    });
    for (const call of [
      () => eventBridge.describeRule('r'),
      () => route53.findHostedZone('theboss.io'),
      () => dynamoDb.describeTable('t'),
      () => cloudFormation.listStacks(),
      // Well-formed as it is, it would be "not found": a subscription that is gone.
      () => sns.subscriptionAttributes('arn:x'),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'NotAws', message: expect.stringContaining('HTTP 404') });
  });
});
