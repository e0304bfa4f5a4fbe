import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient, ListChangeSetsCommand } from '@aws-sdk/client-cloudformation';
import { spawn as spawnTerminal } from '@lydell/node-pty';
import { CONFIGS, type Config, MACHINES } from '../../../src/bosslet/bosslet.ts';
import { stackName } from '../../../src/bosslet/names.ts';
import { type Clock, createClock } from '../../../src/clock.ts';
import { createAwsWorld } from '../../../src/rehearsal/aws/aws.ts';
import { createCheckout } from '../../../src/rehearsal/bossManage/checkout.ts';
import { devIam } from '../../../src/rehearsal/bossManage/checkoutIam.ts';
import type { ScriptBosslet, ScriptWorld } from '../../../src/rehearsal/bossManage/scriptWorld.ts';
import { STACK_VERSIONS, stackTemplate } from '../../../src/rehearsal/bossManage/templates.ts';
import type { FaultName } from '../../../src/rehearsal/faults.ts';
import { until } from '../../support/until.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/boss-manage.js', import.meta.url));
const DAY_MS = 86_400_000;
const NS = ['ns-1.awsdns-01.org', 'ns-2.awsdns-02.com'];

export const production: ScriptBosslet = {
  internalDomain: 'production.boss',
  externalDomain: 'theboss.io',
  accountId: '123456789012',
  region: 'us-east-1',
  amiSuffix: '.boss',
  scenario: 'production',
  alertTopic: 'ProductionMicronsMailingList',
  accessKeyId: 'AKIAPRODUCTION',
  secretAccessKey: 'production-secret',
};
export const dev: ScriptBosslet = {
  ...production,
  internalDomain: 'dev.boss',
  accountId: '210987654321',
  accessKeyId: 'AKIADEV',
  secretAccessKey: 'dev-secret',
};

/** A script on a pseudo-terminal of 200×50. */
export interface TerminalRun {
  /** All that it wrote. */
  output(): string;
  /** Waits for a text in what it wrote. */
  sees(text: string): Promise<void>;
  type(text: string): void;
  kill(signal: string): void;
  readonly exit: Promise<{ readonly code: number; readonly signal: number }>;
}

export type Scripts = Awaited<ReturnType<typeof openScripts>>;

/** A clock that can be stopped, and go on where it was. */
function stoppable(clock: Clock) {
  let behindMs = 0;
  let stoppedAtMs: number | undefined;
  return {
    ...clock,
    now: () => stoppedAtMs ?? clock.now() - behindMs,
    // Whoever wakes while it stands looks again later; each call of AWS looks, too.
    sleep: (ms: number, signal?: AbortSignal) =>
      clock.sleep(stoppedAtMs === undefined ? ms : Math.max(ms, 1_000), signal),
    stop() {
      stoppedAtMs = clock.now() - behindMs;
    },
    goOn() {
      if (stoppedAtMs !== undefined) behindMs = clock.now() - stoppedAtMs;
      stoppedAtMs = undefined;
    },
  };
}

