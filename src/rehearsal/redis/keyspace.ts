interface Entry {
  readonly value: string;
  /** Clock time; undefined: it stays. */
  readonly expiresAtMs: number | undefined;
}

/** Slots of the table, which never changes its size: that is what makes the cursor's promise easy to keep. */
const SLOTS = 16_384;

/** FNV-1a over the bytes. */
function slotOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % SLOTS;
}

/** One numbered database. Keys and values are byte strings; a key whose time has come is gone for every reader. */
export interface Database {
  get(key: string): string | undefined;
  has(key: string): boolean;
  /** `expiresAtMs` undefined: it stays. */
  set(key: string, value: string, expiresAtMs?: number): void;
  delete(key: string): boolean;
  /** Clock time at which it goes; undefined where it stays or is not there. */
  expiresAtMs(key: string): number | undefined;
  keys(): readonly string[];
  size(): number;
  /** Keys that have a time to live, and the mean of what is left of it in milliseconds. */
  expiring(): { readonly count: number; readonly meanTtlMs: number };
  clear(): void;
  /**
   * One call of SCAN: about `count` keys from a cursor on. From cursor 0 until it is 0 again, each key that was there
   * all the time is returned, whatever comes and goes meanwhile.
   */
  scan(cursor: number, count: number): { readonly cursor: number; readonly keys: readonly string[] };
}

/** An empty database that tells time by `now` (milliseconds). */
export function createDatabase(now: () => number): Database {
  const entries = new Map<string, Entry>();
  const slots: (string[] | undefined)[] = new Array(SLOTS);
  let withExpiry = 0;
  /** Of all that have one. */
  let expiriesMs = 0;
  /** Until then none goes. */
  let soonestMs = Number.POSITIVE_INFINITY;

  function count(entry: Entry | undefined, sign: 1 | -1): void {
    if (entry?.expiresAtMs === undefined) return;
    withExpiry += sign;
    expiriesMs += sign * entry.expiresAtMs;
  }
  function remove(key: string): boolean {
    const entry = entries.get(key);
    if (!entry) return false;
    count(entry, -1);
    entries.delete(key);
    const slot = slotOf(key);
    // A new list: a SCAN may stand in the old one.
    slots[slot] = slots[slot]?.filter((other) => other !== key);
    return true;
  }

  function live(key: string): Entry | undefined {
    const entry = entries.get(key);
    if (entry?.expiresAtMs === undefined || entry.expiresAtMs > now()) return entry;
    remove(key);
    return undefined;
  }

  function purge(): void {
    if (withExpiry === 0 || now() < soonestMs) return;
    soonestMs = Number.POSITIVE_INFINITY;
    for (const key of [...entries.keys()])
      soonestMs = Math.min(soonestMs, live(key)?.expiresAtMs ?? Number.POSITIVE_INFINITY);
  }

  return {
    get: (key) => live(key)?.value,
    has: (key) => live(key) !== undefined,
    set(key, value, expiresAtMs) {
      const before = entries.get(key);
      const entry = { value, expiresAtMs };
      count(before, -1);
      count(entry, 1);
      soonestMs = Math.min(soonestMs, expiresAtMs ?? soonestMs);
      entries.set(key, entry);
      if (before) return;
      const slot = slotOf(key);
      const held = slots[slot];
      if (held) held.push(key);
      else slots[slot] = [key];
    },
    delete: (key) => live(key) !== undefined && remove(key),
    expiresAtMs: (key) => live(key)?.expiresAtMs,
    keys() {
      purge();
      return [...entries.keys()];
    },
    size() {
      purge();
      return entries.size;
    },
    expiring() {
      purge();
      return { count: withExpiry, meanTtlMs: withExpiry === 0 ? 0 : Math.round(expiriesMs / withExpiry - now()) };
    },
    clear() {
      entries.clear();
      slots.fill(undefined);
      withExpiry = 0;
      expiriesMs = 0;
      soonestMs = Number.POSITIVE_INFINITY;
    },
    scan(cursor, count) {
      const keys: string[] = [];
      let slot = cursor % SLOTS;
      while (slot < SLOTS && keys.length < count) {
        for (const key of slots[slot] ?? []) if (live(key)) keys.push(key);
        slot++;
      }
      return { cursor: slot === SLOTS ? 0 : slot, keys };
    },
  };
}
