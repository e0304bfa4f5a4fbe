import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAws } from '../../../src/clients/aws/aws.ts';
import { credentialsSource, renewalOf } from '../../../src/clients/aws/profile.ts';
import { awsHome, keysOf } from './awsHome.ts';
import { type AwsReply, type AwsRequest, scriptedAws } from './scriptedAws.ts';

const PROFILE = 'production';

/** Knows every key but one that has expired. */
const whoAsks = ({ accessKeyId }: AwsRequest): AwsReply =>
  accessKeyId === 'OLD'
    ? { error: 'ExpiredToken', message: 'The security token is expired', status: 403 }
    : { result: { Account: '1', Arn: accessKeyId } };
const awsAt = (endpoint: string) => createAws({ region: 'us-east-1', accountId: '1', endpoint, profile: PROFILE });

/** What a process prints for credentials that end then. */
const printed = (id: string, expiration: string) =>
  JSON.stringify({ Version: 1, AccessKeyId: id, SecretAccessKey: 'x', SessionToken: 't', Expiration: expiration });

const SSO_CONFIG = `[profile ${PROFILE}]
sso_session = boss
sso_account_id = 1
sso_role_name = operator
[sso-session boss]
sso_start_url = https://boss.awsapps.example/start
sso_region = us-east-1
`;
const ssoToken = (accessToken: string, expiresAt: string) => JSON.stringify({ accessToken, expiresAt });
const TOKEN_FILE = `sso/cache/${createHash('sha1').update('boss').digest('hex')}.json`;

