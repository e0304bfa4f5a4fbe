import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Config, Machine } from '../../bosslet/bosslet.ts';
import type { Template } from '../contract.ts';
import { LOCAL_EDIT, TILE_INDEX_FILE } from './checkoutFiles.ts';
import { imagesOf } from './images.ts';
import type { NamedBosslet, ScriptContext } from './script.ts';
import { PythonError } from './scriptErrors.ts';
import { stackParameters, stackTemplate, type TableSchema } from './templates.ts';

/** What the edit says once somebody has seen its preview. */
const PREVIEWED = 'somebody asks about this';

/** The machines whose images a config's template names. */
const MACHINES_OF: Readonly<Partial<Record<Config, readonly Machine[]>>> = {
  core: ['vault', 'auth'],
  api: ['endpoint'],
  cachedb: ['cachemanager'],
  activities: ['activities'],
};

/** What the checkout makes of a config now, with the images of a version. */
export async function checkoutTemplate(
  context: ScriptContext,
  bosslet: NamedBosslet,
  config: Config,
  options: { readonly amiVersion: string; readonly scenario: string | undefined; readonly generated: boolean },
): Promise<{ readonly template: Template; readonly parameters: Readonly<Record<string, string>> }> {
  const template = stackTemplate(config, {
    bosslet,
    images: await imagesOf(context, bosslet, MACHINES_OF[config] ?? [], options.amiVersion),
    scenario: options.scenario,
    revision: 'head',
    faults: new Set(context.world.faults),
    dangerEdit: await exists(join(context.checkout, LOCAL_EDIT)),
    tileIndexSchema: await readTileIndex(context),
    alertTopic: bosslet.alertTopic,
    generated: options.generated,
  });
  return { template, parameters: stackParameters(config, { bosslet }) };
}

const tableSchema = z.object({
  KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) })),
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N']) })),
  GlobalSecondaryIndexes: z.exactOptional(z.array(z.unknown())),
  ProvisionedThroughput: z.object({ ReadCapacityUnits: z.number(), WriteCapacityUnits: z.number() }),
});

/** The file is edited by hand in a release that changes indexes, so it may be broken. */
async function readTileIndex({ checkout }: ScriptContext): Promise<TableSchema> {
  const text = await readFile(join(checkout, TILE_INDEX_FILE), 'utf8');
  try {
    return tableSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new PythonError('json.decoder.JSONDecodeError', `${TILE_INDEX_FILE}: ${String(error)}`);
  }
}

/** The colleague puts the edit back. */
export const revertLocalEdit = ({ checkout }: ScriptContext): Promise<void> =>
  rm(join(checkout, LOCAL_EDIT), { force: true });

/** Whoever generates it a second time has asked about what the first preview showed, and the colleague has put it back. */
export async function revertPreviewedEdit(context: ScriptContext): Promise<void> {
  const file = join(context.checkout, LOCAL_EDIT);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  if (text.includes(PREVIEWED)) await revertLocalEdit(context);
  else await writeFile(file, `${text}${PREVIEWED}\n`);
}

const exists = (file: string): Promise<boolean> =>
  readFile(file).then(
    () => true,
    () => false,
  );
