import { fileURLToPath } from 'node:url';

/** The built program of this name, which stands beside the bundle that this code is in. */
export const programFile = (name: 'supervisor' | 'world' | 'boss-manage'): string =>
  fileURLToPath(new URL(`./${name}.js`, import.meta.url));