/** The portal that gives a role's credentials for a login. */
async function portal(roleEndMs: number): Promise<void> {
  const server = createServer((request, response) => {
    const accessKeyId = request.headers['x-amz-sso_bearer_token'] === 'new' ? 'NEW' : 'OLD';
    const roleCredentials = { accessKeyId, secretAccessKey: 'x', sessionToken: 't', expiration: roleEndMs };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ roleCredentials }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  vi.stubEnv(
    'AWS_ENDPOINT_URL_SSO',
    `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`,
  );
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

describe('credentials that were renewed are found without a restart', () => {
  it('in their file', async () => {
    const { write } = await awsHome({ credentials: keysOf(PROFILE, 'OLD') });
    const { endpoint } = await scriptedAws(whoAsks);
    const aws = awsAt(endpoint);
    // Another service has opened its client with the old ones, too.
    await expect(aws.cloudFormation.listStacks()).rejects.toMatchObject({ code: 'ExpiredToken' });
    await expect(aws.sts.callerIdentity()).rejects.toMatchObject({
      credentials: true,
      message: expect.stringMatching(
        /have expired: put new keys for profile production into the AWS credentials file; boss-tui goes on by itself\.$/,
      ),
    });
    await write('credentials', keysOf(PROFILE, 'NEW'));
    expect(await aws.sts.callerIdentity()).toEqual({ account: '1', arn: 'NEW' });
    await expect(aws.sns.findTopic('x')).resolves.toBeUndefined();
  });

  it('from a process, also where its old ones say themselves that they have ended', async () => {
    const { folder, write } = await awsHome();
    const output = join(folder, 'printed.json');
    await write('config', `[profile ${PROFILE}]\ncredential_process = cat ${output}\n`);
    await writeFile(output, printed('OLD', '2001-01-01T00:00:00Z'));
    const { endpoint, asked } = await scriptedAws(whoAsks);
    const aws = awsAt(endpoint);
    await expect(aws.sts.callerIdentity()).rejects.toMatchObject({
      credentials: true,
      message: expect.stringContaining('make the credential_process of profile production give new ones'),
    });
    await expect(aws.sts.credentialsEndMs()).rejects.toMatchObject({ credentials: true });
    expect(asked).toHaveLength(0);
    const end = inAnHour();
    await writeFile(output, printed('NEW', end));
    expect(await aws.sts.callerIdentity()).toMatchObject({ arn: 'NEW' });
    expect(await aws.sts.credentialsEndMs()).toBe(Date.parse(end));
  });

  it('from a process whose ones AWS has ended before their time', async () => {
    const { folder, write } = await awsHome();
    const output = join(folder, 'printed.json');
    await write('config', `[profile ${PROFILE}]\ncredential_process = cat ${output}\n`);
    await writeFile(output, printed('OLD', inAnHour()));
    const { endpoint } = await scriptedAws(whoAsks);
    const aws = awsAt(endpoint);
    await expect(aws.sts.callerIdentity()).rejects.toMatchObject({ code: 'ExpiredToken' });
    await writeFile(output, printed('NEW', inAnHour()));
    expect(await aws.sts.callerIdentity()).toMatchObject({ arn: 'NEW' });
  });

  it('from an SSO login', async () => {
    const { write } = await awsHome({ config: SSO_CONFIG, [TOKEN_FILE]: ssoToken('old', '2001-01-01T00:00:00Z') });
    const roleEndMs = Date.now() + 30 * 60_000;
    await portal(roleEndMs);
    const { endpoint } = await scriptedAws(whoAsks);
    const aws = awsAt(endpoint);
    await expect(aws.sts.callerIdentity()).rejects.toMatchObject({
      credentials: true,
      message: expect.stringContaining('run "aws sso login --profile production"; boss-tui goes on by itself.'),
    });
    const end = inAnHour();
    await write(TOKEN_FILE, ssoToken('new', end));
    expect(await aws.sts.callerIdentity()).toMatchObject({ arn: 'NEW' });
    // The role's own are renewed by the SDK while the login lasts.
    expect(await aws.sts.credentialsEndMs()).toBe(Date.parse(end));
  });
});

describe('when credentials end', () => {
  it('is what the environment says', async () => {
    await awsHome();
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    vi.stubEnv('AWS_SESSION_TOKEN', 'y');
    vi.stubEnv('AWS_CREDENTIAL_EXPIRATION', '2036-01-02T03:04:05Z');
    const aws = createAws({ region: 'us-east-1', accountId: '1' });
    expect(await aws.sts.credentialsEndMs()).toBe(Date.parse('2036-01-02T03:04:05Z'));
  });

  it('is never for lasting keys, and for a login that renews itself', async () => {
    const { write } = await awsHome({ credentials: keysOf(PROFILE, 'NEW') });
    const { endpoint } = await scriptedAws(whoAsks);
    expect(await awsAt(endpoint).sts.credentialsEndMs()).toBeUndefined();
    await write('credentials', '');
    await write('config', SSO_CONFIG);
    const token = { accessToken: 'new', expiresAt: inAnHour(), refreshToken: 'r', clientSecret: 's', clientId: 'c' };
    await write(TOKEN_FILE, JSON.stringify(token));
    await portal(Date.now() + 30 * 60_000);
    expect(await awsAt(endpoint).sts.credentialsEndMs()).toBeUndefined();
  });
});

describe('where credentials come from', () => {
  const config = `[default]
region = us-east-1
aws_access_key_id = A
[profile sso-old]
sso_start_url = https://x.example/start
[profile "with spaces"]
credential_process = print-them
s3 =
  aws_access_key_id = nested
[profile role]
role_arn = arn:aws:iam::1:role/operator
source_profile = with spaces
[profile role-of-nobody]
role_arn = arn:aws:iam::1:role/operator
source_profile = gone
[profile in-a-circle]
role_arn = arn:aws:iam::1:role/operator
source_profile = in-a-circle-too
[profile in-a-circle-too]
role_arn = arn:aws:iam::1:role/operator
source_profile = in-a-circle
[profile on-ec2]
role_arn = arn:aws:iam::1:role/operator
credential_source = Ec2InstanceMetadata
[profile signed-in]
login_session = arn:aws:iam::1:user/me
[profile empty]
`;
  it.each([
    [undefined, {}, { is: 'keys', profile: 'default' }],
    [undefined, { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'b' }, { is: 'environment' }],
    [
      undefined,
      { AWS_PROFILE: 'sso-old', AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'b' },
      { is: 'sso', profile: 'sso-old' },
    ],
    ['with spaces', {}, { is: 'process', profile: 'with spaces' }],
    ['role', {}, { is: 'process', profile: 'with spaces' }],
    ['role-of-nobody', {}, { is: 'profileMissing', profile: 'gone' }],
    ['in-a-circle', {}, { is: 'renewed' }],
    ['on-ec2', {}, { is: 'renewed', profile: 'on-ec2' }],
    ['signed-in', {}, { is: 'login', profile: 'signed-in' }],
    ['in-credentials', {}, { is: 'keys', profile: 'in-credentials' }],
    ['empty', {}, { is: 'none' }],
    ['sso-session', {}, { is: 'profileMissing' }],
  ])('%s with %j is %j', async (profile, environment, expected) => {
    const { folder } = await awsHome({ config, credentials: keysOf('in-credentials', 'B') });
    expect(credentialsSource(profile, { HOME: folder, ...environment })).toMatchObject(expected);
  });

  it('needs no file, and each kind names its own cure', async () => {
    const { folder } = await awsHome({ config });
    expect(credentialsSource(undefined, { HOME: join(folder, 'nobody') })).toEqual({ is: 'none' });
    await chmod(join(folder, '.aws', 'config'), 0o000);
    const token = { HOME: join(folder, 'nobody'), AWS_WEB_IDENTITY_TOKEN_FILE: '/t' };
    expect(credentialsSource(undefined, token)).toMatchObject({ is: 'renewed' });
    expect(renewalOf({ is: 'environment' })).toMatch(/^leave boss-tui, export new .*: it goes on where it was$/);
    expect(renewalOf({ is: 'login', profile: 'p' })).toMatch(/^run "aws login --profile p"/);
  });
});
