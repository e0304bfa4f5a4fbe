import type { CachePass } from '../../src/clients/doors.ts';
import type { DnsRow, EventRow, Observed, StackRow } from '../../src/observe/observed.ts';
import { NOTHING_OBSERVED } from '../../src/observe/observed.ts';
import type {
  AttemptState,
  Card,
  Controller,
  Decision,
  GateView,
  LiveState,
  ReleaseState,
  StageState,
  StepState,
} from '../../src/release/state.ts';
import { NOTHING_LIVE } from '../../src/release/state.ts';
import { untouched } from '../../src/release/stateParts.ts';
import { type Runbook, stagesOf, stepsOf } from '../../src/runbook/runbook.ts';
import { runbookFor } from '../../src/runbook/runbookFor.ts';
import type { Asked, Plan, ReviewedChange, ReviewSubject } from '../../src/steps/kind.ts';
import { type AppState, createAppStore, type Session, type Store } from '../../src/store/store.ts';
import { PRODUCTION } from '../runbook/bosslets.ts';

/** Noon of the release's day. */
export const NOON = Date.UTC(2026, 7, 1, 12, 0, 0);
const MINUTE = 60_000;
const HOST = 'api.theboss.io';
const CLOUDFRONT = 'd1abcdef.cloudfront.net';
const LOAD_BALANCER = 'elb-production-boss-1711.us-east-1.elb.amazonaws.com';

export const runbook: Runbook = runbookFor(PRODUCTION);

export const session: Session = {
  mode: 'production',
  role: 'operator',
  bosslet: 'production.boss',
  accountId: '123456789012',
  region: 'us-east-1',
  operator: 'you@host',
  sprint: 'sprint42',
  customEndpoint: undefined,
  credentialsEndMs: NOON + 340 * MINUTE,
  publicHost: HOST,
  speed: 1,
  faults: [],
  runbook,
};

/** A store with parts of its state set. */
export function storeWith(parts: Partial<AppState> = {}): Store {
  const store = createAppStore({ ...session, ...parts.session }, parts.nowMs ?? NOON);
  store.setState(parts);
  return store;
}

const aged = <T>(value: T, ageMs = 2_000) => ({
  value,
  atMs: NOON - ageMs,
  error: undefined,
  intervalMs: 5_000,
});

// --- The world ---------------------------------------------------------------------------------------------------

const NAMES = ['core', 'redis', 'api', 'cachedb', 'activities', 'cloudwatch', 'idindexing', 'dynamolambda'];

export function stackRow(config: string, stackStatus: string, operation?: StackRow['operation']): StackRow {
  const stackName = `${config.charAt(0).toUpperCase()}${config.slice(1)}ProductionBoss`;
  return {
    config,
    stackName,
    stack: {
      stackName,
      stackId: `arn:aws:cloudformation:us-east-1:123456789012:stack/${stackName}/1`,
      stackStatus,
      creationTimeMs: NOON - 400 * 24 * 60 * MINUTE,
      lastUpdatedTimeMs: NOON - 20 * 24 * 60 * MINUTE,
    },
    stackVersion: '1',
    commit: '7a6e3a1f4be2c0d19a1b2c3d4e5f60718293a4b5',
    operation,
  };
}

const operation = (startedMinutesAgo: number, tookMs: number | undefined, done: number, total: number) => {
  const startedAtMs = NOON - startedMinutesAgo * MINUTE;
  return { startedAtMs, endedAtMs: tookMs === undefined ? undefined : startedAtMs + tookMs, done, total };
};

export const midStacks: readonly StackRow[] = [
  stackRow('core', 'UPDATE_COMPLETE', operation(30, 372_000, 52, 52)),
  stackRow('redis', 'UPDATE_COMPLETE', operation(20, 160_000, 4, 4)),
  stackRow('api', 'UPDATE_IN_PROGRESS', operation(3, undefined, 9, 17)),
  ...NAMES.slice(3).map((name) => stackRow(name, 'UPDATE_COMPLETE')),
];

