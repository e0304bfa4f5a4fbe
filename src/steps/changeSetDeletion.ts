import type { ActContext } from './kind.ts';
import type { StackBaseline } from './stackCard.ts';

/** Deletes a change set of the attempt's stack, once: after a crash AWS is asked whether it is gone. */
export const deleteChangeSet = (context: ActContext<StackBaseline>, key: string, arn: string): Promise<boolean> =>
  context.effect(key, {
    what: `deletes the change set ${arn}`,
    run: async () => {
      await context.doors.aws.cloudFormation.deleteChangeSet(arn, context.signal);
      return true;
    },
    probe: async () => {
      const { read, attempt, signal } = context;
      const left = await read.aws.cloudFormation.describeChangeSet(attempt.baseline.stackId ?? '', arn, signal);
      return left && !left.status.startsWith('DELETE_') ? 'notHappened' : true;
    },
  });
