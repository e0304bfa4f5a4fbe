import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AwsOptions, createAws } from '../../../src/clients/aws/aws.ts';
import { toAwsError } from '../../../src/clients/aws/awsError.ts';
import { MASK } from '../../../src/text/secret.ts';
import { type AwsReply, type AwsRequest, scriptedAws, type XmlValue } from './scriptedAws.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' };
const STACK = 'ApiProductionBoss';

async function awsThatSays(answer: (request: AwsRequest) => AwsReply, options: Partial<AwsOptions> = {}) {
  const { endpoint, asked } = await scriptedAws(answer);
  return { aws: createAws({ region: 'us-east-1', endpoint, credentials, ...options }), asked };
}

const change = (logicalId: string, details: readonly XmlValue[] = [], more: Record<string, string> = {}): XmlValue => ({
  Type: 'Resource',
  ResourceChange: {
    Action: 'Modify',
    LogicalResourceId: logicalId,
    ResourceType: 'AWS::DynamoDB::Table',
    Details: details,
    ...more,
  },
});
const detail = (name: string, values: Record<string, string> = {}): XmlValue => ({
  Target: { Attribute: 'Properties', Name: name, RequiresRecreation: 'Never', ...values },
  Evaluation: 'Static',
  ChangeSource: 'DirectModification',
});
const changeSet = (changes: readonly XmlValue[], more: Record<string, string> = {}): AwsReply => ({
  result: {
    ChangeSetId: 'arn:aws:cloudformation:us-east-1:1:changeSet/h1/x',
    ChangeSetName: 'h1',
    StackName: STACK,
    Status: 'CREATE_COMPLETE',
    ExecutionStatus: 'AVAILABLE',
    Changes: changes,
    ...more,
  },
});

describe('a change set', () => {
  const withValues = ({ fields }: AwsRequest) => fields.IncludePropertyValues === 'true';

  it('is whole although the service drops resources from one of the two readings, over all pages', async () => {
    const { aws, asked } = await awsThatSays((request) => {
      if (withValues(request))
        return request.fields.NextToken === 'v2'
          ? changeSet([change('Extra')])
          : changeSet([change('Table', [detail('Size', { BeforeValue: '1', AfterValue: '2' })])], { NextToken: 'v2' });
      return request.fields.NextToken === 'p2'
        ? changeSet([
            change('Dropped', [detail('KeySchema')], { Replacement: 'True', PolicyAction: 'ReplaceAndDelete' }),
          ])
        : changeSet([change('Table', [detail('Size')])], { NextToken: 'p2' });
    });
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    expect(found?.changes.map(({ logicalResourceId }) => logicalResourceId)).toEqual(['Table', 'Dropped', 'Extra']);
    expect(found?.changes[0]?.details).toMatchObject([{ name: 'Size', before: '1', after: '2' }]);
    expect(found?.changes[1]).toMatchObject({ replacement: 'True', policyAction: 'ReplaceAndDelete' });
    expect(asked).toHaveLength(4);
  });

  it('keeps the details of the reading that has more of them', async () => {
    const { aws } = await awsThatSays((request) =>
      changeSet([change('Table', withValues(request) ? [] : [detail('KeySchema')], { Replacement: 'True' })]),
    );
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    expect(found?.changes[0]?.details).toMatchObject([{ name: 'KeySchema' }]);
  });

  it('that was finished between the two readings is read again', async () => {
    let asked = 0;
    const { aws } = await awsThatSays(() =>
      asked++ === 0
        ? changeSet([], { Status: 'CREATE_IN_PROGRESS' })
        : changeSet([change('Table', [detail('Size', { AfterValue: '2' })])]),
    );
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    expect(found).toMatchObject({ status: 'CREATE_COMPLETE', changes: [{ details: [{ after: '2' }] }] });
  });

  it('is asked for by its ARN alone where that is known, and by its stack too where it is not', async () => {
    const { aws, asked } = await awsThatSays(() => changeSet([]));
    await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    await aws.cloudFormation.describeChangeSet(STACK, 'arn:aws:cloudformation:us-east-1:1:changeSet/h1/x');
    expect(asked.map(({ fields }) => fields.StackName)).toEqual([STACK, STACK, undefined, undefined]);
  });

  it('is masked where a value is a secret’s by its name, by its path, or in its JSON', async () => {
    const { aws } = await awsThatSays(() =>
      changeSet([
        change('Db', [
          detail('MasterUserPassword', { BeforeValue: 'hunter2', AfterValue: 'hunter3' }),
          detail('Environment', { Path: '/Properties/Environment/DB_TOKEN', AfterValue: 'hunter2' }),
          detail('Settings', { AfterValue: '{"a":"1","auth":{"password":"hunter2"}}' }),
          detail('UserData', { AfterValue: Buffer.from('[vault]\ntoken = hunter2\n').toString('base64') }),
          detail('ImageId', { BeforeValue: 'ami-1', AfterValue: 'ami-2' }),
        ]),
      ]),
    );
    const found = await aws.cloudFormation.describeChangeSet(STACK, 'h1');
    expect(JSON.stringify(found)).not.toContain('hunter');
    expect(found?.changes[0]?.details.map(({ before, after }) => [before, after])).toEqual([
      [MASK, MASK],
      [undefined, MASK],
      [undefined, `{"a":"1","auth":{"password":"${MASK}"}}`],
      [undefined, MASK],
      ['ami-1', 'ami-2'],
    ]);
  });

  it('is not there only where AWS says so', async () => {
    const saying = (error: string, message: string) =>
      awsThatSays(() => ({ error, message })).then(({ aws }) => aws.cloudFormation.describeChangeSet(STACK, 'h1'));
    expect(await saying('ChangeSetNotFound', 'ChangeSet [h1] does not exist')).toBeUndefined();
    expect(await saying('ValidationError', `Stack [${STACK}] does not exist`)).toBeUndefined();
    await expect(saying('ValidationError', '1 validation error detected')).rejects.toMatchObject({
      code: 'ValidationError',
    });
    await expect(saying('ExpiredToken', 'The security token is expired')).rejects.toMatchObject({ credentials: true });
  });

  it('is made with the value that the stack has where ours was read masked', async () => {
    const { aws, asked } = await awsThatSays(() => ({
      result: { Id: 'arn:aws:cloudformation:us-east-1:1:changeSet/h1/x' },
    }));
    const input = { stackName: STACK, changeSetName: 'h1', templateBody: '{}' };
    await aws.cloudFormation.createChangeSet({ ...input, parameters: { DbPassword: MASK, Size: 'large' } });
    expect(asked[0]?.fields).toMatchObject({
      'Parameters.member.1.ParameterKey': 'DbPassword',
      'Parameters.member.1.UsePreviousValue': 'true',
      'Parameters.member.2.ParameterValue': 'large',
    });
    expect(JSON.stringify(asked)).not.toContain(MASK);
  });
});

