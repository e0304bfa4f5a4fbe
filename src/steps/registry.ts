import type { StepKind } from './kind.ts';

/** Every step kind by the name that a step's `kind` holds. A kind is added by one file and one row here. */
export const stepKinds: ReadonlyMap<string, StepKind> = new Map<string, StepKind>([]);
