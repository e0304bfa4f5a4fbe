import type { Config } from '../bosslet/bosslet.ts';

/**
 * What is done with a prompt of a script:
 * - `confirmed`: y, because the card was confirmed
 * - `review`: the change set that the script made is reviewed
 * - `choice`: y or n, as chosen on the card
 * - `forbidden`: n, and the step fails; data would be lost
 * - `typed`: the stack's name is typed by the operator
 * - `missingArgument`: our command was wrong; the script is interrupted and the step fails
 */
export type PromptPolicy = 'confirmed' | 'review' | 'choice' | 'forbidden' | 'typed' | 'missingArgument';

export interface Prompt {
  /** Exactly as it is printed, with the space at its end. */
  readonly text: string;
  readonly policy: PromptPolicy;
}

/** The question that a script asks before a stack with lambdas is touched. */
export interface LambdaPrompt extends Prompt {
  readonly policy: 'choice';
  /** Key of the card's choice. */
  readonly key: string;
  readonly config: Config;
  readonly actions: readonly ('update' | 'create')[];
  readonly title: string;
  /** What Yes does at once, whatever is answered at `Apply Update?` of an update. */
  readonly note: string;
  /** Whether that replaces code that runs now. */
  readonly republishes: boolean;
}

const REPUBLISHES = 'Yes republishes the live functions before the change set is shown; No at Apply does not undo it.';

/** The prompts about lambdas, whose answer the card asks for. A recreate of cachedb builds without asking. */
export const LAMBDA_PROMPTS: readonly LambdaPrompt[] = [
  {
    text: 'Rebuild lambdas [Y/n]: ',
    policy: 'choice',
    key: 'lambdas',
    config: 'cachedb',
    actions: ['update'],
    title: 'Rebuild lambdas?',
    note: 'Yes builds the lambdas of cachedb anew; they are taken over after the update.',
    republishes: false,
  },
  {
    text: 'Build multilambda [Y/n]: ',
    policy: 'choice',
    key: 'lambdas',
    config: 'activities',
    actions: ['update', 'create'],
    title: 'Build multilambda?',
    note: REPUBLISHES,
    republishes: true,
  },
  {
    text: 'Rebuild multilambda [Y/n]: ',
    policy: 'choice',
    key: 'lambdas',
    config: 'idindexing',
    actions: ['update', 'create'],
    title: 'Rebuild multilambda?',
    note: REPUBLISHES,
    republishes: true,
  },
];

export const MAINTENANCE_PROMPT: Prompt = { text: 'Update? [N/y] ', policy: 'confirmed' };
export const APPLY_PROMPT: Prompt = { text: 'Apply Update? [y/N]: ', policy: 'review' };
export const DATA_LOSS_PROMPT: Prompt = {
  text: 'All data will be lost. Are you sure you want to proceed? [y/N]: ',
  policy: 'forbidden',
};
export const VAULT_CLUSTER_PROMPT: Prompt = {
  text: 'This updated will recreate the Vault cluster, proceed? [y/N]: ',
  policy: 'typed',
};

/** What a script asks for when an argument is missing. */
const ARGUMENT_PROMPTS = [
  'path: ',
  'entry (key=value): ',
  'policy: ',
  'token: ',
  'AWS Account ID: ',
  'command: ',
  'local file: ',
  'remote file: ',
  '[u]pload / [D]ownload: ',
].map((text): Prompt => ({ text, policy: 'missingArgument' }));

/** Every prompt that is known, with what is done about it. */
export const PROMPTS: readonly Prompt[] = [
  MAINTENANCE_PROMPT,
  APPLY_PROMPT,
  ...LAMBDA_PROMPTS,
  DATA_LOSS_PROMPT,
  VAULT_CLUSTER_PROMPT,
  ...ARGUMENT_PROMPTS,
];

/**
 * The known prompt that a terminal's last line shows. The line must be the prompt and nothing else: words that a
 * script prints before it make another question of it, which nobody has decided yet.
 */
export function promptOf(line: string): Prompt | undefined {
  const shown = line.trim();
  return PROMPTS.find(({ text }) => shown === text.trim());
}

/** The prompt about lambdas that a command will ask, if it asks one. */
export const lambdaPromptOf = (config: string, action: 'update' | 'create'): LambdaPrompt | undefined =>
  LAMBDA_PROMPTS.find((prompt) => prompt.config === config && prompt.actions.includes(action));
