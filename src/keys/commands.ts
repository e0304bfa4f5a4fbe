import type { Stage } from '../runbook/runbook.ts';
import { offeredRescue, runbookOf, stages } from '../store/selectors.ts';
import type { AppState } from '../store/store.ts';
import { always, type Command, type Mode, mayAct, modeOf } from './command.ts';
import { DIALOG_COMMANDS } from './dialogCommands.ts';
import type { KeyName } from './keysOf.ts';
import { RELEASE_COMMANDS } from './releaseCommands.ts';
import { REVIEW_COMMANDS } from './reviewCommands.ts';
import { pressStage } from './stageKey.ts';
import { VIEW_COMMANDS } from './viewCommands.ts';

/** Every command but the stages', in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...VIEW_COMMANDS,
  ...RELEASE_COMMANDS,
  ...DIALOG_COMMANDS,
  ...REVIEW_COMMANDS,
];

/** The keys of the runbook's stages, and of the ways out, which the footer offers while a stack's status allows them. */
export const stageCommands = (state: AppState): readonly Command[] => [
  ...stages(state).map(stageCommand),
  ...rescueCommands(state),
];

const stageCommand = (stage: Stage): Command => ({
  id: `stage.${stage.id}`,
  keys: [stage.key],
  label: stage.title,
  about: stage.about,
  modes: ['normal'],
  when: always,
  run: (context) => pressStage(context, stage.id),
});

const rescueCommands = (state: AppState): readonly Command[] =>
  (runbookOf(state).rescue ?? []).map((stage) => ({
    ...stageCommand(stage),
    hint: 7,
    when: (now) =>
      offeredRescue(now).some(({ id }) => id === stage.id)
        ? mayAct(now)
        : `No stack is ${stage.offeredIn}: there is nothing to do for it.`,
  }));

/** What a key may mean in a mode, best first. */
export const commandsFor = (state: AppState, mode: Mode, key: KeyName): readonly Command[] =>
  [...COMMANDS, ...(mode === 'normal' ? stageCommands(state) : [])].filter(
    ({ modes, keys }) => modes.includes(mode) && keys.includes(key),
  );

/** The commands that the footer (or the foot of a dialog) offers now, in their order. */
export const hintsFor = (state: AppState, mode: Mode = modeOf(state)): readonly Command[] =>
  [...COMMANDS, ...rescueCommands(state)]
    .filter(
      ({ modes, hint, hintWhen, when }) =>
        hint !== undefined && modes.includes(mode) && when(state) === true && hintWhen?.(state) !== false,
    )
    .sort((a, b) => (a.hint ?? 0) - (b.hint ?? 0));

export const labelOf = ({ label }: Command, state: AppState): string =>
  typeof label === 'string' ? label : label(state);
