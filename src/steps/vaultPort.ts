/** boss-manage reaches Vault by one local port, 3128: two commands at a time would meet there. */
class OnePort {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everybody who asked before is done. Rejects with the signal's reason while it waits. */
  async use<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const mine = before
      .catch(() => {})
      .then(() => {
        signal.throwIfAborted();
        return work();
      });
    this.#last = mine;
    mine.catch(() => {});
    return mine;
  }
}

export const vaultPort = new OnePort();
