import { createContext, use, useEffect } from 'react';
import { useStore } from 'zustand/react';
import type { Viewport } from '../src/keys/command.ts';
import type { Paced } from '../src/store/paced.ts';
import type { AppState } from '../src/store/store.ts';
import type { PaneId } from '../src/store/ui.ts';

/** What every pane stands on. */
export interface ScreenParts {
  readonly store: Omit<Paced, 'catchUp'>;
  /** Tells the keys how much of a list is visible. */
  readonly report: (of: PaneId | 'dialog', viewport: Viewport) => void;
  /** Tells the keys which reading of a dialog was drawn; undefined: none. */
  readonly shown: (reading: string | undefined) => void;
}

export const ScreenContext = createContext<ScreenParts | undefined>(undefined);

export function useScreen(): ScreenParts {
  const parts = use(ScreenContext);
  if (!parts) throw new Error('A pane was drawn outside of the screen.');
  return parts;
}

/** A part of the state; the selector returns the same reference while nothing of it changed. */
export const useAppState = <T>(selector: (state: AppState) => T): T => useStore(useScreen().store, selector);

/** Tells the keys what part of a pane's list is on the screen, after each drawing. */
export function useViewport(of: PaneId | 'dialog', { first, total, height, follows }: Viewport): void {
  const { report } = useScreen();
  useEffect(() => report(of, { first, total, height, follows }), [report, of, first, total, height, follows]);
}
