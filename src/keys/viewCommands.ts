import { buildsShown, openDecisions, questionId, rescueRows, selectedStage, stages } from '../store/selectors.ts';
import type { Store } from '../store/store.ts';
import { PANES } from '../store/ui.ts';
import { focusPane, say, scrollPane, setAside, setUi } from '../store/updates.ts';
import { always, type Command, type CommandContext, mayAct } from './command.ts';
import { pressStage } from './stageKey.ts';

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
  const all = [...rescueRows(state), ...stages(state)];
  const at = all.findIndex(({ id }) => id === selectedStage(state)?.id);
  const next = all[Math.min(Math.max(0, at + rows), all.length - 1)];
  if (next) setUi(store, { selectedStageId: next.id });
}

const pageOf = ({ store, viewport }: CommandContext): number =>
  Math.max(1, (viewport(store.getState().ui.focus)?.height ?? 10) - 1);

/** Looking around: the cursor, the focus, scrolling, the help, and the way out. */
export const VIEW_COMMANDS: readonly Command[] = [
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
    when: (state) => {
      if (state.release?.closed) return `This release is ${state.release.closed.as}.`;
      return selectedStage(state) ? mayAct(state) : 'No stage is left.';
    },
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
    when: (state) => (openDecisions(state).length > 0 ? mayAct(state) : 'No question is open.'),
    run: ({ store }) => {
      const decision = openDecisions(store.getState())[0];
      if (decision) setAside(store, questionId(decision), false);
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
    id: 'builds',
    keys: ['L'],
    label: 'build logs',
    about: 'Shows the logs of the machines that are being built, side by side where there is room.',
    modes: ['normal'],
    hint: 2,
    when: (state) => (buildsShown(state) ? true : 'The selected stage builds nothing now.'),
    run: ({ store }) => setUi(store, { builds: true, about: undefined }),
  },
  {
    id: 'machine.enter',
    keys: ['x'],
    label: 'ssh',
    about:
      'Hands the terminal to an ssh into the endpoint; everything here goes on, and its end brings the panel back.',
    modes: ['normal'],
    when: (state) => {
      const { machine, mode } = state.session;
      if (machine !== undefined) return mayAct(state);
      return mode === 'rehearsal'
        ? 'A rehearsal has no machine to enter.'
        : 'There is no way into the machines: redis.via is direct in the configuration.';
    },
    async run({ store, enterMachine }) {
      say(store, `Looking for ${store.getState().session.machine}…`);
      await enterMachine?.();
    },
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
