import { fileURLToPath } from 'node:url';
import { bundle } from '../../build.ts';

/** The tests drive the programs that are shipped: they are bundled once before the first test. */
export default async function setup(): Promise<void> {
  await bundle(fileURLToPath(new URL('../../dist', import.meta.url)));
}