/** A checkout with its scripts, an AWS with the eight stacks of a production bosslet, and a dev account. */
export async function openScripts({
  faults = [],
  speed = 1_000,
  configs = CONFIGS,
  coreVersion = STACK_VERSIONS.core,
}: {
  faults?: readonly FaultName[];
  speed?: number;
  /** The stacks that exist. */
  configs?: readonly Config[];
  /** The StackVersion tag of core. */
  coreVersion?: number;
} = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'boss-scripts-'));
  const checkout = join(folder, 'boss-manage');
  const startedAtMs = Date.now();
  const origin = { speed, originMs: startedAtMs, startedAtMs };
  const clock = createClock(origin);
  const awsClock = stoppable(clock);
  const aws = await createAwsWorld({ clock: awsClock, faults: new Set(faults) });
  const { head } = await createCheckout({ folder: checkout, scriptProgram: PROGRAM, faults: new Set(faults) });
  const world: ScriptWorld = {
    clock: origin,
    faults: [...faults],
    bosslets: { 'production.boss': production, 'dev.boss': dev },
    vault: {
      'secret/auth/realm': { username: 'bossadmin', password: 'S3cretRealmPw0001', client_id: 'endpoint' },
      'secret/auth': { username: 'admin', password: 'S3cretAdminPw0001', client_id: 'admin-cli' },
    },
    worldStartedAtMs: startedAtMs,
  };
  const worldFile = join(folder, 'script-world.json');
  await writeFile(worldFile, JSON.stringify(world));
  seedAccounts(aws, configs, coreVersion, startedAtMs);
  const env = {
    PATH: `${fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url))}:${process.env.PATH}`,
    HOME: folder,
    TZ: 'UTC',
    BOSS_WORLD_FILE: worldFile,
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: production.accessKeyId,
    AWS_SECRET_ACCESS_KEY: production.secretAccessKey,
  };
  const bin = join(checkout, 'bin');
  const cloudFormation = new CloudFormationClient({
    region: production.region,
    endpoint: aws.url,
    credentials: { accessKeyId: production.accessKeyId, secretAccessKey: production.secretAccessKey },
  });
  return {
    folder,
    checkout,
    head,
    aws,
    clock,
    /** What reaches a script of what is around it. */
    environment: env,
    /** Runs a script on pipes; `input` is what its stdin gives before it ends; undefined leaves it open. */
    async run(name: string, args: readonly string[], options: { input?: string; cwd?: string } = {}) {
      const child = spawn(join(bin, name), args, { cwd: options.cwd ?? bin, env });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      if (options.input !== undefined) child.stdin.end(options.input);
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
      return { code, stdout, stderr };
    },
    /** Starts a script on a terminal. */
    start(name: string, args: readonly string[]): TerminalRun {
      const terminal = spawnTerminal(join(bin, name), [...args], { cols: 200, rows: 50, cwd: bin, env });
      let output = '';
      let over = false;
      terminal.onData((data) => {
        output += data;
      });
      const exit = new Promise<{ code: number; signal: number }>((resolve) =>
        terminal.onExit(({ exitCode, signal }) => {
          over = true;
          resolve({ code: exitCode, signal: signal ?? 0 });
        }),
      );
      return {
        output: () => output,
        async sees(text) {
          await until(`${JSON.stringify(text)} of ${name} ${args.join(' ')}`, () => {
            if (output.includes(text)) return true;
            if (over) throw new Error(`it ended with:\n${output}`);
            return false;
          });
        },
        type: (text) => terminal.write(text),
        kill: (signal) => terminal.kill(signal),
        exit,
      };
    },
    /** Status of a stack's change sets, by name. */
    async changeSets(config: Config): Promise<Record<string, string>> {
      const { Summaries = [] } = await cloudFormation.send(
        new ListChangeSetsCommand({ StackName: stackName(production, config) }),
      );
      return Object.fromEntries(Summaries.map(({ ChangeSetName, Status }) => [ChangeSetName ?? '', Status ?? '']));
    },
    status: (config: Config) => aws.stackStatus(production.accountId, stackName(production, config)),
    /** Stops AWS where it is once a stack has a status, so that nothing of it is over before a script has looked. */
    async holdAt(config: Config, status: string) {
      await until(`${config} to be ${status}`, () => this.status(config) === status);
      awsClock.stop();
      if (this.status(config) !== status) throw new Error(`${config} was ${status} for a moment only`);
    },
    /** Lets AWS go on. */
    goOn: () => awsClock.goOn(),
    async close() {
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function seedAccounts(
  aws: Awaited<ReturnType<typeof createAwsWorld>>,
  configs: readonly Config[],
  coreVersion: number,
  nowMs: number,
): void {
  const { accountId, region } = production;
  aws.seed.account(accountId, production.accessKeyId, region);
  aws.seed.account(dev.accountId, dev.accessKeyId, region);
  aws.seed.hostedZone({ accountId, name: 'theboss.io.', nameServers: NS });
  aws.seed.distribution({ accountId, domainName: 'y3xkd1vyu9iu3.cloudfront.net', aliases: ['api.theboss.io'] });
  aws.seed.topic({ accountId, name: production.alertTopic, subscriptions: [], filterPolicyLimit: 200 });
  aws.seed.iam({ accountId: dev.accountId, ...devIam(dev.accountId) });
  for (const owner of [production, dev])
    for (const [at, machine] of MACHINES.entries())
      for (const [version, ageDays] of [
        ['h11111111', 40],
        ['h22222222', 2],
      ] as const)
        aws.seed.image({
          accountId: owner.accountId,
          imageId: `ami-${version}${at}${owner.accountId.slice(0, 3)}`,
          name: `${machine}.boss-${version}`,
          ownerId: owner.accountId,
          createdAtMs: nowMs - ageDays * DAY_MS,
          tags: { Commit: version },
        });
  const images = Object.fromEntries(MACHINES.map((machine, at) => [machine, `ami-h11111111${at}123`]));
  for (const config of configs)
    aws.seed.stack({
      accountId,
      stackName: stackName(production, config),
      template: stackTemplate(config, {
        bosslet: production,
        images: images as Record<(typeof MACHINES)[number], string>,
        scenario: 'production',
        revision: 'deployed',
        faults: new Set(),
      }),
      tags: { StackVersion: String(config === 'core' ? coreVersion : STACK_VERSIONS[config]), Commit: '1'.repeat(40) },
      createdAtMs: nowMs - 40 * DAY_MS,
    });
}
