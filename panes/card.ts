import { justify, type Line, type Span } from '../components/line.tsx';
import { faint, paint, strong } from '../components/table.ts';
import { roughly } from '../components/time.ts';
import { cardOptions, type Dialog, draftOf } from '../src/store/dialog.ts';
import { stageById } from '../src/store/selectors.ts';
import type { AppState } from '../src/store/store.ts';
import type { Card, StepCard } from '../src/store/types.ts';
import type { DialogContent } from './dialogContent.ts';
import { BAD, OK, WARN } from './marks.ts';
import { commandLines, dangerLines, evidenceLines, gateLines, paragraph } from './proofLines.ts';
import { stackAmiLines } from './stackAmis.ts';

/** What a stage's key opens: what will run, why it may or may not, what could go wrong, and what must be chosen. */
export function cardContent(state: AppState, dialog: Dialog & { readonly is: 'card' }, width: number): DialogContent {
  const { card } = dialog;
  const stage = stageById(state, card.stageId);
  const dangers = card.steps.some(({ plan }) => plan?.dangers.some(({ level }) => level === 'danger'));
  const steps = card.steps.flatMap((step) => stepBody(state, dialog, step, width));
  const head: readonly Line[] = [
    ...paragraph(stage?.about ?? '', width, { style: { dim: true } }),
    ...(stage ? stackAmiLines(state, stage, width, '^R') : []),
    ...(card.changed
      ? [[WARN, ' ', strong('Something new came up while this was confirmed: read it again.', 'yellow')]]
      : []),
    '',
  ];
  const rows = [...head.map((line): CardRow => ({ line, atCursor: false })), ...steps];
  const cursorRow = rows.findIndex(({ atCursor }) => atCursor);
  return {
    title: `${stage?.key ?? ''} ${stage?.title ?? card.stageId}`.trim(),
    remark: card.lastTookMs === undefined ? undefined : [faint(`last time ${roughly(card.lastTookMs)}`)],
    tone: dangers || card.typed !== undefined ? 'red' : 'cyan',
    body: rows.map(({ line }) => line),
    foot: readiness(card, width),
    footWhereCut: chosenLines(state, card, width),
    cursorRow: cursorRow < 0 ? undefined : cursorRow,
  };
}

interface CardRow {
  readonly line: Line;
  readonly atCursor: boolean;
}
const plain = (lines: readonly Line[]): readonly CardRow[] => lines.map((line) => ({ line, atCursor: false }));
const indent = (lines: readonly Line[]): readonly Line[] =>
  lines.map((line) => ['  ', ...(typeof line === 'string' ? [line] : line)]);

function stepBody(
  state: AppState,
  dialog: Dialog & { readonly is: 'card' },
  { step, plan, error, gates }: StepCard,
  width: number,
): readonly CardRow[] {
  const inner = width - 2;
  const status: Span = error
    ? paint('red', 'cannot be planned')
    : plan === undefined
      ? faint('reading…')
      : plan.alreadyDone
        ? paint('green', 'already so: only proved')
        : faint('');
  return [
    { line: justify([strong(`${step.id} ${step.title}`)], [status], width), atCursor: false },
    ...plain(
      indent([
        ...(error ? paragraph(error, inner, { lead: [BAD, ' '], style: { colour: 'red' } }) : []),
        ...dangerLines(plan?.dangers ?? [], inner),
        ...(plan?.alreadyDone ? [] : commandLines(plan?.commands ?? [], inner)),
        ...gates.flatMap((gate) => gateLines(gate, inner, { onCard: true })),
        ...evidenceLines(plan?.evidence ?? [], inner),
      ]),
    ),
    ...choiceRows(state, dialog, step.id, inner),
    { line: '', atCursor: false },
  ];
}

/** The choices of one step, one option a row. */
function choiceRows(
  state: AppState,
  { card, about }: Dialog & { readonly is: 'card' },
  stepId: string,
  width: number,
): readonly CardRow[] {
  const cursor = draftOf(state, about).cursor ?? 0;
  return cardOptions(state, card).flatMap((each, index, all): readonly CardRow[] => {
    if (each.stepId !== stepId) return [];
    const { choice, option, chosen } = each;
    const isFirst = all[index - 1]?.key !== each.key;
    const recommended = option.id === choice.recommended ? faint('  recommended') : '';
    return [
      ...(isFirst ? plain([['  ', strong(choice.title)]]) : []),
      {
        line: [
          '  ',
          { text: index === cursor ? '› ' : '  ', bold: true, colour: 'cyan' },
          chosen ? { text: '(•) ', colour: 'cyan', bold: true } : '( ) ',
          { text: option.label, bold: chosen },
          recommended,
        ],
        atCursor: index === cursor,
      },
      ...(option.detail ? plain(paragraph(option.detail, width, { lead: ['        '], style: { dim: true } })) : []),
    ];
  });
}

/** What was chosen, in sight even where the choices are not. */
function chosenLines(state: AppState, card: Card, width: number): readonly Line[] {
  const chosen = cardOptions(state, card).filter((each) => each.chosen);
  return chosen.flatMap(({ choice, option }) =>
    paragraph(option.label, width, { lead: ['  ', faint(`${choice.title} `)], style: { bold: true } }),
  );
}

/** Whether it may run, in a row: reading, blocked, or ready. */
function readiness({ ready, blockedBy, overridable, typed, steps }: Card, width: number): readonly Line[] {
  if (!ready) return [[faint('… reading what it would do; it runs only after that')]];
  // Of a later step it is planned again when its turn comes.
  if (steps[0]?.error !== undefined)
    return [[BAD, ' ', strong('It cannot be planned: ', 'red'), 'mend what it says, then open it again.']];
  if (blockedBy.length > 0) {
    return [
      ...paragraph(blockedBy.join(', '), width, { lead: [BAD, ' ', strong('Not yet: ', 'red')] }),
      overridable ? [faint('  A note runs it out of order.')] : [faint('  This cannot be overridden.')],
    ];
  }
  const how = typed === undefined ? 'Enter runs it' : `type ${typed}, then Enter`;
  return [[OK, ' ', strong('Ready: '), how]];
}
