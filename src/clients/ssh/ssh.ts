import { access as mayAccess, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SshAccess } from '../../bosslet/bosslet.ts';
import type { Clock } from '../../clock.ts';
import type { Ec2Read } from '../doors.ts';
import { sshConfiguration } from './configuration.ts';
import { NoWay } from './failure.ts';
import { makeSshFolder, type SshFolder } from './folder.ts';
import { openForward } from './forward.ts';
import { findMachines, type Machine } from './machines.ts';
import { createTunnel, type Tunnel } from './tunnel.ts';

export interface SshOptions {
  readonly access: SshAccess;
  /** Name tags of the two machines. */
  readonly bastion: string;
  readonly endpoint: string;
  readonly ec2: Pick<Ec2Read, 'instances'>;
  /** Host keys by instance id, kept from run to run; its folder is made where there is none. */
  readonly knownHostsFile: string;
  readonly clock: Clock;
  /** What ssh is started with: the agent's socket, PATH, HOME. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** A host and port as seen from the machine that forwards. */
export interface FarEnd {
  readonly host: string;
  readonly port: number;
}

/** An interactive ssh, ready to be started on a terminal. */
export interface ShellCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Its Name tag and id, as they are shown. */
  readonly machine: string;
  readonly knownHostsFile: string;
}

/** The way into the deployment's machines, over the system's ssh. */
export interface Ssh {
  /** A tunnel from this machine to what the last machine of the way reaches, and where each far end is found here. */
  tunnel(
    via: 'endpoint' | 'bastion',
    farEnds: ReadonlyMap<string, FarEnd>,
  ): Tunnel & { socketOf(name: string): Promise<string> };
  /** What enters the endpoint. Looks the machines up, so that it may take a second. */
  shell(signal?: AbortSignal): Promise<ShellCommand>;
  /** Ends its tunnels and removes what it made. */
  close(): Promise<void>;
}

/** Makes and starts nothing yet. */
export function createSsh(options: SshOptions): Ssh {
  const { access, ec2, knownHostsFile, environment = process.env } = options;
  const tunnels: Tunnel[] = [];
  let folder: Promise<SshFolder> | undefined;
  const ours = () => {
    folder ??= makeSshFolder(environment).catch((error: unknown) => {
      folder = undefined;
      throw error;
    });
    return folder;
  };

  /** Looks the machines up and writes the configuration that leads into the last of them. */
  async function enter(to: 'endpoint' | 'bastion', interactive: boolean, turn: number, signal?: AbortSignal) {
    await mustBeReadable(access);
    const wanted = [
      { name: options.bastion, from: 'here' as const },
      ...(to === 'endpoint' ? [{ name: options.endpoint, from: 'within' as const }] : []),
    ];
    const [bastion, endpoint] = await findMachines(ec2, wanted, turn, signal);
    // One was found for each that was wanted, or it has thrown.
    const first = bastion as Machine;
    const { path } = await ours();
    await mkdir(dirname(knownHostsFile), { recursive: true, mode: 0o700 });
    // ssh would make it readable by others.
    await writeFile(knownHostsFile, '', { mode: 0o600, flag: 'a' });
    const file = join(path, interactive ? 'shell.conf' : 'tunnel.conf');
    const text = sshConfiguration({
      access,
      bastion: first,
      ...(endpoint && { endpoint }),
      knownHostsFile,
      interactive,
    });
    await writeFile(file, text, { mode: 0o600 });
    return { file, machine: endpoint ?? first };
  }

  return {
    tunnel(via, farEnds) {
      const names = [...farEnds.keys()];
      const socketOf = async (name: string) => join((await ours()).path, `cache${names.indexOf(name)}`);
      const tunnel = createTunnel({
        clock: options.clock,
        async open(turn, onLine, signal) {
          const { file, machine } = await enter(via, false, turn, signal);
          const sockets = await Promise.all(names.map(socketOf));
          const forwards = [...farEnds.values()].flatMap(({ host, port }, index) => [
            '-L',
            `${sockets[index]}:${host.includes(':') ? `[${host}]` : host}:${port}`,
          ]);
          const { note } = await ours();
          return openForward(
            {
              args: ['-F', file, '-N', '-T', ...forwards, machine.name],
              environment,
              sockets,
              knownHostsFile,
              onLine,
              onStarted: note,
            },
            signal,
          );
        },
      });
      tunnels.push(tunnel);
      return { ...tunnel, socketOf };
    },
    async shell(signal) {
      const { file, machine } = await enter('endpoint', true, 0, signal);
      return {
        file: 'ssh',
        // ssh's own escapes are off: `~^Z` would stop it with no shell behind it that could wake it.
        args: ['-F', file, '-t', '-e', 'none', machine.name],
        environment,
        machine: `${machine.name} (${machine.instanceId})`,
        knownHostsFile,
      };
    },
    async close() {
      await Promise.all(tunnels.map((tunnel) => tunnel.close()));
      const made = await folder?.catch(() => undefined);
      await made?.remove();
    },
  };
}

/** ssh passes over a configuration that is not there without a word, and tells of a key only between other things. */
async function mustBeReadable({ identityFile, configFile }: SshAccess): Promise<void> {
  for (const [field, file] of [
    ['identityFile', identityFile],
    ['configFile', configFile],
  ] as const) {
    if (file === undefined) continue;
    await mayAccess(file).catch((error: NodeJS.ErrnoException) => {
      throw new NoWay({
        reason: `the file ${file} ${error.code === 'ENOENT' ? 'does not exist' : 'cannot be read'}`,
        cure: `correct redis.ssh.${field} in the configuration`,
        lasts: true,
      });
    });
  }
}
