import { styleText } from 'node:util';
import type { Bosslet } from '../bosslet/bosslet.ts';
import { configOfStack, deleteRuleName } from '../bosslet/names.ts';
import type { ActDoors, AwsRead } from '../clients/doors.ts';
import { CACHES, SHOWN_WHERE_THERE } from '../observe/caches.ts';
import { clean } from '../observe/clean.ts';
import { boardRows } from '../observe/stacks.ts';
import { openDoors } from './doors.ts';
import type { Setup } from './setup.ts';
import { readDns } from './statusDns.ts';
import { type Paint, plain, statusLines, type Tone } from './statusLines.ts';
import { StatusLook, type Waiting } from './statusLook.ts';
import {
  type CacheStatus,
  type DeleteRuleStatus,
  isUnread,
  type MailingListStatus,
  type StackStatus,
  type Status,
  wasAllRead,
} from './statusReport.ts';

export interface StatusOptions {
  readonly signal: AbortSignal;
  /** Real milliseconds that a part may be silent. */
  readonly limitMs?: number;
  /** What is still waited for, with how far it is. */
  readonly waiting?: Waiting;
}

/** Looks once at everything, side by side; what cannot be read says so in its place. Changes nothing. */
export async function readStatus(setup: Setup, options: StatusOptions): Promise<Status> {
  const { bosslet, clock } = setup;
  const at = new Date(clock.now()).toISOString();
  const doors = openDoors({ ...setup, readOnly: true });
  const endpoint = setup.awsEndpoint ?? process.env.AWS_ENDPOINT_URL;
  const look = new StatusLook({ bosslet, sts: doors.aws.sts, endpoint, ...options });
  try {
    const [account, stacks, dns, caches, mailingList, deleteRule] = await Promise.all([
      look.account,
      look.aws('stacks', (signal) => readStacks(bosslet, doors.aws, signal)),
      readDns(bosslet, doors, look),
      Promise.all(CACHES.map((name) => readCache(name, doors, look))).then((all) =>
        all.filter((cache) => !(cache.absent && cache.name === SHOWN_WHERE_THERE)),
      ),
      look.aws('mailing list', (signal) => readMailingList(bosslet, doors.aws, signal)),
      look.aws('delete rule', (signal) => readDeleteRule(bosslet, doors.aws, signal)),
    ]);
    options.signal.throwIfAborted();
    const { name, region } = bosslet;
    return clean({ bosslet: name, account, region, at, stacks, dns, caches, mailingList, deleteRule });
  } finally {
    await doors.caches.close();
  }
}

const isoTime = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());

async function readStacks(
  bosslet: Bosslet,
  { cloudFormation }: Pick<AwsRead, 'cloudFormation'>,
  signal: AbortSignal,
): Promise<readonly StackStatus[]> {
  const all = await cloudFormation.describeStacks(signal);
  const ours = all.filter(({ stackName }) => configOfStack(bosslet, stackName) !== undefined);
  const tags = new Map(ours.map((stack) => [stack.stackId, stack.tags]));
  const rows = boardRows(bosslet, ours, { tagsOf: ({ stackId }) => tags.get(stackId), operationOf: () => undefined });
  return rows.map(({ config, stackName, stack, stackVersion, commit }) => ({
    config,
    stackName,
    stackId: stack?.stackId ?? null,
    stackStatus: stack?.stackStatus ?? null,
    lastUpdatedTime: isoTime(stack?.lastUpdatedTimeMs),
    stackVersion: stackVersion ?? null,
    commit: commit ?? null,
    ...(stack ? {} : { absent: true }),
  }));
}

const WRITE_CUBOID = 'WRITE-CUBOID*';
const NO_PASS = { keys: null, writeCuboid: null, runId: null, passMs: null };