export function event(index: number, change: Partial<EventRow> = {}): EventRow {
  const config = change.config ?? 'api';
  const stackName = `${config.charAt(0).toUpperCase()}${config.slice(1)}ProductionBoss`;
  return {
    eventId: `event-${index}`,
    stackId: `arn:${stackName}`,
    stackName,
    logicalResourceId: `Resource${index}`,
    resourceType: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    resourceStatus: index % 2 === 0 ? 'UPDATE_IN_PROGRESS' : 'UPDATE_COMPLETE',
    timestampMs: NOON - 200_000 + index * 2_000,
    config,
    ...change,
  };
}

export const events = (count: number): readonly EventRow[] => Array.from({ length: count }, (_, index) => event(index));

export function dnsRow(
  label: string,
  leadsTo: DnsRow['leadsTo'],
  ttlSeconds: number | undefined,
  authoritative = false,
): DnsRow {
  const data = leadsTo === 'maintenance' ? CLOUDFRONT : LOAD_BALANCER;
  const server = { label, address: '198.51.100.1', port: 53, authoritative };
  return {
    answer: {
      server,
      askedAtMs: NOON - 2_000,
      rttMs: 12,
      ...(leadsTo === 'silent' ? { error: 'no answer in 2s' } : { rcode: 'NOERROR' }),
      chain: leadsTo === 'silent' ? [] : [{ name: HOST, type: 'CNAME', ttlSeconds: ttlSeconds ?? 0, data: `${data}.` }],
    },
    leadsTo,
    ttlSeconds,
  };
}

export const turningRows: readonly DnsRow[] = [
  dnsRow('ns-1.awsdns-01.org', 'maintenance', 300, true),
  dnsRow('ns-612.awsdns-12.net', 'maintenance', 300, true),
  dnsRow('8.8.8.8', 'live', 41),
  dnsRow('1.1.1.1', 'maintenance', 287),
  dnsRow('9.9.9.9', 'maintenance', 112),
  dnsRow('system', 'silent', undefined),
];

export const downRows: readonly DnsRow[] = turningRows.map(({ answer, ttlSeconds }) =>
  dnsRow(answer.server.label, 'maintenance', ttlSeconds ?? 200, answer.server.authoritative),
);
export const liveRows: readonly DnsRow[] = turningRows.map(({ answer, ttlSeconds }) =>
  dnsRow(answer.server.label, 'live', ttlSeconds ?? 200, answer.server.authoritative),
);

export const dnsLook = (rows: readonly DnsRow[]) =>
  aged({
    host: HOST,
    expected: { live: LOAD_BALANCER, maintenance: CLOUDFRONT },
    rounds: [{ startedAtMs: NOON - 2_000, rows }],
  });

const pass = (unflushed: number, index: number, last: number): CachePass => ({
  runId: 'run-1',
  startedAtMs: NOON - (last - index) * 30_000 - 20_000,
  endedAtMs: NOON - (last - index) * 30_000 - 12_000,
  keys: 1_204_331,
  counts: { 'WRITE-CUBOID*': unflushed },
  samples: {},
});

export const caches = aged([
  {
    name: 'cache',
    keys: 1_204_331,
    runId: 'run-1',
    absent: false,
    passes: [412, 280, 120, 31, 3, 0, 0].map((count, index, all) => pass(count, index, all.length)),
    scanning: undefined,
    error: undefined,
  },
  {
    name: 'cache-state',
    keys: 318,
    runId: 'run-2',
    absent: false,
    passes: [
      {
        ...pass(0, 0, 0),
        counts: { 'WRITE-LOCK*': 0, 'PAGE-OUT*': 2, 'DELAYED-WRITE*': 0 },
      },
    ],
    scanning: undefined,
    error: undefined,
  },
  {
    name: 'cache-session',
    keys: undefined,
    runId: undefined,
    absent: true,
    passes: [],
    scanning: undefined,
    error: undefined,
  },
]);

