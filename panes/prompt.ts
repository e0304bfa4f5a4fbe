import type { Line } from '../components/line.tsx';
import { faint, strong } from '../components/table.ts';
import { duration, timeOfDay } from '../components/time.ts';
import { buildsShown, offeredAgain, stageById, stageStatus, stages, stepById } from '../src/store/selectors.ts';
import type { AppState } from '../src/store/store.ts';
import type { Prompt } from '../src/store/ui.ts';
import type { DialogContent } from './dialogContent.ts';
import { BAD, OK, WARN } from './marks.ts';
import { gateLines, paragraph } from './proofLines.ts';
import { abnormal } from './releaseEnd.ts';

/** A key's own question: what it will do, before it does. */
export function promptContent(state: AppState, prompt: Prompt, width: number): DialogContent {
  const said = (...text: readonly string[]): readonly Line[] => text.flatMap((each) => paragraph(each, width));
  switch (prompt.is) {
    case 'skip': {
      const stage = stageById(state, prompt.stageId);
      return {
        title: `Skip ${stage?.title ?? prompt.stageId}`,
        tone: 'yellow',
        body: said('The stage counts as closed: what needs it may run. The record keeps your note.'),
        foot: [],
      };
    }
    case 'cancel': {
      const stage = stageById(state, prompt.stageId);
      return {
        title: `Cancel ${stage?.title ?? prompt.stageId}`,
        tone: 'yellow',
        body: said(
          ...(buildsShown(state)
            ? ['The builds are killed, and instances that packer launched for them may stay: look in EC2 afterwards.']
            : []),
          ...cancelText(state, prompt.stageId),
        ),
        foot: [[WARN, ' ', strong('Enter'), ' asks it to stop.']],
      };
    }
    case 'note':
      return {
        title: 'Note',
        tone: 'cyan',
        body: said('Goes into the record of this release, with the time.'),
        foot: [],
      };
    case 'finish':
      return { title: 'Finish the release', tone: 'green', body: finishBody(state, width), foot: [] };
    case 'abandon':
      return { title: 'Abandon the release', tone: 'red', body: abandonBody(state, width), foot: [] };
    case 'takeOver':
      return { title: 'Take over', tone: 'red', body: takeOverBody(state, width), foot: [] };
    case 'override': {
      const gate = state.live.gates[prompt.stepId]?.find(({ id }) => id === prompt.gateId);
      return {
        title: `Go on without: ${gate?.title ?? prompt.gateId}`,
        tone: 'red',
        body: [
          ...said(`Step ${prompt.stepId} ${stepById(state, prompt.stepId)?.step.title ?? ''} waits for it.`),
          '',
          ...(gate ? gateLines(gate, width) : [[OK, ' ', 'The gate holds by now: nothing waits for it.']]),
        ],
        foot: [],
      };
    }
  }
}

/** What a cancel does to the stage as it stands: to what waits, to a script, to what AWS does already. */
function cancelText(state: AppState, stageId: string): readonly string[] {
  const at = state.live.at[stageId];
  const attempt = at && state.release?.steps[at.stepId]?.attempts.at(-1);
  if (at?.waits === 'gate' || at?.waits === 'turn')
    return ['Nothing was begun: the stage is left where it waits, and its key goes on with it.'];
  if (at?.waits === 'proof')
    return ['The step has acted, and what it began goes on in AWS. The stage is left; its key proves what came of it.'];
  const times = attempt?.cancelRequests ?? 0;
  const script = at && state.live.progress[at.stepId]?.script;
  const proved = 'What came of it is proved afterwards, and the stage can be taken up again by its key.';
  if (!script)
    return ['Asks the running step to stop after what it is doing now; nothing is put back by that.', proved];
  return [
    ...(times > 0
      ? [`Its script was sent Ctrl-C ${times === 1 ? 'once' : `${times} times`} and still runs: this sends another.`]
      : []),
    'A prompt of the script that waits is answered with no; else it is sent what Ctrl-C sends, and stops as it does for Ctrl-C.',
    'An update that CloudFormation has begun is not stopped by that: it goes on without the script.',
    proved,
  ];
}

function finishBody(state: AppState, width: number): readonly Line[] {
  const open = stages(state).filter(({ id }) => !['done', 'skipped'].includes(stageStatus(state, id)));
  return [
    ...paragraph('Closes the record: every stage is done, or skipped by name.', width),
    ...open.map(
      (stage): Line => [BAD, ' ', strong(stage.key), ` ${stage.title}`, faint(' is open: run it, or skip it with S')],
    ),
    ...stages(state).flatMap((stage) =>
      offeredAgain(state, stage).flatMap((why) =>
        paragraph(`${stage.key} ${stage.title}: ${why}`, width, { lead: [WARN, ' '], style: { colour: 'yellow' } }),
      ),
    ),
    ...abnormal(state, width),
  ];
}

/** Who would be taken over, as the lock says it now, and what becomes of both panels. */
function takeOverBody({ session, release, nowMs }: AppState, width: number): readonly Line[] {
  const { holder } = session;
  const said = (...text: readonly string[]): readonly Line[] => text.flatMap((each) => paragraph(each, width));
  const goesOn = release && !release.closed ? ['What was running goes on from here; scripts never stopped.'] : [];
  if (!holder) return said('Nobody operates here: this panel becomes the operator.', ...goesOn);
  const who = `${holder.user}@${holder.host}, process ${holder.pid}`;
  const holds: Line = [
    strong(who),
    faint(' operates since '),
    `${timeOfDay(holder.sinceMs)}, ${duration(nowMs - holder.sinceMs)} ago`,
  ];
  switch (holder.lives) {
    case 'here':
      return [
        holds,
        '',
        ...said(
          'It runs on this machine, at work or stopped. Speak to its operator first where you can.',
          'Taking over makes this panel the operator and that one a watcher: it can add nothing to the record any more, start nothing and answer nothing, even if it was stopped and wakes later.',
          ...goesOn,
        ),
      ];
    case 'elsewhere':
      return [
        holds,
        '',
        [WARN, ' ', strong(`That is another machine: nothing here can tell whether it still runs on ${holder.host}.`)],
        ...said(
          'End it there first. Scripts that it started run there and cannot be seen or answered from here.',
          ...goesOn,
        ),
      ];
    case 'ended':
      return [
        holds,
        '',
        ...said('It has ended without giving the lock back: killed, or gone with a restart of the machine.', ...goesOn),
      ];
  }
}

function abandonBody(state: AppState, width: number): readonly Line[] {
  const again = stages(state).filter(
    ({ id, repeatable }) =>
      repeatable && (id === 'maintenanceOff' || id === 'restore') && stageStatus(state, id) !== 'done',
  );
  return [
    ...paragraph('Closes the record as abandoned. Nothing is put back by that.', width),
    ...abnormal(state, width),
    ...again.map(
      (stage): Line => [faint('  → '), strong(stage.key), ` ${stage.title}`, faint(' puts it back: Esc, then its key')],
    ),
  ];
}
