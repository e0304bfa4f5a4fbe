import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Machine } from '../../bosslet/bosslet.ts';
import type { NamedBosslet, ScriptContext } from './script.ts';
import { BossManageError } from './scriptErrors.ts';
import { calling, sessionOf } from './session.ts';

/** An AMI as the scripts see it. */
export interface Ami {
  readonly imageId: string;
  readonly name: string;
}

/** Images whose name matches a pattern, newest first. The look-up filters by no owner. */
export async function findImages(context: ScriptContext, bosslet: NamedBosslet, pattern: string): Promise<Ami[]> {
  const client = new EC2Client(sessionOf(context, bosslet));
  const { Images } = await calling(
    'DescribeImages',
    client.send(new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: [pattern] }] })),
  );
  return (Images ?? [])
    .toSorted((a, b) => ((a.CreationDate ?? '') < (b.CreationDate ?? '') ? 1 : -1))
    .map(({ ImageId = '', Name = '' }) => ({ imageId: ImageId, name: Name }));
}

/**
 * The AMI id of each machine at a version: `latest` is the newest named after a commit, and so is what stands in,
 * with a line that says so, where the version is missing. Machines that are not asked for get an empty id.
 */
export async function imagesOf(
  context: ScriptContext,
  bosslet: NamedBosslet,
  machines: readonly Machine[],
  version: string,
): Promise<Record<Machine, string>> {
  const ids: Record<Machine, string> = { auth: '', vault: '', endpoint: '', cachemanager: '', activities: '' };
  for (const machine of machines) ids[machine] = await imageOf(context, bosslet, machine, version);
  return ids;
}

async function imageOf(
  context: ScriptContext,
  bosslet: NamedBosslet,
  machine: Machine,
  version: string,
): Promise<string> {
  const name = machine + bosslet.amiSuffix;
  if (version !== 'latest') {
    const [found] = await findImages(context, bosslet, `${name}-${version}`);
    if (found) return found.imageId;
    context.terminal.print(`Could not locate AMI '${name}-${version}', trying to find the latest '${name}' AMI`);
  }
  const [latest] = await findImages(context, bosslet, `${name}-h*`);
  if (!latest) throw new BossManageError(`Could not locate AMI '${name}'`);
  return latest.imageId;
}
