import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutOf, type Machine } from '../bosslet/bosslet.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { Evidence, ReadContext } from './kind.ts';

/** Ctrl-C kills packer's builds, and what they had launched by then may run on. */
export const BUILD_KILLED =
  'The builds were killed: look in EC2 for instances that packer left running, terminate them, then try again.';

/** The end of a machine's build log, which alone says what packer came to. Of a build since `sinceMs`, or said to be older. */
export async function buildLogRow({ bosslet }: ReadContext, machine: Machine, sinceMs: number): Promise<Evidence> {
  const file = join(checkoutOf(bosslet), 'packer', 'logs', `${machine}.log`);
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    const isOld = mtimeMs < sinceMs && Date.now() > sinceMs;
    return {
      label: `${machine}.log`,
      value: sanitiseLine(last) + (isOld ? ' (of an older build)' : ''),
      tone: 'danger',
    };
  } catch {
    return { label: `${machine}.log`, value: `${file} cannot be read`, tone: 'danger' };
  }
}
