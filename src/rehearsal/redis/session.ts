import type { Database } from './keyspace.ts';
import type { Protocol } from './resp.ts';

/** What one connection has set for itself. */
export interface Session {
  readonly id: number;
  readonly address: string;
  protocol: Protocol;
  database: number;
  name: string;
  authenticated: boolean;
  /** Set by QUIT: the connection ends after its reply. */
  leaving: boolean;
}

/** The server process as its commands see it. */
export interface Process {
  /** 40 hex digits, new with each start. */
  readonly runId: string;
  readonly port: number;
  readonly databases: readonly Database[];
  /** Required of each client where it is set. */
  readonly password: string | undefined;
  readonly startedAtMs: number;
  sessions(): readonly Session[];
  /** Clock milliseconds. */
  now(): number;
}
