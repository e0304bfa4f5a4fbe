import * as z from 'zod';
import type { Machine } from '../bosslet/bosslet.ts';
import { amiName } from '../bosslet/names.ts';
import type { Image } from '../clients/doors.ts';
import { asTyped, packer as command } from './bossManage.ts';
import { BUILD_KILLED, buildLogRow, buildLogs } from './buildLog.ts';
import { readImages } from './images.ts';
import type { Attempt, Evidence, ReadContext, StepKind, Verdict } from './kind.ts';
import { machines, paramsOf } from './params.ts';
import { runScript } from './scriptRun.ts';
import { exitEvidence, verdictOfRefusal } from './scriptVerdict.ts';

const params = z.strictObject({ devBosslet: z.string().min(1), machines });
type Params = z.infer<typeof params>;
type Baseline = { readonly head: string };

/** Builds images of the dev account, named after HEAD, by `packer.py`, whose exit code says nothing. */
export const packer: StepKind<Params, Baseline> = {
  name: 'packer',
  mutates: true,
  parse: paramsOf('packer', params),
  plan: async ({ devBosslet, machines }, context) => {
    const head = await context.read.git.head(context.signal);
    const built = await builtImages(context, machines, head);
    const missing = machines.filter((machine) => !built.get(machine));
    return {
      commands: missing.length > 0 ? [asTyped(command(context.bosslet, devBosslet, missing))] : [],
      dangers: [],
      evidence: machines.map((machine) => imageRow(context, machine, head, built.get(machine))),
      baseline: { head },
      alreadyDone: missing.length === 0,
    };
  },
  act: async ({ devBosslet, machines }, context) => {
    const { head } = context.attempt.baseline;
    // What was there when the build was started stays the same list over a restart.
    const missing = await context.effect('missing', {
      what: 'lists the images that are still to be built',
      run: async () => {
        const built = await builtImages(context, machines, head);
        return machines.filter((machine) => !built.get(machine));
      },
      probe: async () => 'notHappened',
    });
    if (missing.length === 0) return { how: 'finished', codes: [] };
    return runScript(context, {
      command: command(context.bosslet, devBosslet, missing),
      head,
      what: `Building ${missing.join(', ')}`,
      builds: { logsFolder: buildLogs(context.bosslet), machines: missing },
    });
  },
  prove: ({ machines }, context, attempt) => proveBuild(machines, context, attempt),
};

/** packer.py names what it builds after the first eight digits of the commit. */
const versionOf = (head: string) => `h${head.slice(0, 8)}`;

async function builtImages(
  { read, bosslet, signal }: ReadContext,
  machines: readonly Machine[],
  head: string,
): Promise<ReadonlyMap<Machine, Image | undefined>> {
  const { dev } = read;
  if (!dev) throw new Error(`No dev account is configured for ${bosslet.name}: name its bosslet, account and profile.`);
  const images = await readImages(dev, { bosslet, signal }, machines, [versionOf(head)]);
  const ours = (machine: Machine) =>
    images.of(machine, versionOf(head)).find(({ ownerId }) => ownerId === bosslet.dev?.accountId);
  return new Map(machines.map((machine) => [machine, ours(machine)]));
}

const imageRow = (context: ReadContext, machine: Machine, head: string, image: Image | undefined): Evidence => ({
  label: amiName(context.bosslet, machine, versionOf(head)),
  value: image ? `${image.imageId} ${image.state}` : 'not built',
  tone: image?.state === 'available' ? 'ok' : 'plain',
});

async function proveBuild(
  machines: readonly Machine[],
  context: ReadContext,
  attempt: Attempt<Baseline>,
): Promise<Verdict> {
  const { head } = attempt.baseline;
  const built = await builtImages(context, machines, head);
  const evidence = machines.map((machine) => imageRow(context, machine, head, built.get(machine)));
  const states = machines.map((machine) => built.get(machine)?.state);
  if (states.every((state) => state === 'available'))
    return { is: 'done', summary: 'The dev AMIs of this commit are built.', evidence };
  if (states.every((state) => state === 'available' || state === 'pending'))
    return { is: 'pending', summary: 'Waits for the dev AMIs to become available', evidence };
  const failed = machines.filter((machine) => !built.get(machine));
  const logs = await Promise.all(failed.map((machine) => buildLogRow(context, machine, attempt.intendedAtMs)));
  const exit = exitEvidence(attempt);
  // Exit 0 is no good sign here: packer.py ends so whatever became of its builds.
  const more = [...evidence, attempt.acted?.exitCode === 0 ? { ...exit, tone: 'plain' as const } : exit, ...logs];
  if (attempt.acted?.how === 'cancelled')
    return { is: 'notDone', code: 'cancelled', summary: BUILD_KILLED, evidence: more };
  return (
    verdictOfRefusal(attempt.acted, more) ?? {
      is: 'failed',
      code: attempt.acted?.how === 'lost' ? 'lost' : 'error',
      summary: `No AMI of ${failed.join(', ')} was built; read packer/logs/${failed[0]}.log. Trying again builds only what is missing.`,
      evidence: more,
    }
  );
}
