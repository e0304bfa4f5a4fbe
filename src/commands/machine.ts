import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isAlive, processStart } from '../clients/process.ts';
import type { LockHost } from '../release/lock.ts';
import { userName } from './userName.ts';

/** This machine and this process, as the lock needs to know them. */
export async function thisMachine(): Promise<LockHost> {
  // Only Linux has a boot id; elsewhere pid and start time alone tell processes apart.
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown');
  return {
    bootId: bootId.trim(),
    host: hostname(),
    user: userName(),
    processStart: (await processStart(process.pid)) ?? '',
    isAlive,
  };
}
