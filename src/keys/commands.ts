import { openDecisions, openGates, selectedStage, stageStatus, stages } from '../store/selectors.ts';
import type { AppState, Store } from '../store/store.ts';
import { PANES } from '../store/ui.ts';
import { ask, focusPane, scrollPane, setAside, setUi } from '../store/updates.ts';
import { always, type Command, type CommandContext, type Mode, mayAct, mayChangeRelease, modeOf } from './command.ts';
import { DIALOG_COMMANDS } from './dialogCommands.ts';
import type { KeyName } from './keysOf.ts';

function moveFocus(store: Store, by: 1 | -1): void {
  const index = PANES.indexOf(store.getState().ui.focus);
  const next = PANES[(index + by + PANES.length) % PANES.length];
  if (next) focusPane(store, next);
}

/** Moves the runbook's cursor, or scrolls the pane in focus, by rows; infinities go to the ends. */
function moveBy(context: CommandContext, rows: number): void {
  const { store } = context;
  const state = store.getState();
  if (state.ui.focus === 'runbook') {
    moveCursor(store, rows);
    return;
  }
  const pane = state.ui.focus;
  const view = context.viewport(pane);
  if (!view) return;
  const last = Math.max(0, view.total - view.height);
  const first = Math.min(Math.max(0, view.first + rows), last);
  const follows = first === (view.follows === 'end' ? last : 0);
  scrollPane(store, pane, follows ? undefined : first);
}

function moveCursor(store: Store, rows: number): void {
  const state = store.getState();
  const all = stages(state);
  const at = all.findIndex(({ id }) => id === selectedStage(state)?.id);
  const next = all[Math.min(Math.max(0, at + rows), all.length - 1)];
  if (next) setUi(store, { selectedStageId: next.id });
}

const pageOf = ({ store, viewport }: CommandContext): number =>
  Math.max(1, (viewport(store.getState().ui.focus)?.height ?? 10) - 1);

/** A stage's key: takes up its open question, shows it where it runs, else opens its card. */
function pressStage({ store, controller }: CommandContext, stageId: string): void {
  const state = store.getState();
  const waiting = openDecisions(state).find((decision) => decision.stageId === stageId);
  setUi(store, { selectedStageId: stageId });
  if (waiting) {
    setAside(store, waiting.id, false);
    return;
  }
  const stage = stages(state).find(({ id }) => id === stageId);
  const status = stageStatus(state, stageId);
  if (status === 'running') {
    setUi(store, { message: `${stage?.title} is running: its step is shown beside.` });
    return;
  }
  if (state.release?.closed) {
    setUi(store, { message: `This release is ${state.release.closed.as}.` });
    return;
  }
  const may = mayAct(state);
  if (may !== true) {
    setUi(store, { message: may });
    return;
  }
  setUi(store, { choices: {}, about: undefined });
  controller.openCard(stageId);
}

/** Why nothing waits that could be cancelled; true where it does. */
const mayCancel = (state: AppState): true | string => {
  const stage = selectedStage(state);
  return stage && stageStatus(state, stage.id) === 'running'
    ? mayAct(state)
    : 'Nothing of the selected stage is running.';
};

const maySkip = (state: AppState): true | string => {
  const stage = selectedStage(state);
  const status = stage && stageStatus(state, stage.id);
  if (!stage || status === 'done' || status === 'skipped') return 'The selected stage is closed already.';
  return status === 'running' ? 'It is running: cancel it first (C).' : mayChangeRelease(state);
};

const openGate = (state: AppState) => {
  const stage = selectedStage(state);
  if (!stage) return undefined;
  const { stepId, gates } = openGates(state, stage);
  const gate = gates.find(({ overridable }) => overridable !== 'never');
  return gate ? { stepId, gate, any: true } : { stepId, gate: undefined, any: gates.length > 0 };
};

const mayOverride = (state: AppState): true | string => {
  const open = openGate(state);
  if (open?.gate) return mayAct(state);
  return open?.any ? 'This gate can never be overridden.' : 'The selected stage waits for no gate.';
};

