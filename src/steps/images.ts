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

/** Images of machines as one look found them. */
export interface Images {
  /** A machine's images of a version, newest first; of `latest`, all that are named after a commit. */
  of(machine: Machine, version: string): readonly Image[];
  /** The image that a script takes, found as boss-manage finds it: by name, newest first, of any owner. */
  taken(machine: Machine, version: string): Image | undefined;
  byId(imageId: string | undefined): Image | undefined;
}

/**
 * Reads the images of machines in one call, whatever their number: of the versions that are named, or of every
 * version.
 */
export async function readImages(
  aws: Pick<AwsRead, 'ec2'>,
  { bosslet, signal }: Pick<ReadContext, 'bosslet' | 'signal'>,
  machines: readonly Machine[],
  versions: readonly string[] | 'all',
): Promise<Images> {
  const patterns = versions === 'all' ? ['*'] : versions.map((version) => (version === LATEST ? 'h*' : version));
  const names = machines.flatMap((machine) => patterns.map((pattern) => amiName(bosslet, machine, pattern)));
  const images = names.length === 0 ? [] : await aws.ec2.images(names, signal);
  const of: Images['of'] = (machine, version) =>
    images.filter(({ name }) =>
      version === LATEST
        ? name.startsWith(amiName(bosslet, machine, 'h'))
        : name === amiName(bosslet, machine, version),
    );
  return {
    of,
    taken: (machine, version) => of(machine, version)[0],
    byId: (imageId) => images.find((image) => image.imageId === imageId),
  };
}

/** The version in a machine's image's name; undefined where the name is not of that machine. */
export function versionOf(bosslet: Pick<Bosslet, 'amiSuffix'>, machine: Machine, { name }: Image): string | undefined {
  const before = amiName(bosslet, machine, '');
  return name.startsWith(before) && name.length > before.length ? name.slice(before.length) : undefined;
}

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
