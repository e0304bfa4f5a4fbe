/**
 * The doors to the outside, as the rest of the program sees them: narrow, typed, parsed. Each returns plain readonly
 * data and throws an `Error` whose message says what happened, to what, and what to do. Every call takes an optional
 * AbortSignal. Strings are as the service gave them, except that property values under secrets' names are masked.
 * Times are milliseconds since the epoch.
 */

import type { AwsAct, AwsRead } from './aws/doors.ts';
import type { QuestionType } from './dnsMessage.ts';

export type * from './aws/doors.ts';

/** A name server, and how it is shown. */
export interface DnsServer {
  /** As it is shown: `ns-1.awsdns-01.org`, `8.8.8.8`. */
  readonly label: string;
  readonly address: string;
  readonly port: number;
  readonly authoritative: boolean;
}

/** One record of an answer. */
export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly data: string;
}

/** What one server said to one question. `error` stands in for all else where it said nothing. */
export interface DnsAnswer {
  readonly server: DnsServer;
  readonly askedAtMs: number;
  readonly rttMs: number;
  readonly rcode?: string;
  readonly aa?: boolean;
  readonly chain: readonly DnsRecord[];
  readonly error?: string;
}

/** Questions to name servers of our choice. */
export interface Dig {
  /** Never throws for what a server does: silence and nonsense are answers with an `error`. */
  ask(server: DnsServer, name: string, type: QuestionType, signal?: AbortSignal): Promise<DnsAnswer>;
}

/** One complete SCAN over every database of one server process. */
export interface CachePass {
  readonly runId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Keys seen in all. */
  readonly keys: number;
  /** How many match each pattern that was asked for. */
  readonly counts: Readonly<Record<string, number>>;
  /** Some of the matching keys, by pattern, at most 100 each. */
  readonly samples: Readonly<Record<string, readonly string[]>>;
}

/** One cache, of which nothing is ever changed. */
export interface CacheRead {
  /** `cache`, `cache-state`, `cache-session`. */
  readonly name: string;
  /** Keys over all databases (INFO keyspace), with the process's run id and role. */
  look(signal?: AbortSignal): Promise<{ readonly runId: string; readonly role: string; readonly keys: number }>;
  /**
   * One pass; rejects where the process changed, the connection was lost or the role is not master, so that a pass
   * that resolves is a proof. Never uses KEYS.
   */
  scan(patterns: readonly string[], onProgress: (keys: number) => void, signal?: AbortSignal): Promise<CachePass>;
  close(): Promise<void>;
}

/** How a tunnel into the deployment stands. Clock times. */
export type TunnelState =
  /** Nobody has needed it yet. */
  | { readonly is: 'idle' }
  | { readonly is: 'connecting'; readonly sinceMs: number }
  | { readonly is: 'up'; readonly sinceMs: number }
  /** `reason` is a sentence with its cure, without its final dot. It is tried again by itself. */
  | { readonly is: 'broken'; readonly sinceMs: number; readonly reason: string; readonly nextTryMs: number };

/** How the caches are reached. */
export type CacheWay =
  | { readonly is: 'direct' }
  /** Through a machine of the deployment, by its Name tag. */
  | { readonly is: 'tunnel'; readonly through: string; readonly tunnel: TunnelState };

/** The caches of a bosslet. */
export interface Caches {
  /**
   * Whether this bosslet has a cache of this name now: its scenario may have none, and a stack that is made again has
   * none for a while. Rejects where nobody can tell.
   */
  has(name: string, signal?: AbortSignal): Promise<boolean>;
  /** Opens a connection of its own on first use. Throws for a name that is not known at all. */
  cache(name: string): CacheRead;
  way(): CacheWay;
  /** Called after each change of the way. Returns the way to stop. */
  onWay(listener: (way: CacheWay) => void): () => void;
  close(): Promise<void>;
}

/** What a web server said. */
export interface HttpAnswer {
  readonly status: number;
  /** At most 64 KiB of it. */
  readonly body: string;
}

