import { Console } from 'node:console';
import { PassThrough, Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import xterm from '@xterm/headless';

/** A terminal emulator that a program draws on: what an operator would see, cell by cell. */
export interface EmulatedTerminal {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  /** The visible rows, without spaces at their ends. */
  rows(): readonly string[];
  /** `alternate` while a full-screen program has it. */
  screen(): 'normal' | 'alternate';
  /** How far the visible part has scrolled down. */
  scrolled(): number;
  title(): string;
  bells(): number;
  cursorHidden(): boolean;
  type(chunk: string): void;
  resize(columns: number, rows: number): void;
  /** Bytes that were written. */
  bytes(): number;
  /** Stops or goes on reading what is written, as Ctrl-S and Ctrl-Q do. */
  reads(reading: boolean): void;
  dispose(): void;
}

// Test runners put a console of their own in its place, without the class that Ink's patch is made of.
Object.assign(globalThis.console, { Console });

export function openTerminal(columns: number, rows: number): EmulatedTerminal {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1_000 });
  let title = '';
  let bells = 0;
  let hidden = false;
  let bytes = 0;
  let held: (() => void)[] | undefined;
  terminal.onTitleChange((text) => {
    title = text;
  });
  terminal.onBell(() => {
    bells += 1;
  });
  for (const [final, isHidden] of [
    ['h', false],
    ['l', true],
  ] as const) {
    terminal.parser.registerCsiHandler({ prefix: '?', final }, (params) => {
      if (params[0] === 25) hidden = isHidden;
      return false;
    });
  }
  const stdout = new Writable({
    decodeStrings: false,
    highWaterMark: 1_024,
    write(chunk: string | Buffer, _encoding, done) {
      bytes += Buffer.byteLength(chunk);
      // A terminal's own line discipline turns a line feed into a new line.
      const text = String(chunk).replaceAll(/(?<!\r)\n/g, '\r\n');
      const put = () => terminal.write(text, () => done());
      if (held) held.push(put);
      else put();
    },
  });
  Object.assign(stdout, { isTTY: true, columns, rows });
  const stdin = new PassThrough();
  Object.assign(stdin, { isTTY: true, setRawMode: () => stdin, ref: () => stdin, unref: () => stdin });
  return {
    // As much of a terminal's streams as a renderer asks of them.
    stdin: stdin as unknown as ReadStream,
    stdout: stdout as unknown as WriteStream,
    rows: () => {
      const { active } = terminal.buffer;
      return Array.from({ length: terminal.rows }, (_, row) =>
        (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
      );
    },
    screen: () => terminal.buffer.active.type,
    scrolled: () => terminal.buffer.active.baseY,
    title: () => title,
    bells: () => bells,
    cursorHidden: () => hidden,
    type: (chunk) => void stdin.write(chunk),
    resize: (toColumns, toRows) => {
      terminal.resize(toColumns, toRows);
      Object.assign(stdout, { columns: toColumns, rows: toRows });
      stdout.emit('resize');
    },
    bytes: () => bytes,
    reads: (reading) => {
      if (!reading) held ??= [];
      else {
        const puts = held ?? [];
        held = undefined;
        for (const put of puts) put();
      }
    },
    dispose: () => terminal.dispose(),
  };
}
