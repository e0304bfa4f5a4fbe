import type { CachePass, Caches } from '../clients/doors.ts';
import type { Clock } from '../clock.ts';
import { CACHE_PATTERNS } from './cacheDrain.ts';
import { clean } from './clean.ts';
import type { CacheLook } from './observed.ts';
import { poll, reasonOf } from './polling.ts';

/** Between the ends of two passes, in clock milliseconds: what the cache rule asks for. */
const PASSES_APART_MS = 30_000;
/** A SCAN that counts no key for so long has hung. Clock milliseconds. */
const SCAN_SILENCE_MS = 30_000;
/** Until a pass that failed is tried again, in clock milliseconds, before backoff. */
const AGAIN_MS = 5_000;
/** Passes that are kept. */
const PASSES = 30;

export interface CacheWatchOptions {
  readonly name: string;
  readonly caches: Caches;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  isScanWanted(): boolean;
  changed(): void;
}
export interface CacheWatch {
  /** Undefined until it is known whether there is such a cache. */
  look(): CacheLook | undefined;
  /** Asks for its size and process. Never rejects; resolves to what went wrong. */
  measure(signal: AbortSignal): Promise<string | undefined>;
  nudge(): void;
  /** The way to it was lost, for a reason in words: what was counted before proves nothing any more. */
  lost(reason: string): void;
  readonly ended: Promise<void>;
}

/** One cache: its size when it is asked, and pass after pass over its keys. */
export function watchCache(options: CacheWatchOptions): CacheWatch {
  const { name, caches, clock, signal } = options;
  const patterns = (CACHE_PATTERNS[name] ?? []).map(({ pattern }) => pattern);
  let look: CacheLook = {
    name,
    keys: undefined,
    runId: undefined,
    absent: false,
    passes: [],
    scanning: undefined,
    error: undefined,
  };
  let measureError: string | undefined;
  let passError: string | undefined;

  const change = (part: Partial<CacheLook>) => {
    const next = { ...look, ...part };
    look = { ...next, error: next.absent ? undefined : (measureError ?? passError) };
    options.changed();
  };
  const presence = createPresence();
  let isKnown = false;
  const know = (isThere: boolean) => {
    presence.set(isThere);
    if (isKnown && look.absent === !isThere) return;
    isKnown = true;
    change(
      isThere
        ? { absent: false }
        : { absent: true, keys: undefined, runId: undefined, passes: [], scanning: undefined },
    );
  };
  /** The process that serves it; another one has other keys, and cursors and counts of the last one mean nothing. */
  const ofProcess = (runId: string): Partial<CacheLook> => {
    if (runId === look.runId) return {};
    const passes = look.passes.filter((pass) => pass.runId === runId);
    return {
      runId,
      passes,
      ...(look.runId !== undefined && { voidedBy: 'another process serves it now (a failover or a restart)' }),
    };
  };
  /** The connection was lost or the process changed: whatever was counted before proves nothing any more. */
  const broken = (reason: string): Partial<CacheLook> => ({
    voidBeforeMs: clock.now(),
    voidedBy: reason,
    scanning: undefined,
  });

  const passing =
    patterns.length === 0
      ? undefined
      : poll<CachePass>({
          clock,
          signal,
          intervalMs: () => (passError === undefined ? gapAfter(lastPass(look), options.isScanWanted()) : AGAIN_MS),
          async before(own) {
            await presence.there(own);
            await clock.sleep(waitMs(look, options.isScanWanted(), clock.now()), own);
          },
          unbounded: true,
          async look(own) {
            const pass = await scan(own);
            passError = undefined;
            change({ ...ofProcess(pass.runId), scanning: undefined });
            change({ passes: [...look.passes, pass].slice(-PASSES) });
            return pass;
          },
          seen(aged) {
            passError = aged.error;
            if (passError !== undefined) change(broken(plainReason(passError)));
          },
        });

  /** One pass, given up where it falls silent. */
  async function scan(own: AbortSignal): Promise<CachePass> {
    const silent = new AbortController();
    const fallSilent = () => silent.abort(new Error(`SCAN of ${name} got no answer; a new pass begins.`));
    const limitMs = clock.limit(SCAN_SILENCE_MS) / clock.speed;
    const timer = setTimeout(fallSilent, limitMs);
    const { promise: left, reject } = Promise.withResolvers<never>();
    const either = AbortSignal.any([own, silent.signal]);
    either.addEventListener('abort', () => reject(either.reason), { once: true });
    const onProgress = (keys: number) => {
      timer.refresh();
      if (!either.aborted) change({ scanning: keys });
    };
    change({ scanning: 0 });
    try {
      return clean(await Promise.race([caches.cache(name).scan(patterns, onProgress, either), left]));
    } finally {
      clearTimeout(timer);
      silent.abort();
    }
  }

  return {
    look: () => (isKnown ? look : undefined),
    async measure(own) {
      try {
        const isThere = await caches.has(name, own);
        own.throwIfAborted();
        if (!isThere) measureError = undefined;
        know(isThere);
        if (!isThere) return undefined;
        const seen = clean(await caches.cache(name).look(own));
        own.throwIfAborted();
        if (seen.role !== 'master')
          throw new Error(`It is a ${seen.role} now, not the master; a failover was under way.`);
        const recovered = measureError !== undefined;
        measureError = undefined;
        change({ ...ofProcess(seen.runId), keys: seen.keys });
        if (recovered) passing?.nudge();
      } catch (error) {
        if (signal.aborted) return undefined;
        measureError = reasonOf(error);
        isKnown = true;
        change(broken(plainReason(measureError)));
      }
      return measureError;
    },
    nudge: () => passing?.nudge(),
    lost: (reason) => change(broken(reason)),
    ended: passing?.ended ?? Promise.resolve(),
  };
}

/** `Cache cache could not be scanned: it hung up; try again.` → `it hung up`: what happened, without its cure. */
const plainReason = (error: string): string =>
  error.replace(/^Cache \S+ could not be (looked at|scanned): /, '').replace(/(;|\.(\s|$)).*$/s, '');

/** Whether there is such a cache, as far as is known; passes wait for it. */
function createPresence(): { set(isThere: boolean): void; there(signal: AbortSignal): Promise<void> } {
  let arrival = Promise.withResolvers<void>();
  let isThere = false;
  return {
    set(next) {
      if (next) arrival.resolve();
      else if (isThere) arrival = Promise.withResolvers<void>();
      isThere = next;
    },
    async there(signal) {
      const { promise: left, reject } = Promise.withResolvers<never>();
      const leave = () => reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      try {
        await Promise.race([arrival.promise, left]);
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}

const lastPass = (look: CacheLook): CachePass | undefined =>
  look.passes.findLast((pass) => pass.startedAtMs >= (look.voidBeforeMs ?? 0));

/** From the end of a pass to the next one's beginning. Long passes are far enough apart when they follow each other. */
function gapAfter(pass: CachePass | undefined, isWanted: boolean): number {
  if (!pass) return 0;
  return isWanted && pass.endedAtMs - pass.startedAtMs >= PASSES_APART_MS ? 0 : PASSES_APART_MS;
}

/** A nudge must not bring two passes closer together than the rule allows. */
function waitMs(look: CacheLook, isWanted: boolean, nowMs: number): number {
  const pass = lastPass(look);
  return pass ? pass.endedAtMs + gapAfter(pass, isWanted) - nowMs : 0;
}
