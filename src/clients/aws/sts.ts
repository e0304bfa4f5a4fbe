import type { StsRead } from '../doors.ts';
import { toAwsError } from './awsError.ts';
import type { Connection } from './connection.ts';

export function createSts(connection: Connection): StsRead {
  const run = connection.service(async (config) => {
    const sdk = await import('./sdk/sts.ts');
    return { sdk, client: new sdk.STSClient(config) };
  });
  return {
    callerIdentity: (signal) =>
      run(signal, async ({ sdk, client }, options) => {
        const { Account, Arn } = await client.send(new sdk.GetCallerIdentityCommand({}), options);
        if (Account === undefined || Arn === undefined)
          throw new Error('STS did not say whose credentials these are; check the endpoint and try again.');
        return { account: Account, arn: Arn };
      }),
    credentialsEndMs: () =>
      run(undefined, async ({ client }) => {
        try {
          return (await client.config.credentials()).expiration?.getTime();
        } catch (error) {
          throw toAwsError(error, { service: 'AWS', operation: 'credentials', target: connection.options.profile });
        }
      }),
  };
}
