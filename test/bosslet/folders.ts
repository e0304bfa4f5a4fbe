import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that only this user can write, gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'boss-tui-config-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file that only this user can write, with the folders it needs. */
export async function put(file: string, text: string, mode = 0o600): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

/** A checkout whose `boss-config.py` is this shell script. */
export async function checkoutWith(folder: string, script: string): Promise<string> {
  const checkout = join(folder, 'boss-manage');
  await put(join(checkout, 'bin', 'boss-config.py'), `#!/bin/sh\n${script}\n`, 0o755);
  return checkout;
}

/** A `boss-config.py` that says this of each bosslet, after a warning as the real one has them. */
export const saying = (said: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string =>
  [
    `echo " WARN: Extra variable 'THING' defined"`,
    'case "$1" in',
    ...Object.entries(said).map(([name, values]) => `${name}) echo '${JSON.stringify(values)}';;`),
    `*) echo "boss-config.py: error: argument bosslet_name: invalid choice: '$1' (choose from ${Object.keys(said)
      .map((name) => `'${name}'`)
      .join(', ')})" >&2; exit 2;;`,
    'esac',
  ].join('\n');

/** What boss-manage's own file of production says. */
export const PRODUCTION_SAID = {
  EXTERNAL_DOMAIN: 'theboss.io',
  EXTERNAL_FORMAT: '{machine}',
  INTERNAL_DOMAIN: 'production.boss',
  AMI_SUFFIX: '.boss',
  SCENARIO: 'production',
  REGION: 'us-east-1',
  ACCOUNT_ID: 12_345_678_901,
  PROFILE: null,
  SSH_KEY: 'production-key',
  ALERT_TOPIC: 'ProductionMicronsMailingList',
} as const;
