import type { Line } from '../components/line.tsx';
import { faint, strong } from '../components/table.ts';
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
          'Asks the running step to stop. A script is told as by Ctrl-C; an update that CloudFormation has begun goes on.',
          'What came of it is proved afterwards, and the stage can be taken up again by its key.',
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
