import { openGates, presentAttempt, selectedStage, stageStatus, stagesDone } from '../store/selectors.ts';
import type { AppState } from '../store/store.ts';
import { ask } from '../store/updates.ts';
import { type Command, mayAct, mayChangeRelease, mayTakeOver } from './command.ts';
import { mayRollBack, pressStage, rollBackLabel } from './stageKey.ts';

/** Why nothing waits that could be cancelled; true where it does. */
const mayCancel = (state: AppState): true | string => {
  const stage = selectedStage(state);
  if (!stage || stageStatus(state, stage.id) !== 'running') return 'Nothing of the selected stage is running.';
  const at = state.live.at[stage.id];
  // What to do after a step is asked when nothing of it runs any more.
  const attempt = at && presentAttempt(state.release?.steps[at.stepId]);
  const isActing = attempt !== undefined && attempt.acted === undefined;
  return at?.waits === 'decision' && !isActing
    ? 'A question of this stage is open: answer it instead (w).'
    : mayAct(state);
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

/** Upper-case keys: what they do to the release, each behind a question of its own. */
export const RELEASE_COMMANDS: readonly Command[] = [
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
    id: 'stage.rollBack',
    keys: ['B'],
    label: (state) => rollBackLabel(state, selectedStage(state)),
    about: 'Opens the card that updates the selected stack again with the AMIs that it ran on before the release.',
    modes: ['normal'],
    hint: 7,
    when: (state) => mayRollBack(state, selectedStage(state)),
    run: (context) => {
      const back = selectedStage(context.store.getState())?.rollBack;
      if (back) pressStage(context, back.id);
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
    label: 'finish the release',
    about: 'Ends the release: every stage is done or skipped by name.',
    modes: ['normal'],
    hint: 0,
    hintWhen: (state) => {
      const { done, total } = stagesDone(state);
      return done === total;
    },
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
    id: 'release.takeOver',
    keys: ['T'],
    label: 'take over',
    about: 'Makes the one who watches the operator: typed, and written into the record.',
    modes: ['normal'],
    hint: 0,
    when: mayTakeOver,
    run: ({ store }) => ask(store, { is: 'takeOver', from: store.getState().session.holder?.id }),
  },
  {
    id: 'preflight',
    keys: ['P'],
    label: 'preflight again',
    about: 'Runs the preflight again.',
    modes: ['normal'],
    when: (state) => (state.live.preflight.running ? 'The preflight is running.' : mayAct(state)),
    run: ({ controller }) => controller.preflight(),
  },
];
