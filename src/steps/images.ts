import type { Bosslet, Machine } from '../bosslet/bosslet.ts';
import { amiName } from '../bosslet/names.ts';
import type { AwsRead, Image } from '../clients/doors.ts';
import type { Danger, ReadContext } from './kind.ts';

/** The version that means "the newest that is named after a commit". */
export const LATEST = 'latest';

/** The AMIs that this release's stacks take: what stage `a` chose; without a choice the scripts' own default. */
export function amiVersionOf({ release }: Pick<ReadContext, 'release'>): string {
  const chosen = release.facts.amiVersion;
  return typeof chosen === 'string' ? chosen : LATEST;
}

/** The image that a script takes for a machine, found as boss-manage finds it: by name, newest first, of any owner. */
export async function imageOf(context: ReadContext, machine: Machine, version: string): Promise<Image | undefined> {
  const images = await imagesOf(context.read.aws, context, machine, version);
  return images[0];
}

/** All of a machine's images of a version, newest first; of `latest`, all that are named after a commit. */
export const imagesOf = (
  aws: Pick<AwsRead, 'ec2'>,
  { bosslet, signal }: Pick<ReadContext, 'bosslet' | 'signal'>,
  machine: Machine,
  version: string,
): Promise<readonly Image[]> => aws.ec2.images(amiName(bosslet, machine, version === LATEST ? 'h*' : version), signal);

/** boss-manage looks for images by name alone: the newest may be anybody's. */
export function ownerDangers(
  bosslet: Pick<Bosslet, 'accountId' | 'dev'>,
  machine: Machine,
  image: Image,
): readonly Danger[] {
  if ([bosslet.accountId, bosslet.dev?.accountId].includes(image.ownerId)) return [];
  return [
    {
      id: `ami:${machine}:owner:${image.ownerId}`,
      level: 'danger',
      text: `${image.name} belongs to the account ${image.ownerId}, which is neither ours nor dev's: somebody else's image would be launched.`,
    },
  ];
}
