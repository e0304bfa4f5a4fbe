import type { Check } from './finding.ts';
import type { Finding, ReadContext } from './kind.ts';
import { accountChecks } from './preflightAccount.ts';
import { checkoutChecks } from './preflightCheckout.ts';
import { deploymentChecks } from './preflightDeployment.ts';
import { cleanFinding } from './sanitised.ts';

/**
 * Everything that can be known to stand in a release's way before it begins, each with its cure. Changes nothing. The
 * checks run side by side; one that fails is a finding like any other.
 */
export async function preflight(context: ReadContext): Promise<readonly Finding[]> {
  const checks = [...accountChecks(context), ...deploymentChecks(context), ...checkoutChecks(context)];
  const findings = await Promise.all(checks.map((check) => findingsOf(check, context.signal)));
  return findings.flat().map(cleanFinding);
}

async function findingsOf({ title, run }: Check, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    const found = await run();
    const list = Array.isArray(found) ? found : [found];
    return list.map(({ level, detail, cure }) => ({ level, title, detail, cure }));
  } catch (error) {
    signal.throwIfAborted();
    const detail = error instanceof Error ? error.message : String(error);
    return [{ level: 'stop', title, detail, cure: 'Mend this, then run the preflight again.' }];
  }
}
