import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import type { Machine } from '../bosslet/bosslet.ts';
import { instanceName, loadBalancerName } from '../bosslet/names.ts';
import type { Evidence, ReadContext, StepKind } from './kind.ts';
import { paramsOf } from './params.ts';
import { age } from './words.ts';

const params = z.strictObject({
  text: z.array(z.string()).readonly(),
  shows: z.enum(['lastIntegrationRelease', 'loadBalancer', 'newInstances']).optional(),
});

/** Something that only a person can do or see; its result and note are the record of it. */
export const manual: StepKind<z.infer<typeof params>, null> = {
  name: 'manual',
  mutates: false,
  parse: paramsOf('manual', params),
  plan: async ({ text, shows }, context) => ({
    commands: [],
    dangers: [],
    evidence: [
      ...text.map((value): Evidence => ({ label: 'To do', value, tone: 'plain' })),
      ...(shows ? await SHOWN[shows](context) : []),
    ],
    baseline: null,
    alreadyDone: false,
  }),
  act: async ({ text, shows }, context) => {
    await context.decide('result', {
      title: context.step.title,
      text: [...text],
      ...(shows && { evidence: await SHOWN[shows](context) }),
      question: {
        is: 'choose',
        options: [
          { id: 'done', label: 'Done' },
          { id: 'failed', label: 'Failed', note: true },
          { id: 'skipped', label: 'Skipped', note: true },
        ],
        recommended: 'done',
      },
    });
    return { how: 'finished', codes: [] };
  },
  prove: async (_params, { step }, { decisions }) => {
    const { result } = decisions;
    if (result?.is !== 'chosen') return { is: 'notDone', summary: `${step.title}: not answered.`, evidence: [] };
    const note: readonly Evidence[] = result.note ? [{ label: 'Note', value: result.note, tone: 'plain' }] : [];
    if (result.option === 'failed')
      return { is: 'failed', code: 'rejected', summary: `${step.title}: failed, says the operator.`, evidence: note };
    if (result.option === 'skipped')
      return { is: 'done', skipped: true, summary: `${step.title}: skipped by the operator.`, evidence: note };
    return { is: 'done', summary: `${step.title}: done, says the operator.`, evidence: note };
  },
};

type Shows = NonNullable<z.infer<typeof params>['shows']>;

/** What the world shows beside an item. */
const SHOWN: Readonly<Record<Shows, (context: ReadContext) => Promise<readonly Evidence[]>>> = {
  loadBalancer: async ({ read, bosslet, signal }) => {
    const found = await read.aws.loadBalancers.findLoadBalancer(loadBalancerName(bosslet), signal);
    return [{ label: 'Load balancer', value: found?.dnsName ?? 'not found', tone: found ? 'plain' : 'warn' }];
  },
  newInstances,
  lastIntegrationRelease,
};

/** Machines whose logs go to Scalyr, in the order in which they are looked for. */
const REPORTING: readonly (Machine | 'bastion')[] = [
  'endpoint',
  'cachemanager',
  'auth',
  'vault',
  'activities',
  'bastion',
];

/** Instances that were launched since the release began, the endpoint first. */
async function newInstances({ read, bosslet, release, clock, signal }: ReadContext): Promise<readonly Evidence[]> {
  const names = REPORTING.map((machine) => instanceName(bosslet, machine));
  const instances = await read.aws.ec2.instances(names, signal);
  const launched = instances
    .filter(({ state, launchTimeMs }) => state !== 'terminated' && launchTimeMs >= release.openedAtMs)
    .sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name) || a.launchTimeMs - b.launchTimeMs);
  if (launched.length === 0)
    return [{ label: 'Instances', value: 'none was launched since the release began', tone: 'warn' }];
  return launched.map(({ name, instanceId, launchTimeMs, state }) => ({
    label: name,
    value: `${instanceId} launched ${age(clock.now() - launchTimeMs)} ago${state === 'running' ? '' : `, ${state}`}`,
    tone: 'plain',
  }));
}

const INTEGRATION = 'integration.boss';

/** The newest release of the integration bosslet that this machine knows, told by its folder. */
async function lastIntegrationRelease({ release, clock }: ReadContext): Promise<readonly Evidence[]> {
  // <account>/<bosslet>/<release>: another bosslet of the same account is a neighbour.
  const folder = join(dirname(dirname(release.folder)), INTEGRATION);
  const names = await readdir(folder).catch(() => []);
  const journals = await Promise.all(
    names.map(async (name) => ({
      name,
      atMs: (await stat(join(folder, name, 'journal.jsonl')).catch(() => undefined))?.mtimeMs,
    })),
  );
  const newest = journals
    .filter((each): each is { name: string; atMs: number } => each.atMs !== undefined)
    .sort((a, b) => b.atMs - a.atMs)[0];
  const value = newest
    ? `${newest.name}, last written ${age(clock.now() - newest.atMs)} ago`
    : 'none was made on this machine';
  return [{ label: 'Last release of integration', value, tone: 'plain' }];
}
