import { render } from 'ink-testing-library';
import type { ReactElement } from 'react';
import stripAnsi from 'strip-ansi';

/** What was rendered, as text. */
export interface RenderedScreen {
  /** Whether keys are read by now. */
  reads(): boolean;
  /** The newest frame without colours, row by row. */
  rows(): readonly string[];
  /** The newest frame as it was written. */
  raw(): string;
  /** One chunk of input, as the terminal would send it. */
  type(chunk: string): void;
  resize(columns: number, rows: number): void;
  unmount(): void;
}

/**
 * Renders into ink-testing-library with a size of its own: its stdout has no `rows`, so that Ink would ask the machine's
 * real terminal at each commit.
 */
export function renderScreen(tree: ReactElement, { columns = 100, rows = 30 } = {}): RenderedScreen {
  const rendered = render(tree);
  const { stdout, stdin } = rendered;
  const resize = (toColumns: number, toRows: number) => {
    Object.defineProperty(stdout, 'columns', { value: toColumns, configurable: true });
    Object.defineProperty(stdout, 'rows', { value: toRows, configurable: true });
    stdout.emit('resize');
  };
  resize(columns, rows);
  // An empty write is how Ink waits for a stream: it is no frame.
  const raw = () => rendered.frames.findLast((frame) => frame !== '') ?? '';
  return {
    reads: () => stdin.listenerCount('readable') > 0,
    raw,
    rows: () => stripAnsi(raw()).split('\n'),
    type: (chunk) => stdin.write(chunk),
    resize,
    unmount: rendered.unmount,
  };
}
