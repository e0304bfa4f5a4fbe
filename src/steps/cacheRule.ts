import { cacheMayGo } from '../runbook/conditions.ts';
import type { Gate } from '../runbook/runbook.ts';
import { evaluateGate, isCovered, namesIn, typedWords } from './gates.ts';
import type { ActContext, GateResult } from './kind.ts';
import type { WaitingPrompt } from './scriptReply.ts';

/** The rule of caches without "no stack in progress": the update that asks is itself the stack's work. */
const RULE = cacheMayGo.filter(({ needs }) => needs.is !== 'noStackInProgress');

interface Standing {
  readonly gate: Gate;
  readonly result: GateResult;
}

/**
 * Waits, while an update's prompt waits, until its caches may be replaced or removed. The operator may pass the rule by
 * typing its words, or reject. `go`: it holds or was passed.
 */
export async function cacheMayBeReplaced(
  context: ActContext,
  at: WaitingPrompt,
  logicalIds: readonly string[],
): Promise<'go' | 'gone' | 'rejected' | 'cancelled'> {
  context.want({ is: 'cacheScan' });
  context.want({ is: 'dns' });
  for (let time = 1; ; time += 1) {
    const open = standing(context);
    if (open.length === 0) return 'go';
    const answer = await askOrHold(context, at, `cacheRule@${at.byteOffset}${time > 1 ? `/${time}` : ''}`, {
      title: `${logicalIds.join(' and ')} would be replaced or removed`,
      open,
    });
    if (answer !== 'typed') return answer;
    // Whoever agreed to lose three keys did not agree to lose those that came while it was typed, or all that there are.
    if (standing(context).every((now) => wasAgreed(open, now))) return 'go';
  }
}

/** Whether the words that were asked for spoke of this condition as it stands now; of one that held then they did not. */
const wasAgreed = (open: readonly Standing[], { gate, result }: Standing): boolean => {
  const then = open.find((each) => each.gate.id === gate.id)?.result;
  return (
    then !== undefined &&
    isCovered(gate, result, {
      typed: typedWords(gate, then),
      unproven: then.unproven,
      names: namesIn(then.evidence),
    })
  );
};

async function askOrHold(
  context: ActContext,
  at: WaitingPrompt,
  key: string,
  { title, open }: { readonly title: string; readonly open: readonly Standing[] },
): Promise<'typed' | 'go' | 'gone' | 'rejected' | 'cancelled'> {
  const waited = new AbortController();
  const expected = wordsOf(open);
  const answer = at.ask(key, {
    title,
    text: [
      ...open.map(({ gate, result }) => `${gate.title}: ${result.summary}`),
      'The update goes on by itself as soon as this holds.',
      `To lose what is unflushed, type: ${expected}. Anything else answers n.`,
    ],
    evidence: open.flatMap(({ result }) => result.evidence),
    question: { is: 'typed', expected },
  });
  const holds = untilHeld(context, AbortSignal.any([context.signal, waited.signal])).then(() => 'holds' as const);
  // Whichever loses the race ends by itself.
  for (const each of [answer, holds]) each.catch(() => {});
  try {
    const first = await Promise.race([answer, holds]);
    if (first === 'holds') await context.withdraw(key);
    if (first === 'holds') return 'go';
    if (first === 'gone' || first === 'cancelled') return first;
    return first.is === 'typed' && first.text === expected ? 'typed' : 'rejected';
  } finally {
    waited.abort();
  }
}

async function untilHeld(context: ActContext, signal: AbortSignal): Promise<void> {
  for (;;) {
    await context.clock.sleep(Math.max(1_000, 200 * context.clock.speed), signal);
    const open = standing(context);
    context.progress({
      text: open.map(({ result }) => result.summary).join(' · '),
      script: context.attempt.scriptFolder,
    });
    if (open.length === 0) return;
  }
}

/** The conditions that do not hold now. */
const standing = (context: ActContext): readonly Standing[] =>
  RULE.map((gate) => ({
    gate,
    result: evaluateGate(gate, {
      observed: context.observed(),
      sinceMs: context.attempt.intendedAtMs,
      nowMs: context.clock.now(),
      clock: context.clock,
      closedAtMs: context.release.closedAtMs,
      facts: context.release.facts,
    }),
  })).filter(({ result }) => !result.holds);

/** The words of the heaviest condition that stands in the way. */
function wordsOf(open: readonly Standing[]): string {
  const heaviest = open.at(-1);
  return (heaviest && typedWords(heaviest.gate, heaviest.result)) ?? 'replace the cache';
}
