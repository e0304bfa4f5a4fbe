import type { Json } from '../runbook/runbook.ts';
import { sanitise, sanitiseLine } from '../text/sanitise.ts';
import type { Acted, Asked, Danger, Evidence, Finding, Plan, StepKind, Verdict } from './kind.ts';

/**
 * A kind whose words can be drawn, journaled and printed wherever they came from: AWS's reasons, a script's output,
 * names in a checkout. Baselines, facts and results of effects stay as they are: they are compared, not read.
 */
export const sanitised = <P, B extends Json>(kind: StepKind<P, B>): StepKind<P, B> => ({
  ...kind,
  plan: async (params, context) => cleanPlan(await kind.plan(params, context)),
  act: async (params, context) =>
    cleanActed(
      await kind.act(params, {
        ...context,
        // It grows while the step acts.
        get attempt() {
          return context.attempt;
        },
        decide: (key, asked) => context.decide(key, cleanAsked(asked)),
      }),
    ),
  prove: async (params, context, attempt) => cleanVerdict(await kind.prove(params, context, attempt)),
});

const cleanEvidence = ({ label, value, tone }: Evidence): Evidence => ({
  label: sanitiseLine(label),
  value: sanitiseLine(value),
  tone,
});
const cleanDanger = (danger: Danger): Danger => ({ ...danger, text: sanitiseLine(danger.text) });

const cleanPlan = <B extends Json>(plan: Plan<B>): Plan<B> => ({
  ...plan,
  commands: plan.commands.map(sanitiseLine),
  dangers: plan.dangers.map(cleanDanger),
  evidence: plan.evidence.map(cleanEvidence),
});

const cleanActed = (acted: Acted): Acted =>
  acted.error === undefined ? acted : { ...acted, error: sanitiseLine(acted.error) };

const cleanVerdict = (verdict: Verdict): Verdict => ({
  ...verdict,
  summary: sanitiseLine(verdict.summary),
  evidence: verdict.evidence.map(cleanEvidence),
});

/** Lines keep the spaces at their beginning: a diff is read by them. */
const cleanAsked = (asked: Asked): Asked => ({
  ...asked,
  title: sanitiseLine(asked.title),
  text: asked.text.map(sanitise),
  ...(asked.evidence && { evidence: asked.evidence.map(cleanEvidence) }),
});

/** The same for a finding of the preflight. */
export const cleanFinding = ({ level, title, detail, cure }: Finding): Finding => ({
  level,
  title: sanitiseLine(title),
  detail: sanitiseLine(detail),
  cure: cure && sanitiseLine(cure),
});
