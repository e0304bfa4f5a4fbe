import { sanitiseLine } from '../../text/sanitise.ts';

/** Why there is no way into the deployment's machines. */
export interface SshFailure {
  /** What happened, to what; no final dot. */
  readonly reason: string;
  /** What the operator can do. */
  readonly cure: string;
  /** It stays so until somebody does something: trying again soon only fills the bastion's log. */
  readonly lasts: boolean;
}

/** Thrown where there is no way; whoever reads caches tells its reason and cure as they are. */
export class NoWay extends Error {
  override readonly name = 'NoWay';
  readonly failure: SshFailure;
  constructor(failure: SshFailure) {
    super(`${failure.reason}; ${failure.cure}`);
    this.failure = failure;
  }
}

interface Row {
  readonly says: RegExp;
  /** `$1` … are what the expression caught; `%known` is the file of known host keys. */
  readonly reason: string;
  readonly cure: string;
  readonly lasts?: true;
}

/** By what OpenSSH writes to its standard error; the first that matches counts, so causes stand before their effects. */
const ROWS: readonly Row[] = [
  {
    says: /Permissions \S+ for '([^']+)' are too open/,
    reason: 'the key $1 can be read by others, so ssh does not use it',
    cure: 'chmod 600 it',
    lasts: true,
  },
  {
    says: /no such identity: (.+?): (?:No such file|Permission denied)/,
    reason: 'the key $1 cannot be read',
    cure: 'correct redis.ssh.identityFile in the configuration',
    lasts: true,
  },
  {
    says: /Host key for (\S+) has changed/,
    reason: 'the host key of $1 has changed, though it is the same instance: this may be somebody in between',
    cure: 'compare it with the console output of $1; only where it is right, ssh-keygen -R $1 -f %known',
    lasts: true,
  },
  {
    says: /Host key verification failed/,
    reason: 'a host key could not be verified',
    cure: 'look at %known and at StrictHostKeyChecking in your ssh configuration',
    lasts: true,
  },
  {
    says: /Bad owner or permissions on (\S+)/,
    reason: 'ssh refuses its configuration $1, which others can write',
    cure: 'chmod 600 it, and see that it is yours',
    lasts: true,
  },
  {
    says: /(\S+): (?:line \d+: Bad configuration option: \S+|terminating, \d+ bad configuration options)/,
    reason: 'ssh does not understand its configuration $1',
    cure: 'correct it, or name another as redis.ssh.configFile',
    lasts: true,
  },
  {
    says: /jumphost loop via (\S+)/,
    reason: 'your ssh configuration sends the way to $1 through itself',
    cure: 'except it from ProxyJump there',
    lasts: true,
  },
  {
    says: /Too many authentication failures/,
    reason: 'your agent offers more keys than the machine lets anybody try',
    cure: 'name the right one as redis.ssh.identityFile in the configuration',
    lasts: true,
  },
  {
    says: /(\S+@\S+): Permission denied(?: \(([^)]*)\))?/,
    reason: '$1 refuses our key',
    cure: 'check user, bastionUser and identityFile of redis.ssh; a key with a passphrase must be in the agent (ssh-add)',
    lasts: true,
  },
  {
    says: /Could not resolve hostname ([^\s:]+)/,
    reason: 'the name $1 is unknown here',
    cure: 'look at ProxyJump and ProxyCommand in your ssh configuration, and at the network',
  },
  {
    says: /administratively prohibited/,
    reason: 'the machine forbids forwarding',
    cure: 'allow it there (AllowTcpForwarding yes in sshd_config)',
    lasts: true,
  },
  {
    // What the bastion says of the machine behind it, by the forward that the jump is made of.
    says: /channel 0: open failed: connect failed: ([^\r\n]+)/,
    reason: 'the bastion cannot reach the endpoint ($1)',
    cure: 'look whether its instance runs and whether the security groups let the bastion in',
  },
  {
    says: /(?:unix_listener|Could not request local forwarding|cannot bind to path)[^\r\n]*/,
    reason: 'ssh could not listen for the caches on this machine',
    cure: 'look at the folder for temporary files, whether it is full or may not be written',
  },
  {
    says: /Timeout, server (\S+) not responding/,
    reason: 'the machine $1 fell silent',
    cure: 'look at the network; it is tried again by itself',
  },
  {
    says: /connect to (?:host|address) (\S+) port (\d+): (Connection refused)/,
    reason: 'nothing listens for ssh at $1 port $2',
    cure: 'look whether the instance is up, and at redis.ssh.port in the configuration',
  },
  {
    says: /connect to (?:host|address) (\S+) port (\d+): ([^\r\n]+)/,
    reason: 'there is no answer from $1 port $2 ($3)',
    cure: 'look at the network (VPN) and whether the security group lets this machine in',
  },
  {
    says: /Connection timed out during banner exchange|Connection to (\S+) port \d+ timed out/,
    reason: 'a machine took the connection and said nothing',
    cure: 'look whether the instance is well; it is tried again by itself',
  },
  {
    says: /kex_exchange_identification|Connection (?:reset|closed) by|closed by remote host|Broken pipe|send disconnect/,
    reason: 'the connection was lost',
    cure: 'it is made again by itself',
  },
];

