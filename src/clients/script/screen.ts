import { sanitise } from '../../text/sanitise.ts';
import { TERMINAL_COLUMNS, TERMINAL_ROWS } from './prompt.ts';

/**
 * The screen of a script's terminal, fed with its log piece by piece. It holds one screenful whatever the log's
 * length; a long log need not be fed from its beginning.
 */
export interface TerminalTail {
  /** Resolves when the text is on the screen. */
  write(text: string): Promise<void>;
  /** The last screenful, sanitised, without blanks at the ends of lines and blank lines at the end. */
  lines(): readonly string[];
  dispose(): void;
}

/** An empty screen of 200×50. The emulator is loaded when the first is made. */
export async function terminalTail(): Promise<TerminalTail> {
  const { default: xterm } = await import('@xterm/headless');
  const terminal = new xterm.Terminal({
    cols: TERMINAL_COLUMNS,
    rows: TERMINAL_ROWS,
    scrollback: 0,
    allowProposedApi: true,
  });
  return {
    write: (text) => new Promise((resolve) => terminal.write(text, resolve)),
    lines() {
      const { active } = terminal.buffer;
      const rows = Array.from({ length: TERMINAL_ROWS }, (_, y) =>
        sanitise(active.getLine(active.baseY + y)?.translateToString(true) ?? '').trimEnd(),
      );
      return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1);
    },
    dispose: () => terminal.dispose(),
  };
}
