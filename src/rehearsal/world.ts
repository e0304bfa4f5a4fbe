import type { Bosslet } from '../bosslet/bosslet.ts';
import type { Clock } from '../clock.ts';
import type { AwsWorld } from './contract.ts';
import type { FaultName } from './faults.ts';

/** What a world is made with. */
export interface WorldOptions {
  /** Where it keeps its checkout and files: a 0700 folder that is its own. */
  readonly folder: string;
  readonly clock: Clock;
  readonly faults: readonly FaultName[];
  /** The stage before which it begins: the world is as all earlier stages leave it. Absent: before the first. */
  readonly from?: string;
  /** The built script program (`dist/boss-manage.js`) that the checkout's executables run. */
  readonly scriptProgram: string;
}

/** How the panel reaches a world. Everything is explicit, so that a rehearsal can never reach a real account. */
export interface WorldAddresses {
  /** One endpoint for every AWS service: `http://127.0.0.1:<port>`. */
  readonly awsEndpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly devCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly bosslet: Bosslet;
  /** The whole environment that scripts run with, built from nothing. */
  readonly scriptEnvironment: Readonly<Record<string, string>>;
}

/** A running world. */
export interface World {
  readonly addresses: WorldAddresses;
  /** For tests: what is where, and what people outside do. */
  readonly aws: AwsWorld;
  readonly clock: Clock;
  /** HEAD of the checkout, 40 hex digits. */
  readonly head: string;
  /** Wall-clock milliseconds of the last request of any kind: HTTP, DNS or Redis. */
  lastRequestAtMs(): number;
  stop(): Promise<void>;
}
