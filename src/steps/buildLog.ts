import { join } from 'node:path';
import type { Bosslet } from '../bosslet/bosslet.ts';
import { checkoutOf, type Machine } from '../bosslet/bosslet.ts';
import { judgeBuild, readBuildLog, tellingLine } from '../observe/buildLogs.ts';
import type { Evidence, ReadContext } from './kind.ts';

/** Ctrl-C kills packer's builds, and what they had launched by then may run on. */
export const BUILD_KILLED =
  'The builds were killed: look in EC2 for instances that packer left running, terminate them, then try again.';

/** Where packer.py writes a log for each machine. */
export const buildLogs = (bosslet: Bosslet): string => join(checkoutOf(bosslet), 'packer', 'logs');

/** What the last lines of a log are worth, where there is no image. */
const WORDS = {
  failed: 'failed',
  built: 'says that it was built',
  building: 'stops in the middle of its build',
} as const;

/** The end of a machine's build log, which alone says what packer came to. Of a build since `sinceMs`, or said to be older. */
export async function buildLogRow({ bosslet }: ReadContext, machine: Machine, sinceMs: number): Promise<Evidence> {
  const label = `${machine}.log`;
  const file = join(buildLogs(bosslet), label);
  const log = await readBuildLog(file).catch(() => 'unreadable' as const);
  if (log === 'unreadable') return { label, value: `${file} cannot be read`, tone: 'danger' };
  if (!log) return { label, value: `never appeared: there is no ${file}`, tone: 'danger' };
  const isOld = log.writtenAtMs < sinceMs && Date.now() > sinceMs;
  const word = isOld ? 'is of an older build' : WORDS[judgeBuild(log.lines)];
  return { label, value: `${word}: ${tellingLine(log.lines) || 'it is empty'}`, tone: 'danger' };
}
