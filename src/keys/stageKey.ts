import type { Stage } from '../runbook/runbook.ts';
import { openDecisions, questionId, stageById, stageStatus, wayBack } from '../store/selectors.ts';
import type { AppState } from '../store/store.ts';
import { setAside, setUi } from '../store/updates.ts';
import { type CommandContext, mayAct } from './command.ts';

/** While a stage is being rolled back its key means that. */
function inFront(state: AppState, stageId: string): string {
  const back = stageById(state, stageId)?.rollBack?.id;
  return back !== undefined && stageStatus(state, back) === 'running' ? back : stageId;
}

/** A stage's key: takes up its open question, shows it where it runs, else opens its card. */
export function pressStage(context: CommandContext, pressed: string): void {
  const { store, controller } = context;
  const state = store.getState();
  const stageId = inFront(state, pressed);
  const waiting = openDecisions(state).find((decision) => decision.stageId === stageId);
  setUi(store, { selectedStageId: stageId });
  if (waiting) {
    setAside(store, questionId(waiting), false);
    return;
  }
  const stage = stageById(state, stageId);
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

/** Why the stack of a stage cannot go back to the AMIs of before the release; true where it can. */
export function mayRollBack(state: AppState, stage: Stage | undefined): true | string {
  if (!stage?.rollBack) return 'It has no AMIs that it could go back to.';
  const back = wayBack(state, stage);
  if (!back) return `${stage.title} is not done: there is nothing to roll back.`;
  if (back.version === undefined) return `${stage.title} cannot be rolled back in one update: ${back.why}.`;
  return mayAct(state);
}

/** `roll back to sprint41`. */
export const rollBackLabel = (state: AppState, stage: Stage | undefined): string => {
  const version = stage && wayBack(state, stage)?.version;
  return version === undefined ? 'roll back' : `roll back to ${version}`;
};
