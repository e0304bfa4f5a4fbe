/** How a cache drains, for the pane that draws it. */
export { type Drain, drainOf, voidedBy } from '../observe/judge.ts';
