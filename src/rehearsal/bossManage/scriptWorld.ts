import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { type Clock, createClock } from '../../clock.ts';
import { type FaultName, isFaultName } from '../faults.ts';

/** Environment variable that names the JSON file which a script reads as a {@link ScriptWorld}. */
export const WORLD_FILE_VARIABLE = 'BOSS_WORLD_FILE';

const scriptBosslet = z.strictObject({
  internalDomain: z.string(),
  externalDomain: z.string(),
  accountId: z.string().regex(/^\d{12}$/),
  region: z.string(),
  amiSuffix: z.string(),
  scenario: z.string().optional(),
  alertTopic: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});

const scriptWorld = z.strictObject({
  clock: z.strictObject({ speed: z.number().positive(), originMs: z.number(), startedAtMs: z.number() }),
  faults: z.array(z.custom<FaultName>((value) => typeof value === 'string' && isFaultName(value))),
  bosslets: z.record(z.string(), scriptBosslet),
  vault: z.record(z.string(), z.record(z.string(), z.unknown())),
  worldStartedAtMs: z.number(),
});

/** A bosslet as the scripts are configured for it: what its `<name>.py` would say, with the keys of its account. */
export type ScriptBosslet = z.infer<typeof scriptBosslet>;

/**
 * What the embedded world tells the scripts: its clock, its faults, the bosslets with their credentials, and what
 * the vault of production holds, by path (`secret/auth/realm`).
 */
export type ScriptWorld = z.infer<typeof scriptWorld>;

/** Throws a sentence that names the variable or the file where there is none or it is not one. */
export function readScriptWorld(environment: Readonly<Record<string, string | undefined>>): ScriptWorld {
  const file = environment[WORLD_FILE_VARIABLE];
  if (!file)
    throw new Error(`${WORLD_FILE_VARIABLE} is not set: these scripts run in a rehearsal only; start one first.`);
  const parsed = scriptWorld.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} is not a rehearsal's world: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export const clockOf = (world: ScriptWorld): Clock => createClock(world.clock);