/** A script's folder, and what stands on its terminal. */
export const SCRIPT = '/releases/1/scripts/3.2-1';
export const scriptLines: readonly string[] = [
  'Execution Order:',
  '        api',
  '',
  'Working on api',
  '| Working on api',
  'Action    Logical ID                    Physical ID                     Resource Type                     Replacement',
  'Modify    Endpoint                      EndpointProductionBoss-1X2Y3Z   AWS::AutoScaling::AutoScalingGroup False',
  'Apply Update? [y/N]: y',
  'Waiting for update ..............',
];

export const midObserved: Observed = {
  ...NOTHING_OBSERVED,
  stacks: aged(midStacks, 3_000),
  events: { ...aged(events(120), 1_000), intervalMs: 3_000 },
  dns: dnsLook(downRows),
  caches,
  scripts: { [SCRIPT]: { folder: SCRIPT, lines: scriptLines, logBytes: 900, running: true } },
};

// --- The release -------------------------------------------------------------------------------------------------

export const plan = (change: Partial<Plan> = {}): Plan => ({
  commands: [],
  dangers: [],
  evidence: [],
  baseline: null,
  alreadyDone: false,
  ...change,
});

export const updateApi: Plan = plan({
  commands: ['./cloudformation.py --ami-version sprint42 --scenario production update production.boss api'],
  evidence: [
    { label: 'stack', value: 'ApiProductionBoss UPDATE_COMPLETE, version 3', tone: 'ok' },
    { label: 'last updated', value: '2026-07-12 09:41', tone: 'plain' },
  ],
  dangers: [
    { id: 'brief', level: 'warn', text: 'The group of endpoints is rolled: each machine is replaced in turn.' },
  ],
});

export const attempt = (change: Partial<AttemptState> = {}): AttemptState => ({
  number: 1,
  intendedAtMs: NOON - 185_000,
  plan: plan(),
  effectsIntended: {},
  effects: {},
  acted: undefined,
  verdict: undefined,
  cancelRequested: false,
  ...change,
});

export const step = (id: string, change: Partial<StepState> = {}): StepState => ({ ...untouched(id), ...change });

const doneStage = (id: string, startedMinutesAgo: number, tookMs: number): StageState => ({
  id,
  status: 'done',
  run: 1,
  startedAtMs: NOON - startedMinutesAgo * MINUTE,
  endedAtMs: NOON - startedMinutesAgo * MINUTE + tookMs,
});

/** A release in which nothing was begun. */
export function newRelease(change: Partial<ReleaseState> = {}): ReleaseState {
  const all = stagesOf(runbook);
  return {
    id: '2026-08-01-1',
    bosslet: 'production.boss',
    openedAtMs: NOON - 133 * MINUTE,
    operator: 'you@host',
    epoch: 1,
    head: '125b665e00000000000000000000000000000000',
    runbook,
    stages: Object.fromEntries(
      all.map(({ id }): [string, StageState] => [
        id,
        { id, status: 'todo', run: 0, startedAtMs: undefined, endedAtMs: undefined },
      ]),
    ),
    steps: Object.fromEntries(all.flatMap(({ steps }) => stepsOf(steps).map(({ id }) => [id, step(id)]))),
    decisions: {},
    facts: {},
    notes: [],
    paused: undefined,
    closed: undefined,
    ...change,
  };
}

const DONE = [
  doneStage('maintenanceOn', 72, 192_000),
  doneStage('amis', 66, 41_000),
  doneStage('vaultBackup', 64, 12_000),
  doneStage('silence', 62, 95_000),
  doneStage('core', 30, 372_000),
  doneStage('redis', 20, 160_000),
];

