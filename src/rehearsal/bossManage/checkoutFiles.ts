/** A colleague's edit of api that has not been committed; see the fault `danger-change`. Relative to the checkout. */
export const LOCAL_EDIT = 'cloud_formation/configs/api.local-edit';
/** The schema of the tile index, in a submodule of the checkout. */
export const TILE_INDEX_FILE =
  'salt_stack/salt/ndingest/files/ndingest.git/ndingest/nddynamo/schemas/boss_tile_index.json';
