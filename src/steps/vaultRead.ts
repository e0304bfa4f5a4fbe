import * as z from 'zod';
import { asTyped, vaultRead as command } from './bossManage.ts';
import type { Attempt, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';
import { stringsOfPython } from './pythonLiteral.ts';
import { needFreePort, vaultPort } from './vaultPort.ts';
import { duration } from './words.ts';

const params = z.strictObject({ path: z.string().min(1) });

/** Vault restarts with its machine: it is asked for so long before it counts as broken. */
const PATIENCE_MS = 5 * 60_000;

/** Asks Vault for a password until it has one. The password is never shown, written down or kept. */
export const vaultRead: StepKind<z.infer<typeof params>, null> = {
  name: 'vaultRead',
  mutates: false,
  parse: paramsOf('vaultRead', params),
  plan: async ({ path }, { bosslet }) => ({
    commands: [asTyped(command(bosslet, path))],
    dangers: [],
    evidence: [{ label: 'Expects', value: 'a password, which is not shown', tone: 'plain' }],
    baseline: null,
    alreadyDone: false,
  }),
  act: async () => ({ how: 'finished', codes: [] }),
  prove: ({ path }, context, attempt) => proveVault(path, context, attempt),
};

async function proveVault(path: string, context: ReadContext, attempt: Attempt): Promise<Verdict> {
  const { clock, signal } = context;
  const said = await lackOf(path, context);
  if (said === undefined) return { is: 'done', summary: `Vault works: ${path} has its password.`, evidence: [] };
  signal.throwIfAborted();
  const isPatient = clock.now() - attempt.intendedAtMs < clock.limit(PATIENCE_MS);
  if (isPatient) return { is: 'pending', summary: `Vault: ${said}; it is asked again`, evidence: [] };
  return {
    is: 'failed',
    code: 'notFound',
    summary: `Vault does not work: ${said}. Look at the Vault instance before the next stack is updated.`,
    evidence: [],
  };
}

/** Why Vault did not give the password, in a few words; undefined where it did. */
async function lackOf(path: string, context: ReadContext): Promise<string | undefined> {
  try {
    const { exitCode, output } = await readVault(path, context);
    if (exitCode !== 0) return `vault-read ended with exit ${exitCode}`;
    return (stringsOfPython(output).password ?? '') === '' ? `${path} has no password` : undefined;
  } catch (error) {
    // A port that is taken, or no answer, may pass as Vault's restart does.
    return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
  }
}

/** Longer than all hops of the tunnel take; a prompt of ssh, which nobody sees, would wait for ever. Real milliseconds. */
export const VAULT_ANSWERS_WITHIN_MS = 120_000;

/**
 * Runs `vault-read` in memory, alone on Vault's port. Throws where the port is taken by another program, and where the
 * script does not come to an end.
 */
export const readVault = (
  path: string,
  context: ReadContext,
  answersWithinMs = VAULT_ANSWERS_WITHIN_MS,
): Promise<{ readonly exitCode: number; readonly output: string }> =>
  vaultPort(context).use(async () => {
    await needFreePort(context);
    const { read, bosslet, signal } = context;
    const bound = AbortSignal.timeout(answersWithinMs);
    try {
      return await read.scripts.capture(command(bosslet, path), AbortSignal.any([signal, bound]));
    } catch (error) {
      if (!bound.aborted || signal.aborted) throw error;
      throw new Error(
        `vault-read came to no end in ${duration(answersWithinMs)}: ssh may ask for a passphrase, which nobody sees. ssh-add the key of the bastion, or look whether the bastion answers, then try again.`,
      );
    }
  }, context.signal);
