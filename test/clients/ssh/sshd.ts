import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SshAccess } from '../../../src/bosslet/bosslet.ts';
import type { Instance } from '../../../src/clients/doors.ts';
import { createSsh, type Ssh } from '../../../src/clients/ssh/ssh.ts';
import { createClock } from '../../../src/clock.ts';
import { type Daemon, needing, startDaemon } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

/** Names a group of tests that needs a real ssh on both sides. */
export const realSsh = (name: string) => needing(['ssh', 'sshd', 'redis-server'], name);

/** So fast that the first new try is hundredths of a second away, and one after a lasting trouble half a second. */
export const fastClock = createClock({ speed: 100, originMs: Date.now(), startedAtMs: Date.now() });

/** A machine that is entered over ssh: a real sshd on a loopback address. */
export interface SshMachine {
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** A deployment whose machines are sshds on loopback addresses, all with one port as those of AWS have. */
export interface Deployment {
  readonly folder: string;
  readonly keyFile: string;
  readonly knownHostsFile: string;
  /** What EC2 says; a test changes it. */
  instances: Instance[];
  readonly access: SshAccess;
  /** A host key by a name of its own: the same name is the same key. */
  sshd(options: {
    readonly address: string;
    readonly port: number;
    readonly hostKey: string;
    readonly more?: readonly string[];
  }): Promise<SshMachine>;
  /** The program's way into it; `port` is the one of every hop. */
  ssh(port: number, change?: Partial<SshAccess>, environment?: NodeJS.ProcessEnv): Ssh;
}

const keygen = (file: string) => {
  if (!existsSync(file)) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  return file;
};

export const instance = (name: string, instanceId: string, privateIpAddress: string, more = {}): Instance => ({
  instanceId,
  name: `${name}.production.boss`,
  state: 'running',
  launchTimeMs: 1,
  privateIpAddress,
  ...more,
});

export function createDeployment(): Deployment {
  const folder = mkdtempSync(join(tmpdir(), 'boss-tui-sshd-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const keyFile = keygen(join(folder, 'user-key'));
  copyFileSync(`${keyFile}.pub`, join(folder, 'authorized_keys'));
  // Nothing of this machine's own user may decide what a test finds.
  const configFile = join(folder, 'config');
  writeFileSync(configFile, '', { mode: 0o600 });
  chmodSync(keyFile, 0o600);
  const { username } = userInfo();
  const access: SshAccess = { user: username, bastionUser: username, port: 22, identityFile: keyFile, configFile };
  const knownHostsFile = join(folder, 'state', 'known_hosts');
  const self: Deployment = {
    folder,
    keyFile,
    knownHostsFile,
    instances: [],
    access,
    async sshd({ address, port, hostKey, more = [] }) {
      // Where root starts it, sshd locks its children up in this empty folder.
      if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
      const file = join(folder, `sshd-${hostKey}.conf`);
      const lines = [
        ...more,
        `ListenAddress ${address}`,
        `HostKey ${keygen(join(folder, `host-${hostKey}`))}`,
        `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
        'PidFile none',
        'StrictModes no',
        'UsePAM no',
        'PermitRootLogin yes',
        'PasswordAuthentication no',
        'LogLevel VERBOSE',
      ];
      writeFileSync(file, `${lines.join('\n')}\n`);
      const daemon: Daemon = startDaemon('sshd', ['-D', '-e', '-f', file, '-p', String(port)]);
      onTestFinished(() => daemon.stop());
      await until(`sshd at ${address}:${port} (${daemon.said()})`, () => answers(address, port));
      return { address, port, stop: () => daemon.stop() };
    },
    ssh(port, change = {}, environment = process.env) {
      const ssh = createSsh({
        access: { ...access, port, ...change },
        bastion: 'bastion.production.boss',
        endpoint: 'endpoint.production.boss',
        ec2: { instances: async () => self.instances },
        knownHostsFile,
        clock: fastClock,
        environment,
      });
      onTestFinished(() => ssh.close());
      return ssh;
    },
  };
  return self;
}

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
