import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config, Machine } from '../../bosslet/bosslet.ts';
import type { Template } from '../contract.ts';
import { imagesOf } from './images.ts';
import type { NamedBosslet, ScriptContext } from './script.ts';
import { stackParameters, stackTemplate, type TableSchema } from './templates.ts';

/** A colleague's edit of api that has not been committed; see the fault `danger-change`. Relative to the checkout. */
export const LOCAL_EDIT = 'cloud_formation/configs/api.local-edit';
/** The schema of the tile index, in a submodule of the checkout. */
export const TILE_INDEX_FILE =
  'salt_stack/salt/ndingest/files/ndingest.git/ndingest/nddynamo/schemas/boss_tile_index.json';

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
    tileIndexSchema: JSON.parse(await readFile(join(context.checkout, TILE_INDEX_FILE), 'utf8')) as TableSchema,
    alertTopic: bosslet.alertTopic,
    generated: options.generated,
  });
  return { template, parameters: stackParameters(config, { bosslet }) };
}

/** The colleague puts the edit back. */
export const revertLocalEdit = ({ checkout }: ScriptContext): Promise<void> =>
  rm(join(checkout, LOCAL_EDIT), { force: true });

const exists = (file: string): Promise<boolean> =>
  readFile(file).then(
    () => true,
    () => false,
  );
