export const PANES = ['runbook', 'step', 'stacks', 'events', 'dns', 'caches'] as const;
export type PaneId = (typeof PANES)[number];

/** The panes that share one place as tabs where the terminal is small. */
export const TABS = ['stacks', 'events', 'dns', 'caches'] as const satisfies readonly PaneId[];
export type TabId = (typeof TABS)[number];

/** A question that a key asked before it acts; the answer is typed into `UiState.input`. */
export type Prompt =
  | { readonly is: 'skip'; readonly stageId: string }
  | { readonly is: 'cancel'; readonly stageId: string }
  | { readonly is: 'note' }
  | { readonly is: 'finish' }
  | { readonly is: 'abandon' }
  /** Of the holder with this lock id; undefined: nobody holds it. */
  | { readonly is: 'takeOver'; readonly from: string | undefined }
  | {
      readonly is: 'override';
      readonly stepId: string;
      readonly gateId: string;
      /** The word that must be typed; undefined: a note is enough. */
      readonly expected: string | undefined;
    };

/** What the operator looks at: never part of the release. */
export interface UiState {
  readonly focus: PaneId;
  /** The tab that is shown where there is room for one; follows the focus. */
  readonly tab: TabId;
  /** First visible row by pane; absent: follows the newest (events, step) or the top. */
  readonly scroll: Readonly<Partial<Record<PaneId, number>>>;
  /** The stage under the runbook's cursor; absent: it follows the release. */
  readonly selectedStageId: string | undefined;
  readonly help: boolean;
  /** The logs of builds, all at once. */
  readonly builds: boolean;
  /** A question of a key's own, above everything but the help. */
  readonly prompt: Prompt | undefined;
  /** What is being typed into the open card or modal. */
  readonly input: string;
  /** Whose `input`, `typed`, `typing`, `cursor` and `modalScroll` these are (a dialog's id): another's count as empty. */
  readonly about: string | undefined;
  /** What was typed into the open dialog's fields before the present one: logical ids, the target's name. */
  readonly typed: readonly string[];
  /** Letters go to the field of a dialog that has keys of its own too: a review, a choice. */
  readonly typing: boolean;
  /** Options chosen on the open card, `<stepId>/<key>` → option id. */
  readonly choices: Readonly<Record<string, string>>;
  /** The row under the cursor of an open modal or card; absent: the one that is recommended. */
  readonly cursor: number | undefined;
  /** First visible row of an open modal or card; absent: its top, or where the cursor was moved to. */
  readonly modalScroll: number | undefined;
  /** Questions that the operator left waiting, by their `questionId`s. */
  readonly aside: readonly string[];
  /** The decision whose secret is shown, until a clock time. */
  readonly revealed: { readonly decisionId: string; readonly untilMs: number } | undefined;
  /** One line for the footer: why a key did nothing. Cleared by the next key. */
  readonly message: string | undefined;
}

export const INITIAL_UI: UiState = {
  focus: 'runbook',
  tab: 'stacks',
  scroll: {},
  selectedStageId: undefined,
  help: false,
  builds: false,
  prompt: undefined,
  input: '',
  about: undefined,
  choices: {},
  cursor: undefined,
  modalScroll: undefined,
  typed: [],
  typing: false,
  aside: [],
  revealed: undefined,
  message: undefined,
};
