import type { Config } from '../bosslet/bosslet.ts';
import type { CachePass, CacheWay, DnsAnswer, StackEvent, StackSummary, TargetHealth } from '../clients/doors.ts';

/**
 * What a watcher last saw, with its time. A failed look keeps the last value and sets `error`; the age then grows and
 * the screen turns it yellow, then red. Nothing here ever ends anything.
 */
export interface Aged<T> {
  /** Undefined until the first look that succeeded. */
  readonly value: T | undefined;
  /** Clock time of the last look that succeeded. */
  readonly atMs: number | undefined;
  /** What went wrong in the newest look; undefined where it went well. */
  readonly error: string | undefined;
  /** How often it looks at present, in clock milliseconds: what an age is judged against. */
  readonly intervalMs: number;
}

/** A row of the stack board: one for each of the eight configs, then whatever else belongs to the bosslet. */
export interface StackRow {
  readonly config: Config | (string & {});
  readonly stackName: string;
  /** Undefined where the stack does not exist. */
  readonly stack: StackSummary | undefined;
  /** From the stack's tags. */
  readonly stackVersion: string | undefined;
  readonly commit: string | undefined;
  /** The operation that runs, or the last one that was seen. */
  readonly operation:
    | {
        readonly startedAtMs: number;
        readonly endedAtMs: number | undefined;
        /** Resources that reached a final state, of all that the operation touches or the stack has. */
        readonly done: number;
        readonly total: number;
      }
    | undefined;
}

/** An event with the config it belongs to. */
export interface EventRow extends StackEvent {
  readonly config: string;
  /** Written by an operation's first failure, the cause of the others. */
  readonly rootCause?: true;
}

export type DnsClass = 'new' | 'old' | 'other' | 'silent';
/** Who an answer leads to; which of the two is "new" depends on what a step is after. */
export type DnsVerdict = 'maintenance' | 'live' | 'other' | 'silent';
export interface DnsRow {
  readonly answer: DnsAnswer;
  readonly leadsTo: DnsVerdict;
  /** Largest TTL left on the chain's first record, in seconds, counted from `answer.askedAtMs`. */
  readonly ttlSeconds: number | undefined;
  /** Start of the first of the rounds in a row in which this server led there. */
  readonly leadsThereSinceMs?: number;
}
/** All servers asked once. */
export interface DnsRound {
  readonly startedAtMs: number;
  readonly rows: readonly DnsRow[];
}
export interface DnsLook {
  readonly host: string;
  /** The names that decide what a row leads to. */
  readonly expected: { readonly live: string | undefined; readonly maintenance: string | undefined };
  /** Oldest first, at most ten. */
  readonly rounds: readonly DnsRound[];
}

export interface CacheLook {
  readonly name: string;
  readonly keys: number | undefined;
  readonly runId: string | undefined;
  /** The scenario has no such cache. */
  readonly absent: boolean;
  /** Complete passes, oldest first, at most 30; a changed run id empties the list. */
  readonly passes: readonly CachePass[];
  /** Keys seen by the pass that runs now. */
  readonly scanning: number | undefined;
  readonly error: string | undefined;
  /** The connection was last lost, or the process changed, then: a pass that began before it proves nothing. */
  readonly voidBeforeMs?: number;
  /** Why, in words that go on after "the passes are void: ". */
  readonly voidedBy?: string;
}

/** The way into the API, seen only while somebody asks for it (`want({ is: 'site' })`). */
export interface SiteLook {
  readonly loadBalancer: string | undefined;
  readonly targets: readonly TargetHealth[];
  /** `GET /ping/` by the load balancer's address with the API's host name. */
  readonly ping: { readonly status: number | undefined; readonly error: string | undefined };
  /** `GET /` by the public name: whether it held the maintenance marker. */
  readonly page: {
    readonly status: number | undefined;
    readonly isMaintenance: boolean;
    readonly error: string | undefined;
  };
}

/** The last screenful of a script's terminal. Sanitised. */
export interface ScriptLook {
  readonly folder: string;
  readonly lines: readonly string[];
  readonly logBytes: number;
  readonly running: boolean;
  /** What went wrong in reading it; absent while all is well. */
  readonly error?: string;
}

/** One build of several that run side by side, by the end of its log. */
export interface BuildLook {
  readonly machine: string;
  /**
   * - `waiting`: its log has not appeared yet; `missing`: nor will it, or it should have long ago
   * - `building`; `quiet`: nothing was written for longer than any build is silent
   * - `built`, `failed`: its last lines say so
   * - `stopped`: packer.py is over, and the log ends in the middle of the build
   */
  readonly is: 'waiting' | 'missing' | 'building' | 'quiet' | 'built' | 'failed' | 'stopped';
  /** The last lines, oldest first. Sanitised. */
  readonly lines: readonly string[];
  /** The line that says most: why it failed, what was made, else the last one. */
  readonly says: string;
  /** Clock milliseconds since the log was last written to. */
  readonly quietMs: number | undefined;
  readonly error?: string;
}
export interface BuildsLook {
  /** Of the script that builds. */
  readonly scriptFolder: string;
  readonly builds: readonly BuildLook[];
}

export interface Observed {
  readonly stacks: Aged<readonly StackRow[]>;
  /** Oldest first, at most 2,000; each once. */
  readonly events: Aged<readonly EventRow[]>;
  readonly dns: Aged<DnsLook>;
  readonly caches: Aged<readonly CacheLook[]>;
  readonly cacheWay: CacheWay;
  readonly site: Aged<SiteLook>;
  readonly scripts: Readonly<Record<string, ScriptLook>>;
  /** Builds, by the folder of their script; absent: none was looked at. */
  readonly builds?: Readonly<Record<string, BuildsLook>>;
  /** Calls that AWS put off and that were repeated, over the last looks at the board. */
  readonly repeatedCalls: number;
  /** What is degraded in the watching itself: throttled, unreachable. One line each. */
  readonly troubles: readonly string[];
}

/** Something that makes the watchers look more often, or at more. */
export type Interest =
  /** Poll this stack's events at the active pace, from this time on. */
  | { readonly is: 'stack'; readonly config: string; readonly sinceMs: number }
  | { readonly is: 'dns' }
  /** SCAN pass after pass for the gate, at least 30 s of clock time from one's end to the next's end. */
  | { readonly is: 'cacheScan' }
  | { readonly is: 'site' }
  | { readonly is: 'script'; readonly folder: string }
  /** The logs that packer.py, run in `folder`, writes for machines. */
  | {
      readonly is: 'builds';
      readonly folder: string;
      readonly logsFolder: string;
      readonly machines: readonly string[];
    };

export interface Watchers {
  observed(): Observed;
  /** Called after each change, at most four times a second. Returns the way to stop. */
  subscribe(listener: (observed: Observed) => void): () => void;
  /** Holds the interest until the returned function is called. */
  want(interest: Interest): () => void;
  /** Ends every watcher and waits for it. */
  stop(): Promise<void>;
}

const nothingYet = { value: undefined, atMs: undefined, error: undefined, intervalMs: 5_000 };

/** Before the first look. */
export const NOTHING_OBSERVED: Observed = {
  stacks: nothingYet,
  events: nothingYet,
  dns: nothingYet,
  caches: nothingYet,
  cacheWay: { is: 'direct' },
  site: nothingYet,
  scripts: {},
  repeatedCalls: 0,
  troubles: [],
};
