import { olderAmis, type WayBack, wayBackOf } from '../release/stackAmis.ts';
import { isPartlySkipped, newestAttempt } from '../release/stateParts.ts';
import { type Runbook, runnableStagesOf, type Stage, type Step, stagesOf, stepsOf } from '../runbook/runbook.ts';
import { derived } from './derived.ts';
import type { AppState } from './store.ts';
import type { AttemptState, BuildsLook, Decision, LiveState, ReleaseState, StageStatus, StepState } from './types.ts';

/** The runbook on the screen: the open release's own, else the one a new release would begin with. */
export const runbookOf = (state: AppState): Runbook => state.release?.runbook ?? state.session.runbook;

/** Every stage that can be run, those included that are no part of the procedure. */
const runnableStages = derived((state: AppState) => [runbookOf(state)], runnableStagesOf);

/** What a release is made of. */
const mainStages = derived((state: AppState) => [runbookOf(state)], stagesOf);

/** Every stage in order; one that rolls another back, once it was begun. The ways out stand apart. */
export const stages: (state: AppState) => readonly Stage[] = derived(
  (state: AppState) => [runnableStages(state), mainStages(state), state.release?.stages, runbookOf(state).rescue],
  (all, main, states, rescue) =>
    all.filter((stage) => main.includes(stage) || ((states?.[stage.id]?.run ?? 0) > 0 && !rescue?.includes(stage))),
);

/** The ways out that a stack's status allows now, and those that were begun. */
export const offeredRescue: (state: AppState) => readonly Stage[] = derived(
  (state: AppState) => [runbookOf(state), state.observed.stacks.value, state.release?.stages],
  (runbook, rows, states) =>
    (runbook.rescue ?? []).filter(({ id, offeredIn }) => {
      const status = states?.[id]?.status ?? 'todo';
      if (status === 'running' || status === 'stopped') return true;
      return rows?.some(({ stack }) => stack !== undefined && stack.stackStatus === offeredIn) ?? false;
    }),
);

/** Those that have a row of their own: each update could be cancelled, and a row that comes with it would move all others. */
export const rescueRows: (state: AppState) => readonly Stage[] = derived(
  (state: AppState) => [offeredRescue(state), state.release?.stages],
  (offered, states) =>
    offered.filter(
      ({ id, offeredIn }) => offeredIn !== 'UPDATE_IN_PROGRESS' || (states?.[id]?.status ?? 'todo') !== 'todo',
    ),
);

const stepsById = derived(
  (state: AppState) => [runnableStages(state)],
  (all): ReadonlyMap<string, { readonly step: Step; readonly stage: Stage }> =>
    new Map(all.flatMap((stage) => stepsOf(stage.steps).map((step) => [step.id, { step, stage }] as const))),
);

export const stageById = (state: AppState, stageId: string | undefined): Stage | undefined =>
  runnableStages(state).find(({ id }) => id === stageId);

/** A step with the stage it belongs to, those of fallbacks included. */
export const stepById = (state: AppState, stepId: string): { readonly step: Step; readonly stage: Stage } | undefined =>
  stepsById(state).get(stepId);

export const stageStatus = (state: AppState, stageId: string): StageStatus =>
  state.release?.stages[stageId]?.status ?? 'todo';

export const stepState = (state: AppState, stepId: string): StepState | undefined => state.release?.steps[stepId];

const isClosed = (status: StageStatus) => status === 'done' || status === 'skipped';

/** How many stages are done or skipped, of how many. */
export const stagesDone: (state: AppState) => { readonly done: number; readonly total: number } = derived(
  (state: AppState) => [mainStages(state), state.release?.stages],
  (all, states) => ({
    done: all.filter(({ id }) => isClosed(states?.[id]?.status ?? 'todo')).length,
    total: all.length,
  }),
);

/** The builds of the selected stage's step, while they run, and where they failed for as long as that stands. */
export function buildsShown(state: AppState): BuildsLook | undefined {
  const stage = selectedStage(state);
  const step = stage && stepAt(state, stage);
  const folder = step && state.live.progress[step.id]?.script;
  if (folder !== undefined) return state.observed.builds?.[folder];
  const known = step && stepState(state, step.id);
  if (known?.status !== 'failed') return undefined;
  // The folder of an attempt's script is named after it.
  const end = `/${known.id}-${known.attempts.at(-1)?.number}`;
  return Object.values(state.observed.builds ?? {}).find(({ scriptFolder }) => scriptFolder.endsWith(end));
}

/** The newest attempt of a step's present run: what an earlier run came to says nothing now. */
export const presentAttempt = (known: StepState | undefined): AttemptState | undefined => known && newestAttempt(known);

/** Whether some steps of a stage that is over were skipped, and others not. */
export const partlySkipped = ({ release }: AppState, stage: Stage): boolean =>
  release !== undefined && isPartlySkipped(release, stage);

/** What a stage's stack would go back to; undefined where there is nothing. */
export const wayBack = ({ release }: AppState, stage: Stage): WayBack | undefined =>
  release && release.stages[stage.id]?.status === 'done' ? wayBackOf(release, stage) : undefined;

