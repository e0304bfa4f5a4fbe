import * as z from 'zod';
import { indexesInFile } from './indexFile.ts';
import { tileIndexTable } from './indexRule.ts';
import type { StepKind } from './kind.ts';
import { paramsOf } from './params.ts';

/** Waits until the tile index's table is active with exactly the indexes of its file, each of them active. */
export const tableIndexes: StepKind<object, null> = {
  name: 'tableIndexes',
  mutates: false,
  parse: paramsOf('tableIndexes', z.strictObject({})),
  plan: async (_params, { bosslet }) => ({
    commands: [`DescribeTable ${tileIndexTable(bosslet)}`],
    dangers: [],
    evidence: [],
    baseline: null,
    alreadyDone: false,
  }),
  act: async () => ({ how: 'finished', codes: [] }),
  prove: async (_params, { read, bosslet, signal }) => {
    const name = tileIndexTable(bosslet);
    const table = await read.aws.dynamoDb.describeTable(name, signal);
    if (!table) return { is: 'failed', code: 'notFound', summary: `There is no table ${name}.`, evidence: [] };
    const wanted = [...(await indexesInFile(bosslet))].sort().join(', ');
    const shown = table.indexes
      .map(({ indexName }) => indexName)
      .sort()
      .join(', ');
    const evidence = [
      { label: name, value: table.tableStatus, tone: 'plain' as const },
      ...table.indexes.map(({ indexName, indexStatus }) => ({
        label: indexName,
        value: indexStatus,
        tone: indexStatus === 'ACTIVE' ? ('ok' as const) : ('plain' as const),
      })),
    ];
    const isActive =
      table.tableStatus === 'ACTIVE' && table.indexes.every(({ indexStatus }) => indexStatus === 'ACTIVE');
    if (!isActive) return { is: 'pending', summary: `${name}: waits until it and its indexes are ACTIVE`, evidence };
    if (shown === wanted) return { is: 'done', summary: `${name} has the indexes of its file.`, evidence };
    return {
      is: 'failed',
      code: 'updateFailed',
      summary: `${name} has the indexes ${shown || 'none'}, its file ${wanted || 'none'}: look at the update of api.`,
      evidence,
    };
  },
};
