/** Who may mutate: one at a time, in the order of asking. */
export class Turn {
  #last: Promise<void> = Promise.resolve();

  /** Waits for the turn. Returns the way to give it back. Rejects with the signal's reason; the place is then given up. */
  async take(signal: AbortSignal): Promise<() => void> {
    const before = this.#last;
    const mine = Promise.withResolvers<void>();
    this.#last = before.then(() => mine.promise);
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      await Promise.race([before, aborted.promise]);
      return mine.resolve;
    } catch (error) {
      mine.resolve();
      throw error;
    } finally {
      aborted.promise.catch(() => {});
      signal.removeEventListener('abort', onAbort);
    }
  }
}