/** Why a stage that is done is offered again; empty where it is not. */
export const offeredAgain = ({ release }: AppState, stage: Stage): readonly string[] =>
  release ? olderAmis(release, stage) : [];

/** The stages that a stage needs and that are neither done nor skipped. */
export const unmetNeeds = (state: AppState, stage: Stage): readonly Stage[] =>
  stage.needs.flatMap((id) => (isClosed(stageStatus(state, id)) ? [] : (stageById(state, id) ?? [])));

/**
 * The stage that the release is at: the one with the oldest open question, else the running one that was begun last,
 * else one that was stopped, else the first in the written order that may run.
 */
export const currentStage: (state: AppState) => Stage | undefined = derived(
  (state: AppState) => [stages(state), runnableStages(state), state.release, state.live.at],
  (procedure, all, release, at) => {
    const status = (stage: Stage) => release?.stages[stage.id]?.status ?? 'todo';
    const asked = openDecisionsOf(release).find(({ stageId }) => stageId !== undefined)?.stageId;
    const running = all
      .filter((stage) => status(stage) === 'running')
      .sort((a, b) => (release?.stages[b.id]?.startedAtMs ?? 0) - (release?.stages[a.id]?.startedAtMs ?? 0));
    const isReady = (stage: Stage) =>
      status(stage) === 'todo' && stage.needs.every((id) => isClosed(release?.stages[id]?.status ?? 'todo'));
    return (
      all.find(({ id }) => id === asked) ??
      running.find(({ id }) => at[id]?.waits !== 'gate') ??
      running[0] ??
      procedure.find((stage) => status(stage) === 'stopped') ??
      procedure.find((stage) => release && olderAmis(release, stage).length > 0) ??
      procedure.find((stage) => isReady(stage) && !stage.optional) ??
      procedure.find(isReady)
    );
  },
);

/** The stage under the cursor; without a cursor the one that the release is at. */
export const selectedStage = (state: AppState): Stage | undefined =>
  stageById(state, state.ui.selectedStageId) ?? currentStage(state);

/** The step that a stage is in: the one that runs, else the first that is not closed, else its last. */
export function stepAt(state: AppState, stage: Stage): Step | undefined {
  const at = state.live.at[stage.id]?.stepId;
  const running = at === undefined ? undefined : stepById(state, at)?.step;
  return (
    running ??
    stepsOf(stage.steps).find(({ id }) => stepState(state, id)?.status === 'running') ??
    stepsOf(stage.steps).find(({ id }) => stepState(state, id)?.status === 'failed') ??
    stage.steps.find(({ id }) => stepState(state, id)?.closedAs === undefined) ??
    stage.steps.at(-1)
  );
}

const openDecisionsOf = (release: ReleaseState | undefined): readonly Decision[] =>
  release === undefined || release.closed
    ? []
    : Object.values(release.decisions)
        .filter(({ answer, withdrawn }) => answer === undefined && !withdrawn)
        .sort((a, b) => a.askedAtMs - b.askedAtMs);

/** The questions that nobody has answered, oldest first. */
export const openDecisions: (state: AppState) => readonly Decision[] = derived(
  (state: AppState) => [state.release],
  openDecisionsOf,
);

/** What a question is known by: one that only brings news of another is still that one. */
export const questionId = ({ id, asked }: Decision): string => asked.continues ?? id;

/** Whether the operator left a question waiting. */
export const isAside = ({ ui }: AppState, decision: Decision): boolean => ui.aside.includes(questionId(decision));

/** The oldest question that nobody has answered and that was not taken back; those left waiting come last. */
export const openDecision = (state: AppState): Decision | undefined => modalDecision(state) ?? openDecisions(state)[0];

/** The question that a modal shows: none while the operator left them all waiting. */
export const modalDecision = (state: AppState): Decision | undefined =>
  openDecisions(state).find((decision) => !isAside(state, decision));

/** What a running stage waits for, in a few words; undefined where it works. */
export function waitsFor(state: AppState, stage: Stage): string | undefined {
  const at = state.live.at[stage.id];
  const asks = openDecisions(state).some(({ stageId }) => stageId === stage.id);
  // Short enough for the narrowest runbook.
  if (asks || at?.waits === 'decision') return state.session.role === 'operator' ? 'asks you' : 'asks the operator';
  switch (at?.waits) {
    case 'turn':
      return 'waits: another step';
    case 'proof':
      return 'waits: proof';
    case 'gate': {
      const open = state.live.gates[at.stepId]?.find(({ result, overridden }) => !result.holds && !overridden);
      return `waits: ${open ? open.title : 'a gate'}`;
    }
    default:
      return undefined;
  }
}

/** The gates that a stage's step waits for and that do not hold, with the step. */
export function openGates(
  state: AppState,
  stage: Stage,
): { readonly stepId: string; readonly gates: LiveState['gates'][string] } {
  const stepId = state.live.at[stage.id]?.stepId ?? stepAt(state, stage)?.id ?? '';
  const gates = state.live.gates[stepId] ?? [];
  return { stepId, gates: gates.filter(({ result, overridden }) => !result.holds && !overridden) };
}
