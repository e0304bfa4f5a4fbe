import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { checkoutOf } from '../bosslet/bosslet.ts';
import type { Json } from '../runbook/runbook.ts';
import { asTyped, iamExport as command, IAM_TYPES, iamFile } from './bossManage.ts';
import type { Attempt, Evidence, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';
import { scanLog } from './scriptLog.ts';
import { runScript } from './scriptRun.ts';
import { exitEvidence, lastLinesEvidence, verdictOfRefusal } from './scriptVerdict.ts';

const params = z.strictObject({
  devBosslet: z.string().min(1),
  /** With other names. */
  again: z.literal(true).optional(),
});
type Baseline = { readonly head: string };

/** Writes the dev account's groups, roles and policies into the checkout, by `iam_utils.py`. */
export const iamExport: StepKind<z.infer<typeof params>, Baseline> = {
  name: 'iamExport',
  mutates: true,
  parse: paramsOf('iamExport', params),
  plan: async ({ devBosslet }, context) => {
    await needDevAccount(context);
    return {
      commands: [asTyped(command(context.bosslet, devBosslet))],
      dangers: [],
      evidence: [
        { label: 'Account', value: `${context.bosslet.dev?.accountId} (dev)`, tone: 'ok' },
        ...IAM_TYPES.map((type): Evidence => ({ label: 'Overwrites', value: iamFile(type), tone: 'plain' })),
      ],
      baseline: { head: await context.read.git.head(context.signal) },
      alreadyDone: false,
    };
  },
  act: async ({ devBosslet, again }, context) => {
    await needDevAccount(context);
    // What the files held before, whether it was committed or not: a rejected review puts it back. Of another try it is
    // what was there before the first.
    const before =
      context.release.facts.iamBefore ??
      (await context.effect<{ [name: string]: Json }>('before', {
        what: 'keeps the files as they are',
        run: async () => {
          const kept = await Promise.all(
            IAM_TYPES.map(async (type) => {
              const text = await readFile(join(checkoutOf(context.bosslet), iamFile(type)), 'utf8');
              return [type, { ...(await context.keep(`iam-${type}.json`, text)) }] as const;
            }),
          );
          return Object.fromEntries(kept);
        },
        probe: async () => 'notHappened',
      }));
    const acted = await runScript(context, {
      command: command(context.bosslet, devBosslet),
      head: context.attempt.baseline.head,
      what: 'Exporting IAM',
    });
    return { ...acted, before: { iamBefore: before }, facts: again ? {} : { iamNamesBefore: null } };
  },
  prove: (_params, context, attempt) => proveExport(context, attempt),
};

/** The export against another account empties the files and exits 0. Throws where the account is not dev's. */
async function needDevAccount({ read, bosslet, signal }: ReadContext): Promise<void> {
  if (!read.dev || !bosslet.dev)
    throw new Error(`No dev account is configured for ${bosslet.name}: name its bosslet, account and profile.`);
  const { account } = await read.dev.sts.callerIdentity(signal);
  if (account !== bosslet.dev.accountId)
    throw new Error(
      `The dev credentials are of the account ${account}, not of ${bosslet.dev.accountId}: the export would empty the files. Use the dev account's profile.`,
    );
}

/** Whether a file holds a list that can be read; an empty one is shown in the review. */
async function proveExport(context: ReadContext, attempt: Attempt): Promise<Verdict> {
  const log = await scanLog(context.read.scripts, attempt.scriptFolder);
  const evidence = [exitEvidence(attempt), ...lastLinesEvidence(log)];
  const refusal = verdictOfRefusal(attempt.acted, evidence);
  if (refusal) return refusal;
  if (attempt.acted?.exitCode !== 0) {
    const code = attempt.acted?.exitCode === undefined ? 'lost' : 'exitCode';
    const said = log.lastLines.at(-1) ?? 'the script said nothing';
    return { is: 'failed', code, summary: `IAM was not exported: ${said}`, evidence };
  }
  const broken = await brokenFiles(checkoutOf(context.bosslet));
  if (broken.length > 0)
    return { is: 'failed', code: 'error', summary: `${broken.join(', ')} cannot be read as JSON.`, evidence };
  return { is: 'done', summary: 'IAM is exported; review what changed.', evidence };
}

async function brokenFiles(checkout: string): Promise<readonly string[]> {
  const files = await Promise.all(
    IAM_TYPES.map(async (type) => {
      try {
        return Array.isArray(JSON.parse(await readFile(join(checkout, iamFile(type)), 'utf8'))) ? [] : [iamFile(type)];
      } catch {
        return [iamFile(type)];
      }
    }),
  );
  return files.flat();
}
