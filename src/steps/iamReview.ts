import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { checkoutOf } from '../bosslet/bosslet.ts';
import { sanitise } from '../text/sanitise.ts';
import { IAM_TYPES, iamFile } from './bossManage.ts';
import type { ActContext, Acted, Asked, Danger, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';

type Baseline = { readonly sha256: string };

/** Has the exported files' diff reviewed: take it, or put back what was there before the export. */
export const iamReview: StepKind<object, Baseline> = {
  name: 'iamReview',
  mutates: true,
  parse: paramsOf('iamReview', z.strictObject({})),
  plan: async (_params, context) => {
    const diff = await context.read.git.diff(IAM_TYPES.map(iamFile), context.signal);
    const dangers = await iamDangers(context, diff);
    return {
      commands: [`git diff ${IAM_TYPES.map(iamFile).join(' ')}`],
      dangers,
      evidence: [{ label: 'Diff', value: diff === '' ? 'nothing changed' : changedLines(diff), tone: 'plain' }],
      baseline: { sha256: hashOf(diff) },
      alreadyDone: diff === '' && dangers.length === 0,
    };
  },
  act: (_params, context) => review(context),
  prove: async (_params, context, { acted, decisions }): Promise<Verdict> => {
    if (acted?.codes.includes('rejected'))
      return {
        is: 'notDone',
        code: 'rejected',
        summary: 'The files are as they were before the export; edit config/iam/names.json and export again, or skip.',
        evidence: [],
      };
    const diff = await context.read.git.diff(IAM_TYPES.map(iamFile), context.signal);
    const isTaken = decisions.iam?.is === 'chosen' && decisions.iam.option === 'take';
    if (diff === '' || isTaken)
      return {
        is: 'done',
        summary: diff === '' ? 'IAM did not change.' : 'The changes of IAM were taken.',
        evidence: [],
      };
    return { is: 'notDone', summary: 'The changes of IAM were not decided.', evidence: [] };
  },
};

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const changedLines = (diff: string) => {
  const lines = diff.split('\n').filter((line) => !/^(\+\+\+|---)/.test(line));
  const of = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return `${of('+')} lines added, ${of('-')} removed`;
};

/** A file that was emptied was written from the wrong account; a raw account id was not masked. */
async function iamDangers({ bosslet }: ReadContext, diff: string): Promise<readonly Danger[]> {
  const emptied = await Promise.all(
    IAM_TYPES.map(async (type): Promise<readonly Danger[]> => {
      const text = await readFile(join(checkoutOf(bosslet), iamFile(type)), 'utf8').catch(() => '[]');
      return /^\s*(\[\s*\]\s*)?$/.test(text)
        ? [
            {
              id: `emptied:${type}`,
              level: 'danger',
              text: `${iamFile(type)} is empty: the export ran against the wrong account.`,
            },
          ]
        : [];
    }),
  );
  const added = diff.split('\n').filter((line) => line.startsWith('+'));
  const ids = new Set(added.flatMap((line) => line.match(/(?<![\w-])\d{12}(?![\w-])/g) ?? []));
  const raw = [...ids].map(
    (id): Danger => ({
      id: `account:${id}`,
      level: 'danger',
      text: `The account id ${id} stands in the files unmasked: they would be useless in any other account.`,
    }),
  );
  return [...emptied.flat(), ...raw];
}

/** Lines of a diff that a question shows; the rest is in the evidence. */
const SHOWN_LINES = 400;

async function review(context: ActContext<Baseline>): Promise<Acted> {
  const diff = await context.read.git.diff(IAM_TYPES.map(iamFile), context.signal);
  const dangers = await iamDangers(context, diff);
  await context.keep('iam.diff', diff);
  const answer = await context.decide('iam', question(diff, dangers));
  const takes = answer.is === 'chosen' && answer.option === 'take';
  if (!takes) {
    await putBack(context);
    return { how: 'finished', codes: ['rejected'] };
  }
  if (hashOf(await context.read.git.diff(IAM_TYPES.map(iamFile), context.signal)) !== hashOf(diff))
    return {
      how: 'finished',
      codes: ['refused'],
      error: 'The files changed while they were reviewed: review them again.',
    };
  return { how: 'finished', codes: [] };
}

const question = (diff: string, dangers: readonly Danger[]): Asked => {
  const lines = sanitise(diff).split('\n');
  return {
    title: 'Review the changes of IAM',
    text: [
      ...dangers.map(({ text }) => `DANGER ${text}`),
      ...lines.slice(0, SHOWN_LINES),
      ...(lines.length > SHOWN_LINES
        ? [`… ${lines.length - SHOWN_LINES} lines more, in the evidence of the release`]
        : []),
    ],
    question: {
      is: 'choose',
      options: [
        { id: 'take', label: 'Take the changes', ...(dangers.length > 0 && { note: true as const }) },
        { id: 'putBack', label: 'Put back what was there before the export' },
      ],
      recommended: dangers.length > 0 ? 'putBack' : 'take',
    },
  };
};

const blobRef = z.object({ sha256: z.string(), bytes: z.number(), name: z.string() });
const kept = z.object({ groups: blobRef, roles: blobRef, policies: blobRef });

/** Writes the files as they were before the export, committed or not; without a copy, as HEAD has them. */
async function putBack(context: ActContext<Baseline>): Promise<void> {
  const before = kept.safeParse(context.release.facts.iamBefore).data;
  await context.effect('putBack', {
    what: 'puts the IAM files back',
    run: async () => {
      if (!before) await context.doors.git.restore(IAM_TYPES.map(iamFile), context.signal);
      else
        for (const type of IAM_TYPES)
          await writeFile(join(checkoutOf(context.bosslet), iamFile(type)), await context.load(before[type]));
      return true;
    },
    // Written again, they are the same.
    probe: async () => 'notHappened',
  });
}
