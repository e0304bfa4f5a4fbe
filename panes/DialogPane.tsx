import { useEffect } from 'react';
import type { Line } from '../components/line.tsx';
import { Modal, modalPlace } from '../components/Modal.tsx';
import { BORDER } from '../components/Pane.tsx';
import { clampFirst } from '../components/WindowedList.tsx';
import { type Dialog, type Draft, dialogOf, dialogReading, draftOf } from '../src/store/dialog.ts';
import type { AppState } from '../src/store/store.ts';
import { contentOf, type DialogContent, fieldLines, isWide } from './dialogContent.ts';
import { hintLine } from './Footer.tsx';
import { useAppState, useScreen, useViewport } from './screenContext.ts';

const WIDTH = 110;
/** Rows of the body that stay visible around the option under the cursor. */
const CONTEXT = 2;

function footOf(
  state: AppState,
  dialog: Dialog,
  { foot, footWhereCut = [] }: DialogContent,
  width: number,
  isCut: boolean,
): readonly Line[] {
  const message: readonly Line[] = state.ui.message
    ? [
        [
          { text: '! ', colour: 'yellow', bold: true },
          { text: state.ui.message, colour: 'yellow' },
        ],
      ]
    : [];
  return [
    '',
    ...foot,
    ...(isCut ? footWhereCut : []),
    ...fieldLines(state, dialog, width),
    ...message,
    hintLine(state, width),
  ];
}

/**
 * The first row to show: where it was scrolled to, else where the cursor was moved to, else the top: what an answer
 * rests on is read before its options are gone through, and every row of it can be reached.
 */
function firstRow({ scroll, cursor }: Draft, cursorRow: number | undefined, total: number, height: number): number {
  if (scroll !== undefined || cursor === undefined || cursorRow === undefined)
    return clampFirst(scroll ?? 0, total, height);
  return clampFirst(Math.max(0, cursorRow - height + 1 + CONTEXT), total, height);
}

/** Body and foot are parted by one empty row, not two. */
const withoutLastGap = (content: DialogContent): DialogContent =>
  content.body.at(-1) === '' ? { ...content, body: content.body.slice(0, -1) } : content;

/** Whatever stands above the panes: help, a key's own question, a card, a question of the release. */
export function DialogPane({ columns, rows }: { readonly columns: number; readonly rows: number }) {
  const state = useAppState((all) => all);
  const dialog = dialogOf(state);
  return dialog ? <OpenDialog state={state} dialog={dialog} columns={columns} rows={rows} /> : null;
}

function OpenDialog({
  state,
  dialog,
  columns,
  rows,
}: {
  readonly state: AppState;
  readonly dialog: Dialog;
  readonly columns: number;
  readonly rows: number;
}) {
  const { shown } = useScreen();
  const width = modalPlace(
    { columns, rows },
    { width: isWide(dialog) ? columns : WIDTH, bodyRows: 0, footRows: 0 },
  ).width;
  const inner = width - BORDER - 2;
  const content = withoutLastGap(contentOf(state, dialog, inner));
  const bodyRows = Math.max(1, content.body.length);
  const placed = (isCut: boolean) => {
    const foot = footOf(state, dialog, content, inner, isCut);
    return { foot, place: modalPlace({ columns, rows }, { width, bodyRows, footRows: foot.length }) };
  };
  const whole = placed(false);
  const { foot, place } = whole.place.bodyHeight < bodyRows ? placed(true) : whole;
  const height = place.bodyHeight;
  const first = firstRow(draftOf(state, dialog.about), content.cursorRow, content.body.length, height);
  useViewport('dialog', { first, total: content.body.length, height, follows: 'top' });
  const reading = dialogReading(state, dialog);
  useEffect(() => {
    shown(reading);
    return () => shown(undefined);
  }, [shown, reading]);
  return (
    <Modal
      place={place}
      title={content.title}
      remark={content.remark}
      tone={content.tone}
      body={content.body}
      first={first}
      foot={foot}
    />
  );
}
