import * as z from 'zod';
import { CONFIGS, MACHINES } from '../bosslet/bosslet.ts';
import type { Json } from '../runbook/runbook.ts';
import { RECREATABLE } from './bossManage.ts';

export const config = z.enum(CONFIGS);
export const machines = z.array(z.enum(MACHINES)).min(1).readonly();
/** Core and api are no values of it: a step that would delete or create them does not even parse. */
export const recreatableConfig = z.enum(RECREATABLE);

/** Parses a step's params. Throws one sentence that names the kind and the field. */
export function paramsOf<T>(kind: string, schema: z.ZodType<T>): (params: Json) => T {
  return (params) => {
    const parsed = schema.safeParse(params);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new Error(`The params of a ${kind} step are wrong at "${issue?.path.join('.')}": ${issue?.message}.`);
  };
}
