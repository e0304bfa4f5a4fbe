import * as z from 'zod';
import { asTyped, vaultRead as command } from './bossManage.ts';
import type { Attempt, ReadContext, StepKind, Verdict } from './kind.ts';
import { paramsOf } from './params.ts';
import { stringsOfPython } from './pythonLiteral.ts';
import { vaultPort } from './vaultPort.ts';

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
  const { exitCode, output } = await readVault(path, context);
  if (exitCode === 0 && (stringsOfPython(output).password ?? '') !== '')
    return { is: 'done', summary: `Vault works: ${path} has its password.`, evidence: [] };
  signal.throwIfAborted();
  const said = exitCode === 0 ? `${path} has no password` : `vault-read ended with exit ${exitCode}`;
  const isPatient = clock.now() - attempt.intendedAtMs < clock.limit(PATIENCE_MS);
  if (isPatient) return { is: 'pending', summary: `Vault: ${said}; it is asked again`, evidence: [] };
  return {
    is: 'failed',
    code: 'notFound',
    summary: `Vault does not work: ${said}. Look at the Vault instance before the next stack is updated.`,
    evidence: [],
  };
}

/** Runs `vault-read` in memory, alone on Vault's port. */
export const readVault = (
  path: string,
  { read, bosslet, signal }: ReadContext,
): Promise<{ readonly exitCode: number; readonly output: string }> =>
  vaultPort.use(() => read.scripts.capture(command(bosslet, path), signal), signal);