/** Questions to web servers. */
export interface Http {
  /**
   * One GET, redirects not followed. `via` is the host to connect to while `url`'s own host is asked for: the load
   * balancer's address with the API's name. Throws where nothing answered.
   */
  get(url: string, options?: { readonly via?: string; readonly signal?: AbortSignal }): Promise<HttpAnswer>;
}

/** What is asked of the boss-manage checkout. */
export interface GitRead {
  /** 40 hex digits. */
  head(signal?: AbortSignal): Promise<string>;
  /** `git status --porcelain`, a line each. */
  status(signal?: AbortSignal): Promise<readonly string[]>;
  diff(paths: readonly string[], signal?: AbortSignal): Promise<string>;
}

/** What we change in the checkout. */
export interface GitAct extends GitRead {
  /** Puts tracked files back as they are in HEAD. */
  restore(paths: readonly string[], signal?: AbortSignal): Promise<void>;
}

/** A boss-manage command as an argument vector; no shell is ever involved. */
export interface ScriptCommand {
  /** Absolute path of the executable, or a name that is looked up on the scripts' PATH. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to the environment that scripts get; undefined: taken out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How a script ended. */
export interface ScriptResult {
  /** 128 + n where it died of signal n; 127 where it could not be run. */
  readonly exitCode: number;
  /** By the wall clock, also in a rehearsal: a supervisor knows no other. */
  readonly endedAtMs: number;
}

/** What a script's folder says. */
export type ScriptState =
  | { readonly is: 'missing' }
  /** `trouble`: what its supervisor could not do (keep the output, write the result on a full disk). */
  | { readonly is: 'running'; readonly logBytes: number; readonly trouble?: string }
  | { readonly is: 'ended'; readonly logBytes: number; readonly result: ScriptResult }
  /** Its supervisor died without a result: a reboot, a kill. */
  | { readonly is: 'lost'; readonly logBytes: number; readonly trouble?: string };
/** Scripts as whoever watches sees them. */
export interface ScriptsRead {
  state(folder: string): Promise<ScriptState>;
  /** Raw bytes of the log from an offset, as UTF-8; at most `maxBytes`. `nextOffset` never splits a character. */
  read(
    folder: string,
    offset: number,
    maxBytes?: number,
  ): Promise<{ readonly text: string; readonly nextOffset: number }>;
  /** Resolves when the log grew past `offset`, the script ended, or `ms` real milliseconds passed. */
  changed(folder: string, offset: number, ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Runs a command that only reads, on pipes, output in memory: never logged, never journaled. Its stdout; where the
   * exit code is not 0, its stderr after that. Its controlling terminal is one that nobody sees.
   */
  capture(
    command: ScriptCommand,
    signal?: AbortSignal,
  ): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** Absolute path of a program on the PATH that scripts get, or of the file that it names; undefined: there is none. */
  program(name: string): Promise<string | undefined>;
  /** A variable of the environment that scripts get. */
  variable(name: string): string | undefined;
  /** Whether a script could listen on this port of the loopback address now. */
  isPortFree(port: number): Promise<boolean>;
}

/** Scripts as whoever runs them sees them. */
export interface ScriptsAct extends ScriptsRead {
  /** Starts a script under its supervisor in a new 0700 folder. Throws where the folder exists. */
  start(folder: string, command: ScriptCommand): Promise<void>;
  /**
   * Puts answer number `n` (1, 2, …) with the Enter that ends it. Throws where that number was given or the one before
   * it was not, and for a text with a control character.
   */
  answer(folder: string, n: number, text: string): Promise<void>;
  answered(folder: string, n: number): Promise<boolean>;
  /** What Ctrl-C on its terminal would send; numbered like an answer. */
  interrupt(folder: string, n: number): Promise<void>;
}

/** All that may be read. */
export interface ReadDoors {
  readonly aws: AwsRead;
  /** The dev account; absent where the bosslet names none. */
  readonly dev?: AwsRead;
  readonly dig: Dig;
  readonly caches: Caches;
  readonly http: Http;
  readonly git: GitRead;
  readonly scripts: ScriptsRead;
}

/** All that may be done. */
export interface ActDoors extends ReadDoors {
  readonly aws: AwsAct;
  readonly dev?: AwsAct;
  readonly git: GitAct;
  readonly scripts: ScriptsAct;
}
