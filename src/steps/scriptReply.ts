import type { OutcomeCode } from '../runbook/runbook.ts';
import { isSecretName } from '../text/secret.ts';
import type { ActContext, Answer, Asked } from './kind.ts';
import { LAMBDA_PROMPTS, type LambdaPrompt, type Prompt } from './prompts.ts';

/** What is typed at a prompt, and what it means for the step. */
export interface Reply {
  /** Undefined: interrupt the script as Ctrl-C does. */
  readonly text: string | undefined;
  readonly code?: OutcomeCode;
  /** Typed by the operator: never written down. */
  readonly secret?: true;
}

/** A prompt that waits: a line of the log's end, named by where it begins. */
export interface WaitingPrompt {
  readonly line: string;
  readonly byteOffset: number;
  /** Asks the operator until the answer comes, the step is cancelled or the prompt goes away by itself. */
  ask(key: string, asked: Asked): Promise<Answer | 'cancelled' | 'gone'>;
}

/** Answers `Apply Update?`: kinds that review a change set bring it. */
export type Review = (at: WaitingPrompt) => Promise<Reply | 'gone'>;

const NO: Reply = { text: 'n' };
const CANCELLED: Reply = { ...NO, code: 'cancelled' };

/** The prompt policy: what is done at a known prompt. */
export async function replyTo(
  prompt: Prompt,
  at: WaitingPrompt,
  {
    context,
    review,
    stackName,
  }: { readonly context: ActContext; readonly review?: Review; readonly stackName?: string },
): Promise<Reply | 'gone'> {
  if (context.cancelRequested())
    return prompt.policy === 'missingArgument' ? { text: undefined, code: 'cancelled' } : CANCELLED;
  switch (prompt.policy) {
    case 'confirmed':
      return { text: 'y' };
    case 'review':
      return review ? review(at) : { ...NO, code: 'forbiddenPrompt' };
    case 'choice':
      return chosen(prompt, at, review !== undefined);
    case 'forbidden':
      return { ...NO, code: 'forbiddenPrompt' };
    case 'missingArgument':
      return { text: undefined, code: 'unknownPrompt' };
    case 'typed': {
      if (stackName === undefined) return { ...NO, code: 'forbiddenPrompt' };
      const answer = await at.ask(`typed@${at.byteOffset}`, {
        title: 'The Vault cluster would be made anew',
        text: [at.line.trim(), `Type ${stackName} to let the script go on. Anything else answers n.`],
        question: { is: 'typed', expected: stackName },
      });
      if (answer === 'gone') return 'gone';
      if (answer === 'cancelled') return CANCELLED;
      return answer.is === 'typed' && answer.text === stackName ? { text: 'y' } : { ...NO, code: 'rejected' };
    }
  }
}

/** The card's choice about lambdas; it is asked here only where the card did not. */
async function chosen(prompt: Prompt, at: WaitingPrompt, isUpdate: boolean): Promise<Reply | 'gone'> {
  const lambda = LAMBDA_PROMPTS.find(({ text }) => text === prompt.text);
  if (!lambda) return { text: 'n', code: 'forbiddenPrompt' };
  const answer = await at.ask(lambda.key, {
    title: lambda.title,
    // A create has no change set of which the note could speak.
    text: [isUpdate ? lambda.note : 'Yes builds it anew before the stack is created.'],
    question: lambdaQuestion(lambda),
  });
  if (answer === 'gone') return 'gone';
  if (answer === 'cancelled') return CANCELLED;
  return { text: answer.is === 'chosen' && answer.option === 'no' ? 'n' : 'y' };
}

/** The same question on the card and at the prompt. */
export const lambdaQuestion = (_prompt: LambdaPrompt) =>
  ({
    is: 'choose',
    options: [
      { id: 'yes', label: 'Yes' },
      { id: 'no', label: 'No' },
    ],
    recommended: 'yes',
  }) as const;

/** Text for a prompt that nobody knows, typed by the operator; its length alone is written down. */
export async function replyToUnknown(at: WaitingPrompt, context: ActContext): Promise<Reply | 'gone'> {
  if (context.cancelRequested()) return { text: undefined, code: 'cancelled' };
  const line = at.line.trim();
  const answer = await at.ask(`type@${at.byteOffset}`, {
    title: 'The script asks something that is not known here',
    text: [line, 'What you type is sent to the script with Enter. To stop the script instead, cancel the step.'],
    question: { is: 'type', masked: isSecretName(line) },
  });
  if (answer === 'gone') return 'gone';
  if (answer === 'cancelled' || answer.is !== 'text' || answer.text === undefined)
    return { text: undefined, code: answer === 'cancelled' ? 'cancelled' : 'unknownPrompt' };
  return { text: answer.text, secret: true };
}
