import type { OutcomeCode } from '../runbook/runbook.ts';
import { sanitiseLine } from '../text/sanitise.ts';
import type { Acted, Attempt, Evidence, Verdict } from './kind.ts';
import type { LogFindings } from './scriptLog.ts';

/** Answers and refusals that end a script's step before anything was changed, with what is said of them. */
const BEFORE_ANYTHING: readonly {
  readonly code: OutcomeCode;
  readonly is: Verdict['is'];
  readonly summary: string;
  /** It may come after y was typed, too. */
  readonly afterYes?: true;
}[] = [
  {
    code: 'headMoved',
    is: 'failed',
    summary: 'The checkout moved to another commit since the card was read; nothing was started.',
  },
  {
    code: 'amiFellBack',
    is: 'failed',
    summary: 'The script could not find the AMI it was told to take and took the latest; it was answered n.',
  },
  {
    code: 'forbiddenPrompt',
    is: 'failed',
    summary: 'The script asked something that is never agreed to; it was answered n.',
  },
  { code: 'refused', is: 'failed', summary: 'It was refused: what was reviewed is not what would have run.' },
  {
    code: 'rejected',
    is: 'notDone',
    summary:
      'The change set was rejected; nothing was changed. Have what was wrong mended in the checkout, then try again.',
  },
  {
    code: 'twoIndexChanges',
    is: 'failed',
    summary: 'The change set was rejected: it would change more than one index of a table at once, and fail.',
  },
  {
    code: 'unknownPrompt',
    is: 'failed',
    afterYes: true,
    summary: 'The script asked for something it should have been told; it was interrupted.',
  },
  { code: 'notFound', is: 'failed', summary: 'What the script works on does not exist; nothing was started.' },
  { code: 'cancelled', is: 'notDone', afterYes: true, summary: 'It was cancelled before anything was changed.' },
];

/** Whether a script was certainly not told to change anything, or not started at all. */
export const wasToldNo = (acted: Acted | undefined): boolean =>
  BEFORE_ANYTHING.some(({ code, afterYes }) => !afterYes && acted?.codes.includes(code));

/** The verdict on a script that changed nothing, by what it was answered; undefined where its answers say nothing. */
export function verdictOfRefusal(acted: Acted | undefined, evidence: readonly Evidence[]): Verdict | undefined {
  const row = BEFORE_ANYTHING.find(({ code }) => acted?.codes.includes(code));
  if (!row) return undefined;
  // A script that did as it was told has nothing to add.
  const told = acted?.exitCode === 0 ? evidence.filter(({ label }) => label !== OUTPUT) : evidence;
  return { is: row.is, code: row.code, summary: acted?.error ?? row.summary, evidence: told };
}

/** How a script ended, in one line of proof. */
export function exitEvidence(attempt: Pick<Attempt, 'acted'>): Evidence {
  const { acted } = attempt;
  if (acted?.exitCode === 0) return { label: 'Script', value: 'exit 0', tone: 'ok' };
  if (acted?.exitCode !== undefined) return { label: 'Script', value: `exit ${acted.exitCode}`, tone: 'danger' };
  return { label: 'Script', value: acted ? 'lost: it left no exit code' : 'was not started', tone: 'warn' };
}

const OUTPUT = 'Output';

/** A stack that was made of other images than it was told to take: complete, and wrong. */
export const fellBack = (
  config: string,
  what: 'created' | 'updated',
  log: LogFindings,
  evidence: readonly Evidence[],
): Verdict => ({
  is: 'failed',
  code: 'amiFellBack',
  summary: `${config} is ${what}, but with the latest AMIs: the script could not find those it was told to take. Make them, then update ${config} again.`,
  evidence: [...evidence, ...log.amiFellBack.map((value) => ({ label: OUTPUT, value, tone: 'danger' as const }))],
});

/** The last lines of a log, as evidence. */
export const lastLinesEvidence = (log: LogFindings): readonly Evidence[] =>
  log.lastLines.map((line) => ({ label: OUTPUT, value: sanitiseLine(line), tone: 'plain' as const }));

/** `exitCode` or `lost`: why a script's word is not enough. Undefined for exit 0. */
export function exitCodeOf({ acted }: Pick<Attempt, 'acted'>): 'exitCode' | 'lost' | undefined {
  if (acted?.exitCode === undefined) return 'lost';
  return acted.exitCode === 0 ? undefined : 'exitCode';
}
