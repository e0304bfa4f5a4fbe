import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Bosslet, checkoutOf } from '../bosslet/bosslet.ts';
import { sanitise } from '../text/sanitise.ts';
import { IAM_TYPES, iamFile } from './bossManage.ts';
import type { ActContext, ReadContext } from './kind.ts';

/** Which names of IAM an export takes, relative to the checkout. */
export const NAMES_FILE = 'config/iam/names.json';
export const namesPath = (bosslet: Pick<Bosslet, 'bossManage'>): string => join(checkoutOf(bosslet), NAMES_FILE);

const blobRef = z.object({ sha256: z.string(), bytes: z.number(), name: z.string() });
const kept = z.object({ groups: blobRef, roles: blobRef, policies: blobRef });

/** Every file of IAM that a release may have changed, with what it held before; undefined: nothing was kept of it. */
function keptFiles({ release }: ReadContext) {
  const before = kept.safeParse(release.facts.iamBefore).data;
  const names = blobRef.safeParse(release.facts.iamNamesBefore).data;
  return [
    ...IAM_TYPES.map((type) => ({ path: iamFile(type), blob: before?.[type] })),
    ...(names ? [{ path: NAMES_FILE, blob: names }] : []),
  ];
}

/** Writes the files as they were before the first export, committed or not; without a copy, as HEAD has them. */
export async function putIamBack(context: ActContext): Promise<void> {
  const files = keptFiles(context);
  await context.effect('putBack', {
    what: `puts ${files.map(({ path }) => path).join(', ')} back`,
    run: async () => {
      const unkept = files.filter(({ blob }) => !blob).map(({ path }) => path);
      await context.doors.git.restore(unkept, context.signal);
      for (const { path, blob } of files)
        if (blob) await writeFile(join(checkoutOf(context.bosslet), path), await context.load(blob));
      return true;
    },
    // Written again, they are the same.
    probe: async () => 'notHappened',
  });
}

/** The files that are not as they were before the first export; those of which nothing was kept, as HEAD has them. */
export async function notPutBack(context: ReadContext): Promise<readonly string[]> {
  const all = await Promise.all(
    keptFiles(context).map(async ({ path, blob }) => {
      const isBack = blob
        ? (await context.load(blob)) === (await readFile(join(checkoutOf(context.bosslet), path), 'utf8'))
        : (await context.read.git.diff([path], context.signal)) === '';
      return isBack ? [] : [path];
    }),
  );
  return all.flat();
}

/** Lines of one file's diff that a question shows; the rest is in the evidence of the release. */
const SHOWN_LINES = 500;

/**
 * A diff of files as lines that may be drawn, each file under a line that says how much of it changed; files without a
 * change are named too.
 */
export function diffLines(diff: string, paths: readonly string[]): readonly string[] {
  const files = sanitise(diff)
    .split(/^(?=diff --git )/m)
    .filter((part) => part.trim() !== '');
  const same = paths.filter((path) => !files.some((part) => fileIn(part) === path));
  const changed = files.flatMap((part) => {
    const lines = part.trimEnd().split('\n');
    const from = lines.findIndex((line) => line.startsWith('@@'));
    const shown = lines.slice(Math.max(0, from));
    const more = shown.length - SHOWN_LINES;
    return [
      `--- ${fileIn(part)}: ${changedLines(part)}`,
      ...shown.slice(0, SHOWN_LINES),
      ...(more > 0 ? [`@@ ${more} lines more of it are in the evidence of the release @@`] : []),
    ];
  });
  return [...changed, ...same.map((path) => `--- ${path}: no change`)];
}

const fileIn = (part: string): string => / b\/(.*)$/m.exec(part)?.[1] ?? 'a file';

/** `+3 -1`: lines added and removed. */
export function changedLines(diff: string): string {
  const lines = diff.split('\n').filter((line) => !/^(\+\+\+|---) /.test(line));
  const of = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return `+${of('+')} -${of('-')}`;
}
