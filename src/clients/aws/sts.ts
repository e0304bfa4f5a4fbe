import type { StsRead } from '../doors.ts';
import { wrongAccount } from './awsError.ts';
import type { Connection } from './connection.ts';
import { credentialsSource, ssoLoginEnd } from './profile.ts';

export function createSts(connection: Connection): StsRead {
  const { accountId, profile, credentials: given } = connection.options;
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/sts.ts');
    return { sdk, client: new sdk.STSClient(config) };
  });
  const callerIdentity: StsRead['callerIdentity'] = (signal) =>
    run(signal, async ({ sdk, client }, options) => {
      const { Account, Arn } = await client.send(new sdk.GetCallerIdentityCommand({}), options);
      if (Account === undefined || Arn === undefined)
        throw new Error('STS did not say whose credentials these are; check the endpoint and try again.');
      return { account: Account, arn: Arn };
    });
  return {
    callerIdentity,
    mustBeOurs: async (signal) => {
      const { account } = await callerIdentity(signal);
      // Explained, so that others are looked for at the next call.
      if (account !== accountId)
        throw connection.explain(wrongAccount(account, accountId, profile), GET_CALLER_IDENTITY);
    },
    credentialsEndMs: () =>
      run(undefined, async ({ client }) => {
        const call = { service: 'AWS', operation: 'credentials', target: profile };
        const { expiration } = await client.config.credentials().catch((error: unknown) => {
          throw connection.explain(error, call);
        });
        const endMs = expiration?.getTime();
        return given ? endMs : endOfLogin(endMs, profile);
      }),
  };
}

const GET_CALLER_IDENTITY = { service: 'STS', operation: 'GetCallerIdentity', target: undefined };

/** Credentials that the SDK renews by itself end when the login behind them does; undefined where it need not end. */
function endOfLogin(endMs: number | undefined, profile: string | undefined): number | undefined {
  if (endMs === undefined) return undefined;
  const source = credentialsSource(profile);
  if (source.is === 'renewed' || source.is === 'keys') return undefined;
  if (source.is !== 'sso') return endMs;
  const loginEndMs = ssoLoginEnd(source.tokenFile);
  if (loginEndMs === 'renewed') return undefined;
  return Math.max(endMs, loginEndMs ?? endMs);
}
