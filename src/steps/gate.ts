import * as z from 'zod';
import type { StepKind } from './kind.ts';
import { paramsOf } from './params.ts';

/** A step that does nothing but wait for its gates, which hold (or were passed) before it acts. */
export const gate: StepKind<object, null> = {
  name: 'gate',
  mutates: false,
  parse: paramsOf('gate', z.strictObject({})),
  // Its gates say what it waits for.
  plan: async () => ({ commands: [], dangers: [], evidence: [], baseline: null, alreadyDone: false }),
  act: async () => ({ how: 'finished', codes: [] }),
  prove: async (_params, { step }, { overridden }) => ({
    is: 'done',
    summary: overridden.length > 0 ? `${step.title}: not proven, and gone on without.` : `${step.title}.`,
    evidence: [],
  }),
};
