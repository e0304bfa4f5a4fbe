import * as z from 'zod';
import { type AmiRow, copyAmis, imageEvidence, proveAmis, readAmis } from './amiCopies.ts';
import { packer } from './bossManage.ts';
import { BUILD_KILLED, buildLogRow, buildLogs } from './buildLog.ts';
import { LATEST, ownerDangers } from './images.ts';
import type { ActContext, Acted, Attempt, ChooseOption, Danger, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';
import { runScript } from './scriptRun.ts';
import { verdictOfRefusal } from './scriptVerdict.ts';

const params = z.strictObject({ sprint: z.string().min(1) });
type Params = z.infer<typeof params>;
type Baseline = { readonly head: string };

const WAYS = ['latest', 'exists', 'copy', 'build'] as const;
type Way = (typeof WAYS)[number];

/** Chooses the AMI version that every stack of the release takes, and makes it exist where it must. */
export const amiChoice: StepKind<Params, Baseline> = {
  name: 'amiChoice',
  mutates: true,
  parse: paramsOf('amiChoice', params),
  plan: planChoice,
  act: ({ sprint }, context) => choose(sprint, context),
  prove: ({ sprint }, context, attempt) => proveChoice(sprint, context, attempt),
};

async function planChoice({ sprint }: Params, context: ReadContext): Promise<Plan<Baseline>> {
  const [rows, head] = await Promise.all([readAmis(context, sprint), context.read.git.head(context.signal)]);
  return {
    commands: [],
    dangers: rows.flatMap((row) => imageDangers(context, row)),
    evidence: rows.flatMap(({ machine, latest, labelled }) => [
      imageEvidence(context, `${machine} latest`, latest),
      ...(labelled ? [imageEvidence(context, `${machine} ${sprint}`, labelled)] : []),
    ]),
    baseline: { head },
    alreadyDone: false,
    choices: [{ key: 'amis', title: 'Which AMIs?', options: optionsFor(sprint, rows), recommended: 'latest' }],
  };
}

const optionsFor = (sprint: string, rows: readonly AmiRow[]): readonly (ChooseOption & { readonly id: Way })[] => [
  { id: 'latest', label: 'The latest now', detail: `They are labelled ${sprint} at the end (stage f).` },
  { id: 'exists', label: `Those labelled ${sprint}`, detail: existingInWords(rows) },
  {
    id: 'build',
    label: `Build ${sprint} now`,
    detail: `packer.py, half an hour or so; each build has a log of its own. ${unbuiltInWords(rows)}`,
  },
  {
    id: 'copy',
    label: `Copy the latest to ${sprint} now`,
    detail: 'Takes some minutes; a later fix needs another copy.',
  },
];

/** Whether the labelled images can be taken as they are: only where every machine has one. */
function existingInWords(rows: readonly AmiRow[]): string {
  const missing = rows.filter(({ labelled }) => !labelled).map(({ machine }) => machine);
  if (missing.length === 0) return `All ${rows.length} exist.`;
  if (missing.length === rows.length) return 'None exists: this cannot be used now.';
  const some = rows.length - missing.length;
  return `Only ${some} of ${rows.length} ${some === 1 ? 'exists' : 'exist'}, not ${missing.join(', ')}: this cannot be used now.`;
}

/** packer.py builds no image under a name that is taken, and exits 0: only what is missing is built. */
const unbuiltOf = (rows: readonly AmiRow[]) => rows.filter(({ labelled }) => !labelled).map(({ machine }) => machine);

function unbuiltInWords(rows: readonly AmiRow[]): string {
  const missing = unbuiltOf(rows);
  if (missing.length === rows.length) return `Builds all ${rows.length}.`;
  return missing.length === 0 ? 'All exist: nothing is built.' : `Builds ${missing.join(', ')}; the others exist.`;
}

function imageDangers({ bosslet }: ReadContext, { machine, latest }: AmiRow): readonly Danger[] {
  if (!latest)
    return [
      { id: `ami:${machine}:none`, level: 'danger', text: `There is no ${machine} AMI that is named after a commit.` },
    ];
  return ownerDangers(bosslet, machine, latest);
}

async function choose(sprint: string, context: ActContext<Baseline>): Promise<Acted> {
  const options = optionsFor(sprint, await readAmis(context, sprint));
  const answer = await context.decide('amis', {
    title: 'Which AMIs does this release take?',
    text: [],
    question: { is: 'choose', options, recommended: 'latest' },
  });
  const way = WAYS.find((each) => answer.is === 'chosen' && answer.option === each) ?? 'latest';
  if (way === 'copy') await copyAmis(context, sprint, await readAmis(context, sprint), 'own');
  if (way !== 'build') return { how: 'finished', codes: [], facts: await chosenFacts(sprint, way, context) };
  // What was missing when the build was started stays the same list over a restart.
  const unbuilt = await context.effect('missing', {
    what: 'lists the images that are still to be built',
    run: async () => unbuiltOf(await readAmis(context, sprint)),
    probe: async () => 'notHappened',
  });
  if (unbuilt.length === 0) return { how: 'finished', codes: [], facts: await chosenFacts(sprint, way, context) };
  const acted = await runScript(context, {
    command: packer(context.bosslet, context.bosslet.name, unbuilt, sprint),
    head: context.attempt.baseline.head,
    what: `Building the ${sprint} AMIs`,
    builds: { logsFolder: buildLogs(context.bosslet), machines: unbuilt },
  });
  return acted.codes.includes('headMoved') ? acted : { ...acted, facts: await chosenFacts(sprint, way, context) };
}

/** The version that every stack takes from here on, and which images it is: stacks that took others are known by them. */
async function chosenFacts(sprint: string, way: Way, context: ReadContext): Promise<NonNullable<Acted['facts']>> {
  const amiVersion = way === 'latest' ? LATEST : sprint;
  const rows = await readAmis(context, sprint);
  const images = rows.flatMap(({ machine, latest, labelled }) => {
    const image = way === 'latest' ? latest : labelled;
    return image ? [[machine, image.imageId] as const] : [];
  });
  return { amiVersion, amis: Object.fromEntries(images) };
}

async function proveChoice(sprint: string, context: ReadContext, { acted, intendedAtMs }: Attempt): Promise<Verdict> {
  const version = acted?.facts?.amiVersion;
  if (version === undefined)
    return (
      verdictOfRefusal(acted, []) ?? { is: 'notDone', summary: acted?.error ?? 'No AMIs were chosen.', evidence: [] }
    );
  const rows = await readAmis(context, sprint);
  if (version !== LATEST) {
    const verdict = proveAmis(context, sprint, rows);
    if (verdict.is !== 'notDone' || acted?.exitCode === undefined) return verdict;
    const logs = await Promise.all(unbuiltOf(rows).map((machine) => buildLogRow(context, machine, intendedAtMs)));
    const evidence = [...verdict.evidence, ...logs];
    return acted.how === 'cancelled' ? { ...verdict, summary: BUILD_KILLED, evidence } : { ...verdict, evidence };
  }
  const missing = rows.filter(({ latest }) => latest?.state !== 'available').map(({ machine }) => machine);
  const evidence = rows.map(({ machine, latest }) => imageEvidence(context, machine, latest));
  if (missing.length > 0)
    return {
      is: 'failed',
      code: 'notFound',
      summary: `The latest AMI of ${missing.join(', ')} is missing or not available: build it first.`,
      evidence,
    };
  return { is: 'done', summary: 'Every stack takes the latest AMIs.', evidence };
}
