import { randomBytes } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import * as z from 'zod';
import type { Asked, ReadContext, StepKind } from './kind.ts';
import { paramsOf } from './params.ts';

type Baseline = { readonly file: string | null };

/** Reminds of the Vault backup that this release made, and shreds it where the operator wants that. */
export const vaultFile: StepKind<object, Baseline> = {
  name: 'vaultFile',
  mutates: true,
  parse: paramsOf('vaultFile', z.strictObject({})),
  plan: async (_params, context) => {
    const file = fileOf(context);
    const isThere = file !== undefined && (await sizeOf(file)) !== undefined;
    return {
      commands: isThere ? [`move or shred ${file}`] : [],
      dangers: [],
      evidence: [{ label: 'Vault backup', value: isThere ? file : 'no file is left', tone: isThere ? 'warn' : 'ok' }],
      baseline: { file: file ?? null },
      alreadyDone: !isThere,
    };
  },
  act: async (_params, context) => {
    const { file } = context.attempt.baseline;
    if (file === null) return { how: 'finished', codes: [] };
    const answer = await context.decide('vaultFile', question(file));
    if (answer.is === 'chosen' && answer.option === 'shred')
      await context.effect('shred', {
        what: `shreds ${file}`,
        run: () => shred(file),
        probe: async () => ((await sizeOf(file)) === undefined ? true : 'notHappened'),
      });
    return { how: 'finished', codes: [] };
  },
  prove: async (_params, _context, attempt) => {
    const { file } = attempt.baseline;
    if (file === null || (await sizeOf(file)) === undefined)
      return { is: 'done', summary: 'No Vault backup lies in the folder of the release.', evidence: [] };
    const answer = attempt.decisions.vaultFile;
    if (answer?.is === 'chosen' && answer.option === 'keep')
      return {
        is: 'done',
        summary: `The Vault backup stays at ${file}.`,
        evidence: [{ label: 'Note', value: answer.note ?? '', tone: 'warn' }],
      };
    return { is: 'notDone', summary: `${file} is still there: move it, then try again.`, evidence: [] };
  },
};

const question = (file: string): Asked => ({
  title: 'Move or shred the Vault backup',
  text: [file, 'It holds every secret of Vault in plain text.'],
  question: {
    is: 'choose',
    options: [
      { id: 'shred', label: 'Shred it', detail: 'Overwrites the file and removes it.' },
      { id: 'moved', label: 'I have moved it', detail: 'It must be gone from there.' },
      { id: 'keep', label: 'Leave it there', note: true },
    ],
    recommended: 'shred',
  },
});

function fileOf({ release }: ReadContext): string | undefined {
  const fact = release.facts.vaultExport;
  if (typeof fact !== 'object' || fact === null || !('file' in fact)) return undefined;
  return typeof fact.file === 'string' ? fact.file : undefined;
}

const sizeOf = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ size }) => size,
    () => undefined,
  );

/** Overwrites once and removes. What the disk's own firmware keeps is beyond any program. */
async function shred(file: string): Promise<true> {
  const size = await sizeOf(file);
  if (size === undefined) return true;
  const handle = await open(file, 'r+');
  try {
    await handle.write(randomBytes(size), 0, size, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rm(file);
  return true;
}
