import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sanitiseLine } from '../text/sanitise.ts';
import { whyBossConfigFailed } from './bossConfigFailure.ts';
import { bossConfigFile } from './checkout.ts';
import { ConfigurationError } from './configurationError.ts';
import { type Layer, layerOf } from './layer.ts';
import { runToEnd } from './runToEnd.ts';
import { SETTING_NAMES, settingOf } from './settings.ts';

/** How a checkout's scripts are run. */
export interface ScriptRunning {
  /** The checkout, absolute. */
  readonly checkout: string;
  /** Absent: the script's own shebang. */
  readonly python?: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Real milliseconds; absent: {@link TIMEOUT_MS}. */
  readonly timeoutMs?: number;
}

/** The scripts' libraries come from a cold disk at times. */
const TIMEOUT_MS = 30_000;

const KEYS = SETTING_NAMES.flatMap((name) => settingOf(name).key ?? []);

/** Constant text, since the script evaluates it. Some bosslet files leave SCENARIO and PROFILE out. */
const EXPRESSION = `__import__("json").dumps({${KEYS.map((key) => `"${key}": getattr(bosslet, "${key}", None)`).join(', ')}})`;

/** What a checkout's `boss-config.py` says of a bosslet. Throws {@link ConfigurationError} with one sentence and its cure. */
export async function readBossConfig(bosslet: string, running: ScriptRunning): Promise<Layer> {
  const { checkout, python, environment, signal, timeoutMs = TIMEOUT_MS } = running;
  const file = bossConfigFile(checkout);
  if (!(await stat(checkout).catch(() => undefined))?.isDirectory())
    throw new ConfigurationError(
      `The boss-manage checkout ${checkout} is no folder: correct bossManage or --boss-manage.`,
    );
  if (!(await stat(file).catch(() => undefined))?.isFile())
    throw new ConfigurationError(
      `${checkout} has no bin/boss-config.py, so it is no boss-manage checkout: correct bossManage or --boss-manage.`,
    );
  const args = [bosslet, '-e', EXPRESSION];
  const ran = await runToEnd({
    ...(python === undefined ? { file, args } : { file: python, args: [file, ...args] }),
    cwd: join(checkout, 'bin'),
    env: { ...environment, PYTHONUNBUFFERED: '1' },
    timeoutMs,
    ...(signal && { signal }),
  });
  const values = ran.is === 'exited' && ran.code === 0 ? lastObject(ran.stdout) : undefined;
  if (!values) throw new ConfigurationError(whyBossConfigFailed(ran, { bosslet, file, python, timeoutMs }));
  return layerOf(
    valuesOf(values),
    (name) => ({ is: 'script', bosslet, key: settingOf(name).key ?? '' }),
    (name, expected, value) =>
      new ConfigurationError(
        `${file} ${bosslet}: ${settingOf(name).key} must be ${expected}, and is ${sanitiseLine(String(value))}; correct the bosslet's file.`,
      ),
  );
}

/** Warnings may be printed before it. */
function lastObject(stdout: string): Readonly<Record<string, unknown>> | undefined {
  const line = stdout.split('\n').findLast((each) => each.startsWith('{'));
  try {
    const value: unknown = JSON.parse(line ?? '');
    return value !== null && typeof value === 'object' ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** boss-manage's values as ours. */
function valuesOf(said: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const values = Object.fromEntries(SETTING_NAMES.map((name) => [name, said[settingOf(name).key ?? '']]));
  const { ACCOUNT_ID: accountId, SSH_KEY: key } = said;
  return {
    ...values,
    // A number in Python: its leading zeros are lost.
    accountId: typeof accountId === 'number' ? String(accountId).padStart(12, '0') : accountId,
    'redis.ssh.identityFile': typeof key === 'string' && key !== '' ? join(homedir(), '.ssh', `${key}.pem`) : undefined,
  };
}
