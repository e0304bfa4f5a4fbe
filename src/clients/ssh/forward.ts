import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { NoWay, noSsh, type SshFailure, sshFailure } from './failure.ts';
import { endGroup } from './folder.ts';

/** Real milliseconds: two hops, each with its own time to connect, to prove itself and to start. */
const LISTENS_WITHIN_MS = 45_000;
/** ssh tells nobody that it listens; its sockets appear. */
const LOOK_EVERY_MS = 40;
const GRACE_MS = 2_000;
const KEPT_SAID = 16 * 1024;

export interface ForwardOptions {
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** The sockets that ssh makes when it has entered the machine. */
  readonly sockets: readonly string[];
  readonly knownHostsFile: string;
  /** Each line that ssh writes to its standard error. */
  onLine(line: string): void;
  onStarted(pid: number): Promise<void>;
}

/** An ssh that forwards. */
export interface Forward {
  /** Resolves when it has ended, with why. */
  readonly ended: Promise<SshFailure>;
  /** Ends it and waits for that. */
  stop(): Promise<void>;
}

/**
 * Starts ssh and waits until it listens. Rejects with {@link NoWay} where it ends before, with the signal's reason where
 * that is aborted; nothing runs then. It leads a session of its own, so that no key of the terminal ends or asks it.
 */
export async function openForward(options: ForwardOptions, signal: AbortSignal): Promise<Forward> {
  // What a killed run left would look like ssh's own.
  await Promise.all(options.sockets.map((socket) => rm(socket, { force: true })));
  signal.throwIfAborted();
  const child = spawn('ssh', [...options.args], {
    env: { ...options.environment, LC_ALL: 'C', SSH_ASKPASS_REQUIRE: 'never' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  let line = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-KEPT_SAID);
    const lines = (line + bytes.toString()).split(/\r?\n/);
    line = lines.pop() ?? '';
    for (const each of lines) options.onLine(each);
  });
  const { pid } = child;
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
    throw new NoWay(noSsh(error.code));
  }
  const endNow = () => endGroup(pid, 'SIGTERM');
  process.once('exit', endNow);
  const closed = once(child, 'close');
  let isEnded = false;
  // The ssh that makes the jump holds the same standard error: without this its end would be waited for.
  child.once('exit', endNow);
  const ended = closed.then((how) => {
    isEnded = true;
    process.removeListener('exit', endNow);
    const [code, by] = how as [number | null, string | null];
    return sshFailure(said, { code, signal: by }, options.knownHostsFile);
  });
  const stop = async () => {
    const force = setTimeout(() => endGroup(pid, 'SIGKILL'), GRACE_MS);
    if (!isEnded) endNow();
    await ended;
    clearTimeout(force);
  };
  try {
    await options.onStarted(pid);
    await listening(options.sockets, () => isEnded, signal);
    if (isEnded) throw new NoWay(await ended);
    return { ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listening(sockets: readonly string[], isEnded: () => boolean, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + LISTENS_WITHIN_MS;
  while (!isEnded()) {
    const found = await Promise.all(
      sockets.map((socket) =>
        lstat(socket).then(
          (each) => each.isSocket(),
          () => false,
        ),
      ),
    );
    if (found.every(Boolean)) return;
    if (performance.now() > deadline)
      throw new NoWay({
        reason: `ssh was not through after ${LISTENS_WITHIN_MS / 1000} s`,
        cure: 'look at the network and the machines; it is tried again by itself',
        lasts: false,
      });
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}
