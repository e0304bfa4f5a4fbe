import type { Config, Machine } from '../bosslet/bosslet.ts';
import { instanceName } from '../bosslet/names.ts';
import type { Image, Instance } from '../clients/doors.ts';
import { type Images, ownerDangers, readImages, versionOf } from './images.ts';
import type { Danger, Evidence, ReadContext, Verdict } from './kind.ts';
import type { RememberedImage, StackImages } from './stackMemory.ts';
import { age } from './words.ts';

/** The machines whose images a stack launches. */
export const MACHINES_OF: Readonly<Partial<Record<Config, readonly Machine[]>>> = {
  core: ['vault', 'auth'],
  api: ['endpoint'],
  cachedb: ['cachemanager'],
  activities: ['activities'],
};

/** The images of a stack: those that a script would take for it, and those that its machines run on. */
export interface StackImagesRead {
  readonly takes: StackImages;
  readonly runs: StackImages;
  readonly evidence: readonly Evidence[];
  readonly dangers: readonly Danger[];
}

/** Reads them in two calls; in none for a stack that has no machines. */
export async function readStackImages(context: ReadContext, config: Config, version: string): Promise<StackImagesRead> {
  const machines = MACHINES_OF[config] ?? [];
  if (machines.length === 0) return { takes: {}, runs: {}, evidence: [], dangers: [] };
  const { bosslet } = context;
  const [images, running] = await Promise.all([
    readImages(context.read.aws, context, machines, 'all'),
    runningMachines(context, machines),
  ]);
  const rows = machines.map((machine) => takenRow(context, machine, version, images.taken(machine, version)));
  return {
    takes: remembered(machines, (machine) => imageOf(context, machine, images.taken(machine, version))),
    runs: remembered(machines, (machine) => {
      const newest = newestFirst(running, instanceName(bosslet, machine))[0];
      return newest && runsOn(context, machine, newest, images);
    }),
    evidence: rows.map(({ evidence }) => evidence),
    dangers: rows.flatMap(({ dangers }) => dangers),
  };
}

const remembered = (machines: readonly Machine[], of: (machine: Machine) => RememberedImage | undefined): StackImages =>
  Object.fromEntries(
    machines.flatMap((machine) => {
      const image = of(machine);
      return image ? [[machine, image] as const] : [];
    }),
  );

const imageOf = ({ bosslet }: ReadContext, machine: Machine, image: Image | undefined): RememberedImage | undefined =>
  image && {
    imageId: image.imageId,
    version: versionOf(bosslet, machine, image) ?? null,
    commit: image.tags.Commit ?? null,
  };

/** What a machine runs on; of an image that is gone its id alone. */
function runsOn(
  context: ReadContext,
  machine: Machine,
  { imageId }: Instance,
  images: Images,
): RememberedImage | undefined {
  if (imageId === undefined) return undefined;
  return imageOf(context, machine, images.byId(imageId)) ?? { imageId, version: null, commit: null };
}

async function runningMachines(
  { read, bosslet, signal }: ReadContext,
  machines: readonly Machine[],
): Promise<readonly Instance[]> {
  const names = machines.map((machine) => instanceName(bosslet, machine));
  const all = await read.aws.ec2.instances(names, signal);
  return all.filter(({ state }) => state === 'running' || state === 'pending');
}

const newestFirst = (all: readonly Instance[], name: string): readonly Instance[] =>
  all.filter((each) => each.name === name).sort((a, b) => b.launchTimeMs - a.launchTimeMs);

function takenRow(
  context: ReadContext,
  machine: Machine,
  version: string,
  image: Image | undefined,
): { readonly evidence: Evidence; readonly dangers: readonly Danger[] } {
  return {
    evidence: {
      label: `AMI ${machine}`,
      value: image ? imageLine(context, image) : `none named ${version}`,
      tone: image ? 'plain' : 'danger',
    },
    dangers: image
      ? ownerDangers(context.bosslet, machine, image)
      : [
          {
            id: `ami:${machine}:${version}`,
            level: 'danger',
            text: `There is no ${machine} AMI for ${version}: the script would take another one, and the step would be refused.`,
          },
        ],
  };
}

/** The machines of a stack that have no image of a version. */
export async function missingImages(
  context: ReadContext,
  config: Config,
  version: string,
): Promise<readonly Machine[]> {
  const machines = MACHINES_OF[config] ?? [];
  const images = await readImages(context.read.aws, context, machines, [version]);
  return machines.filter((machine) => images.taken(machine, version) === undefined);
}

/** `vault.boss-h125b665e ami-1 commit 125b665e, 3 days old`. */
export const imageLine = ({ clock }: Pick<ReadContext, 'clock'>, image: Image): string =>
  `${image.name} ${image.imageId} commit ${(image.tags.Commit ?? 'unknown').slice(0, 12)}, ${age(clock.now() - image.creationTimeMs)} old`;

/** Whether every machine of a stack runs on the image that it was to be given: a complete stack alone does not say so. */
export async function proveImages(
  context: ReadContext,
  config: Config,
  expected: StackImages,
  verdict: Verdict,
): Promise<Verdict> {
  const machines = MACHINES_OF[config] ?? [];
  const running = await runningMachines(context, machines);
  const rows = machines.map((machine) => {
    const instances = newestFirst(running, instanceName(context.bosslet, machine));
    const others = instances.filter(({ imageId }) => imageId !== expected[machine]?.imageId);
    return { machine, instances, others };
  });
  const evidence = [
    ...verdict.evidence,
    ...rows.flatMap(({ machine, instances }) =>
      instances.map(
        ({ instanceId, imageId }): Evidence => ({
          label: `${machine} ${instanceId}`,
          value: `runs on ${imageId ?? 'an unknown image'}`,
          tone: imageId === expected[machine]?.imageId ? 'ok' : 'danger',
        }),
      ),
    ),
  ];
  const wrong = rows.filter(({ others }) => others.length > 0).map(({ machine }) => machine);
  if (wrong.length > 0)
    return {
      is: 'failed',
      code: 'error',
      summary: `The stack ${config} is complete, but ${wrong.join(', ')} still runs on another AMI: look at its Auto Scaling group, then try again.`,
      evidence,
    };
  const silent = rows.filter(({ instances }) => instances.length === 0).map(({ machine }) => machine);
  if (silent.length > 0)
    return {
      is: 'unknown',
      code: 'notFound',
      summary: `The stack ${config} is complete, but no instance of ${silent.join(', ')} runs that could show its AMI.`,
      evidence,
    };
  return { ...verdict, evidence };
}
