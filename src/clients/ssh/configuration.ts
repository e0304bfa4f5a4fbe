import type { SshAccess } from '../../bosslet/bosslet.ts';
import type { Machine } from './machines.ts';

export interface ConfigurationInput {
  readonly access: SshAccess;
  readonly bastion: Machine;
  /** Absent: only the bastion is entered. */
  readonly endpoint?: Machine;
  /** Kept from run to run. */
  readonly knownHostsFile: string;
  /** Somebody sits at a terminal who can be asked. */
  readonly interactive: boolean;
}

/** Seconds, per hop. */
const CONNECT_TIMEOUT_S = 10;
/** A machine that is silent for three of these is gone. Seconds. */
const ALIVE_INTERVAL_S = 10;

/**
 * What holds for every machine of ours. The host key is looked for under the instance's id: a machine that replaced
 * another at its address is no alarm, another key of the same machine is one. What a `Host *` of the user could set to
 * lead elsewhere (a shared connection, a command of its own, another name) is set here, since the first value counts.
 */
const shared = ({ access, knownHostsFile, interactive }: ConfigurationInput): readonly string[] => [
  `Port ${access.port}`,
  ...(access.identityFile === undefined
    ? []
    : // Without the second, the keys of an agent come first and may use up all the tries that sshd allows.
      [`IdentityFile ${path(access.identityFile)}`, 'IdentitiesOnly yes']),
  `UserKnownHostsFile ${path(knownHostsFile)}`,
  'StrictHostKeyChecking accept-new',
  'CheckHostIP no',
  'HashKnownHosts no',
  'UpdateHostKeys no',
  'CanonicalizeHostname no',
  `BatchMode ${interactive ? 'no' : 'yes'}`,
  `ConnectTimeout ${CONNECT_TIMEOUT_S}`,
  `ServerAliveInterval ${ALIVE_INTERVAL_S}`,
  'ServerAliveCountMax 3',
  'ExitOnForwardFailure yes',
  'StreamLocalBindUnlink yes',
  'StreamLocalBindMask 0177',
  'ControlMaster no',
  'ControlPath none',
  'RemoteCommand none',
  'PermitLocalCommand no',
  'LogLevel INFO',
];

/**
 * An ssh configuration for the way into the deployment's machines; they are called by their Name tags, so that a user's
 * own `Host endpoint.production.boss` can add what this does not set. `ssh -J` does not pass options on to the jump,
 * a configuration does.
 */
export function sshConfiguration(input: ConfigurationInput): string {
  const { access, bastion, endpoint } = input;
  const host = (machine: Machine, lines: readonly string[]) => [
    `Host ${word(machine.name)}`,
    ...[
      `HostName ${word(machine.address)}`,
      `HostKeyAlias ${word(machine.instanceId)}`,
      ...lines,
      ...shared(input),
    ].map((line) => `  ${line}`),
  ];
  return [
    ...host(bastion, [`User ${word(access.bastionUser)}`]),
    ...(endpoint ? host(endpoint, [`User ${word(access.user)}`, `ProxyJump ${word(bastion.name)}`]) : []),
    // With -F ssh reads no other: what the user and the machine have set up counts as it always does, after ours.
    'Host *',
    `  Include ${access.configFile === undefined ? '~/.ssh/config' : path(access.configFile)}`,
    '  Include /etc/ssh/ssh_config',
    '',
  ].join('\n');
}

/** Names and addresses come from outside: one with a space or a line feed in it would be a setting of its own. */
function word(text: string): string {
  if (!/^[\w.:@+-]+$/.test(text) || text.startsWith('-'))
    throw new Error(`${JSON.stringify(text)} cannot be written into an ssh configuration; correct it where it is set.`);
  return text;
}

/** `%` and `${` would be expanded, a quote would end the path. */
function path(text: string): string {
  if (!text.startsWith('/') || /["\\\p{Control}]|\$\{/u.test(text))
    throw new Error(`The path ${JSON.stringify(text)} cannot be written into an ssh configuration; use another.`);
  return `"${text.replaceAll('%', '%%')}"`;
}
