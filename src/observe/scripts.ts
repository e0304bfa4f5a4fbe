import { setTimeout as delay } from 'node:timers/promises';
import type { ScriptsRead } from '../clients/doors.ts';
import { type TerminalTail, terminalTail } from '../clients/script/screen.ts';
import { backoffMs } from './backoff.ts';
import type { ScriptLook } from './observed.ts';
import { reasonOf } from './polling.ts';

/** Bytes that are read at once: small enough that a long log does not block the screen while it is caught up with. */
const CHUNK_BYTES = 64 * 1024;
/** A longer log is read from so far before its end: more than any screenful needs. */
const TAIL_BYTES = 256 * 1024;
/** Real milliseconds: scripts do not run by a rehearsal's clock. */
const CHANGE_MS = 1_000;
const SHORTEST_PAUSE_MS = 50;
const RETRY = { baseMs: 500, capMs: 5_000 };

export interface ScriptOptions {
  readonly folder: string;
  readonly scripts: Pick<ScriptsRead, 'state' | 'read' | 'changed'>;
  readonly signal: AbortSignal;
  seen(look: ScriptLook): void;
}

/** Follows a script's log onto a terminal of its own until the script has ended or the signal does. Never rejects. */
export async function followScript({ folder, scripts, signal, seen }: ScriptOptions): Promise<void> {
  let look: ScriptLook = { folder, lines: [], logBytes: 0, running: true };
  let tail: TerminalTail | undefined;
  let failures = 0;
  const show = (change: Partial<ScriptLook>) => {
    const { error: _, ...good } = look;
    look = { ...good, ...change };
    if (!signal.aborted) seen(look);
  };
  try {
    while (!signal.aborted) {
      try {
        tail ??= await terminalTail();
        if (await readOn(tail)) return;
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        show({ error: reasonOf(error) });
        await pause(SHORTEST_PAUSE_MS + backoffMs(failures, RETRY), signal);
      }
    }
  } finally {
    tail?.dispose();
  }

  /** Reads what there is, then waits for more; true where no more will come. */
  async function readOn(screen: TerminalTail): Promise<boolean> {
    // Asked before the log is read: what a script wrote before it ended is then in the log.
    const state = await scripts.state(folder);
    if (state.is !== 'missing') {
      // Of a flood only the end is drawn: what it leaves out would have run through faster than anybody reads.
      if (state.logBytes - look.logBytes > TAIL_BYTES) show({ logBytes: state.logBytes - TAIL_BYTES });
      await catchUp(screen, state.logBytes);
    }
    const over = state.is === 'ended' || state.is === 'lost';
    show({ running: !over, ...('trouble' in state && state.trouble ? { error: state.trouble } : {}) });
    if (over) return true;
    const [began, at] = [performance.now(), look.logBytes];
    await scripts.changed(folder, at, CHANGE_MS, signal);
    await pause(SHORTEST_PAUSE_MS - (performance.now() - began), signal);
    return false;
  }
  async function catchUp(screen: TerminalTail, endBytes: number): Promise<void> {
    while (look.logBytes < endBytes) {
      const { text, nextOffset } = await scripts.read(folder, look.logBytes, CHUNK_BYTES);
      if (signal.aborted || nextOffset === look.logBytes) return;
      await screen.write(text);
      show({ lines: screen.lines(), logBytes: nextOffset });
    }
  }
}

const pause = (ms: number, signal: AbortSignal) => delay(Math.max(0, ms), undefined, { signal }).catch(() => {});