const arnOf = (index: number) => `arn:aws:sns:us-east-1:123456789012:ProductionMicronsMailingList:${index}`;
/** The results of silencing so many subscriptions in one way. */
export const silencing = (way: 'mute' | 'remove', count: number): AttemptState['effects'] =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${way}/${arnOf(index)}`, way === 'mute' ? 'muted' : true]),
  );
/** The results of restoring so many muted ones. */
export const unmuting = (count: number): AttemptState['effects'] =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`attribute/${arnOf(index)}/FilterPolicy`, true]));

const silenceDone: Partial<StepState> = {
  status: 'done',
  closedAs: 'done',
  startedAtMs: NOON - 62 * MINUTE,
  closedAtMs: NOON - 60 * MINUTE,
};

/** `api` is being updated; all before it is done, two optional stages were skipped. */
export function midRelease(): ReleaseState {
  const release = newRelease();
  const skipped = stagesOf(runbook).flatMap(({ id, key }) => ('itpc'.includes(key) ? [id] : []));
  return {
    ...release,
    stages: {
      ...release.stages,
      ...Object.fromEntries(DONE.map((stage) => [stage.id, stage])),
      ...Object.fromEntries(
        skipped.map((id) => [id, { id, status: 'skipped', run: 0, startedAtMs: undefined, endedAtMs: undefined }]),
      ),
      api: { id: 'api', status: 'running', run: 1, startedAtMs: NOON - 185_000, endedAtMs: undefined },
    },
    steps: {
      ...release.steps,
      ...Object.fromEntries(
        DONE.flatMap(({ id, startedAtMs, endedAtMs }) =>
          (stagesOf(runbook).find((stage) => stage.id === id)?.steps ?? []).map((each) => [
            each.id,
            step(each.id, { status: 'done', closedAs: 'done', startedAtMs, closedAtMs: endedAtMs }),
          ]),
        ),
      ),
      's.1': step('s.1', {
        ...silenceDone,
        attempts: [attempt({ intendedAtMs: NOON - 62 * MINUTE, effects: silencing('mute', 37) })],
      }),
      '3.1': step('3.1', { status: 'done', closedAs: 'done', startedAtMs: NOON - 185_000, closedAtMs: NOON - 150_000 }),
      '3.2': step('3.2', {
        status: 'running',
        startedAtMs: NOON - 150_000,
        attempts: [attempt({ plan: updateApi, intendedAtMs: NOON - 150_000, effectsIntended: { start: 'update' } })],
      }),
    },
  };
}

export const midLive: LiveState = {
  ...NOTHING_LIVE,
  at: { api: { stepId: '3.2', waits: undefined } },
  progress: { '3.2': { text: 'UPDATE_IN_PROGRESS, 9 of 17 resources', fraction: 9 / 17, script: SCRIPT } },
};

export const lastTook = { cachedb: 540_000, activities: 420_000, cloudwatch: 60_000, maintenanceOff: 250_000 };

/** In the middle of the release: what most tests look at. */
export const midState = (change: Partial<AppState> = {}): Store =>
  storeWith({ observed: midObserved, release: midRelease(), live: midLive, lastTook, ...change });

// --- Cards, gates, questions -------------------------------------------------------------------------------------

export const gate = (change: Partial<GateView> = {}): GateView => ({
  id: 'drained',
  title: 'The cache is drained',
  needs: { is: 'cacheDrained', caches: ['cache'] },
  overridable: 'typed',
  typed: 'delete cache with 3 unflushed keys',
  overridden: false,
  result: {
    holds: false,
    summary: '3 keys are not flushed yet; 1 clean pass of 2',
    evidence: [{ label: 'WRITE-CUBOID', value: '3 keys, falling', tone: 'warn' }],
    unproven: 3,
  },
  ...change,
});

/** The card of a stage whose plans have been read. */
export function cardOf(stageId: string, change: Partial<Card> = {}): Card {
  const stage = stagesOf(runbook).find(({ id }) => id === stageId);
  return {
    stageId,
    steps: (stage?.steps ?? []).map((each) => ({
      step: each,
      plan: each.id === '3.2' ? updateApi : plan({ commands: [`./${each.kind} ${each.id}`] }),
      error: undefined,
      gates: [],
    })),
    ready: true,
    readyAtMs: NOON,
    blockedBy: [],
    overridable: true,
    typed: stage?.steps.find(({ typed }) => typed !== undefined)?.typed,
    lastTookMs: 250_000,
    changed: false,
    ...change,
  };
}

export const decision = (id: string, asked: Asked, change: Partial<Decision> = {}): Decision => ({
  id,
  stageId: 'api',
  stepId: '3.2',
  asked,
  askedAtMs: NOON - 20_000,
  answer: undefined,
  withdrawn: false,
  ...change,
});

const HASH = 'a'.repeat(64);

export const change = (
  level: ReviewedChange['level'],
  logicalResourceId: string,
  more: Partial<ReviewedChange> = {},
): ReviewedChange => ({
  level,
  usual: false,
  action: 'Modify',
  logicalResourceId,
  physicalResourceId: `${logicalResourceId}-1X2Y3Z`,
  resourceType: 'AWS::AutoScaling::AutoScalingGroup',
  replacement: 'False',
  policyAction: '',
  reason: '',
  details: [],
  ...more,
});

export const dangerousChange = change('danger', 'BossMeta', {
  resourceType: 'AWS::DynamoDB::Table',
  replacement: 'True',
  physicalResourceId: 'bossmeta.production.boss',
  reason: 'A table that holds data would be replaced, and nothing keeps the old one.',
  recovery: 'it can be put back to 5m00s ago',
  details: ['Properties.KeySchema: bossName → bossId'],
});

export function reviewSubject(changes: readonly ReviewedChange[]): ReviewSubject {
  return {
    title: 'Change set of api',
    changeSetArn: 'arn:aws:cloudformation:us-east-1:123456789012:changeSet/h125b665e/1',
    stackName: 'ApiProductionBoss',
    changes,
    findings: [],
  };
}

/** A review that waits, with what it shows. */
export function reviewState(changes: readonly ReviewedChange[]): Store {
  const release = midRelease();
  const mustType = changes.filter(({ level }) => level === 'danger').map(({ logicalResourceId }) => logicalResourceId);
  const review = decision('3.2#1/review', {
    question: {
      is: 'review',
      subject: { sha256: HASH, bytes: 100, name: 'changeSet.json' },
      hash: HASH,
      mustType,
      recommended: mustType.length > 0 ? 'reject' : 'approve',
    },
    title: 'Review the change set of api',
    text: ['The script waits at "Apply Update? [y/N]".'],
  });
  return midState({
    release: { ...release, decisions: { [review.id]: review } },
    live: { ...midLive, at: { api: { stepId: '3.2', waits: 'decision' } } },
    subjects: { [HASH]: reviewSubject(changes) },
  });
}

/** A question of the release, open. */
export function askedState(asked: Asked, parts: Partial<AppState> = {}): Store {
  const release = midRelease();
  const question = decision('3.2#1/question', asked);
  return midState({
    release: { ...release, decisions: { [question.id]: question } },
    live: { ...midLive, at: { api: { stepId: '3.2', waits: 'decision' } } },
    ...parts,
  });
}

/** A controller that notes what it is told; `refuse` makes every call reject with it. */
export function noteController(refuse?: string): Controller & { readonly calls: readonly (readonly unknown[])[] } {
  const calls: (readonly unknown[])[] = [];
  const note =
    (name: string) =>
    (...input: readonly unknown[]): Promise<void> => {
      calls.push([name, ...input]);
      return refuse === undefined ? Promise.resolve() : Promise.reject(new Error(refuse));
    };
  return {
    calls,
    openCard: (stageId) => void calls.push(['openCard', stageId]),
    closeCard: () => void calls.push(['closeCard']),
    confirmCard: note('confirmCard'),
    answer: note('answer'),
    override: note('override'),
    cancel: note('cancel'),
    skipStage: note('skipStage'),
    note: note('note'),
    finish: note('finish'),
    abandon: note('abandon'),
    preflight: note('preflight'),
  };
}
