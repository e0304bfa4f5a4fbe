import type { QueryService } from './protocol.ts';

export const sts: QueryService = {
  protocol: 'query',
  xmlns: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: {
    GetCallerIdentity: (_params, { account }) => ({
      Arn: `arn:aws:iam::${account.accountId}:user/operator`,
      UserId: 'AIDAREHEARSALOPERATOR',
      Account: account.accountId,
    }),
  },
};
