import type { ReadDoors } from '../clients/doors.ts';
import { scriptsAreReal } from './interpreter.ts';
import type { ActContext, Acted, ReadContext } from './kind.ts';
import { hasStarted, runScript, type ScriptRun } from './scriptRun.ts';

/** The local port of boss-manage's tunnel to Vault, which no option changes. */
export const VAULT_PORT = 3128;

/** What is said where another program holds it, and what helps. */
export const PORT_TAKEN = `Another program listens on port ${VAULT_PORT}, where boss-manage opens its tunnel to Vault.`;
export const PORT_CURE = `Find it with ss -ltnp 'sport = :${VAULT_PORT}', end it, then try again.`;

/** Two commands at a time would meet at that port. */
class OnePort {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether somebody uses it now. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Runs `work` when everybody who asked before is done. Rejects with the signal's reason while it waits. */
  async use<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#waiting += 1;
    const mine = this.#last
      .catch(() => {})
      .then(() => {
        signal.throwIfAborted();
        return work();
      })
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = mine;
    mine.catch(() => {});
    return mine;
  }
}

/** Of each session, by its doors: whoever runs scripts through them shares one machine's ports. */
const ports = new WeakMap<ReadDoors, OnePort>();

/** The turn at Vault's port. */
export function vaultPort({ read }: Pick<ReadContext, 'read'>): OnePort {
  const port = ports.get(read) ?? new OnePort();
  ports.set(read, port);
  return port;
}

/** Runs a script that opens a tunnel to Vault, alone on its port. Throws as {@link needFreePort} does. */
export const runOnVaultPort = (context: ActContext, run: ScriptRun): Promise<Acted> =>
  vaultPort(context).use(async () => {
    // One that runs already holds the port itself.
    if (!(await hasStarted(context))) await needFreePort(context);
    return runScript(context, run);
  }, context.signal);

/** A tunnel that was just closed may need a moment to be gone. Real milliseconds. */
const CLOSES_WITHIN_MS = 5_000;
const LOOK_MS = 250;

/**
 * Throws {@link PortTaken} where another program holds the port: ssh would fail to listen there, and the command would talk to whatever
 * does. A rehearsal's scripts open no tunnel.
 */
export async function needFreePort(context: ReadContext): Promise<void> {
  if (!(await scriptsAreReal(context.bosslet))) return;
  for (let waitedMs = 0; !(await context.read.scripts.isPortFree(VAULT_PORT)); waitedMs += LOOK_MS) {
    if (waitedMs >= CLOSES_WITHIN_MS) throw new PortTaken();
    await context.clock.sleep(LOOK_MS * context.clock.speed, context.signal);
  }
}

/** Another program holds Vault's port. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  constructor() {
    super(`${PORT_TAKEN} ${PORT_CURE}`);
  }
}
