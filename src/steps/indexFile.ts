import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Bosslet, checkoutOf } from '../bosslet/bosslet.ts';
import { StepCancelled } from './cancelled.ts';
import { namesOfIndexes } from './changeSetReview.ts';
import { indexChanges, tileIndexTable } from './indexRule.ts';
import type { ActContext, Acted, Answer, Asked, Attempt, Plan, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';

const params = z.strictObject({ turn: z.enum(['edit', 'putBack']) });
type Params = z.infer<typeof params>;
type Baseline = {
  /** In the file, and of the table, before the edit. */
  readonly indexes: readonly string[];
  readonly live: readonly string[];
  /** What the first of the two updates does without; empty where two updates are not enough. */
  readonly takeOut: readonly string[];
};

/** The schema of the tile index, in the submodule of ndingest that boss-manage carries. */
export const INDEX_FILE = 'salt_stack/salt/ndingest/files/ndingest.git/ndingest/nddynamo/schemas/boss_tile_index.json';
export const indexFilePath = (bosslet: Pick<Bosslet, 'bossManage'>): string => join(checkoutOf(bosslet), INDEX_FILE);

const indexShape = z.looseObject({ KeySchema: z.array(z.looseObject({ AttributeName: z.string() })).optional() });
const schemaShape = z.looseObject({
  KeySchema: z.array(z.looseObject({ AttributeName: z.string() })).optional(),
  AttributeDefinitions: z.array(z.looseObject({ AttributeName: z.string() })).optional(),
  GlobalSecondaryIndexes: z.unknown().optional(),
  LocalSecondaryIndexes: z.array(indexShape).optional(),
});

function schemaIn(file: string, text: string): z.infer<typeof schemaShape> {
  const schema = schemaShape.safeParse(JSON.parse(text));
  if (!schema.success) throw new Error(`${file} is no schema of a table: put it back with git.`);
  return schema.data;
}

/** Names of the indexes in the tile index's schema. Throws where the file cannot be read. */
export async function indexesInFile(bosslet: Bosslet): Promise<readonly string[]> {
  const file = indexFilePath(bosslet);
  return namesOfIndexes(schemaIn(file, await readFile(file, 'utf8')).GlobalSecondaryIndexes);
}

/** The two edits of the index cure: the new index out of the file, and the file as it was. */
export const indexFile: StepKind<Params, Baseline> = {
  name: 'indexFile',
  mutates: true,
  parse: paramsOf('indexFile', params),
  plan: ({ turn }, context) => plan(turn, context),
  act: ({ turn }, context) => (turn === 'edit' ? edit(context) : putBack(context)),
  prove: ({ turn }, context, attempt) => proveFile(turn, context, attempt),
};

async function plan(turn: Params['turn'], { read, bosslet, signal }: ReadContext): Promise<Plan<Baseline>> {
  const indexes = await indexesInFile(bosslet);
  const table = await read.aws.dynamoDb.describeTable(tileIndexTable(bosslet), signal);
  const live = (table?.indexes ?? []).map(({ indexName }) => indexName);
  const names = (all: readonly string[]) => all.join(', ') || 'none';
  return {
    commands: [turn === 'edit' ? `edits ${INDEX_FILE}` : `puts ${INDEX_FILE} back`],
    dangers: [],
    evidence: [
      { label: 'Indexes in the file', value: names(indexes), tone: 'plain' },
      { label: 'Indexes of the table', value: names(live), tone: 'plain' },
    ],
    baseline: { indexes, live, takeOut: takenOut(live, indexes) },
    alreadyDone: false,
  };
}

/** The new indexes that wait for the second update, so that each of the two changes one. Pure. */
export function takenOut(live: readonly string[], inFile: readonly string[]): readonly string[] {
  const gone = live.filter((name) => !inFile.includes(name));
  const fresh = inFile.filter((name) => !live.includes(name));
  if (gone.length > 1 || gone.length + fresh.length !== 2) return [];
  return fresh.slice(-1);
}

/** A schema's text without these indexes, and without attributes that only they used: DynamoDB refuses spare ones. */
export function withoutIndexes(file: string, text: string, names: readonly string[]): string {
  const schema = schemaIn(file, text);
  const all: readonly unknown[] = Array.isArray(schema.GlobalSecondaryIndexes) ? schema.GlobalSecondaryIndexes : [];
  const kept = all.filter((index) => !namesOfIndexes([index]).some((name) => names.includes(name)));
  const keys = [
    ...(schema.KeySchema ?? []),
    ...[...kept, ...(schema.LocalSecondaryIndexes ?? [])].flatMap(
      (index) => indexShape.safeParse(index).data?.KeySchema ?? [],
    ),
  ].map(({ AttributeName }) => AttributeName);
  const next = {
    ...schema,
    ...(schema.AttributeDefinitions && {
      AttributeDefinitions: schema.AttributeDefinitions.filter(({ AttributeName }) => keys.includes(AttributeName)),
    }),
    GlobalSecondaryIndexes: kept.length > 0 ? kept : undefined,
  };
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
  return `${JSON.stringify(next, undefined, indent)}\n`;
}

const blobRef = z.object({ sha256: z.string(), bytes: z.number(), name: z.string() });

async function edit(context: ActContext<Baseline>): Promise<Acted> {
  const file = indexFilePath(context.bosslet);
  // Of a second edit it is still what was there before the first.
  const before =
    context.release.facts.indexFileBefore ??
    (await context.effect('before', {
      what: `keeps ${INDEX_FILE} as it is`,
      run: async () => ({ ...(await context.keep('boss_tile_index.json', await readFile(file, 'utf8'))) }),
      probe: async () => 'notHappened',
    }));
  let answer: Answer;
  try {
    answer = await context.decide('edited', editQuestion(file, context.attempt.baseline));
  } catch (error) {
    if (!(error instanceof StepCancelled)) throw error;
    // It may have been edited while the question stood.
    return { how: 'cancelled', codes: ['cancelled'], before: { indexFileBefore: before } };
  }
  const { takeOut } = context.attempt.baseline;
  if (answer.is === 'chosen' && answer.option === 'takeOut' && takeOut.length > 0)
    await context.effect('edit', {
      what: `takes ${takeOut.join(', ')} out of ${INDEX_FILE}`,
      run: async () => {
        const kept = blobRef.parse(before);
        await writeFile(file, withoutIndexes(file, await context.load(kept), takeOut));
        return true;
      },
      // Made from what was kept, it is the same again.
      probe: async () => 'notHappened',
    });
  return { how: 'finished', codes: [], before: { indexFileBefore: before } };
}

function editQuestion(file: string, { live, indexes, takeOut }: Baseline): Asked {
  const byHand = [
    { id: 'edit', label: 'Edit it', detail: 'Opens it in $EDITOR; the panel comes back when that ends.', edits: file },
    { id: 'saved', label: 'I have edited the file myself, and saved it' },
  ];
  const names = takeOut.join(', ');
  return {
    title: 'Take the new index out of its file',
    text: [
      file,
      ...(takeOut.length > 0
        ? [
            ...takeOut.map((name) => `-    "IndexName": "${name}"`),
            'It is put back, byte for byte, for the second update.',
          ]
        : [
            `The table has ${live.join(', ') || 'no index'}, the file ${indexes.join(', ') || 'none'}: this takes more than two updates, or an index that is not in the file. Edit it so that it differs from the table in one index only.`,
          ]),
    ],
    question: {
      is: 'choose',
      options: [...(takeOut.length > 0 ? [{ id: 'takeOut', label: `Take ${names} out of it now` }] : []), ...byHand],
      recommended: takeOut.length > 0 ? 'takeOut' : 'edit',
    },
  };
}

async function putBack(context: ActContext<Baseline>): Promise<Acted> {
  const before = blobRef.safeParse(context.release.facts.indexFileBefore).data;
  if (!before)
    return {
      how: 'finished',
      codes: ['notFound'],
      error: `No copy of ${INDEX_FILE} was kept: put it back with git, then sign.`,
    };
  await context.effect('putBack', {
    what: `puts ${INDEX_FILE} back`,
    run: async () => {
      await writeFile(indexFilePath(context.bosslet), await context.load(before));
      return true;
    },
    // Written again, it is the same.
    probe: async () => 'notHappened',
  });
  // Another cure begins with the file as it is then.
  return { how: 'finished', codes: [], facts: { indexFileBefore: null } };
}

async function proveFile(turn: Params['turn'], context: ReadContext, attempt: Attempt<Baseline>): Promise<Verdict> {
  const indexes = await indexesInFile(context.bosslet);
  const evidence = [{ label: 'Indexes in the file', value: indexes.join(', ') || 'none', tone: 'plain' as const }];
  if (turn === 'edit') {
    const left = indexChanges(attempt.baseline.live, indexes);
    return left.length <= 1
      ? { is: 'done', summary: `The next update changes ${left[0] ?? 'no index'} alone.`, evidence }
      : {
          is: 'notDone',
          summary: `The file still differs from the table in ${left.join(', ')}: edit it, then try again.`,
          evidence,
        };
  }
  const before = blobRef.safeParse(context.release.facts.indexFileBefore).data;
  const isBack = before && (await context.load(before)) === (await readFile(indexFilePath(context.bosslet), 'utf8'));
  return isBack
    ? { is: 'done', summary: 'The file is as it was.', evidence }
    : { is: 'failed', code: 'notFound', summary: attempt.acted?.error ?? `${INDEX_FILE} is not as it was.`, evidence };
}
