import * as z from 'zod';
import { deleteRuleName } from '../bosslet/names.ts';
import type { StepKind } from './kind.ts';
import { paramsOf } from './params.ts';

type Baseline = { readonly state: string | null };

/** Sees to it that the rule that deletes data is disabled. */
export const ruleDisabled: StepKind<object, Baseline> = {
  name: 'ruleDisabled',
  mutates: true,
  parse: paramsOf('ruleDisabled', z.strictObject({})),
  plan: async (_params, { read, bosslet, signal }) => {
    const name = deleteRuleName(bosslet);
    const rule = await read.aws.eventBridge.describeRule(name, signal);
    return {
      commands: rule && rule.state !== 'DISABLED' ? [`DisableRule ${name}`] : [],
      dangers: [],
      evidence: [
        { label: name, value: rule?.state ?? 'does not exist', tone: rule?.state === 'DISABLED' ? 'ok' : 'danger' },
      ],
      baseline: { state: rule?.state ?? null },
      alreadyDone: rule === undefined || rule.state === 'DISABLED',
    };
  },
  act: async (_params, context) => {
    const name = deleteRuleName(context.bosslet);
    const { eventBridge } = context.doors.aws;
    await context.effect('disable', {
      what: `disables the rule ${name}`,
      run: async () => {
        await eventBridge.disableRule(name, context.signal);
        return true;
      },
      probe: async () => {
        const rule = await eventBridge.describeRule(name, context.signal);
        return rule?.state === 'DISABLED' ? true : 'notHappened';
      },
    });
    return { how: 'finished', codes: [] };
  },
  prove: async (_params, { read, bosslet, signal }) => {
    const name = deleteRuleName(bosslet);
    const rule = await read.aws.eventBridge.describeRule(name, signal);
    if (rule?.state === 'DISABLED') return { is: 'done', summary: `${name} is DISABLED.`, evidence: [] };
    return {
      is: 'failed',
      ...(!rule && { code: 'notFound' as const }),
      summary: rule
        ? `${name} is ${rule.state}: disable it in the EventBridge console, it deletes data.`
        : `There is no rule ${name}: look whether the activities stack is complete.`,
      evidence: [],
    };
  },
};
