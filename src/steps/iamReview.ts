import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { checkoutOf } from '../bosslet/bosslet.ts';
import { IAM_TYPES, iamFile } from './bossManage.ts';
import { changedLines, diffLines, NAMES_FILE, notPutBack, putIamBack } from './iamFiles.ts';
import type { ActContext, Acted, Asked, Danger, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';

type Baseline = { readonly sha256: string };

/** Has the exported files' diff reviewed: take it, export again with other names, or put back what was there. */
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
      evidence: [{ label: 'Diff', value: diff === '' ? 'nothing changed so far' : changedLines(diff), tone: 'plain' }],
      baseline: { sha256: hashOf(diff) },
      alreadyDone: diff === '' && dangers.length === 0,
    };
  },
  act: (_params, context) => review(context),
  prove: async (_params, context, { acted, decisions }): Promise<Verdict> => {
    if (acted?.codes.includes('rejected')) return provePutBack(context);
    if (acted?.codes.includes('exportAgain'))
      return { is: 'notDone', code: 'exportAgain', summary: 'Another export was asked for.', evidence: [] };
    if (acted?.codes.includes('refused'))
      return { is: 'failed', code: 'refused', summary: acted.error ?? 'The review was refused.', evidence: [] };
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

/** Nothing but the files themselves says that they are back. */
async function provePutBack(context: ReadContext): Promise<Verdict> {
  const wrong = await notPutBack(context);
  if (wrong.length > 0)
    return {
      is: 'failed',
      code: 'error',
      summary: `${wrong.join(', ')} could not be put back: put it back with git, then try again.`,
      evidence: [],
    };
  const diff = await context.read.git.diff([...IAM_TYPES.map(iamFile), NAMES_FILE], context.signal);
  return {
    is: 'notDone',
    code: 'rejected',
    summary:
      diff === ''
        ? 'The files are as they were before the export: their git diff is empty. Trying again ends the review with them as they are.'
        : 'The files are as they were before the export, with the changes that were not committed then.',
    evidence: [{ label: 'Diff', value: diff === '' ? 'empty' : changedLines(diff), tone: 'ok' }],
  };
}

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

async function review(context: ActContext<Baseline>): Promise<Acted> {
  const diff = await context.read.git.diff(IAM_TYPES.map(iamFile), context.signal);
  const dangers = await iamDangers(context, diff);
  await context.keep('iam.diff', diff);
  const answer = await context.decide('iam', question(diff, dangers));
  const option = answer.is === 'chosen' ? answer.option : 'putBack';
  if (option === 'names') return { how: 'finished', codes: ['exportAgain'] };
  if (option !== 'take') {
    await putIamBack(context);
    return { how: 'finished', codes: ['rejected'] };
  }
  if (hashOf(await context.read.git.diff(IAM_TYPES.map(iamFile), context.signal)) !== hashOf(diff))
    return {
      how: 'finished',
      codes: ['refused'],
      error: 'The files changed while they were reviewed: review them again.',
    };
  // What is taken is what a later export starts from.
  return { how: 'finished', codes: [], facts: { iamBefore: null } };
}

const question = (diff: string, dangers: readonly Danger[]): Asked => ({
  title: 'Review the changes of IAM',
  text: [...dangers.map(({ text }) => `DANGER ${text}`), ...diffLines(diff, IAM_TYPES.map(iamFile))],
  question: {
    is: 'choose',
    options: [
      { id: 'take', label: 'Take the changes', ...(dangers.length > 0 && { note: true as const }) },
      { id: 'names', label: `Edit ${NAMES_FILE} and export again`, detail: 'It says which names are exported.' },
      { id: 'putBack', label: 'Put back what was there before the export' },
    ],
    recommended: dangers.length > 0 ? 'putBack' : 'take',
  },
});