/** The way of an upper-case key: what it does to the release as a whole, each behind a question of its own. */
const RELEASE_COMMANDS: readonly Command[] = [
  {
    id: 'stage.cancel',
    keys: ['C'],
    label: 'cancel',
    about: 'Asks the selected stage’s running step to stop; what came of it is proved afterwards.',
    modes: ['normal'],
    hint: 3,
    when: mayCancel,
    run: ({ store }) => {
      const stage = selectedStage(store.getState());
      if (stage) ask(store, { is: 'cancel', stageId: stage.id });
    },
  },
  {
    id: 'gate.override',
    keys: ['O'],
    label: 'override gate',
    about: 'Goes on without a gate that does not hold; the record keeps why.',
    modes: ['normal'],
    hint: 2,
    when: mayOverride,
    run: ({ store }) => {
      const open = openGate(store.getState());
      if (open?.gate)
        ask(store, { is: 'override', stepId: open.stepId, gateId: open.gate.id, expected: open.gate.typed });
    },
  },
  {
    id: 'stage.skip',
    keys: ['S'],
    label: 'skip',
    about: 'Skips the selected stage, by name and with a note.',
    modes: ['normal'],
    hint: 5,
    when: maySkip,
    run: ({ store }) => {
      const stage = selectedStage(store.getState());
      if (stage) ask(store, { is: 'skip', stageId: stage.id });
    },
  },
  {
    id: 'release.note',
    keys: ['N'],
    label: 'note',
    about: 'Writes a note into the record of the release.',
    modes: ['normal'],
    hint: 6,
    when: mayChangeRelease,
    run: ({ store }) => ask(store, { is: 'note' }),
  },
  {
    id: 'release.finish',
    keys: ['F'],
    label: 'finish',
    about: 'Ends the release: every stage is done or skipped by name.',
    modes: ['normal'],
    when: mayChangeRelease,
    run: ({ store }) => ask(store, { is: 'finish' }),
  },
  {
    id: 'release.abandon',
    keys: ['A'],
    label: 'abandon',
    about: 'Ends the release as it is; shows first what is not normal.',
    modes: ['normal'],
    when: mayChangeRelease,
    run: ({ store }) => ask(store, { is: 'abandon' }),
  },
  {
    id: 'preflight',
    keys: ['P'],
    label: 'preflight again',
    about: 'Runs the preflight again.',
    modes: ['normal'],
    hint: 7,
    when: (state) => (state.live.preflight.running ? 'The preflight is running.' : mayAct(state)),
    run: ({ controller }) => controller.preflight(),
  },
];

