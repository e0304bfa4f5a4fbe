import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import type { Bosslet } from '../../src/bosslet/bosslet.ts';
import { publicHost } from '../../src/bosslet/names.ts';
import type { ReadDoors } from '../../src/clients/doors.ts';
import { type Clock, createClock } from '../../src/clock.ts';
import { openDoors } from '../../src/commands/doors.ts';
import type { Observed, Watchers } from '../../src/observe/observed.ts';
import { createWatchers } from '../../src/observe/watchers.ts';
import type { FaultName } from '../../src/rehearsal/faults.ts';
import { startWorld } from '../../src/rehearsal/startWorld.ts';
import type { World } from '../../src/rehearsal/world.ts';
import { until } from '../support/until.ts';

/** A world of its own with watchers on it; the test does to it what scripts would do. */
export interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly clock: Clock;
  readonly bosslet: Bosslet;
  readonly doors: ReadDoors;
  readonly watchers: Watchers;
  /** Ends the watchers and starts new ones, as a new start of the program does. */
  restart(): Promise<void>;
  /** What maintenance.py does to the public name. */
  turn(to: 'maintenance'): void;
  observed(): Observed;
  /** Waits until what is observed says so. */
  seen(what: string, is: (observed: Observed) => unknown): Promise<void>;
  readonly stacks: {
    update(name: string, edit: (template: string) => string): Promise<void>;
    delete(name: string): Promise<void>;
    create(name: string, templateBody: string): Promise<void>;
    template(name: string): Promise<string>;
  };
}

export async function createScene({
  faults = [],
  from,
  speed = 400,
  change = (doors) => doors,
  bossletChange = {},
}: {
  readonly faults?: readonly FaultName[];
  readonly from?: string;
  readonly speed?: number;
  /** Puts a fault between the watchers and a door. */
  readonly change?: (doors: ReadDoors) => ReadDoors;
  readonly bossletChange?: Partial<Bosslet>;
} = {}): Promise<Scene> {
  await using made = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'boss-tui-observe-'));
  made.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const startedAtMs = Date.now();
  const clock = createClock({ speed, originMs: Date.parse('2026-11-23T12:00:00Z'), startedAtMs });
  const world = made.adopt(
    await startWorld({ folder, clock, faults, ...(from ? { from } : {}), scriptProgram: join(folder, 'none') }),
    (started) => started.stop(),
  );
  const { awsEndpoint, credentials, scriptEnvironment } = world.addresses;
  const bosslet = { ...world.addresses.bosslet, ...bossletChange };
  const doors = openDoors({
    bosslet,
    clock,
    awsEndpoint,
    credentials,
    scriptEnvironment,
    supervisorFile: join(folder, 'none'),
    readOnly: true,
  });
  made.defer(() => doors.caches.close());
  const start = () => createWatchers({ bosslet, doors: change(doors), clock, signal: new AbortController().signal });
  let watchers = start();
  made.defer(() => watchers.stop());
  const client = made.adopt(
    new CloudFormationClient({ region: bosslet.region, endpoint: awsEndpoint, credentials }),
    async (started) => started.destroy(),
  );
  const template = async (StackName: string) =>
    (await client.send(new GetTemplateCommand({ StackName }))).TemplateBody ?? '';
  const disposal = made.move();
  return {
    world,
    clock,
    bosslet,
    doors,
    get watchers() {
      return watchers;
    },
    async restart() {
      await watchers.stop();
      watchers = start();
    },
    turn() {
      const { expected } = watchers.observed().dns.value ?? {};
      world.aws.seed.record({
        atMs: clock.now(),
        name: `${publicHost(bosslet)}.`,
        type: 'CNAME',
        ttlSeconds: 300,
        values: [`${expected?.maintenance}.`],
      });
    },
    observed: () => watchers.observed(),
    seen: async (what, is) => void (await until(what, () => is(watchers.observed()))),
    stacks: {
      template,
      async update(StackName, edit) {
        const TemplateBody = edit(await template(StackName));
        const named = { StackName, ChangeSetName: `edit-${clock.now()}` };
        await client.send(new CreateChangeSetCommand({ ...named, ChangeSetType: 'UPDATE', TemplateBody }));
        await until('the change set', async () => {
          const { Status } = await client.send(new DescribeChangeSetCommand(named));
          return Status === 'CREATE_COMPLETE';
        });
        await client.send(new ExecuteChangeSetCommand(named));
      },
      async delete(StackName) {
        await client.send(new DeleteStackCommand({ StackName }));
      },
      async create(StackName, TemplateBody) {
        await client.send(new CreateStackCommand({ StackName, TemplateBody }));
      },
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

type CloudFormation = ReadDoors['aws']['cloudFormation'];
const withCloudFormation = (doors: ReadDoors, change: Partial<CloudFormation>): ReadDoors => ({
  ...doors,
  aws: { ...doors.aws, cloudFormation: { ...doors.aws.cloudFormation, ...change } },
});

/** The same doors, but for what happens before the stacks are listed. */
export const withList = (doors: ReadDoors, before: () => void): ReadDoors =>
  withCloudFormation(doors, {
    async listStacks(signal) {
      before();
      return doors.aws.cloudFormation.listStacks(signal);
    },
  });

/** The same doors, but for events that come in smaller pages, fail, or say something else. */
export const withEvents = (
  doors: ReadDoors,
  { pageSize, fails, reason }: { readonly pageSize: number; fails(): boolean; readonly reason?: string },
): ReadDoors =>
  withCloudFormation(doors, {
    async stackEventsPage(stackId, nextToken, signal) {
      if (fails()) throw new Error('CloudFormation DescribeStackEvents failed: Throttling.');
      const { events: all } = await doors.aws.cloudFormation.stackEventsPage(stackId, undefined, signal);
      // The token names the last event that was given, as a service's does: what is new does not shift it.
      const from = nextToken === undefined ? 0 : 1 + all.findIndex(({ eventId }) => eventId === nextToken);
      const events = all
        .slice(from, from + pageSize)
        .map((event) => (reason ? { ...event, resourceStatusReason: reason } : event));
      const last = events.at(-1)?.eventId;
      return { events, ...(from + pageSize < all.length && last ? { nextToken: last } : {}) };
    },
  });
