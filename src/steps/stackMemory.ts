import * as z from 'zod';
import type { Config } from '../bosslet/bosslet.ts';
import type { Json } from '../runbook/runbook.ts';

/** An image as the record remembers it. */
export type RememberedImage = {
  readonly imageId: string;
  /** `sprint41`, `h125b665e`; null where the image is gone, or is named otherwise. */
  readonly version: string | null;
  readonly commit: string | null;
};
/** By machine. */
export type StackImages = { readonly [machine: string]: RememberedImage };

/** What a stack was before the release touched it. */
export type StackBefore = {
  readonly images: StackImages;
  readonly commit: string | null;
  readonly stackVersion: string | null;
};
/** What a stack was given last. */
export type StackTook = { readonly images: StackImages; readonly rolledBack: boolean };

type Facts = { readonly [name: string]: Json };

const images = z.record(
  z.string(),
  z.object({ imageId: z.string(), version: z.string().nullable(), commit: z.string().nullable() }),
);
const before = z.object({ images, commit: z.string().nullable(), stackVersion: z.string().nullable() });
const took = z.object({ images, rolledBack: z.boolean() });

/** What the release remembers of a stack; undefined where it did not touch it, or could not see its machines. */
export const stackBefore = (facts: Facts, config: string): StackBefore | undefined =>
  before.safeParse(facts[`before/${config}`]).data;

const stackTook = (facts: Facts, config: string): StackTook | undefined => took.safeParse(facts[`took/${config}`]).data;

/** The images that stage `a` chose, by machine. */
const chosenImages = (facts: Facts): Readonly<Record<string, string>> =>
  z.record(z.string(), z.string()).safeParse(facts.amis).data ?? {};

/** Whether a stack has machines at all: of others there is nothing to remember. */
const hasImages = (all: StackImages | undefined): all is StackImages =>
  all !== undefined && Object.keys(all).length > 0;

/** The images that a stack is given, as a fact of the release. */
export const rememberTook = (config: Config, images: StackImages | undefined, rolledBack = false): Facts =>
  hasImages(images) ? { [`took/${config}`]: { images, rolledBack } } : {};

/**
 * What a stack was before it is touched, as a fact of the release. It stays what it was before the release, however
 * often the stack is updated again.
 */
export const rememberBefore = (
  facts: Facts,
  config: Config,
  { runs, commit, stackVersion }: Omit<StackBefore, 'images'> & { readonly runs?: StackImages },
): Facts =>
  hasImages(runs) && !stackBefore(facts, config)
    ? { [`before/${config}`]: { images: runs, commit, stackVersion } }
    : {};

/** The images that a stack took and that were made anew since; none of a stack that was rolled back on purpose. */
export function olderImages(
  facts: Facts,
  config: string,
): readonly { readonly machine: string; readonly took: RememberedImage; readonly now: string }[] {
  const last = stackTook(facts, config);
  if (!last || last.rolledBack) return [];
  const now = chosenImages(facts);
  return Object.entries(last.images).flatMap(([machine, image]) => {
    const chosen = now[machine];
    return chosen !== undefined && chosen !== image.imageId ? [{ machine, took: image, now: chosen }] : [];
  });
}

/** Whether a stack was last updated with the images of before the release. */
export const isRolledBack = (facts: Facts, config: string): boolean => stackTook(facts, config)?.rolledBack === true;

/** The one version that brings back the images of before; else why there is none, in words. */
export function versionBefore({ images }: StackBefore): { readonly version: string } | { readonly why: string } {
  const all = Object.entries(images);
  const gone = all.filter(([, { version }]) => version === null).map(([machine]) => machine);
  if (gone.length > 0) return { why: `the image that ${gone.join(', ')} ran on cannot be found by a name any more` };
  const versions = new Set(all.map(([, { version }]) => version));
  const [version] = versions;
  if (versions.size === 1 && typeof version === 'string') return { version };
  const list = all.map(([machine, each]) => `${machine} ${each.version}`).join(', ');
  return { why: `its machines ran on different versions (${list}), and one update takes one version` };
}

/** `vault sprint41 ami-1, auth sprint41 ami-2`. */
export const imagesInWords = (all: StackImages): string =>
  Object.entries(all)
    .map(([machine, { version, imageId }]) => `${machine} ${version ?? '?'} ${imageId}`)
    .join(', ');
