import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
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

/** One process for ever: a pid comes again, with another start it does not. */
export type ProcessName = Pick<WorldFile, 'pid' | 'processStart'>;

/** Whether that process still runs, and is not another one that was given its pid. */
export const isAlive = async ({ pid, processStart: start }: ProcessName): Promise<boolean> =>
  (await processStart(pid)) === start;

export async function thisProcess(): Promise<ProcessName> {
  const start = await processStart(process.pid);
  if (start === undefined) throw new Error('The system does not tell when this process began; it needs /proc or ps.');
  return { pid: process.pid, processStart: start };
}

const processName = worldFile.pick({ pid: true, processStart: true });
const claimPath = (folder: string): string => join(folder, 'world.claim');

/** Who runs a world in a folder, or is about to; undefined where nobody does. */
export async function claimant(folder: string): Promise<ProcessName | undefined> {
  const text = await readFile(claimPath(folder), 'utf8').catch(() => '');
  try {
    const { data } = processName.safeParse(JSON.parse(text));
    return data && (await isAlive(data)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Takes a folder for one process's world. False where another one that lives has it. */
export async function claim(folder: string, self: ProcessName): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(claimPath(folder), JSON.stringify(self), { mode: 0o600, flag: 'wx' });
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (await claimant(folder)) return false;
    await rm(claimPath(folder), { force: true });
  }
  return false;
}

/** Whether the folder is still this process's, and still tells others of its world. */
export async function isClaimedBy(folder: string, self: ProcessName): Promise<boolean> {
  const [holder, file] = await Promise.all([claimant(folder), readWorldFile(folder).catch(() => undefined)]);
  return holder?.pid === self.pid && file?.pid === self.pid;
}

/** Gives the folder back, if it is still this process's. */
export async function release(folder: string, self: ProcessName): Promise<void> {
  if ((await claimant(folder))?.pid !== self.pid) return;
  await rm(worldFilePath(folder), { force: true });
  await rm(claimPath(folder), { force: true });
}