const fill = (text: string, match: RegExpExecArray, knownHostsFile: string): string =>
  text.replace(/\$(\d)/g, (_, index: string) => match[Number(index)] ?? 'unknown').replaceAll('%known', knownHostsFile);

/** What ssh's standard error means. It may hold warnings and what an earlier hop said. */
export function sshFailure(
  said: string,
  exit: { readonly code: number | null; readonly signal: string | null },
  knownHostsFile: string,
): SshFailure {
  for (const { says, reason, cure, lasts } of ROWS) {
    const match = says.exec(said);
    if (match)
      return {
        reason: sanitiseLine(fill(reason, match, knownHostsFile)),
        cure: sanitiseLine(fill(cure, match, knownHostsFile)),
        lasts: lasts === true,
      };
  }
  const last = said
    .split(/\r?\n/)
    .findLast((line) => line.trim() !== '' && !line.startsWith('Warning: Permanently added'));
  const how = exit.signal === null ? `with exit ${exit.code ?? 'unknown'}` : `by ${exit.signal}`;
  return {
    reason: last === undefined ? `ssh ended ${how} and said nothing` : `ssh ended ${how}: ${sanitiseLine(last)}`,
    cure: 'it is tried again by itself',
    lasts: false,
  };
}

/** ssh itself could not be started. */
export const noSsh = (code: string | undefined): SshFailure => ({
  reason: code === 'ENOENT' ? 'there is no ssh on the PATH' : `ssh could not be started (${code ?? 'unknown'})`,
  cure: "install OpenSSH's client",
  lasts: true,
});

/** What the far end says of one connection to a cache while the way itself stands. */
const CHANNELS: readonly Omit<Row, 'lasts'>[] = [
  {
    says: /Name or service not known|Temporary failure in name resolution|nodename nor servname|Unknown host/i,
    reason: 'its name is unknown there',
    cure: 'check internalDomain, and the cache record of the redis stack',
  },
  {
    says: /administratively prohibited/,
    reason: 'the machine forbids forwarding to it',
    cure: 'allow it there (AllowTcpForwarding and PermitOpen in sshd_config)',
  },
  {
    says: /Connection refused/,
    reason: 'nothing listens there',
    cure: 'look whether the cache exists and has this port',
  },
  {
    says: /connect failed: ([^\r\n]+)/,
    reason: 'it cannot be reached from there ($1)',
    cure: 'look whether the cache exists and its security group lets the machine in',
  },
];

/** What a line of ssh's says of a refused connection; undefined where it is about anything else. */
export function channelFailure(line: string): SshFailure | undefined {
  const said = /^channel \d+: open failed: (.*)$/.exec(line.trim())?.[1];
  if (said === undefined) return undefined;
  for (const { says, reason, cure } of CHANNELS) {
    const match = says.exec(said);
    if (match) return { reason: sanitiseLine(fill(reason, match, '')), cure, lasts: false };
  }
  return { reason: sanitiseLine(said), cure: 'look at the machine that it is reached from', lasts: false };
}
