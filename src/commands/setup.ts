import { hostname } from 'node:os';
import type { Bosslet } from '../bosslet/bosslet.ts';
import { instanceName, publicHost } from '../bosslet/names.ts';
import type { JournalRecord } from '../release/records.ts';
import { runbookFor } from '../runbook/runbookFor.ts';
import { createAppStore, type Store } from '../store/store.ts';
import type { Reach } from './doors.ts';
import { userName } from './userName.ts';

/** What is opened: a bosslet, how it is reached, where its records are. */
export interface Setup extends Reach {
  readonly mode: 'production' | 'rehearsal';
  /** Below it stands `<account>/<bosslet>/`. */
  readonly recordsFolder: string;
  readonly faults: readonly string[];
  readonly version: string;
  readonly onRecord?: (record: JournalRecord) => void;
}

export const runbookOf = (bosslet: Bosslet) =>
  runbookFor({
    bosslet: bosslet.name,
    internalDomain: bosslet.internalDomain,
    externalDomain: bosslet.externalDomain,
    ...(bosslet.externalFormat === undefined ? {} : { externalFormat: bosslet.externalFormat }),
    sprint: bosslet.sprint,
    ...(bosslet.scenario === undefined ? {} : { scenario: bosslet.scenario }),
    ...(bosslet.dev && { devBosslet: bosslet.dev.bosslet }),
  });

/** The state before anything was looked at: enough for a first frame. */
export function createStore(setup: Setup): Store {
  const { bosslet, clock } = setup;
  return createAppStore(
    {
      mode: setup.mode,
      role: setup.readOnly ? 'watcher' : 'operator',
      ...(setup.readOnly && { readOnly: true }),
      bosslet: bosslet.name,
      accountId: bosslet.accountId,
      region: bosslet.region,
      operator: `${userName()}@${hostname()}`,
      sprint: bosslet.sprint,
      customEndpoint: setup.awsEndpoint ?? process.env.AWS_ENDPOINT_URL,
      credentialsEndMs: undefined,
      publicHost: publicHost(bosslet),
      ...(bosslet.redis.via !== 'direct' && bosslet.redis.ssh && { machine: instanceName(bosslet, 'endpoint') }),
      speed: clock.speed,
      faults: setup.faults,
      runbook: runbookOf(bosslet),
    },
    clock.now(),
  );
}
