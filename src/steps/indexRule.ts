import type { Config } from '../bosslet/bosslet.ts';
import { stackName } from '../bosslet/names.ts';
import { namesOfIndexes, twoIndexesDanger } from './changeSetReview.ts';
import type { Danger, ReadContext } from './kind.ts';
import type { StackTemplate } from './template.ts';

const TABLE_TYPE = 'AWS::DynamoDB::Table';
/** What DynamoDB says of an update that would create or delete two indexes of a table. */
const REFUSED = /more than one GSI creation or deletion/i;

/** A table that an update would fail on: more than one of its indexes would come or go at once. */
export interface IndexClash {
  readonly logicalResourceId: string;
  /** The table itself: `tileindex.production.boss`. */
  readonly tableName: string;
  /** Those that would go, then those that would come. */
  readonly changed: readonly string[];
}

/** The one table whose indexes are in a file of the checkout, which the cure in two updates edits. */
export const tileIndexTable = ({ internalDomain }: { readonly internalDomain: string }): string =>
  `tileindex.${internalDomain}`;

/** The indexes that only one side has: what would go, then what would come. */
export const indexChanges = (live: readonly string[], next: readonly string[]): readonly string[] => [
  ...live.filter((name) => !next.includes(name)),
  ...next.filter((name) => !live.includes(name)),
];

/**
 * The tables of a stack whose indexes, as they are now, differ in more than one from those of a template. A table is
 * asked itself: it may differ from the template that was deployed last.
 */
export async function indexClashes(
  { read, bosslet, signal }: Pick<ReadContext, 'read' | 'bosslet' | 'signal'>,
  config: Config,
  next: StackTemplate,
): Promise<readonly IndexClash[]> {
  const wanted = Object.entries(next.Resources).flatMap(([id, { Type, Properties }]) => {
    const indexes = Properties?.GlobalSecondaryIndexes ?? [];
    // What a function of the template gives is not known here.
    return Type === TABLE_TYPE && Array.isArray(indexes) ? [{ id, names: namesOfIndexes(indexes) }] : [];
  });
  if (wanted.length === 0) return [];
  const resources = await read.aws.cloudFormation.stackResources(stackName(bosslet, config), signal);
  const clashes = await Promise.all(
    wanted.map(async ({ id, names }): Promise<readonly IndexClash[]> => {
      const tableName = resources.find(({ logicalResourceId }) => logicalResourceId === id)?.physicalResourceId;
      const table = tableName === undefined ? undefined : await read.aws.dynamoDb.describeTable(tableName, signal);
      if (tableName === undefined || !table) return [];
      const live = table.indexes.map(({ indexName }) => indexName);
      const changed = indexChanges(live, names);
      return changed.length > 1 ? [{ logicalResourceId: id, tableName, changed }] : [];
    }),
  );
  return clashes.flat();
}

/** The prediction in words. */
export const clashDanger = ({ logicalResourceId, changed }: IndexClash): Danger =>
  twoIndexesDanger(logicalResourceId, changed);

/** Whether the cure in two updates fits: it edits the file of the tile index, and of no other table. */
export const isCurable = (bosslet: { readonly internalDomain: string }, clashes: readonly IndexClash[]): boolean =>
  clashes.length > 0 && clashes.every(({ tableName }) => tableName === tileIndexTable(bosslet));

/** Whether this is why an update failed, on the table that the cure fits. */
export const failedOnIndexes = (
  bosslet: { readonly internalDomain: string },
  cause: { readonly physicalResourceId?: string; readonly resourceStatusReason?: string } | undefined,
): boolean => cause?.physicalResourceId === tileIndexTable(bosslet) && REFUSED.test(cause.resourceStatusReason ?? '');
