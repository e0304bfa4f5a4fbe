import { operateByScript } from '../release/scriptedOperator.ts';
import { followObservations, recordLine } from './eventLines.ts';
import { Failure } from './failure.ts';
import { type Lines, OutputClosed } from './lines.ts';
import { openSession } from './session.ts';
import { createStore, type Setup } from './setup.ts';

/** Plays a release by the scripted operator, a line an event. Returns its last line; throws a {@link Failure}. */
export async function playRelease(setup: Setup, folder: string, lines: Lines, signal: AbortSignal): Promise<string> {
  const store = createStore(setup);
  const session = await openSession(
    {
      ...setup,
      onRecord: (record) => {
        const line = recordLine(record);
        if (line !== undefined) lines.print(line);
      },
    },
    folder,
    store,
  );
  const unfollow = followObservations(store, lines.print);
  try {
    if (session.desk.role === 'watcher') {
      const { user, host, pid } = session.desk.holder ?? { user: 'somebody', host: 'this machine', pid: 'unknown' };
      throw new Failure(
        `${user}@${host} (process ${pid}) operates this rehearsal already: leave it there (q) first.`,
        1,
      );
    }
    const { controller } = session.desk;
    await controller.resume();
    void controller.preflight();
    const tally = await operateByScript(store, controller, AbortSignal.any([signal, lines.closed]));
    return `release ${tally.id}: ${tally.done} stages done, ${tally.skipped} skipped, 0 failed`;
  } catch (error) {
    if (error instanceof OutputClosed || signal.aborted || error instanceof Failure) throw error;
    const release = store.getState().release;
    throw new Failure(
      `release ${release?.id ?? 'none'} stopped: ${error instanceof Error ? error.message : String(error)}`,
      1,
    );
  } finally {
    unfollow();
    await session.close();
  }
}

/** Watches without a terminal: a line an event, until the signal. */
export async function watchLines(setup: Setup, folder: string, lines: Lines, signal: AbortSignal): Promise<void> {
  const onRecord = (record: Parameters<typeof recordLine>[0]) => {
    const line = recordLine(record);
    if (line !== undefined) lines.print(line);
  };
  const store = createStore(setup);
  const session = await openSession({ ...setup, onRecord, readOnly: true }, folder, store);
  const { bosslet } = setup;
  lines.print(
    store.getState().release
      ? `watching ${bosslet.name} in ${bosslet.region}, and its release as it is recorded on this machine`
      : `watching ${bosslet.name} in ${bosslet.region}: no release is open on this machine, so the world alone is shown`,
  );
  const unfollow = followObservations(store, lines.print);
  const until = AbortSignal.any([signal, lines.closed]);
  try {
    await new Promise<void>((resolve) => {
      if (until.aborted) resolve();
      else until.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    unfollow();
    await session.close();
  }
}