async function readCache(name: string, { caches }: Pick<ActDoors, 'caches'>, look: StatusLook): Promise<CacheStatus> {
  const pass = await look.part(name, 'check the way to it', async (signal, alive) =>
    (await caches.has(name, signal))
      ? caches.cache(name).scan([WRITE_CUBOID], (keys) => alive(`${keys} keys`), signal)
      : undefined,
  );
  if (pass === undefined) return { name, ...NO_PASS, absent: true };
  if (isUnread(pass)) return { name, ...NO_PASS, error: pass.error };
  const { keys, counts, runId, startedAtMs, endedAtMs } = pass;
  return { name, keys, writeCuboid: counts[WRITE_CUBOID] ?? 0, runId, passMs: endedAtMs - startedAtMs };
}

async function readMailingList(
  { alertTopic, operator, accountId }: Bosslet,
  { sns }: Pick<AwsRead, 'sns'>,
  signal: AbortSignal,
): Promise<MailingListStatus> {
  const topicArn = await sns.findTopic(alertTopic, signal);
  if (topicArn === undefined)
    throw new Error(`There is no SNS topic ${alertTopic} in ${accountId}; check the region and alertTopic.`);
  const all = await sns.listSubscriptions(topicArn, signal);
  const deleted = all.filter(({ subscriptionArn }) => subscriptionArn === 'Deleted').length;
  const confirmed = all.filter(({ subscriptionArn }) => subscriptionArn.startsWith('arn:'));
  return {
    topicArn,
    confirmed: confirmed.length,
    pending: all.length - confirmed.length - deleted,
    deleted,
    operatorConfirmed: confirmed.some(({ endpoint }) => endpoint === operator),
  };
}

async function readDeleteRule(
  bosslet: Bosslet,
  { eventBridge }: Pick<AwsRead, 'eventBridge'>,
  signal: AbortSignal,
): Promise<DeleteRuleStatus> {
  const name = deleteRuleName(bosslet);
  const rule = await eventBridge.describeRule(name, signal);
  return rule ? { name: rule.name, state: rule.state } : { name, state: null, absent: true };
}

/** `boss-tui status`: its lines, and the exit code: 0 where everything was read, 1 otherwise. */
export async function status(
  setup: Setup,
  json: boolean,
  signal: AbortSignal,
): Promise<{ readonly lines: readonly string[]; readonly exitCode: 0 | 1 }> {
  const waiting: Waiting = new Map();
  const done = process.stderr.isTTY ? showWaiting(waiting, process.stderr) : () => {};
  try {
    const report = await readStatus(setup, { signal, waiting });
    done();
    const lines = json ? [JSON.stringify(report, undefined, 2)] : statusLines(report, inColour(process.stdout));
    return { lines, exitCode: wasAllRead(report) ? 0 : 1 };
  } finally {
    done();
  }
}

/** Nobody needs to be told of what takes no longer. Real milliseconds. */
const QUIET_MS = 1_000;
const REDRAW_MS = 250;

/** One line that says what is still waited for, written over itself. Returns the way to take it back. */
function showWaiting(waiting: Waiting, stream: NodeJS.WriteStream): () => void {
  const startedAtMs = performance.now();
  let shown = false;
  const timer = setInterval(() => {
    if (waiting.size === 0 || performance.now() - startedAtMs < QUIET_MS) return;
    const parts = [...waiting].map(([name, progress]) => (progress ? `${name} (${progress})` : name));
    const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
    const text = `Reading ${parts.join(', ')} … ${seconds}s`;
    stream.write(`\r\x1b[K${text.slice(0, Math.max(0, stream.columns - 1))}`);
    shown = true;
  }, REDRAW_MS);
  return () => {
    clearInterval(timer);
    if (shown) stream.write('\r\x1b[K');
    shown = false;
  };
}

const STYLES = {
  title: 'bold',
  ok: 'green',
  warn: 'yellow',
  danger: 'red',
  faint: 'dim',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** Colours on a terminal that wants them, none on a pipe. */
function inColour(stream: NodeJS.WriteStream): Paint {
  if (!stream.isTTY) return plain;
  return (tone, text) => styleText(STYLES[tone], text, { stream });
}
