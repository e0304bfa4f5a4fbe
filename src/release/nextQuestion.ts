import type { Step } from '../runbook/runbook.ts';
import type { Acted, Asked, ChooseOption, Verdict } from '../steps/kind.ts';
import { STOP } from './fold.ts';

/**
 * What the operator is asked after a step that is not done: what happened, and every way on. A fallback that fits the
 * outcome is recommended, else trying again; what cannot be known may be signed.
 */
export function nextQuestion(step: Step, verdict: Verdict, acted: Acted | undefined): Asked {
  const codes = new Set([verdict.code, ...(acted?.codes ?? [])]);
  const fitting = (step.fallbacks ?? []).filter((fallback) => fallback.when.some((code) => codes.has(code)));
  const options: ChooseOption[] = [
    ...fitting.map((fallback) => ({
      id: `fallback:${fallback.id}`,
      label: fallback.title,
      detail: fallback.steps.map((each) => each.title).join(' → '),
    })),
    { id: 'retry', label: 'Try again', detail: 'Plans the step anew and runs it.' },
    ...(verdict.is === 'unknown'
      ? [
          {
            id: 'sign',
            label: 'Sign that it is done',
            detail: 'You have looked yourself; say how you know.',
            note: true as const,
          },
        ]
      : []),
    {
      id: 'skip',
      label: 'Skip this step',
      detail: 'Say why; the record keeps it.',
      ...(step.optional ? {} : { note: true as const }),
    },
    { id: STOP, label: 'Leave the stage here', detail: 'Its key goes on with it later.' },
  ];
  return {
    question: { is: 'choose', options, recommended: options[0]?.id ?? 'retry' },
    title: `${step.title}: ${OUTCOME[verdict.is]}`,
    text: [verdict.summary, ...(acted?.error ? [acted.error] : [])],
    evidence: verdict.evidence,
  };
}

/** What the operator is asked where a step cannot go on in the middle of its work. */
export const stuckQuestion = (step: Step, error: string): Asked => ({
  question: {
    is: 'choose',
    options: [
      { id: 'again', label: 'Go on', detail: 'You have mended it: the same attempt goes on where it is.' },
      { id: 'cancel', label: 'Cancel the step', detail: 'What it began is brought to an orderly end where it can be.' },
    ],
    recommended: 'again',
  },
  title: `${step.title}: cannot go on`,
  text: [error],
});

const OUTCOME: Readonly<Record<Verdict['is'], string>> = {
  done: 'done',
  notDone: 'not done',
  failed: 'failed',
  pending: 'still running',
  unknown: 'nobody can tell whether it is done',
};
