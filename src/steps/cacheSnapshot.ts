import * as z from 'zod';
import { stackName } from '../bosslet/names.ts';
import type { CacheSnapshot as Snapshot } from '../clients/doors.ts';
import type { ActContext, Acted, Attempt, ChooseOption, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';
import { recoveryPoint } from './recoveryPoint.ts';
import { duration } from './words.ts';

type Group = { readonly logicalId: string; readonly id: string };
type Baseline = { readonly groups: readonly Group[] };

/** The caches of the redis stack that hold what is not yet written elsewhere. */
const HOLDS_DATA: ReadonlySet<string> = new Set(['Cache', 'CacheState']);
/** Between two looks at a snapshot that is being made. */
const LOOK_MS = 10_000;
const LOOK_REAL_MS = 200;
/** A list may lack for a while what was just begun. */
const LISTED_WITHIN_MS = 60_000;

/** Offers a snapshot of the caches before they are deleted, and waits until it is there. Takes nothing away. */
export const cacheSnapshot: StepKind<object, Baseline> = {
  name: 'cacheSnapshot',
  mutates: true,
  parse: paramsOf('cacheSnapshot', z.strictObject({})),
  plan: planSnapshot,
  act: (_params, context) => takeSnapshots(context),
  prove: (_params, context, attempt) => proveSnapshots(context, attempt),
};

async function planSnapshot(_params: object, context: ReadContext): Promise<Plan<Baseline>> {
  const { read, bosslet, signal } = context;
  const name = stackName(bosslet, 'redis');
  const stack = await read.aws.cloudFormation.describeStack(name, signal);
  const resources = stack ? await read.aws.cloudFormation.stackResources(name, signal) : [];
  const groups = resources.flatMap(({ logicalResourceId: logicalId, resourceType, physicalResourceId: id }) =>
    HOLDS_DATA.has(logicalId) && resourceType === 'AWS::ElastiCache::ReplicationGroup' && id ? [{ logicalId, id }] : [],
  );
  const points = await Promise.all(
    groups.map(({ id }) => recoveryPoint('AWS::ElastiCache::ReplicationGroup', id, context)),
  );
  return {
    commands: groups.map(({ logicalId, id }) => `CreateSnapshot of ${id} (${logicalId})`),
    dangers: [],
    evidence: groups.map(({ logicalId }, index) => ({ label: logicalId, value: points[index] ?? '', tone: 'plain' })),
    baseline: { groups },
    alreadyDone: groups.length === 0,
  };
}

const OPTIONS: readonly ChooseOption[] = [
  { id: 'take', label: 'Take a snapshot', detail: 'The delete waits until it is there: some minutes.' },
  { id: 'without', label: 'Go on without one' },
];

async function takeSnapshots(context: ActContext<Baseline>): Promise<Acted> {
  const { groups } = context.attempt.baseline;
  const answer = await context.decide('snapshot', {
    title: 'A snapshot of the caches before they are deleted?',
    text: ['What the passes found flushed is safe anyway; a snapshot is the way back should that be wrong.'],
    question: { is: 'choose', options: OPTIONS, recommended: 'take' },
  });
  if (answer.is !== 'chosen' || answer.option !== 'take') return { how: 'finished', codes: [] };
  for (const group of groups) {
    const name = snapshotName(context, group);
    await context.effect(`snapshot/${group.id}`, {
      what: `begins the snapshot ${name} of ${group.id}`,
      run: async () => {
        await context.doors.aws.elastiCache.createSnapshot({ replicationGroupId: group.id, name }, context.signal);
        return name;
      },
      probe: async () => ((await context.read.aws.elastiCache.snapshot(name, context.signal)) ? name : 'notHappened'),
    });
  }
  return untilMade(context);
}

/** Lower case, as ElastiCache wants it; one for each try, since a name cannot be used again. */
const snapshotName = ({ release, attempt }: ActContext<Baseline>, { logicalId }: Group): string =>
  `boss-tui-${release.id}-${logicalId}-${attempt.number}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');

async function untilMade(context: ActContext<Baseline>): Promise<Acted> {
  const { clock, signal } = context;
  const begunAtMs = clock.now();
  for (;;) {
    if (context.cancelRequested()) return { how: 'cancelled', codes: ['cancelled'] };
    const isNew = clock.now() - begunAtMs < LISTED_WITHIN_MS;
    const open = (await snapshotsOf(context, context.attempt)).filter(
      ({ status }) => status === 'creating' || (isNew && status === 'missing'),
    );
    if (open.length === 0) return { how: 'finished', codes: [] };
    const names = open.map(({ name }) => name).join(', ');
    context.progress({ text: `${names}: being made since ${duration(clock.now() - begunAtMs)}` });
    await clock.sleep(Math.max(LOOK_MS, LOOK_REAL_MS * clock.speed), signal);
  }
}

/** Those that this attempt began, as they are now. */
async function snapshotsOf(
  { read, signal }: ReadContext,
  { effects }: Attempt<Baseline>,
): Promise<readonly Pick<Snapshot, 'name' | 'status'>[]> {
  const names = Object.entries(effects).flatMap(([key, name]) =>
    key.startsWith('snapshot/') && typeof name === 'string' ? [name] : [],
  );
  const found = names.map(
    async (name) => (await read.aws.elastiCache.snapshot(name, signal)) ?? { name, status: 'missing' },
  );
  return Promise.all(found);
}

async function proveSnapshots(context: ReadContext, attempt: Attempt<Baseline>): Promise<Verdict> {
  if (attempt.baseline.groups.length === 0)
    return { is: 'done', summary: 'There is no cache to take a snapshot of.', evidence: [] };
  const chosen = attempt.decisions.snapshot;
  if (chosen?.is === 'chosen' && chosen.option === 'without')
    return { is: 'done', summary: 'No snapshot was taken, as was chosen.', evidence: [] };
  const found = await snapshotsOf(context, attempt);
  const evidence = found.map(({ name, status }) => ({
    label: name,
    value: status,
    tone: status === 'available' ? ('ok' as const) : ('warn' as const),
  }));
  const open = found.filter(({ status }) => status !== 'available');
  if (open.length === 0 && found.length === attempt.baseline.groups.length)
    return { is: 'done', summary: `${found.map(({ name }) => name).join(' and ')} can be restored from.`, evidence };
  const error = attempt.acted?.error;
  return {
    is: 'notDone',
    ...(attempt.acted?.codes[0] && { code: attempt.acted.codes[0] }),
    summary:
      error ??
      `Not every cache has its snapshot: ${open.map(({ name, status }) => `${name} is ${status}`).join(', ')}.`,
    evidence,
  };
}
