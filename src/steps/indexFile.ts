import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Bosslet, checkoutOf } from '../bosslet/bosslet.ts';
import { namesOfIndexes } from './changeSetReview.ts';
import type { ActContext, Acted, Attempt, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';

const params = z.strictObject({ turn: z.enum(['edit', 'putBack']) });
type Params = z.infer<typeof params>;
type Baseline = { readonly indexes: readonly string[] };

/** The schema of the tile index, in the submodule of ndingest that boss-manage carries. */
export const INDEX_FILE = 'salt_stack/salt/ndingest/files/ndingest.git/ndingest/nddynamo/schemas/boss_tile_index.json';
export const indexFilePath = (bosslet: Pick<Bosslet, 'bossManage'>): string => join(checkoutOf(bosslet), INDEX_FILE);

/** Names of the indexes in the tile index's schema. Throws where the file cannot be read. */
export async function indexesInFile(bosslet: Bosslet): Promise<readonly string[]> {
  const file = indexFilePath(bosslet);
  const schema = z
    .looseObject({ GlobalSecondaryIndexes: z.unknown().optional() })
    .safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!schema.success) throw new Error(`${file} is no schema of a table: put it back with git.`);
  return namesOfIndexes(schema.data.GlobalSecondaryIndexes);
}

/** The two edits of the index cure: the new index out of the file, and the file as it was. */
export const indexFile: StepKind<Params, Baseline> = {
  name: 'indexFile',
  mutates: true,
  parse: paramsOf('indexFile', params),
  plan: async ({ turn }, { bosslet }) => {
    const indexes = await indexesInFile(bosslet);
    return {
      commands: [turn === 'edit' ? `$EDITOR ${INDEX_FILE}` : `puts ${INDEX_FILE} back`],
      dangers: [],
      evidence: [{ label: 'Indexes in the file', value: indexes.join(', ') || 'none', tone: 'plain' }],
      baseline: { indexes },
      alreadyDone: false,
    };
  },
  act: ({ turn }, context) => (turn === 'edit' ? edit(context) : putBack(context)),
  prove: ({ turn }, context, attempt) => proveFile(turn, context, attempt),
};

const blobRef = z.object({ sha256: z.string(), bytes: z.number(), name: z.string() });

async function edit(context: ActContext<Baseline>): Promise<Acted> {
  const file = indexFilePath(context.bosslet);
  const before = await context.effect('before', {
    what: `keeps ${INDEX_FILE} as it is`,
    run: async () => ({ ...(await context.keep('boss_tile_index.json', await readFile(file, 'utf8'))) }),
    probe: async () => 'notHappened',
  });
  await context.decide('edited', {
    title: 'Take the new index out of its file',
    text: [file, 'Remove the index whose name differs from that of the table, and save the file.'],
    question: { is: 'choose', options: [{ id: 'saved', label: 'Saved' }], recommended: 'saved' },
  });
  return { how: 'finished', codes: [], facts: { indexFileBefore: before } };
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
  return { how: 'finished', codes: [] };
}

async function proveFile(turn: Params['turn'], context: ReadContext, attempt: Attempt<Baseline>): Promise<Verdict> {
  const indexes = await indexesInFile(context.bosslet);
  const evidence = [{ label: 'Indexes in the file', value: indexes.join(', ') || 'none', tone: 'plain' as const }];
  if (turn === 'edit')
    return indexes.length < attempt.baseline.indexes.length
      ? { is: 'done', summary: 'The index is out of the file.', evidence }
      : { is: 'notDone', summary: 'The file still has as many indexes as before: edit it, then try again.', evidence };
  const before = blobRef.safeParse(context.release.facts.indexFileBefore).data;
  const isBack = before && (await context.load(before)) === (await readFile(indexFilePath(context.bosslet), 'utf8'));
  return isBack
    ? { is: 'done', summary: 'The file is as it was.', evidence }
    : { is: 'failed', code: 'notFound', summary: attempt.acted?.error ?? `${INDEX_FILE} is not as it was.`, evidence };
}
