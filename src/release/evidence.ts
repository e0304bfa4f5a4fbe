import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, writeDurably } from '../durable.ts';
import type { BlobRef } from '../steps/kind.ts';

const sha256 = (body: string) => createHash('sha256').update(body).digest('hex');

/** Writes a body durably into `<release>/evidence/<sha256>`; the journal may refer to it from then on. */
export async function keepEvidence(releaseFolder: string, name: string, body: string): Promise<BlobRef> {
  const folder = join(releaseFolder, 'evidence');
  await makePrivateFolder(folder);
  const hash = sha256(body);
  await writeDurably(join(folder, hash), body);
  return { sha256: hash, bytes: Buffer.byteLength(body), name };
}

/** Reads a body back. Throws where it is missing or is not what was kept. */
export async function loadEvidence(releaseFolder: string, ref: BlobRef): Promise<string> {
  const file = join(releaseFolder, 'evidence', ref.sha256);
  const body = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`The evidence "${ref.name}" cannot be read from ${file}: restore it from a backup.`, {
      cause: error,
    });
  });
  if (sha256(body) !== ref.sha256)
    throw new Error(`The evidence "${ref.name}" in ${file} was changed since it was kept.`);
  return body;
}
