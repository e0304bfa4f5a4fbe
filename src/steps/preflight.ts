import { type Check, type Found, stop } from './finding.ts';
import type { Finding, ReadContext } from './kind.ts';
import { accountChecks } from './preflightAccount.ts';
import { checkoutChecks } from './preflightCheckout.ts';
import { deploymentChecks } from './preflightDeployment.ts';
import { machineChecks } from './preflightMachines.ts';
import { scriptChecks } from './preflightScripts.ts';
import { cleanFinding } from './sanitised.ts';
import { duration } from './words.ts';

/** Long enough for a slow answer over a bad line. Real milliseconds. */
const BOUND_MS = 30_000;

/**
 * Everything that can be known to stand in a release's way before it begins, each with its cure. Changes nothing. The
 * checks run side by side, each for a bounded time; one that fails, or comes to no end, is a finding like any other.
 */
export async function preflight(context: ReadContext, boundMs = BOUND_MS): Promise<readonly Finding[]> {
  const over = new AbortController();
  const bounded = { ...context, signal: AbortSignal.any([context.signal, over.signal]) };
  const checks = [accountChecks, deploymentChecks, machineChecks, checkoutChecks, scriptChecks].flatMap((checksOf) =>
    checksOf(bounded),
  );
  const open = new Set(checks.map(({ title }) => title));
  const tell = () =>
    context.progress({
      text: `${checks.length - open.size} of ${checks.length} looked at; waits for ${named([...open])}`,
      fraction: 1 - open.size / checks.length,
    });
  tell();
  try {
    const findings = checks.map(async (check) => {
      const found = await findingsOf(check, context.signal, boundMs);
      open.delete(check.title);
      if (open.size > 0) tell();
      return found;
    });
    return (await Promise.all(findings)).flat().map(cleanFinding);
  } finally {
    over.abort(new Error('The preflight is over.'));
  }
}

/** The first few: a line of a pane holds no more. */
const named = (titles: readonly string[]): string =>
  titles.slice(0, NAMED).join(', ') + (titles.length > NAMED ? ', …' : '');
const NAMED = 4;

async function findingsOf(check: Check, signal: AbortSignal, boundMs: number): Promise<readonly Finding[]> {
  const { title } = check;
  try {
    const found = await withinBound(check, Math.max(boundMs, check.boundMs ?? 0));
    const list = Array.isArray(found) ? found : [found];
    return list.map(({ level, detail, cure, mendedBy }) => ({
      level,
      title,
      detail,
      cure,
      ...(mendedBy && { mendedBy }),
    }));
  } catch (error) {
    signal.throwIfAborted();
    const detail = error instanceof Error ? error.message : String(error);
    return [{ level: 'stop', title, detail, cure: 'Mend this, then run the preflight again.' }];
  }
}

/** What a check finds, or that it came to no end. */
async function withinBound(check: Check, boundMs: number): Promise<Found | readonly Found[]> {
  const { promise: late, resolve } = Promise.withResolvers<Found>();
  const timer = setTimeout(() => resolve(lateFinding(boundMs)), boundMs);
  try {
    return await Promise.race([check.run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

const lateFinding = (boundMs: number): Found =>
  stop(
    `No answer came in ${duration(boundMs)}.`,
    'Look at the network, a proxy and the endpoint that is configured, then run the preflight again.',
  );