describe('what AWS refuses is one sentence with its cure', () => {
  it.each([
    ['ExpiredToken', 403, 'The credentials have expired: renew them', { credentials: true, retryable: false }],
    ['ExpiredTokenException', 400, 'renew them', { credentials: true, retryable: false }],
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
      expect(toAwsError(refused, call)).toMatchObject({
        retryable: true,
        message: expect.stringMatching(/^CloudFormation ListStacks failed: .*call less often/),
      });
    },
  );

  it('where nothing answers', async () => {
    const aws = createAws({ region: 'us-east-1', endpoint: 'http://127.0.0.1:1', credentials });
    await expect(aws.sqs.depth('q')).rejects.toMatchObject({
      code: 'Unreachable',
      retryable: true,
      message: expect.stringMatching(
        /^SQS GetQueueUrl of q failed: .*ECONNREFUSED.*Check the network, the region and the endpoint\.$/,
      ),
    });
  });

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

describe('a session that only looks', () => {
  it('reads, and refuses whatever else there is before anything is sent', async () => {
    const { aws, asked } = await awsThatSays(() => ({ result: { Stacks: [] } }), { readOnly: true });
    expect(await aws.cloudFormation.describeStack(STACK)).toBeUndefined();
    const input = { stackName: STACK, changeSetName: 'h1', templateBody: '{}', parameters: {} };
    const mutations = [
      () => aws.cloudFormation.createChangeSet(input),
      () => aws.cloudFormation.deleteChangeSet('arn:x'),
      () => aws.sns.setSubscriptionAttribute('arn:x', 'FilterPolicy', '{}'),
      () => aws.sns.subscribe({ topicArn: 'arn:x', protocol: 'email', endpoint: 'a@b', attributes: {} }),
      () => aws.sns.unsubscribe('arn:x'),
      () => aws.ec2.copyImage({ sourceImageId: 'ami-1', name: 'x', tags: {}, clientToken: 't' }),
      () => aws.eventBridge.disableRule('x'),
    ];
    const refused = { code: 'ReadOnly', message: expect.stringMatching(/this session only looks/) };
    for (const mutate of mutations) await expect(mutate()).rejects.toMatchObject(refused);
    expect(asked.map(({ action }) => action)).toEqual(['DescribeStacks']);
  });
});

describe('credentials', () => {
  /** A home with a credentials file, and an environment that holds none. */
  async function home(text: string): Promise<(text: string) => Promise<void>> {
    const folder = await mkdtemp(join(tmpdir(), 'boss-tui-aws-'));
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
    vi.stubEnv('HOME', folder);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    onTestFinished(async () => {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    });
    await mkdir(join(folder, '.aws'));
    const write = (what: string) => writeFile(join(folder, '.aws', 'credentials'), what);
    await write(text);
    return write;
  }
  const keys = (id: string) => `[production]\naws_access_key_id = ${id}\naws_secret_access_key = x\n`;
  const whoAsks = ({ accessKeyId }: AwsRequest): AwsReply =>
    accessKeyId === 'OLD'
      ? { error: 'ExpiredToken', message: 'The security token is expired', status: 403 }
      : { result: { Account: '1', Arn: accessKeyId } };

  it('that were renewed in their file are found without a restart', async () => {
    const write = await home(keys('OLD'));
    const { endpoint } = await scriptedAws(whoAsks);
    const aws = createAws({ region: 'us-east-1', endpoint, profile: 'production' });
    await expect(aws.sts.callerIdentity()).rejects.toMatchObject({ code: 'ExpiredToken' });
    await write(keys('NEW'));
    expect(await aws.sts.callerIdentity()).toEqual({ account: '1', arn: 'NEW' });
  });

  it('that are nowhere to be found are asked for', async () => {
    await home('');
    const { endpoint } = await scriptedAws(whoAsks);
    const aws = createAws({ region: 'us-east-1', endpoint, profile: 'production' });
    const asked = { credentials: true, message: expect.stringMatching(/Give credentials: AWS_PROFILE, aws sso login/) };
    await expect(aws.sts.callerIdentity()).rejects.toMatchObject(asked);
    await expect(aws.sts.credentialsEndMs()).rejects.toMatchObject(asked);
  });

  it('say when they end', async () => {
    await home('');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    vi.stubEnv('AWS_SESSION_TOKEN', 'y');
    vi.stubEnv('AWS_CREDENTIAL_EXPIRATION', '2036-01-02T03:04:05Z');
    const aws = createAws({ region: 'us-east-1' });
    expect(await aws.sts.credentialsEndMs()).toBe(Date.parse('2036-01-02T03:04:05Z'));
  });
});
