import * as z from 'zod';
import { loadBalancerName, publicHost, stackName } from '../bosslet/names.ts';
import type { RecordSet } from '../clients/doors.ts';
import type { Json } from '../runbook/runbook.ts';
import { asTyped, maintenance as command } from './bossManage.ts';
import type { ActContext, Acted, Attempt, Danger, Evidence, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';
import { scanLog } from './scriptLog.ts';
import { runScript } from './scriptRun.ts';
import { exitEvidence, lastLinesEvidence, verdictOfRefusal } from './scriptVerdict.ts';

const params = z.strictObject({ turn: z.enum(['on', 'off']) });
type Params = z.infer<typeof params>;
type Baseline = {
  /** The record as it was. */
  readonly values: readonly string[];
  readonly ttlSeconds: number | null;
  /** Where it is to lead: the distribution's or the load balancer's name. */
  readonly target: string;
  readonly head: string;
};

/** Points the public name at the maintenance page or back, by `maintenance.py`. Route 53's record proves it. */
export const maintenance: StepKind<Params, Baseline> = {
  name: 'maintenance',
  mutates: true,
  parse: paramsOf('maintenance', params),
  plan: planMaintenance,
  act: ({ turn }, context) => (turn === 'on' ? turnOn(context) : run(turn, context)),
  prove: ({ turn }, context, attempt) => proveMaintenance(turn, context, attempt),
};

const run = (turn: Params['turn'], context: ActContext<Baseline>): Promise<Acted> =>
  runScript(context, {
    command: command(context.bosslet, turn),
    head: context.attempt.baseline.head,
    what: turn === 'on' ? 'Switching to the maintenance page' : 'Switching to the load balancer',
  });

/** The record as it is goes into the evidence first: the script writes over it, and nothing else remembers it. */
async function turnOn(context: ActContext<Baseline>): Promise<Acted> {
  // Of a second try it is still what was there before the first.
  const saved =
    context.release.facts.publicRecord ??
    (await context.effect<{ [name: string]: Json }>('record', {
      what: `keeps the record of ${publicHost(context.bosslet)} as it is`,
      run: async () => ({ ...(await context.keep('public-record.json', (await recordOf(context))?.whole ?? 'null')) }),
      probe: async () => 'notHappened',
    }));
  const acted = await run('on', context);
  return { ...acted, before: { ...acted.before, publicRecord: saved } };
}

const refSchema = z.object({ sha256: z.string(), bytes: z.number(), name: z.string() });
const savedShape = z.object({
  TTL: z.number().optional(),
  ResourceRecords: z.array(z.object({ Value: z.string() })).default([]),
  AliasTarget: z.object({ DNSName: z.string() }).optional(),
});

/** Where the public name led before this release turned maintenance on; undefined where that is not known. */
async function before(
  context: ReadContext,
): Promise<{ readonly values: readonly string[]; readonly sha256: string } | undefined> {
  const ref = refSchema.safeParse(context.release.facts.publicRecord).data;
  const saved = ref && savedShape.safeParse(JSON.parse(await context.load(ref))).data;
  if (!ref || !saved) return undefined;
  const alias = saved.AliasTarget?.DNSName;
  const values = alias === undefined ? saved.ResourceRecords.map(({ Value }) => Value) : [alias];
  return { values, sha256: ref.sha256 };
}

/** What the card of `off` tells of the record that was saved. */
async function beforeEvidence(context: ReadContext, target: string): Promise<readonly Evidence[]> {
  const saved = await before(context);
  if (!saved) return [];
  const isSame = saved.values.some((value) => plainName(value) === plainName(target));
  const other = isSame ? '' : ': another one than now';
  return [
    {
      label: 'Before the maintenance',
      value: `${saved.values.join(', ')}${other} (evidence ${saved.sha256.slice(0, 12)})`,
      tone: isSame ? 'ok' : 'warn',
    },
  ];
}

async function planMaintenance({ turn }: Params, context: ReadContext): Promise<Plan<Baseline>> {
  const host = publicHost(context.bosslet);
  const [head, record, found] = await Promise.all([
    context.read.git.head(context.signal),
    recordOf(context),
    turn === 'on' ? maintenancePage(context) : loadBalancer(context),
  ]);
  return {
    commands: [asTyped(command(context.bosslet, turn))],
    dangers: found.dangers,
    evidence: [
      { label: 'Record', value: `${host} → ${record?.values.join(', ') ?? 'none'}`, tone: 'plain' },
      { label: 'Will lead to', value: found.target, tone: 'plain' },
      { label: 'TTL', value: record?.ttlSeconds === undefined ? 'none' : `${record.ttlSeconds} s`, tone: 'plain' },
      ...(turn === 'off' ? await beforeEvidence(context, found.target) : []),
    ],
    baseline: { values: record?.values ?? [], ttlSeconds: record?.ttlSeconds ?? null, target: found.target, head },
    alreadyDone: leadsTo(record, found.target),
  };
}

interface Found {
  readonly target: string;
  readonly dangers: readonly Danger[];
}

async function maintenancePage({ read, bosslet, signal }: ReadContext): Promise<Found> {
  const host = publicHost(bosslet);
  const distribution = await read.aws.cloudFront.findDistribution(host, signal);
  if (!distribution)
    throw new Error(
      `No CloudFront distribution has the alias ${host}, so there is no maintenance page to lead to: make one, then try again.`,
    );
  return { target: distribution.domainName, dangers: [] };
}

/** The load balancer that the script would find by its name; it must be the api stack's. */
async function loadBalancer({ read, bosslet, signal }: ReadContext): Promise<Found> {
  const name = loadBalancerName(bosslet);
  const found = await read.aws.loadBalancers.findLoadBalancer(name, signal);
  if (!found)
    throw new Error(
      `No load balancer's name begins with ${name}, so users cannot be sent back: look at the api stack.`,
    );
  const api = stackName(bosslet, 'api');
  const resources = await read.aws.cloudFormation.stackResources(api, signal);
  const isOfApi = resources.some(({ physicalResourceId: id }) => id === found.name || (id && id === found.arn));
  return {
    target: found.dnsName,
    dangers: isOfApi
      ? []
      : [
          {
            id: `loadBalancer:${found.name}`,
            level: 'danger',
            text: `${found.name} is not a resource of ${api}: users might be sent to another system.`,
          },
        ],
  };
}

async function recordOf({ read, bosslet, signal }: ReadContext): Promise<RecordSet | undefined> {
  const zone = await read.aws.route53.findHostedZone(bosslet.externalDomain, signal);
  if (!zone) throw new Error(`Route 53 has no hosted zone for ${bosslet.externalDomain}: is this the right account?`);
  return read.aws.route53.recordSet(zone.id, publicHost(bosslet), 'CNAME', signal);
}

const plainName = (name: string) => name.replace(/\.$/, '').toLowerCase();
const leadsTo = (record: RecordSet | undefined, target: string) =>
  record?.values.some((value) => plainName(value) === plainName(target)) ?? false;

async function proveMaintenance(
  turn: Params['turn'],
  context: ReadContext,
  attempt: Attempt<Baseline>,
): Promise<Verdict> {
  const record = await recordOf(context);
  const { target } = attempt.baseline;
  const evidence: readonly Evidence[] = [
    {
      label: 'Record',
      value: `${publicHost(context.bosslet)} → ${record?.values.join(', ') ?? 'none'}`,
      tone: 'plain',
    },
  ];
  if (leadsTo(record, target))
    return { is: 'done', summary: `${publicHost(context.bosslet)} leads to ${target}.`, evidence };
  const log = await scanLog(context.read.scripts, attempt.scriptFolder);
  const more = [...evidence, exitEvidence(attempt), ...lastLinesEvidence(log)];
  return (
    verdictOfRefusal(attempt.acted, more) ?? {
      is: 'failed',
      code: attempt.acted?.exitCode === undefined ? 'lost' : 'exitCode',
      summary: `Maintenance was not turned ${turn}: the record does not lead to ${target}.`,
      evidence: more,
    }
  );
}
