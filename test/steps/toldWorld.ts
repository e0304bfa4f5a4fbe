import type { CloudFormationRead, ReadDoors, ScriptsRead, Stack, StackEvent } from '../../src/clients/doors.ts';
import { systemClock } from '../../src/clock.ts';
import { NOTHING_OBSERVED } from '../../src/observe/observed.ts';
import type { Acted, Attempt, ReadContext } from '../../src/steps/kind.ts';
import type { StackBaseline } from '../../src/steps/stackCard.ts';
import { BOSSLET } from './bosslet.ts';

export const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/X/1';

const REVIEWED = 'arn:aws:cloudformation:us-east-1:123456789012:changeSet/hHEAD/1';

/** One stack and one log, as a table of cases tells them: what no embedded world brings about on demand. */
export interface ToldWorld {
  readonly status?: string;
  readonly began?: boolean;
  /** The change set that the stack was changed by last; absent: the one that was reviewed. */
  readonly changeSetId?: string;
  readonly log?: string;
  readonly events?: readonly StackEvent[];
  readonly executionStatus?: string;
}

const doorsOf = ({
  status = 'UPDATE_COMPLETE',
  began = true,
  log = '',
  events = [],
  executionStatus,
  changeSetId = REVIEWED,
}: ToldWorld) => {
  const stack: Stack = {
    stackName: 'X',
    stackId: STACK_ID,
    stackStatus: status,
    creationTimeMs: 0,
    lastUpdatedTimeMs: began ? 2 : 1,
    changeSetId,
    tags: {},
    parameters: {},
  };
  const cloudFormation: Partial<CloudFormationRead> = {
    describeStack: async () => (status === 'gone' ? undefined : stack),
    stackEventsPage: async () => ({ events: events.toReversed() }),
    listChangeSets: async () =>
      executionStatus === undefined
        ? []
        : [
            {
              changeSetId: 'arn:c',
              changeSetName: 'hHEAD',
              stackId: STACK_ID,
              stackName: 'X',
              status: 'CREATE_COMPLETE',
              executionStatus,
              creationTimeMs: 0,
            },
          ],
  };
  const scripts: Partial<ScriptsRead> = {
    read: async (_folder, offset) => ({ text: offset === 0 ? log : '', nextOffset: Buffer.byteLength(log) }),
  };
  return { aws: { cloudFormation }, scripts } as unknown as ReadDoors;
};

export const contextOf = (world: ToldWorld): ReadContext => ({
  read: doorsOf(world),
  bosslet: BOSSLET,
  release: { id: 'r', openedAtMs: 0, head: 'HEAD', folder: '', facts: {}, closedAtMs: () => undefined },
  step: { id: '2.1', title: 'Update' },
  observed: () => NOTHING_OBSERVED,
  want: () => {},
  clock: systemClock,
  signal: new AbortController().signal,
  progress: () => {},
  load: async () => '',
});

/** An attempt that acted so, on a stack that was last updated at 1. */
export const attemptOn = (acted: Partial<Acted>, baseline: Partial<StackBaseline> = {}): Attempt<StackBaseline> => ({
  number: 1,
  intendedAtMs: 0,
  baseline: {
    stackId: STACK_ID,
    stackStatus: 'UPDATE_COMPLETE',
    lastUpdatedTimeMs: 1,
    newestEventId: 'known',
    head: 'HEAD',
    amiVersion: 'latest',
    commit: null,
    stackVersion: null,
    leftover: [],
    ...baseline,
  },
  acted: { how: 'finished', codes: [], ...acted },
  overridden: [],
  effects: { reviewed: { arn: REVIEWED, hash: 'h' } },
  decisions: {},
  scriptFolder: '',
});
