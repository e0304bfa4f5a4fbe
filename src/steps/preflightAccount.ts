import { type Check, ok, stop, warn } from './finding.ts';
import type { ReadContext } from './kind.ts';
import { duration } from './words.ts';

/** A release takes hours. */
const RELEASE_MS = 8 * 3_600_000;
/** The longest single step: an update of core, with its review. */
const STEP_MS = 30 * 60_000;

/** Whose account it is, and for how long we may act in it. */
export const accountChecks = (context: ReadContext): readonly Check[] => {
  const { read, bosslet, clock, signal } = context;
  return [
    {
      title: 'Account',
      run: async () => {
        const { account, arn } = await read.aws.sts.callerIdentity(signal);
        if (account === bosslet.accountId) return ok(`${account}, as ${arn}`);
        return stop(
          `The credentials are of the account ${account}; ${bosslet.name} is in ${bosslet.accountId}.`,
          bosslet.profile ? `Log in to the profile ${bosslet.profile}.` : "Set AWS_PROFILE to the bosslet's account.",
        );
      },
    },
    {
      title: 'Credentials',
      run: async () => {
        const endMs = await read.aws.sts.credentialsEndMs();
        if (endMs === undefined) return ok('they do not end, or are renewed by themselves');
        const leftMs = endMs - clock.now();
        if (leftMs < STEP_MS)
          return stop(
            `They end in ${duration(leftMs)}, before the next step could.`,
            'Renew them; they are found without a restart.',
          );
        if (leftMs < RELEASE_MS)
          return warn(`They end in ${duration(leftMs)}; a release may take longer.`, 'Renew them before you begin.');
        return ok(`they end in ${duration(leftMs)}`);
      },
    },
    {
      title: 'Dev account',
      run: async () => {
        if (!read.dev || !bosslet.dev)
          return warn(
            'No dev bosslet is configured: IAM and dev AMIs are manual.',
            'Configure dev, or do them by hand.',
          );
        const { account } = await read.dev.sts.callerIdentity(signal);
        if (account === bosslet.dev.accountId) return ok(`${account}, by ${bosslet.dev.bosslet}`);
        return warn(
          `The dev credentials are of the account ${account}, not of ${bosslet.dev.accountId}.`,
          `Check the profile of ${bosslet.dev.bosslet}; stages p and u are refused until then.`,
        );
      },
    },
  ];
};
