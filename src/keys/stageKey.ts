import { allStages, openDecisions, stageStatus } from '../store/selectors.ts';
import { setAside, setUi } from '../store/updates.ts';
import { type CommandContext, mayAct } from './command.ts';

/** A stage's key: takes up its open question, shows it where it runs, else opens its card. */
export function pressStage({ store, controller }: CommandContext, stageId: string): void {
  const state = store.getState();
  const waiting = openDecisions(state).find((decision) => decision.stageId === stageId);
  setUi(store, { selectedStageId: stageId });
  if (waiting) {
    setAside(store, waiting.id, false);
    return;
  }
  const stage = allStages(state).find(({ id }) => id === stageId);
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