const VIEW_COMMANDS: readonly Command[] = [
  {
    id: 'stage.open',
    keys: ['enter'],
    label: (state) => {
      const stage = selectedStage(state);
      const asked = openDecisions(state).some(({ stageId }) => stageId === stage?.id);
      return stage ? `${asked ? 'answer' : 'open'} ${stage.key} ${stage.title}` : 'open';
    },
    about: 'Opens the card of the selected stage, or its open question.',
    modes: ['normal'],
    hint: 1,
    when: (state) => (selectedStage(state) ? true : 'No stage is left.'),
    run: (context) => {
      const stage = selectedStage(context.store.getState());
      if (stage) pressStage(context, stage.id);
    },
  },
  {
    id: 'question.open',
    keys: ['w'],
    label: 'what waits',
    about: 'Brings back a question that was left waiting.',
    modes: ['normal'],
    hint: 2,
    when: (state) => (openDecisions(state).length > 0 ? true : 'No question is open.'),
    run: ({ store }) => {
      const decision = openDecisions(store.getState())[0];
      if (decision) setAside(store, decision.id, false);
    },
  },
  {
    id: 'view.up',
    keys: ['up', 'k'],
    label: 'up',
    about: 'Moves up in the pane in focus.',
    modes: ['normal'],
    when: always,
    run: (context) => moveBy(context, -1),
  },
  {
    id: 'view.down',
    keys: ['down', 'j'],
    label: 'down',
    about: 'Moves down in the pane in focus.',
    modes: ['normal'],
    when: always,
    run: (context) => moveBy(context, 1),
  },
  {
    id: 'view.pageUp',
    keys: ['pageup'],
    label: 'page up',
    about: 'Moves up by a page.',
    modes: ['normal'],
    when: always,
    run: (context) => moveBy(context, -pageOf(context)),
  },
  {
    id: 'view.pageDown',
    keys: ['pagedown'],
    label: 'page down',
    about: 'Moves down by a page.',
    modes: ['normal'],
    when: always,
    run: (context) => moveBy(context, pageOf(context)),
  },
  {
    id: 'view.top',
    keys: ['g', 'home'],
    label: 'top',
    about: 'Moves to the first row.',
    modes: ['normal'],
    when: always,
    run: (context) => moveBy(context, Number.NEGATIVE_INFINITY),
  },
  {
    id: 'view.bottom',
    keys: ['G', 'end'],
    label: 'bottom',
    about: 'Moves to the last row; events and script output follow what is new again.',
    modes: ['normal'],
    when: always,
    run: (context) => moveBy(context, Number.POSITIVE_INFINITY),
  },
  {
    id: 'view.next',
    keys: ['tab', 'right'],
    label: 'next pane',
    about: 'Moves the focus to the next pane.',
    modes: ['normal'],
    hint: 8,
    when: always,
    run: ({ store }) => moveFocus(store, 1),
  },
  {
    id: 'view.previous',
    keys: ['shift-tab', 'left'],
    label: 'pane before',
    about: 'Moves the focus to the pane before.',
    modes: ['normal'],
    when: always,
    run: ({ store }) => moveFocus(store, -1),
  },
  {
    id: 'view.follow',
    keys: ['esc'],
    label: 'follow',
    about: 'Lets the cursor follow the release again.',
    modes: ['normal'],
    when: always,
    run: ({ store }) => setUi(store, { selectedStageId: undefined, scroll: {} }),
  },
  {
    id: 'help',
    keys: ['?'],
    label: 'help',
    about: 'Shows every key.',
    modes: ['normal'],
    hint: 98,
    when: always,
    run: ({ store }) => setUi(store, { help: true }),
  },
  {
    id: 'leave',
    keys: ['q'],
    label: 'quit',
    about: 'Leaves. Nothing is cancelled: a running script goes on, and the next start shows it.',
    modes: ['normal'],
    hint: 99,
    when: always,
    run: ({ leave }) => leave(0),
  },
];

/** Every command but the stages', in the order of the help. */
export const COMMANDS: readonly Command[] = [...VIEW_COMMANDS, ...RELEASE_COMMANDS, ...DIALOG_COMMANDS];

/** The keys of the runbook's stages. */
export const stageCommands = (state: AppState): readonly Command[] =>
  stages(state).map((stage) => ({
    id: `stage.${stage.id}`,
    keys: [stage.key],
    label: stage.title,
    about: stage.about,
    modes: ['normal'],
    when: always,
    run: (context) => pressStage(context, stage.id),
  }));

/** What a key may mean in a mode, best first. */
export const commandsFor = (state: AppState, mode: Mode, key: KeyName): readonly Command[] =>
  [...COMMANDS, ...(mode === 'normal' ? stageCommands(state) : [])].filter(
    ({ modes, keys }) => modes.includes(mode) && keys.includes(key),
  );

/** The commands that the footer (or the foot of a dialog) offers now, in their order. */
export const hintsFor = (state: AppState, mode: Mode = modeOf(state)): readonly Command[] =>
  COMMANDS.filter(({ modes, hint, when }) => hint !== undefined && modes.includes(mode) && when(state) === true).sort(
    (a, b) => (a.hint ?? 0) - (b.hint ?? 0),
  );

export const labelOf = ({ label }: Command, state: AppState): string =>
  typeof label === 'string' ? label : label(state);
