import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { StoredRelease } from '../../src/release/folders.ts';
import { type Home, openPanel, type Panel } from './program.ts';
import type { PreparedRehearsal } from './rehearsal.ts';
import { until } from './until.ts';

/** Somebody at a panel's keys, who reads its screen and, to know when something is over, the record on the disk. */
export interface Operator {
  /** Presses a stage's key and then only what the screen asks for, until the stage is done. */
  runs(key: string, stageId: string, options?: { readonly withinMs?: number }): Promise<void>;
  /** Skips a stage with a note. */
  skips(key: string, stageId: string): Promise<void>;
  /** Leaves the panel, whatever is open. */
  leaves(): Promise<void>;
}

/** What is open over the panes, by its title; behind that its border says how long ago it was asked. */
const DIALOG = /┏━▸ (?!Runbook)[^\n]*?(?: ━|┓)/;
/** Real milliseconds in which a dialog takes no Enter, so that nobody confirms what they have not read; and some more. */
const UNREAD_MS = 600;
/** A key that has had no effect for so long was not taken, as where the question was just drawn anew. */
const CHANGES_MS = 3_000;

export function operatorOf(panel: Panel, releases: () => Promise<readonly StoredRelease[]>): Operator {
  const statusOf = async (stageId: string) => (await releases()).at(-1)?.state.stages[stageId]?.status;
  const dialog = () => DIALOG.exec(panel.screen())?.[0];
  const changes = (shown: string | undefined) =>
    until('a change', () => dialog() !== shown, CHANGES_MS).catch(() => {});
  const untilSeen = (what: string, probe: () => boolean | Promise<boolean>, withinMs?: number) =>
    until(what, probe, withinMs).catch((error: Error) => {
      throw new Error(`${error.message}\n${panel.screen()}`);
    });
  /** Presses Enter, or what stands for it, on the dialog that is open once it may have been read. */
  const answers = async () => {
    const shown = dialog();
    if (shown === undefined) return;
    await delay(UNREAD_MS);
    if (dialog() !== shown) return;
    const [, word] = /type (.+?) ›/.exec(panel.screen()) ?? [];
    // Over whatever an earlier press left there.
    if (word !== undefined) {
      panel.type('\x15');
      panel.type(word);
    }
    panel.type(/\ba approve with warnings/.test(panel.screen()) ? 'a' : '\r');
    // One press a question, as long as it may take: what comes next may mean the same key differently.
    await changes(shown);
  };
  const opensCard = (key: string) =>
    untilSeen(`the card of ${key}`, async () => {
      const shown = dialog();
      if (shown?.startsWith(`┏━▸ ${key} `)) return true;
      // A press that came when its question had just gone may have opened another card.
      panel.type(shown === undefined ? key : '\x1b');
      await changes(shown);
      return false;
    });
  return {
    async runs(key, stageId, { withinMs = 90_000 } = {}) {
      await opensCard(key);
      await panel.sees(/Ready: (?:type (.+?), then )?Enter/);
      const isDone = async () => {
        if ((await statusOf(stageId)) === 'done') return true;
        await answers();
        return false;
      };
      await untilSeen(`stage ${key} to be done`, isDone, withinMs);
    },
    async skips(key, stageId) {
      await opensCard(key);
      panel.type('\x1b');
      await untilSeen('the card to be closed', () => dialog() === undefined);
      panel.type('S');
      await untilSeen('a note to be asked for', () => dialog() !== undefined);
      panel.type('not part of this exercise');
      const isSkipped = async () => {
        if ((await statusOf(stageId)) === 'skipped') return true;
        await answers();
        return false;
      };
      await untilSeen(`stage ${key} to be skipped`, isSkipped);
    },
    async leaves() {
      let exitCode: number | undefined;
      void panel.exited.then((code) => {
        exitCode = code;
      });
      // The last Enter may have opened a card: Esc closes it, and q leaves.
      await until('the panel to be left', () => {
        if (exitCode === undefined) panel.type(dialog() === undefined ? 'q' : '\x1b');
        return exitCode !== undefined;
      });
      expect(exitCode).toBe(0);
    },
  };
}

/** A panel whose operator has run core up to the review of its change set: its script waits at its prompt. */
export async function openAtReviewOfCore(home: Home, rehearsal: PreparedRehearsal): Promise<Panel> {
  const panel = openPanel(home, ['rehearse']);
  await panel.sees('UPDATE_COMPLETE');
  panel.type('1');
  await panel.sees('Ready: Enter runs it');
  await until('the card to be confirmed', async () => {
    panel.type('\r');
    return (await rehearsal.record()).state.stages.core?.status === 'running';
  });
  await panel.sees('approve with warnings');
  return panel;
}
