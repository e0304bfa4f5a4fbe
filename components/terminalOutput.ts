import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';

const FRAME_BEGINS = '\u001b[?2026h';
const FRAME_ENDS = '\u001b[?2026l';
/** Home, plain colours, and everything below erased: what a full repaint stands on. */
const CLEAN_SHEET = '\u001b[0m\u001b[H\u001b[J';
/** Ink paints what was committed within this time, at 30 frames a second. */
const PAINTED_WITHIN_MS = 100;
/** How long the end of the program waits for a terminal that does not read. */
const LAST_WORDS_MS = 1_000;

/** A terminal as the panes draw on it. */
export interface TerminalOutput extends EventEmitter {
  /** Itself, as what a renderer draws on. */
  readonly stream: WriteStream;
  /** Whether frames are being dropped because the terminal does not read. */
  readonly stalled: boolean;
  /** Calls back when everything that was drawn until now has been taken by the terminal. */
  whenDrawn(then: () => void): void;
  /** Called when the terminal reads again after frames were dropped: the next frame must be a whole one. */
  onRepaint(repaint: () => void): void;
  /** Called once when the terminal is gone. */
  onGone(gone: () => void): void;
  /** Writes something that belongs to no frame: a title, the bell. False where the terminal does not read: it is dropped. */
  control(sequence: string): boolean;
  /**
   * Lends the terminal to somebody else: resolves when everything was taken, and from then on nothing is written. The
   * frame after `takeBack` must be a whole one: it is drawn on a clean sheet, wherever the cursor was left.
   */
  lend(): Promise<void>;
  takeBack(): void;
  /** Gives the terminal back as it was: what is printed after the screen is gone must not get lost. */
  release(): void;
}

/**
 * A terminal that can be drawn on without ever waiting for it. Writes to a terminal are synchronous in Node, so one
 * that stops reading (Ctrl-S, a frozen ssh) would stop every timer and socket of the program. Here writes wait in the
 * stream; once it is full whole frames are dropped, and the first one after it was emptied is drawn on a clean sheet.
 */
export function createTerminalOutput(terminal: WriteStream): TerminalOutput {
  return new Output(terminal);
}

/** A frame is what lies between the marks of synchronised output; Ink writes them around each. */
class Output extends EventEmitter implements TerminalOutput {
  readonly #terminal: WriteStream;
  #frame: string[] | undefined;
  #stale = false;
  #clean = false;
  #repainting = false;
  #gone = false;
  #lent = false;
  #repaint: () => void = () => {};
  #onGone: () => void = () => {};
  readonly #waiting: (() => void)[] = [];

  readonly isTTY = true;
  readonly writable = true;
  readonly destroyed = false;
  readonly writableEnded = false;

  constructor(terminal: WriteStream) {
    super();
    this.setMaxListeners(0);
    this.#terminal = terminal;
    setBlocking(terminal, false);
    terminal.on('resize', () => this.emit('resize'));
    terminal.on('error', () => this.#lost());
    terminal.on('close', () => this.#lost());
  }

  get stream(): WriteStream {
    // Ink draws on whatever writes, has a size and tells of its change; the rest of a WriteStream it never touches.
    return this as unknown as WriteStream;
  }
  get columns(): number {
    return this.#terminal.columns;
  }
  get rows(): number {
    return this.#terminal.rows;
  }
  get stalled(): boolean {
    return this.#stale;
  }

  write(text: string, encodingOrThen?: unknown, then?: () => void): boolean {
    const after = typeof encodingOrThen === 'function' ? (encodingOrThen as () => void) : then;
    if (text === FRAME_BEGINS) this.#frame = [];
    else if (text === FRAME_ENDS) this.#endFrame();
    else if (this.#frame) this.#frame.push(text);
    // What a repaint erases is erased by its clean sheet.
    else if (text !== '' && !this.#repainting) this.#put(text);
    if (after) this.#whenIdle(after);
    return true;
  }

  whenDrawn(then: () => void): void {
    this.#waiting.push(then);
    // Where nothing had to be painted for it, it is on the screen already.
    setTimeout(() => this.#settle(), PAINTED_WITHIN_MS).unref();
  }

  onRepaint(repaint: () => void): void {
    this.#repaint = repaint;
  }

  onGone(gone: () => void): void {
    this.#onGone = gone;
  }

  control(sequence: string): boolean {
    if (this.#full()) return false;
    this.#put(sequence);
    return true;
  }

  async lend(): Promise<void> {
    await new Promise<void>((resolve) => this.#whenIdle(resolve));
    this.#lent = true;
  }

  takeBack(): void {
    this.#lent = false;
    this.#stale = false;
    this.#clean = true;
  }

  release(): void {
    if (!this.#busy()) setBlocking(this.#terminal, true);
  }

  /** The terminal does not keep up: more must not be queued. */
  #full(): boolean {
    return this.#gone || this.#lent || this.#terminal.writableNeedDrain;
  }

  /** Something that was written was not taken yet. */
  #busy(): boolean {
    return this.#terminal.writableNeedDrain || this.#terminal.writableLength > 0;
  }

  #endFrame(): void {
    const frame = (this.#frame ?? []).join('');
    this.#frame = undefined;
    if (frame === '' || this.#gone || (this.#stale && !this.#clean)) return;
    if (this.#full()) {
      this.#stale = true;
      this.#clean = false;
      return;
    }
    const isWhole = this.#clean;
    this.#clean = false;
    this.#stale = false;
    this.#put(FRAME_BEGINS + (isWhole ? CLEAN_SHEET : '') + frame + FRAME_ENDS);
  }

  #put(text: string): void {
    if (!this.#gone && !this.#lent) this.#terminal.write(text, () => this.#settle());
  }

  /** Looks whether everything was taken: then who waits is told, and dropped frames are made up for. */
  #settle(): void {
    if (this.#gone || this.#lent || this.#busy()) return;
    if (this.#stale) {
      if (this.#clean) return;
      this.#clean = true;
      this.#repainting = true;
      this.#repaint();
      this.#repainting = false;
      return;
    }
    for (const then of this.#waiting.splice(0)) then();
  }

  #lost(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#onGone();
  }

  /** Calls back when the terminal has taken everything, or after a while all the same: a program must be able to end. */
  #whenIdle(then: () => void): void {
    if (this.#gone || !this.#busy()) return void setImmediate(then);
    const giveUpAt = performance.now() + LAST_WORDS_MS;
    const timer = setInterval(() => {
      if (this.#busy() && !this.#gone && performance.now() < giveUpAt) return;
      clearInterval(timer);
      then();
    }, 20);
  }
}

/**
 * Node opens a terminal of its own for the stream and makes its writes synchronous; this says which they are. It
 * has no public name; where it is missing, the terminal works as it always does.
 */
function setBlocking(terminal: WriteStream, blocking: boolean): void {
  const { _handle: handle } = terminal as unknown as { _handle?: { setBlocking?: (blocking: boolean) => void } };
  handle?.setBlocking?.(blocking);
}
