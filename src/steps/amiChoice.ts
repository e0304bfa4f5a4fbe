import * as z from 'zod';
import { MACHINES } from '../bosslet/bosslet.ts';
import { type AmiRow, copyAmis, imageEvidence, proveAmis, readAmis } from './amiCopies.ts';
import { packer } from './bossManage.ts';
import { buildLogRow } from './buildLog.ts';
import { LATEST } from './images.ts';
import type { ActContext, Acted, Attempt, ChooseOption, Danger, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';
import { runScript } from './scriptRun.ts';

const params = z.strictObject({ sprint: z.string().min(1) });
type Params = z.infer<typeof params>;

const WAYS = ['latest', 'exists', 'copy', 'build'] as const;
type Way = (typeof WAYS)[number];

/** Chooses the AMI version that every stack of the release takes, and makes it exist where it must. */
export const amiChoice: StepKind<Params, null> = {
  name: 'amiChoice',
  mutates: true,
  parse: paramsOf('amiChoice', params),
  plan: planChoice,
  act: ({ sprint }, context) => choose(sprint, context),
  prove: ({ sprint }, context, attempt) => proveChoice(sprint, context, attempt),
};

async function planChoice({ sprint }: Params, context: ReadContext): Promise<Plan<null>> {
  const rows = await readAmis(context, sprint);
  return {
    commands: [],
    dangers: rows.flatMap((row) => imageDangers(context, row)),
    evidence: rows.flatMap(({ machine, latest, labelled }) => [
      imageEvidence(context, `${machine} latest`, latest),
      ...(labelled ? [imageEvidence(context, `${machine} ${sprint}`, labelled)] : []),
    ]),
    baseline: null,
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
    detail: 'packer.py, half an hour or so; each build has a log of its own.',
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

function imageDangers({ bosslet }: ReadContext, { machine, latest }: AmiRow): readonly Danger[] {
  if (!latest)
    return [
      { id: `ami:${machine}:none`, level: 'danger', text: `There is no ${machine} AMI that is named after a commit.` },
    ];
  const known = [bosslet.accountId, bosslet.dev?.accountId];
  if (known.includes(latest.ownerId)) return [];
  return [
    {
      id: `ami:${machine}:owner:${latest.ownerId}`,
      level: 'danger',
      text: `${latest.name} belongs to the account ${latest.ownerId}, which is neither ours nor dev's: somebody else's image would be launched.`,
    },
  ];
}

async function choose(sprint: string, context: ActContext<null>): Promise<Acted> {
  const options = optionsFor(sprint, await readAmis(context, sprint));
  const answer = await context.decide('amis', {
    title: 'Which AMIs does this release take?',
    text: [],
    question: { is: 'choose', options, recommended: 'latest' },
  });
  const way = WAYS.find((each) => answer.is === 'chosen' && answer.option === each) ?? 'latest';
  const facts = { amiVersion: way === 'latest' ? LATEST : sprint };
  if (way === 'copy') await copyAmis(context, sprint, await readAmis(context, sprint), 'own');
  if (way !== 'build') return { how: 'finished', codes: [], facts };
  const command = packer(context.bosslet, context.bosslet.name, MACHINES, sprint);
  return { ...(await runScript(context, { command, what: `Building the ${sprint} AMIs` })), facts };
}

async function proveChoice(sprint: string, context: ReadContext, { acted, intendedAtMs }: Attempt): Promise<Verdict> {
  const version = acted?.facts?.amiVersion;
  if (version === undefined) return { is: 'notDone', summary: acted?.error ?? 'No AMIs were chosen.', evidence: [] };
  const rows = await readAmis(context, sprint);
  if (version !== LATEST) {
    const verdict = proveAmis(context, sprint, rows);
    if (verdict.is !== 'notDone' || acted?.exitCode === undefined) return verdict;
    const unbuilt = rows.filter(({ labelled }) => !labelled).map(({ machine }) => machine);
    const logs = await Promise.all(unbuilt.map((machine) => buildLogRow(context, machine, intendedAtMs)));
    return { ...verdict, evidence: [...verdict.evidence, ...logs] };
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
