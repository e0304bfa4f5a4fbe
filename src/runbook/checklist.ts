import type { Step } from './runbook.ts';

/** One thing that only a person can do or see. */
export interface ChecklistItem {
  readonly title: string;
  /** What to do, line by line. */
  readonly text: readonly string[];
  /** What the card reads from the world beside it. */
  readonly shows?: 'lastIntegrationRelease' | 'loadBalancer' | 'newInstances' | undefined;
}

/** Each item as a step of its own, so that each has its own result and note: `e.1`, `e.2`, … */
export const checklist = (prefix: string, items: readonly ChecklistItem[], first = 1): readonly Step[] =>
  items.map((item, index) => ({
    id: `${prefix}.${first + index}`,
    title: item.title,
    kind: 'manual',
    params: { text: [...item.text], ...(item.shows && { shows: item.shows }) },
    gates: [],
  }));
