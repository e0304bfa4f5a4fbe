import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { IAM_TYPES } from './bossManage.ts';
import { diffLines, NAMES_FILE, namesPath } from './iamFiles.ts';
import type { ActContext, Acted, Asked, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';

type Baseline = null;
const names = z.object(Object.fromEntries(IAM_TYPES.map((type) => [type, z.array(z.string())])));

/** Has the operator edit which names of IAM are exported; the diff of the edit is shown before anything is made of it. */
export const iamNames: StepKind<object, Baseline> = {
  name: 'iamNames',
  mutates: true,
  parse: paramsOf('iamNames', z.strictObject({})),
  plan: async (_params, context) => ({
    commands: [`$EDITOR ${NAMES_FILE}`],
    dangers: [],
    evidence: [
      { label: 'Names', value: namesInWords(await readFile(namesPath(context.bosslet), 'utf8')), tone: 'plain' },
    ],
    baseline: null,
    alreadyDone: false,
  }),
  act: (_params, context) => edit(context),
  prove: async (_params, { bosslet }, { acted }): Promise<Verdict> => {
    if (acted?.codes.includes('rejected'))
      return { is: 'notDone', code: 'rejected', summary: `${NAMES_FILE} is as it was.`, evidence: [] };
    const problem = problemOf(await readFile(namesPath(bosslet), 'utf8'));
    return problem === undefined
      ? { is: 'done', summary: `${NAMES_FILE} says what is exported.`, evidence: [] }
      : {
          is: 'notDone',
          code: 'error',
          summary: `${NAMES_FILE} cannot be used: ${problem}. Edit it again.`,
          evidence: [],
        };
  },
};

/** `2 groups, 4 roles, 2 policies`. */
function namesInWords(text: string): string {
  const parsed = parse(text);
  return typeof parsed === 'string'
    ? `cannot be read: ${parsed}`
    : IAM_TYPES.map((type) => `${parsed[type]?.length ?? 0} ${type}`).join(', ');
}

function parse(text: string): z.infer<typeof names> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const parsed = names.safeParse(value);
  return parsed.success ? parsed.data : `it needs a list of names under ${parsed.error.issues[0]?.path.join('.')}`;
}

/** What is wrong with the file; undefined where an export can work with it. */
function problemOf(text: string): string | undefined {
  const parsed = parse(text);
  return typeof parsed === 'string' ? parsed : undefined;
}

async function edit(context: ActContext<Baseline>): Promise<Acted> {
  const file = namesPath(context.bosslet);
  // Of a second edit it is still what was there before the first.
  const before =
    context.release.facts.iamNamesBefore ??
    (await context.effect('before', {
      what: `keeps ${NAMES_FILE} as it is`,
      run: async () => ({ ...(await context.keep('iam-names.json', await readFile(file, 'utf8'))) }),
      probe: async () => 'notHappened',
    }));
  const own = await context.effect('own', {
    what: `keeps ${NAMES_FILE} as it is now`,
    run: async () => ({ ...(await context.keep('iam-names.json', await readFile(file, 'utf8'))) }),
    probe: async () => 'notHappened',
  });
  for (let time = 1; ; time += 1) {
    const diff = await context.read.git.diff([NAMES_FILE], context.signal);
    const problem = problemOf(await readFile(file, 'utf8'));
    const answer = await context.decide(`edit/${time}`, question(file, diff, problem, time));
    if (answer.is !== 'chosen') throw new Error(`The answer to the edit of ${NAMES_FILE} is no choice.`);
    if (answer.option === 'edit') continue;
    if (answer.option === 'export') return { how: 'finished', codes: [], before: { iamNamesBefore: before } };
    await context.effect('putBack', {
      what: `puts ${NAMES_FILE} back`,
      run: async () => {
        await writeFile(file, await context.load(own));
        return true;
      },
      probe: async () => 'notHappened',
    });
    return { how: 'finished', codes: ['rejected'] };
  }
}

const question = (file: string, diff: string, problem: string | undefined, time: number): Asked => {
  const isEdited = time > 1 || diff !== '';
  const mayExport = isEdited && problem === undefined;
  return {
    title: isEdited ? `The edit of ${NAMES_FILE}` : `Edit ${NAMES_FILE}`,
    text: [
      ...(problem === undefined ? [] : [`DANGER ${NAMES_FILE} cannot be used: ${problem}.`]),
      ...(diff === '' ? [file, 'It is as it is committed.'] : diffLines(diff, [])),
    ],
    question: {
      is: 'choose',
      options: [
        ...(mayExport ? [{ id: 'export', label: 'Export with these names' }] : []),
        {
          id: 'edit',
          label: isEdited ? 'Edit it again' : 'Edit it',
          detail: 'Opens it in $EDITOR; the panel comes back when that ends.',
          edits: file,
        },
        { id: 'putBack', label: 'Leave it as it was', detail: 'No other export is made.' },
      ],
      recommended: mayExport ? 'export' : 'edit',
    },
  };
};
