import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Bosslet } from '../bosslet/bosslet.ts';
import { type FaultName, isFaultName } from './faults.ts';
import { processStart } from './processLife.ts';
import type { WorldAddresses } from './world.ts';

const texts = z.record(z.string(), z.string());
const keys = z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() });

const bosslet: z.ZodType<Bosslet> = z.strictObject({
  name: z.string(),
  internalDomain: z.string(),
  externalDomain: z.string(),
  region: z.string(),
  accountId: z.string(),
  profile: z.string().exactOptional(),
  alertTopic: z.string(),
  operator: z.string(),
  scenario: z.string().exactOptional(),
  sprint: z.string(),
  amiSuffix: z.string(),
  dev: z
    .strictObject({ bosslet: z.string(), accountId: z.string(), profile: z.string().exactOptional() })
    .exactOptional(),
  apiUrl: z.string(),
  maintenance: z.strictObject({ contains: z.string() }),
  dns: z.strictObject({
    resolvers: z.array(z.string()),
    authoritative: z.boolean(),
    nameServers: texts.exactOptional(),
    labels: texts.exactOptional(),
  }),
  redis: z.strictObject({ via: z.enum(['endpoint', 'bastion', 'direct']), caches: texts }),
  connect: texts.exactOptional(),
  bossManage: z.string(),
  python: z.string().exactOptional(),
  evidenceCopyTo: z.string().exactOptional(),
});

const addresses: z.ZodType<WorldAddresses> = z.strictObject({
  awsEndpoint: z.string(),
  credentials: keys,
  devCredentials: keys,
  bosslet,
  scriptEnvironment: texts,
});

const worldFile = z.strictObject({
  pid: z.number().int().positive(),
  /** As {@link processStart} tells it. */
  processStart: z.string(),
  clock: z.strictObject({ speed: z.number().positive(), originMs: z.number(), startedAtMs: z.number() }),
  faults: z.array(z.custom<FaultName>((value) => typeof value === 'string' && isFaultName(value))),
  addresses,
});

/** What world.json says of the world that a process runs. */
export type WorldFile = z.infer<typeof worldFile>;

export const worldFilePath = (folder: string): string => join(folder, 'world.json');

/** Written whole or not at all; for its owner's eyes only. */
export async function writeWorldFile(folder: string, content: WorldFile): Promise<void> {
  const temporary = `${worldFilePath(folder)}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, worldFilePath(folder));
}

/** Undefined where there is none, or where it was written by another version: such a world is not joined. */
export async function readWorldFile(folder: string): Promise<WorldFile | undefined> {
  const text = await readFile(worldFilePath(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return worldFile.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether the process that wrote it still runs, and is not another one that was given its pid. */
export const isAlive = async ({
  pid,
  processStart: start,
}: Pick<WorldFile, 'pid' | 'processStart'>): Promise<boolean> => (await processStart(pid)) === start;
