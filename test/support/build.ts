import { fileURLToPath } from 'node:url';
import { bundle } from '../../build.ts';
import { missingPrograms } from './servers.ts';

/**
 * The tests drive the programs that are shipped: they are bundled once before the first test. The last lines of a run
 * name what this machine lacks, so that nobody takes a skipped door for a tested one.
 */
export default async function setup(): Promise<() => void> {
  await bundle(fileURLToPath(new URL('../../dist', import.meta.url)));
  return () => {
    for (const missing of missingPrograms()) process.stdout.write(`Skipped for want of ${missing}.\n`);
  };
}
